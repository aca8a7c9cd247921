//! What is lost on the way from the pivot vocabulary to the national codes: declared, never hidden.

use std::collections::HashSet;

use serde_json::Value;

use super::offer_reading::Offer;
use crate::{
    fhir::element,
    finding::Bilingual,
    terminology::{Equivalence, Terminology},
};

/// A pivot code that no published national code says as well.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct MappingLoss {
    /// The pivot code.
    pub pivot: String,
    /// Its French label.
    pub label: String,
    /// The best that the national lists say: `wider`, `narrower`, `inexact` or `unmatched`.
    ///
    /// **Source:** FHIR R4, `http://hl7.org/fhir/concept-map-equivalence`.
    pub equivalence: &'static str,
}

impl MappingLoss {
    /// What becomes of the pivot code in the national lists, for people.
    #[must_use]
    pub fn meaning(&self) -> Bilingual {
        match self.equivalence {
            "wider" => Bilingual::new("un code plus large", "a wider code"),
            "narrower" => Bilingual::new("un code plus étroit", "a narrower code"),
            "inexact" => Bilingual::new("un code approchant", "a code that overlaps"),
            _ => Bilingual::new("aucun code", "no code"),
        }
    }
}

/// The losses of an offer, in the order of its codes: those that no code of `service` says as well.
pub(super) fn losses(
    offer: &Offer,
    service: &Value,
    terminology: &Terminology,
) -> Vec<MappingLoss> {
    let mut published = HashSet::new();
    collect_codings(service, &mut published);
    let facets = [
        &offer.audiences,
        &offer.places,
        &offer.phases,
        &offer.accesses,
        &offer.pathways,
    ];
    std::iter::once(&offer.category)
        .chain(&offer.care_types)
        .chain(facets.into_iter().flatten())
        .filter_map(|pivot| loss(pivot, &published, terminology))
        .collect()
}

fn collect_codings<'v>(value: &'v Value, found: &mut HashSet<(&'v str, &'v str)>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| collect_codings(item, found)),
        Value::Object(object) => {
            found.extend(element::system_and_code(value));
            object
                .values()
                .for_each(|child| collect_codings(child, found));
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn loss(
    pivot: &str,
    published: &HashSet<(&str, &str)>,
    terminology: &Terminology,
) -> Option<MappingLoss> {
    let targets = terminology.national_codes(pivot);
    let best_published = targets
        .iter()
        .filter(|target| published.contains(&(target.system.as_str(), target.code.as_str())))
        .map(|target| target.equivalence)
        .min_by_key(|equivalence| rank(*equivalence));
    let best = best_published.or_else(|| {
        targets
            .iter()
            .map(|target| target.equivalence)
            .min_by_key(|equivalence| rank(*equivalence))
    });
    let equivalence = match best.unwrap_or(Equivalence::Unmatched) {
        Equivalence::Equivalent if best_published.is_some() => return None,
        // A national code says the same, but an offer cannot carry it beside its other codes.
        Equivalence::Equivalent | Equivalence::Wider => "wider",
        Equivalence::Narrower => "narrower",
        Equivalence::Inexact => "inexact",
        Equivalence::Unmatched => "unmatched",
    };
    Some(MappingLoss {
        pivot: pivot.to_owned(),
        label: super::pivot_label(terminology, pivot).to_owned(),
        equivalence,
    })
}

fn rank(equivalence: Equivalence) -> u8 {
    match equivalence {
        Equivalence::Equivalent => 0,
        Equivalence::Wider => 1,
        Equivalence::Narrower => 2,
        Equivalence::Inexact => 3,
        Equivalence::Unmatched => 4,
    }
}
