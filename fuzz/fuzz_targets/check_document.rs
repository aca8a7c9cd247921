//! Any bytes under the checker: findings, each with a place, and no more than the limit.

#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use passerelle::{cda, config::Environment, terminology::Terminology};

static TERMINOLOGY: LazyLock<Terminology> = LazyLock::new(Terminology::embedded);

fuzz_target!(|bytes: &[u8]| {
    let _ = cda::validate(bytes, &TERMINOLOGY, Environment::Test);
});
