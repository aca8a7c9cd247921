//! How long it takes to read, check, write, validate and show a report.
//!
//! Prints the mean time of each step for a short and a long report, and its ratio to reading the
//! document: `cargo bench --bench report`.

use std::{hint::black_box, time::Instant};

use passerelle::{
    cda,
    config::Environment,
    finding::accepts,
    rcp::{fiche, rules},
    rendering,
    terminology::Terminology,
};

const FICHES: [(&str, &[u8]); 2] = [
    (
        "short",
        include_bytes!("../tests/data/fiches/appareil-minimal.json"),
    ),
    (
        "long",
        include_bytes!("../tests/data/fiches/appareil-complet.json"),
    ),
];
const ROUNDS: u32 = 300;

fn main() {
    let terminology = Terminology::embedded();
    for (name, json) in FICHES {
        let report = fiche::read(json).expect("a report");
        let document =
            cda::write(&report, &terminology, cda::Target::Frcp2022).expect("a document");
        println!(
            "{name}: {} bytes of JSON, {} of CDA",
            json.len(),
            document.len()
        );
        let shown = cda::read(&document).expect("a document");
        let reading = mean_micros(|| cda::read(&document).is_ok());
        for (step, micros) in [
            ("read the JSON", mean_micros(|| fiche::read(json).is_ok())),
            (
                "check the rules",
                mean_micros(|| rules::check(&report, &terminology, Environment::Test).is_empty()),
            ),
            (
                "write the document",
                mean_micros(|| cda::write(&report, &terminology, cda::Target::Frcp2022).is_ok()),
            ),
            ("read the document", reading),
            (
                "read the report back",
                mean_micros(|| cda::read_report(&document, &terminology).is_ok()),
            ),
            (
                "validate the document",
                mean_micros(|| accepts(&cda::validate(&document, &terminology, Environment::Test))),
            ),
            (
                "make the PDF",
                mean_micros(|| rendering::pdf(&shown).is_ok()),
            ),
            (
                "make the page",
                mean_micros(|| !rendering::html(&shown).is_empty()),
            ),
        ] {
            println!("  {step:<22} {micros:>9.1} µs  {:>5.2} ×", micros / reading);
        }
    }
}

/// Mean time of one call, in microseconds, after a round to warm up.
fn mean_micros(mut step: impl FnMut() -> bool) -> f64 {
    assert!(black_box(step()), "the step fails");
    let start = Instant::now();
    for _ in 0..ROUNDS {
        black_box(step());
    }
    start.elapsed().as_secs_f64() * 1e6 / f64::from(ROUNDS)
}
