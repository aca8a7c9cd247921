//! Any bytes as a document: read, shown and read back into a fiche, or refused.

#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use passerelle::{cda, rendering, terminology::Terminology};

static TERMINOLOGY: LazyLock<Terminology> = LazyLock::new(Terminology::embedded);

fuzz_target!(|bytes: &[u8]| {
    if let Ok(document) = cda::read(bytes) {
        let _ = rendering::html(&document);
        rendering::pdf(&document).expect("whatever is read can be shown");
    }
    if let Ok(reading) = cda::read_report(bytes, &TERMINOLOGY) {
        let _ = reading.fiche();
    }
});
