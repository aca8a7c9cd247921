//! Our PDF as others see it: veraPDF checks that it is an archive, poppler reads its words.

use std::{fs, path::Path, process::Command};

use passerelle::{
    cda::{self, Block, Document, Inline, Section},
    rendering::{Leaflet, LeafletPart, Letter, leaflet, letter, pdf},
};
use time::macros::date;

use crate::clients::{java, java_packages};

/// Letters that the usual choice of glyphs lacks, and signs that mean something in the strings of a file.
const OTHER_WORDS: &str = "Čapek, Łukasz Ωmega ≠ ĳ (a\\b) {c} Ça va ; 1 µm ≥ 2 ± 0,5";

fn documents() -> Vec<(String, Document)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/cda");
    let mut found = Vec::new();
    for name in ["appareil-minimal", "frcp-invented"] {
        let bytes = fs::read(folder.join(name).with_extension("xml")).expect("a file of ours");
        found.push((name.to_owned(), cda::read(&bytes).expect("a document")));
    }
    let mut other = found[0].1.clone();
    other.sections.push(Section {
        title: Some(OTHER_WORDS.to_owned()),
        blocks: vec![Block::Paragraph(vec![Inline::plain(OTHER_WORDS)])],
        ..Section::default()
    });
    found.push(("other-words".to_owned(), other));
    found
}

/// The words of a file, as poppler reads them.
fn words(file: &Path) -> String {
    let output = Command::new("pdftotext")
        .args(["-enc", "UTF-8"])
        .arg(file)
        .arg("-")
        .output()
        .expect("pdftotext is not installed: run `make test`, which installs it");
    assert!(output.status.success(), "{output:?}");
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn every_file_is_an_archive_and_its_words_are_read() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut files = Vec::new();
    let mut keep = |name: &str, bytes: Vec<u8>, expected: &str| {
        let file = folder.path().join(name).with_extension("pdf");
        fs::write(&file, bytes).expect("written");
        let words = words(&file);
        assert!(words.contains(expected), "{name}: {expected} in {words}");
        files.push(file);
    };
    for (name, document) in documents() {
        let last = document
            .sections
            .last()
            .and_then(|section| section.title.clone());
        let expected = last.expect("the last section has a title");
        keep(&name, pdf(&document).expect("written"), &expected);
    }
    let (_, document) = &documents()[0];
    let content = Letter {
        sender: "Réseau régional de cancérologie",
        phone: "02 99 00 00 01",
        recipient: "Docteur Hélène TESSIER",
        address: &["1 place des Halles".to_owned(), "99100 Valmer".to_owned()],
        on: date!(2026 - 11 - 23),
        reference: "R-1",
    };
    let written = letter(&content, document).expect("written");
    keep(
        "letter",
        written,
        "Docteur Hélène TESSIER 1 PLACE DES HALLES 99100 VALMER",
    );
    let content = Leaflet {
        title: "Ma sélection",
        language: "fr-FR",
        foot: "Passerelle",
        on: date!(2026 - 11 - 23),
        parts: &[LeafletPart {
            heading: "Yoga – “doux”".to_owned(),
            lines: vec!["12 rue des Tilleuls".to_owned(); 80],
        }],
    };
    keep(
        "leaflet",
        leaflet(&content).expect("written"),
        "Yoga – “doux” 12 rue des Tilleuls",
    );
    java(
        "archive",
        &java_packages("archive"),
        "ArchiveValidator.java",
        &files,
    );
}
