//! In which order a reader needs a document.

use crate::cda::{Document, FRCP_MODEL, LOINC, Section};

/// Some sections under one heading.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Part<'a> {
    /// Heading; none where the document is not divided.
    pub title: Option<&'static str>,
    /// The sections, each as it is written.
    pub sections: Vec<&'a Section>,
}

/// Sections that say what the board decided: state of the case and quorum, plan of care, frame of the
/// proposal.
///
/// **Source:** ANS, volet CANCER-FRCP, sections 14 to 16.
const DECISION: [&str; 3] = ["21874-3", "18776-5", "35510-7"];

/// Section that says the case and the question in a few words.
const SYNTHESIS: &str = "10164-2";

/// The sections of a document in the order of reading. A report of a board tells first what the board
/// decided, then the case, beginning with its synthesis; any other document keeps its order. No text
/// is changed, and none is left out.
pub(super) fn parts(document: &Document) -> Vec<Part<'_>> {
    let is_report = document.header.model_version(FRCP_MODEL).is_some();
    let (decision, case): (Vec<&Section>, Vec<&Section>) = document
        .sections
        .iter()
        .partition(|section| is_report && DECISION.iter().any(|code| has_code(section, code)));
    if decision.is_empty() {
        return vec![Part {
            title: None,
            sections: case,
        }];
    }
    let (mut sections, rest): (Vec<&Section>, Vec<&Section>) = case
        .into_iter()
        .partition(|section| has_code(section, SYNTHESIS));
    sections.extend(rest);
    vec![
        Part {
            title: Some("Conclusion de la réunion"),
            sections: decision,
        },
        Part {
            title: Some("Dossier présenté"),
            sections,
        },
    ]
}

fn has_code(section: &Section, code: &str) -> bool {
    section
        .code
        .as_ref()
        .is_some_and(|(own, system)| own == code && system == LOINC)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{cda, rcp, terminology::Terminology};

    fn report() -> Document {
        let fiche = std::fs::read("tests/data/fiches/appareil-complet.json").expect("a fiche");
        let report = rcp::fiche::read(&fiche).expect("a report");
        let bytes = cda::write(&report, &Terminology::embedded(), cda::Target::Frcp2022)
            .expect("a document");
        cda::read(&bytes).expect("it reads")
    }

    fn codes(part: &Part<'_>) -> Vec<String> {
        part.sections
            .iter()
            .filter_map(|section| Some(section.code.as_ref()?.0.clone()))
            .collect()
    }

    #[test]
    fn a_report_tells_the_decision_first_then_the_synthesis() {
        let document = report();
        let parts = parts(&document);
        assert_eq!(parts.len(), 2);
        assert_eq!(codes(&parts[0]), DECISION);
        assert_eq!(
            codes(&parts[1]).first().map(String::as_str),
            Some(SYNTHESIS)
        );
        let shown: usize = parts.iter().map(|part| part.sections.len()).sum();
        assert_eq!(shown, document.sections.len());
    }

    #[test]
    fn another_document_keeps_its_order() {
        let mut document = report();
        document.header.template_ids.clear();
        let parts = parts(&document);
        let expected: Vec<&Section> = document.sections.iter().collect();
        assert_eq!(
            parts,
            [Part {
                title: None,
                sections: expected
            }]
        );
    }
}
