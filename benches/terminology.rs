//! How long the terminology service takes to answer, and to load its lists; what the lists hold in memory.
//!
//! Prints the mean time and the 99th percentile of each question, each as a share of its budget:
//! `cargo bench --bench terminology`. The budgets are those of two cores at 10,000 translations and
//! 20,000 validations a second, 2 ms for an expansion of 1,300 codes, 200 ms and 50 MB to load.

use std::{
    hint::black_box,
    time::{Duration, Instant},
};

use passerelle::{
    fhir::Handling,
    finding::Language,
    terminology::Terminology,
    terminology_service::{Call, Operation, Parameters, answer},
};
use peak_alloc::PeakAlloc;
use time::macros::datetime;

/// Counts what is allocated.
#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

/// What the lists may hold, in bytes.
const MEMORY_BUDGET: usize = 50_000_000;

const ROUNDS: usize = 2_000;
const R210: &str =
    "https://mos.esante.gouv.fr/NOS/TRE_R210-ActeSpecifique/FHIR/TRE-R210-ActeSpecifique";
const J16: &str =
    "https://mos.esante.gouv.fr/NOS/JDV_J16-ActeSpecifique-ROR/FHIR/JDV-J16-ActeSpecifique-ROR";
const PIVOT: &str = "https://fhir.passerelle.example/sos/CodeSystem/sos-pivot";
const BRETAGNE: &str = "https://fhir.passerelle.example/sos/CodeSystem/region-bretagne";

/// A question: what it is, the operation, its parameters, and what it may cost.
type Question = (
    &'static str,
    Operation,
    &'static [(&'static str, &'static str)],
    Duration,
);

const QUESTIONS: [Question; 6] = [
    (
        "translate, one leg",
        Operation::Translate,
        &[
            ("system", PIVOT),
            ("code", "DOUL-03"),
            ("targetsystem", R210),
        ],
        Duration::from_micros(200),
    ),
    (
        "translate, two legs",
        Operation::Translate,
        &[
            ("system", BRETAGNE),
            ("code", "douleur"),
            ("targetsystem", R210),
        ],
        Duration::from_micros(200),
    ),
    (
        "validate in a set",
        Operation::ValidateInSet,
        &[("url", J16), ("system", R210), ("code", "0601")],
        Duration::from_micros(100),
    ),
    (
        "look up",
        Operation::Lookup,
        &[("system", R210), ("code", "0601")],
        Duration::from_micros(100),
    ),
    (
        "expand 1,300 codes",
        Operation::Expand,
        &[("url", J16)],
        Duration::from_millis(2),
    ),
    (
        "expand with a filter",
        Operation::Expand,
        &[("url", J16), ("filter", "douleur")],
        Duration::from_millis(2),
    ),
];

fn main() {
    let before = MEMORY.current_usage();
    MEMORY.reset_peak_usage();
    let (terminology, loading) = timed(Terminology::embedded);
    let held = MEMORY.current_usage() - before;
    report_memory("lists and maps, held", held);
    report_memory("lists and maps, at load", MEMORY.peak_usage() - before);
    let budget = Duration::from_millis(200);
    report("load every list and map", &mut [loading], budget);
    for (name, operation, pairs, budget) in QUESTIONS {
        let pairs: Vec<(String, String)> = pairs
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        let ask = || {
            let call = Call {
                operation,
                instance: None,
                now: datetime!(2026-11-27 9:00 UTC),
                language: Language::French,
                handling: Handling::Strict,
            };
            answer(&terminology, &call, Parameters::from_pairs(&pairs)).expect("an answer")
        };
        black_box(ask());
        let mut times: Vec<Duration> = (0..ROUNDS)
            .map(|_| {
                let (answer, time) = timed(ask);
                black_box(answer);
                time
            })
            .collect();
        report(name, &mut times, budget);
    }
}

fn report_memory(name: &str, bytes: usize) {
    let megabytes = bytes as f64 / 1e6;
    let share = bytes as f64 / MEMORY_BUDGET as f64;
    println!("{name:<24} {megabytes:>10.1} MB  {share:>6.3} of its budget");
}

fn timed<T>(step: impl FnOnce() -> T) -> (T, Duration) {
    let start = Instant::now();
    let made = step();
    (made, start.elapsed())
}

fn report(name: &str, times: &mut [Duration], budget: Duration) {
    times.sort_unstable();
    let count = u32::try_from(times.len()).expect("few rounds");
    let mean = times.iter().sum::<Duration>() / count;
    let late = times[times.len() * 99 / 100];
    let share = late.as_secs_f64() / budget.as_secs_f64();
    println!("{name:<24} mean {mean:>10.1?}  p99 {late:>10.1?}  {share:>6.3} of its budget");
}
