use time::macros::date;

use super::*;
use crate::cda;

fn document() -> Document {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/data/cda/appareil-minimal.xml"
    );
    cda::read(&std::fs::read(path).expect("a file of ours")).expect("readable")
}

fn content(address: &[String]) -> Letter<'_> {
    Letter {
        sender: "Réseau régional de cancérologie",
        phone: "02 99 00 00 01",
        recipient: "Docteur Hélène TESSIER",
        address,
        on: date!(2026 - 11 - 23),
        reference: "0190-1",
    }
}

fn lines(address: &[&str]) -> Vec<String> {
    address.iter().map(|line| (*line).to_owned()).collect()
}

#[test]
fn the_window_holds_the_name_and_the_address_and_nothing_else() {
    let address = lines(&[
        "Cabinet médical des Halles",
        "1, place des Halles",
        "99100 Valmer",
    ]);
    let mut structure = Structure::default();
    let page = cover(&content(&address), &mut structure, Fonts::get());
    let (x, top, height) = WINDOW;
    let bottom = top + height * 7.0;
    let within: Vec<&str> = page
        .iter()
        .filter_map(|op| match op {
            Op::Text { x: at, y, text, .. } if *at >= x - 5.0 && *y >= top && *y <= bottom => {
                Some(text.as_str())
            }
            Op::Text { .. } | Op::Box { .. } => None,
        })
        .collect();
    assert_eq!(
        within,
        [
            "Docteur Hélène TESSIER",
            "CABINET MEDICAL DES HALLES",
            "1 PLACE DES HALLES",
            "99100 VALMER"
        ]
    );
}

#[test]
fn the_cover_names_no_patient() {
    let document = document();
    let mut structure = Structure::default();
    let page = cover(&content(&[]), &mut structure, Fonts::get());
    let patient = &document.header.patient;
    for name in [patient.birth_family(), patient.first_birth_given()]
        .into_iter()
        .flatten()
    {
        for op in &page {
            if let Op::Text { text, .. } = op {
                assert!(
                    !text.to_uppercase().contains(&name.to_uppercase()),
                    "{text}"
                );
            }
        }
    }
}

#[test]
fn a_long_address_keeps_its_last_line() {
    let address = lines(&["A", "B", "C", "D", "E", "F", "29200 Brest"]);
    let window = envelope("Docteur X", &address);
    assert_eq!(window, ["Docteur X", "A", "B", "C", "D", "29200 BREST"]);
    let long = "x".repeat(60);
    assert_eq!(envelope(&long, &[])[0].chars().count(), WINDOW_WIDTH);
}

#[test]
fn the_same_letter_has_the_same_bytes_and_one_page_more_than_the_report() {
    let document = document();
    let address = lines(&["1 place des Halles", "99100 Valmer"]);
    let written = letter(&content(&address), &document).expect("written");
    assert_eq!(
        written,
        letter(&content(&address), &document).expect("written")
    );
    assert!(written.starts_with(b"%PDF-1.4"));
    let count = |pdf: &[u8]| {
        let text = String::from_utf8_lossy(pdf).into_owned();
        text.matches("/Type/Page\n").count()
            + text.matches("/Type/Page/").count()
            + text.matches("/Type /Page ").count()
    };
    let report = crate::rendering::pdf(&document).expect("written");
    assert_eq!(count(&written), count(&report) + 1);
}
