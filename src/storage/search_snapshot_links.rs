//! Following references in the snapshot, from either end.

use roaring::RoaringBitmap;

use super::{Reader, search_links::Links, search_snapshot::SearchSnapshot};
use crate::fhir::{Criterion, ResourceType};

/// True for a criterion about what a resource refers to, or what refers to it.
pub(super) fn follows_links(criterion: &Criterion) -> bool {
    matches!(
        criterion,
        Criterion::Chain { .. } | Criterion::ReferredBy { .. }
    )
}

impl SearchSnapshot {
    /// Those of a type of which a criterion [over references](follows_links) holds. Of few candidates
    /// each is looked at, and no other is found; else the references are followed from the other end.
    pub(super) fn linked_by(
        &self,
        kind: ResourceType,
        criterion: &Criterion,
        reader: Reader,
        candidates: Option<&RoaringBitmap>,
    ) -> RoaringBitmap {
        let (links, others, is_chain) = match criterion {
            Criterion::Chain {
                on,
                parameter,
                target,
                criterion,
            } => {
                let targets = self.holding(*target, criterion, reader);
                // The place of an offer that is seen is seen.
                let is_place = *on == ResourceType::HealthcareService && *parameter == "location";
                let reader = if is_place { Reader::Network } else { reader };
                let links = self.links(kind, parameter, *target);
                (links, self.keep_seen(*target, &targets, reader), true)
            }
            Criterion::ReferredBy {
                on,
                parameter,
                criterion,
                ..
            } => {
                let referrers = self.holding(*on, criterion, reader);
                let links = self.links(*on, parameter, kind);
                (links, self.keep_seen(*on, &referrers, reader), false)
            }
            _ => return RoaringBitmap::new(),
        };
        let Some(links) = links else {
            return RoaringBitmap::new();
        };
        // From a resource of the type to the other end, and back.
        let there = |one: u32| match is_chain {
            true => links.targets(one),
            false => links.sources(one),
        };
        let back = |other: u32| match is_chain {
            true => links.sources(other),
            false => links.targets(other),
        };
        match candidates.filter(|candidates| candidates.len() < others.len()) {
            Some(candidates) => {
                let is_linked = |one: &u32| there(*one).iter().any(|other| others.contains(*other));
                let found = candidates.iter().filter(is_linked);
                RoaringBitmap::from_sorted_iter(found).expect("in order, each once")
            }
            None => union(others.iter().map(back)),
        }
    }

    /// The references of a parameter of a type that lead to another type.
    pub(super) fn links(
        &self,
        kind: ResourceType,
        parameter: &'static str,
        target: ResourceType,
    ) -> Option<&Links> {
        self.table(kind)?.links.get(&(parameter, target))
    }
}

/// Whatever stands in one of these lists.
pub(super) fn union<'l>(lists: impl Iterator<Item = &'l [u32]>) -> RoaringBitmap {
    let mut bits: Vec<u8> = Vec::new();
    for number in lists.flatten() {
        let (at, bit) = ((number / 8) as usize, number % 8);
        if bits.len() <= at {
            bits.resize(at + at / 2 + 1, 0);
        }
        bits[at] |= 1 << bit;
    }
    RoaringBitmap::from_lsb0_bytes(0, &bits)
}
