//! Sections of a finished document, under check: their order, and the copy as PDF.

use base64::{Engine, engine::general_purpose::STANDARD};

use crate::{
    config::Volet,
    finding::{Bilingual, Severity},
};

use super::{
    templates::{self, SectionKind},
    templates_2025,
    tree::Element,
    validate::Checker,
    validate_rules::declares,
};

/// First bytes of every PDF.
const PDF: &[u8] = b"%PDF-";

/// Sections in the order of the volet of 2022.
const ORDER_2022: [&SectionKind; 18] = [
    &templates::REASON,
    &templates::EVENTS,
    &templates::TUMOURS,
    &templates::HISTORY,
    &templates::COMORBIDITIES,
    &templates::FUNCTIONAL_STATUS,
    &templates::EXAMS,
    &templates::PROGRESS,
    &templates::PAST_TREATMENTS,
    &templates::SURGERY,
    &templates::PATHOLOGY,
    &templates::MOLECULAR,
    &templates::SUMMARY,
    &templates::FILE,
    &templates::PLAN,
    &templates::FRAMEWORK,
    &templates::PATIENT_COMMENT,
    &templates::STATUS,
];

/// Sections in the order of the volet of 2025.
const ORDER_2025: [&SectionKind; 22] = [
    &templates::REASON,
    &templates::EVENTS,
    &templates::TUMOURS,
    &templates::HISTORY,
    &templates::COMORBIDITIES,
    &templates::PHYSICAL_FUNCTION,
    &templates_2025::PREGNANCY,
    &templates_2025::WISHES,
    &templates::EXAMS,
    &templates::PROGRESS,
    &templates::PAST_TREATMENTS,
    &templates::SURGERY,
    &templates::PATHOLOGY,
    &templates::MOLECULAR,
    &templates::SUMMARY,
    &templates::FILE,
    &templates::PLAN,
    &templates::FRAMEWORK,
    &templates::PATIENT_COMMENT,
    &templates::STATUS,
    &templates_2025::NOTICE,
    &templates_2025::PDF_COPY,
];

impl<'t> Checker<'t> {
    pub(super) fn section_order(&mut self) {
        let order = match self.volet {
            Some(Volet::Frcp2025) => ORDER_2025.as_slice(),
            Some(Volet::Frcp2022) | None => ORDER_2022.as_slice(),
        };
        let Some(body) = self.root.path(&["component", "structuredBody"]) else {
            return;
        };
        let mut last = 0;
        for section in body
            .all("component")
            .filter_map(|component| component.first("section"))
        {
            let rank = order.iter().position(|kind| {
                let own = kind.templates.last().copied().unwrap_or_default();
                declares(section, own) && kind.tells(section)
            });
            let Some(rank) = rank else { continue };
            if rank < last {
                self.report(
                    Severity::Information,
                    "R-SEC-3",
                    section,
                    Bilingual::new(
                        "Les sections ne suivent pas l'ordre du volet.",
                        "The sections do not follow the order of the volet.",
                    ),
                    Bilingual::new(
                        "Les ranger comme le volet.",
                        "Put them in the order of the volet.",
                    ),
                );
            }
            last = last.max(rank);
        }
        let media = self.index.named(Some("observationMedia")).to_vec();
        for media in media {
            self.pdf(media);
        }
    }

    /// A media that says that it is a PDF begins like one.
    fn pdf(&mut self, media: Element<'t>) {
        let Some(value) = media.first("value") else {
            return;
        };
        let is_compressed = value.attribute("compression").is_some();
        if value.attribute("mediaType") != Some("application/pdf") || is_compressed {
            return;
        }
        let head: String = value
            .own_text()
            .chars()
            .filter(|char| !char.is_ascii_whitespace())
            .take(8)
            .collect();
        let is_pdf = STANDARD
            .decode(head)
            .is_ok_and(|head| head.starts_with(PDF));
        if !is_pdf {
            self.error(
                "V25-02",
                value,
                [
                    "Le média annoncé comme PDF n'en est pas un.",
                    "The media announced as PDF is none.",
                ],
                [
                    "Mettre un PDF entier, codé en base64.",
                    "Put a whole PDF, coded in base64.",
                ],
            );
        }
    }
}
