//! Any bytes as a fiche: read, checked, and written when no rule is against it, or refused.

#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use passerelle::{
    cda,
    config::Environment,
    finding::accepts,
    rcp::{fiche, rules},
    terminology::Terminology,
};

static TERMINOLOGY: LazyLock<Terminology> = LazyLock::new(Terminology::embedded);

fuzz_target!(|bytes: &[u8]| {
    let Ok(report) = fiche::read(bytes) else {
        return;
    };
    if accepts(&rules::check(&report, &TERMINOLOGY, Environment::Test))
        && let Ok(document) = cda::write(&report, &TERMINOLOGY, cda::Target::Frcp2022)
    {
        cda::read(&document).expect("what is written can be read");
    }
});
