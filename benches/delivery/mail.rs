//! The archive of a report, and its mail.

use std::{hint::black_box, sync::Arc, time::Instant};

use passerelle::{
    cda,
    config::load,
    mssante::{
        mail::{self, DocumentMail, Reader},
        mail_check,
        visibility::Marks,
        xdm::{self, Action, Contact, KnownDocument, Shipment},
    },
    rcp::fiche,
    rendering,
    terminology::Terminology,
};
use time::macros::datetime;

const FICHES: [(&str, &[u8]); 2] = [
    (
        "short",
        include_bytes!("../../tests/data/fiches/appareil-minimal.json"),
    ),
    (
        "long",
        include_bytes!("../../tests/data/fiches/appareil-complet.json"),
    ),
];

const ROUNDS: u32 = 200;

/// Prints how long each step of a mail takes.
pub fn measure() {
    let terminology = Terminology::embedded();
    let archives = load(None).expect("the defaults fit").archives;
    let (from, to) = (
        "rcp@reseau.mssante.invalid".parse().expect("an address"),
        "dr@medecin.mssante.invalid".parse().expect("an address"),
    );
    for (name, json) in FICHES {
        let report = fiche::read(json).expect("a report");
        let cda = cda::write(&report, &terminology, cda::Target::Frcp2022).expect("a document");
        let document = Arc::new(cda::read(&cda).expect("a document"));
        let shipment = Shipment {
            contact: Contact {
                label: "Réseau",
                phone: "0387000001",
            },
            submitted_at: datetime!(2026-05-20 18:00 +2),
            submission_id: None,
            action: Action::Create,
            marks: Marks::default(),
            terminology: &terminology,
        };
        let archive = xdm::pack(&document, &cda, &shipment).expect("an archive");
        let pdf = rendering::pdf(&document).expect("a PDF");
        let write = || {
            mail::write(&DocumentMail {
                from: &from,
                from_label: "Réseau",
                reply_to: None,
                to: &to,
                message_id: "1@reseau.mssante.invalid",
                replaced_message_id: None,
                at: shipment.submitted_at,
                nil: "NIL",
                contact_phone: "0387000001",
                document: &document,
                action: Action::Create,
                reader: Reader::Professional,
                words: None,
                archive: &archive,
                pdf: &pdf,
            })
        };
        let written = write();
        let known = KnownDocument {
            cda: &cda,
            document: &document,
        };
        println!(
            "{name}: {} bytes of archive, {} of mail",
            archive.len(),
            written.len()
        );
        for (step, micros) in [
            (
                "archive",
                mean_micros(|| xdm::pack(&document, &cda, &shipment).is_ok()),
            ),
            ("PDF", mean_micros(|| rendering::pdf(&document).is_ok())),
            ("mail of both", mean_micros(|| write().len())),
            (
                "check of the mail",
                mean_micros(|| mail_check::check(&written, &archives).findings().count()),
            ),
            (
                "check of our own",
                mean_micros(|| {
                    let checked = mail_check::check_written(&written, &archives, known);
                    checked.findings().count()
                }),
            ),
        ] {
            println!("  {step:<20} {:>7.2} ms", micros / 1000.0);
        }
    }
}

fn mean_micros<T>(mut work: impl FnMut() -> T) -> f64 {
    for _ in 0..ROUNDS / 10 {
        black_box(work());
    }
    let begin = Instant::now();
    for _ in 0..ROUNDS {
        black_box(work());
    }
    begin.elapsed().as_secs_f64() * 1e6 / f64::from(ROUNDS)
}
