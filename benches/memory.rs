//! The most memory that checking one document takes at once, beside the lists that are loaded once.
//!
//! `cargo bench --bench memory` prints it for the largest report of the demonstration, in both versions
//! of the volet, and for hostile documents: 200 MB, 100,000 levels, 1,000,000 elements.

use passerelle::{
    cda::{self, Target},
    config::Environment,
    demo::{Plan, Region},
    rcp::{PrivacyNotice, RcpReport},
    rendering,
    terminology::Terminology,
};
use peak_alloc::PeakAlloc;

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

const MEGABYTE: f64 = 1024.0 * 1024.0;

fn main() {
    let before = MEMORY.current_usage();
    let terminology = Terminology::embedded();
    let lists = MEMORY.current_usage() - before;
    println!("lists: {:.1} MB", megabytes(lists));
    let region = Region::generate(Plan::default(), &terminology);
    let largest = region
        .reports()
        .max_by_key(|report| serde_json::to_vec(report).map_or(0, |json| json.len()))
        .expect("a region has reports");
    for (name, document) in [
        ("2022.01", in_2022(&largest, &terminology)),
        ("2025.01", in_2025(&largest, &terminology)),
    ] {
        let kilobytes = document.len() / 1024;
        let peak = peak_of(|| cda::validate(&document, &terminology, Environment::Test).len());
        println!("largest report, {name}, {kilobytes} kB: {peak:.1} MB");
    }
    let many = "<a/>".repeat(1_000_000);
    for (name, document) in [
        ("200 MB", vec![b'a'; 200 << 20]),
        ("100,000 levels", "<a>".repeat(100_000).into_bytes()),
        ("1,000,000 elements", format!("<a>{many}</a>").into_bytes()),
    ] {
        let peak = peak_of(|| cda::validate(&document, &terminology, Environment::Test).len());
        println!("{name}: {peak:.1} MB");
    }
}

fn in_2022(report: &RcpReport, terminology: &Terminology) -> Vec<u8> {
    cda::write(report, terminology, Target::Frcp2022).expect("a document")
}

/// With its copy as PDF, as the gateway writes it.
fn in_2025(report: &RcpReport, terminology: &Terminology) -> Vec<u8> {
    let notice = &PrivacyNotice::default();
    let shown = cda::read(&in_2022(report, terminology)).expect("a document");
    let pdf = rendering::pdf(&shown).expect("a PDF");
    let target = Target::Frcp2025 {
        notice,
        pdf_copy: Some(&pdf),
    };
    cda::write(report, terminology, target).expect("a document")
}

/// The most that the work held at once beside what was held before it, in megabytes.
fn peak_of(work: impl FnOnce() -> usize) -> f64 {
    let before = MEMORY.current_usage();
    MEMORY.reset_peak_usage();
    std::hint::black_box(work());
    megabytes(MEMORY.peak_usage() - before)
}

fn megabytes(bytes: usize) -> f64 {
    bytes as f64 / MEGABYTE
}
