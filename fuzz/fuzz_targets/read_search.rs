//! Any text as the query of a search on each type: understood or refused, and never anything else.

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
    let pairs: Vec<(String, String)> = text
        .split('&')
        .filter_map(|pair| pair.split_once('='))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    for handling in [Handling::Strict, Handling::Lenient] {
        let asking = Asking {
            terminology: &TERMINOLOGY,
            now: datetime!(2026-11-27 8:00 UTC),
            handling,
        };
        for on in ResourceType::ALL {
            let _ = SearchQuery::parse(on, &pairs, &asking);
        }
        let _ = SearchQuery::parse_system(&pairs, &asking);
    }
});
