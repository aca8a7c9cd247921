//! Any bytes as a FHIR resource in JSON: refused, or read, checked, and the same when written and
//! read again.

#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use passerelle::{
    fhir::{Origin, ResourceType, check_profile, read_json},
    terminology::Terminology,
};
use time::macros::date;

static TERMINOLOGY: LazyLock<Terminology> = LazyLock::new(Terminology::embedded);

fuzz_target!(|bytes: &[u8]| {
    let Ok(value) = read_json(bytes, 1 << 20) else {
        return;
    };
    let again = read_json(value.to_string().as_bytes(), 1 << 24);
    assert_eq!(again.as_ref(), Ok(&value));
    let kind = value["resourceType"].as_str().and_then(ResourceType::parse);
    let kind = kind.unwrap_or(ResourceType::Location);
    let day = date!(2026 - 11 - 27);
    let _ = check_profile(kind, &value, &TERMINOLOGY, Origin::Written, day);
});
