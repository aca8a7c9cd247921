//! Any text as a `_filter` on offers: understood or refused, and never anything else.

#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use passerelle::{
    fhir::{Asking, Handling, ResourceType, SearchQuery},
    terminology::Terminology,
};
use time::macros::datetime;

static TERMINOLOGY: LazyLock<Terminology> = LazyLock::new(Terminology::embedded);

fuzz_target!(|text: &str| {
    let asking = Asking {
        terminology: &TERMINOLOGY,
        now: datetime!(2026-11-27 8:00 UTC),
        handling: Handling::Strict,
    };
    let pairs = [("_filter".to_owned(), text.to_owned())];
    let _ = SearchQuery::parse(ResourceType::HealthcareService, &pairs, &asking);
});
