//! What comes back of an offer from its national codes alone.

use std::collections::BTreeSet;

use serde::Serialize;
use serde_json::Value;

use super::offer_mapping::pivots;
use crate::{fhir::element, terminology::Terminology};

/// How the way region → national → region ends for an offer.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct RoundTrip {
    /// Categories and care types that no national code of the offer brings back.
    pub lost: BTreeSet<String>,
    /// Categories and care types that would come back though the offer does not say them.
    pub gained: BTreeSet<String>,
}

impl RoundTrip {
    /// True when what went out comes back.
    #[must_use]
    pub fn is_identity(&self) -> bool {
        self.lost.is_empty() && self.gained.is_empty()
    }
}

/// Follows the national codes of an offer back to the pivot, by the rows that are exact.
#[must_use]
pub fn round_trip(service: &Value, terminology: &Terminology) -> RoundTrip {
    let said: BTreeSet<String> = pivots(service).into_iter().collect();
    let is_care =
        |code: &&str| terminology.care_type(code).is_some() || terminology.category(code).is_some();
    let back: BTreeSet<String> = element::all_codings(service)
        .into_iter()
        .flat_map(|(system, code)| terminology.exact_sources(system, code))
        .filter(is_care)
        .map(str::to_owned)
        .collect();
    RoundTrip {
        lost: said.difference(&back).cloned().collect(),
        gained: back.difference(&said).cloned().collect(),
    }
}
