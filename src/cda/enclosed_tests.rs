use base64::{Engine, prelude::BASE64_STANDARD};

use super::*;
use crate::{
    cda::{Target, read, validate, write},
    config::Environment,
    finding::accepts,
    rcp,
    terminology::Terminology,
};

const PDF: &[u8] = b"%PDF-1.4\n1 0 obj <</Type/Catalog>> endobj\ntrailer <<>>\n%%EOF\n";

/// A report whose body is that, under the model of documents that enclose a file.
fn around(body: &str) -> String {
    let fiche = std::fs::read("tests/data/fiches/appareil-minimal.json").expect("a fiche");
    let report = rcp::fiche::read(&fiche).expect("a report");
    let bytes = write(&report, &Terminology::embedded(), Target::Frcp2022).expect("a document");
    let text = String::from_utf8(bytes).expect("UTF-8");
    let (header, _) = text
        .split_once("<component>\n<structuredBody>")
        .expect("a body");
    let header = header.replace(
        "<templateId root=\"1.2.250.1.213.1.1.1.8\" extension=\"2022.01\"/>",
        &format!("<templateId root=\"{LEVEL_1_MODEL}\"/>"),
    );
    format!("{header}<component><nonXMLBody>{body}</nonXMLBody></component></ClinicalDocument>")
}

fn around_pdf(pdf: &[u8]) -> String {
    around(&format!(
        "<text mediaType=\"application/pdf\" representation=\"B64\">\n{}\n</text>",
        BASE64_STANDARD.encode(pdf)
    ))
}

fn rules(document: &str) -> Vec<&'static str> {
    let findings = validate(
        document.as_bytes(),
        &Terminology::embedded(),
        Environment::Test,
    );
    let errors = findings
        .iter()
        .filter(|finding| !accepts(&[(*finding).clone()]));
    errors.map(|finding| finding.rule).collect()
}

#[test]
fn a_report_around_a_pdf_is_read_and_accepted() {
    let text = around_pdf(PDF);
    assert_eq!(rules(&text), [""; 0]);
    let document = read(text.as_bytes()).expect("it reads");
    assert!(document.enclosed == Some(Enclosed::Pdf(PDF.to_vec())));
    assert!(document.sections.is_empty());
}

#[test]
fn a_report_around_text_shows_its_lines() {
    let plain = around("<text mediaType=\"text/plain\">Proposition :\n\nsurveillance.</text>");
    let latin = around(&format!(
        "<text mediaType=\"text/plain\" representation=\"B64\">{}</text>",
        BASE64_STANDARD.encode(b"Proposition :\nsurveillance.")
    ));
    for text in [plain, latin] {
        assert_eq!(rules(&text), [""; 0]);
        let document = read(text.as_bytes()).expect("it reads");
        let shown: Vec<_> = document.sections[0]
            .blocks
            .iter()
            .map(Block::plain_text)
            .collect();
        assert_eq!(shown, ["Proposition :", "surveillance."]);
    }
    let old = words(vec![b'r', 0xE9, b'p']);
    assert_eq!(old, "rép");
}

#[test]
fn what_is_not_a_safe_file_is_refused_with_its_reason() {
    let script = b"%PDF-1.4\n2 0 obj <</S /JavaScript /JS (x)>> endobj\n%%EOF";
    for (document, rule) in [
        (around_pdf(b"<html>not a PDF</html>"), "R-PDF-1"),
        (around_pdf(&PDF[..20]), "R-PDF-1"),
        (
            around_pdf(b"%PDF-1.4\ntrailer <</Encrypt 3 0 R>>\n%%EOF"),
            "R-PDF-2",
        ),
        (around_pdf(script), "R-PDF-3"),
        (
            around("<text mediaType=\"application/pdf\" representation=\"B64\">@@</text>"),
            "R-FIC-3",
        ),
        (
            around("<text mediaType=\"application/pdf\">JVBERi0=</text>"),
            "R-FIC-3",
        ),
        (
            around("<text mediaType=\"application/msword\" representation=\"B64\">AAAA</text>"),
            "R-FIC-2",
        ),
        (
            around("<text mediaType=\"application/pdf\"><reference value=\"a.pdf\"/></text>"),
            "R-FIC-1",
        ),
    ] {
        assert_eq!(rules(&document), [rule], "{document}");
    }
}

#[test]
fn a_structured_report_with_an_unsafe_copy_is_refused_too() {
    let fiche = std::fs::read("tests/data/fiches/appareil-minimal.json").expect("a fiche");
    let report = rcp::fiche::read(&fiche).expect("a report");
    let notice = rcp::PrivacyNotice::default();
    let written = |copy: &[u8]| {
        let target = Target::Frcp2025 {
            notice: &notice,
            pdf_copy: Some(copy),
        };
        let bytes = write(&report, &Terminology::embedded(), target).expect("a document");
        String::from_utf8(bytes).expect("UTF-8")
    };
    let has = |text: &str| rules(text).contains(&"R-PDF-3");
    assert!(!has(&written(PDF)));
    assert!(has(&written(b"%PDF-1.7\n<</S/Launch>>\n%%EOF")));
}
