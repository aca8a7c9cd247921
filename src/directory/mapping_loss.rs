//! What is lost on the way from the pivot vocabulary to the national codes: declared, never hidden.

use std::collections::HashSet;

use serde_json::Value;

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
    pub equivalence: Equivalence,
    /// Why, as the map says it; empty when it has no row.
    pub reason: String,
}

impl MappingLoss {
    /// What becomes of the pivot code in the national lists, for people.
    #[must_use]
    pub fn meaning(&self) -> Bilingual {
        match self.equivalence.rank() {
            0 | 1 => Bilingual::new("un code plus large", "a wider code"),
            2 => Bilingual::new("un code plus étroit", "a narrower code"),
            3 => Bilingual::new("un code approchant", "a code that overlaps"),
            _ => Bilingual::new("aucun code", "no code"),
        }
    }
}

/// The losses of an offer that says these pivot codes, in their order: those that no code of
/// `service` says as well. A range of ages says an age group.
pub(super) fn losses<'p>(
    pivots: impl Iterator<Item = &'p str>,
    service: &Value,
    terminology: &Terminology,
) -> Vec<MappingLoss> {
    let published = element::all_codings(service);
    pivots
        .filter(|pivot| !pivot.starts_with("AGE-"))
        .filter_map(|pivot| loss(pivot, &published, terminology))
        .collect()
}

fn loss(
    pivot: &str,
    published: &HashSet<(&str, &str)>,
    terminology: &Terminology,
) -> Option<MappingLoss> {
    let rows: Vec<_> = terminology.national_codes(pivot).collect();
    let best_published = rows
        .iter()
        .filter(|(_, target)| published.contains(&(target.system.as_str(), target.code.as_str())))
        .min_by_key(|(row, _)| row.equivalence.rank());
    let best = best_published.or_else(|| rows.iter().min_by_key(|(row, _)| row.equivalence.rank()));
    let (equivalence, reason) = match best {
        Some((row, _)) if row.equivalence.is_exact() && best_published.is_some() => return None,
        // A national code says the same, but an offer cannot carry it beside its other codes.
        Some((row, _)) if row.equivalence.is_exact() => (Equivalence::Wider, row.reason.as_str()),
        Some((row, _)) => (row.equivalence, row.reason.as_str()),
        None => (Equivalence::Unmatched, terminology.unmatched_reason(pivot)),
    };
    Some(MappingLoss {
        pivot: pivot.to_owned(),
        label: super::pivot_label(terminology, pivot).to_owned(),
        equivalence,
        reason: reason.to_owned(),
    })
}
