//! The file around which a document without structured body is made (level 1), and every other file
//! that a document carries: whether it is what it says, and safe to pass on.
//!
//! **Source:** IHE ITI TF-3, 5.2 (XDS-SD); ANS, CI-SIS, *structuration minimale*, documents of level 1.

use base64::{Engine, prelude::BASE64_STANDARD};

use super::{
    narrative::{Block, Inline, Section},
    pdf_safety::{Activity, PdfRefusal, inspect},
    tree::Element,
};
use crate::finding::{Bilingual, Finding};

/// `templateId` of a document that encloses a file.
pub const LEVEL_1_MODEL: &str = "1.3.6.1.4.1.19376.1.2.20";

/// What a document without structured body encloses.
#[derive(Clone, PartialEq, Eq)]
pub enum Enclosed {
    /// A PDF, as it came.
    Pdf(Vec<u8>),
    /// Text.
    Text(String),
}

/// The file element of a document without structured body.
pub(super) fn file_of(root: Element<'_>) -> Option<Element<'_>> {
    root.path(&["component", "nonXMLBody", "text"])
}

/// What the document encloses; nothing when it has a structured body or its file cannot be read.
pub(super) fn enclosed(root: Element<'_>) -> Option<Enclosed> {
    let file = file_of(root)?;
    match media_type(file) {
        "application/pdf" => decoded(file).map(Enclosed::Pdf),
        "text/plain" if is_base64(file) => decoded(file).map(|bytes| Enclosed::Text(words(bytes))),
        "text/plain" => Some(Enclosed::Text(file.raw_text())),
        _ => None,
    }
}

/// The text as a section without title, a paragraph for each line.
pub(super) fn section_of(text: &str) -> Section {
    Section {
        blocks: text
            .lines()
            .filter(|line| !line.trim().is_empty())
            .map(|line| Block::Paragraph(vec![Inline::plain(line.trim_end())]))
            .collect(),
        ..Section::default()
    }
}

/// What is wrong with the files that the document carries.
pub(super) fn check(root: Element<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    if let Some(body) = root.path(&["component", "nonXMLBody"]) {
        match body.first("text") {
            Some(file) if file.first("reference").is_some() => {
                findings.push(told(file, &ELSEWHERE));
            }
            Some(file) if !matches!(media_type(file), "application/pdf" | "text/plain") => {
                findings.push(told(file, &OTHER_TYPE));
            }
            Some(file) if media_type(file) == "application/pdf" && !is_base64(file) => {
                findings.push(told(file, &NOT_BASE64));
            }
            Some(_) => {}
            None => findings.push(told(body, &NO_FILE)),
        }
    }
    for file in root.descendants().filter(|element| is_base64(*element)) {
        match decoded(file) {
            None => findings.push(told(file, &NOT_BASE64)),
            Some(bytes) if media_type(file) == "application/pdf" => {
                if let Err(refusal) = inspect(&bytes) {
                    findings.push(told(file, texts(refusal)));
                }
            }
            Some(_) => {}
        }
    }
    findings
}

fn media_type(file: Element<'_>) -> &str {
    file.attribute("mediaType").unwrap_or("text/plain")
}

fn is_base64(file: Element<'_>) -> bool {
    file.attribute("representation") == Some("B64")
}

/// The bytes written in base 64; `None` when they are not, or there are none.
fn decoded(file: Element<'_>) -> Option<Vec<u8>> {
    let mut digits = file.raw_text();
    digits.retain(|c| !c.is_ascii_whitespace());
    BASE64_STANDARD
        .decode(digits)
        .ok()
        .filter(|bytes| !bytes.is_empty())
}

/// Text of those bytes: UTF-8, else Latin-1, in which every byte is a character.
fn words(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap_or_else(|error| {
        let bytes = error.into_bytes();
        bytes.into_iter().map(char::from).collect()
    })
}

/// A rule, what it says and the cure, in French and English.
struct Texts {
    rule: &'static str,
    message: [&'static str; 2],
    cure: [&'static str; 2],
}

fn told(at: Element<'_>, texts: &Texts) -> Finding {
    let (line, column) = at.line_and_column();
    let [fr, en] = texts.message;
    let message = Bilingual::new(fr, en);
    let [fr, en] = texts.cure;
    Finding::error(texts.rule, at.place(), message, Bilingual::new(fr, en)).at(line, column)
}

const PLAIN_PDF: [&str; 2] = [
    "Produire un PDF/A-1 : ni script, ni action, ni formulaire, ni fichier joint, ni chiffrement.",
    "Make a PDF/A-1: no script, action, form, attached file nor encryption.",
];

const NO_FILE: Texts = Texts {
    rule: "R-FIC-1",
    message: [
        "Le corps non structuré n'a pas de fichier.",
        "The body without structure has no file.",
    ],
    cure: [
        "Écrire le fichier en base 64 dans text.",
        "Write the file in base 64 into text.",
    ],
};

const ELSEWHERE: Texts = Texts {
    rule: "R-FIC-1",
    message: [
        "Le fichier est ailleurs : le document n'en donne que l'adresse.",
        "The file is elsewhere: the document only gives its address.",
    ],
    cure: NO_FILE.cure,
};

const OTHER_TYPE: Texts = Texts {
    rule: "R-FIC-2",
    message: [
        "Le fichier n'est ni un PDF ni du texte brut.",
        "The file is neither a PDF nor plain text.",
    ],
    cure: [
        "Le convertir en PDF/A-1, de type application/pdf.",
        "Convert it to PDF/A-1, of type application/pdf.",
    ],
};

const NOT_BASE64: Texts = Texts {
    rule: "R-FIC-3",
    message: [
        "Le fichier n'est pas écrit en base 64.",
        "The file is not written in base 64.",
    ],
    cure: [
        "L'écrire en base 64 (RFC 4648, section 4), avec representation=\"B64\".",
        "Write it in base 64 (RFC 4648, section 4), with representation=\"B64\".",
    ],
};

const NOT_PDF: Texts = Texts {
    rule: "R-PDF-1",
    message: [
        "Le fichier annoncé comme PDF n'en est pas un.",
        "The file that is said to be a PDF is none.",
    ],
    cure: PLAIN_PDF,
};

const TRUNCATED: Texts = Texts {
    rule: "R-PDF-1",
    message: [
        "Le PDF est tronqué : sa fin manque.",
        "The PDF is truncated: its end is missing.",
    ],
    cure: PLAIN_PDF,
};

const ENCRYPTED: Texts = Texts {
    rule: "R-PDF-2",
    message: [
        "Le PDF est chiffré : son contenu ne peut pas être vérifié.",
        "The PDF is encrypted: its content cannot be checked.",
    ],
    cure: PLAIN_PDF,
};

const PACKED: Texts = Texts {
    rule: "R-PDF-2",
    message: [
        "Les objets du PDF sont comprimés d'une façon qui ne permet pas de les vérifier.",
        "The objects of the PDF are packed in a way that cannot be checked.",
    ],
    cure: PLAIN_PDF,
};

const SCRIPT: Texts = Texts {
    rule: "R-PDF-3",
    message: [
        "Le PDF porte un script (JavaScript).",
        "The PDF holds a script (JavaScript).",
    ],
    cure: PLAIN_PDF,
};

const LAUNCH: Texts = Texts {
    rule: "R-PDF-3",
    message: [
        "Le PDF lance un programme ou ouvre un autre fichier.",
        "The PDF starts a program or opens another file.",
    ],
    cure: PLAIN_PDF,
};

const FORM: Texts = Texts {
    rule: "R-PDF-3",
    message: [
        "Le PDF porte un formulaire qui envoie ou prend des données.",
        "The PDF holds a form that sends or takes data.",
    ],
    cure: PLAIN_PDF,
};

const MEDIA: Texts = Texts {
    rule: "R-PDF-3",
    message: [
        "Le PDF joue du son ou de la vidéo.",
        "The PDF plays sound or video.",
    ],
    cure: PLAIN_PDF,
};

const ATTACHMENT: Texts = Texts {
    rule: "R-PDF-3",
    message: [
        "Le PDF porte un autre fichier en pièce jointe.",
        "The PDF carries another file as an attachment.",
    ],
    cure: PLAIN_PDF,
};

fn texts(refusal: PdfRefusal) -> &'static Texts {
    match refusal {
        PdfRefusal::NotPdf => &NOT_PDF,
        PdfRefusal::Truncated => &TRUNCATED,
        PdfRefusal::Encrypted => &ENCRYPTED,
        PdfRefusal::Packed => &PACKED,
        PdfRefusal::Active(Activity::Script) => &SCRIPT,
        PdfRefusal::Active(Activity::Launch) => &LAUNCH,
        PdfRefusal::Active(Activity::Form) => &FORM,
        PdfRefusal::Active(Activity::Media) => &MEDIA,
        PdfRefusal::Active(Activity::Attachment) => &ATTACHMENT,
    }
}

#[cfg(test)]
#[path = "enclosed_tests.rs"]
#[expect(clippy::indexing_slicing, reason = "tests may panic")]
mod tests;
