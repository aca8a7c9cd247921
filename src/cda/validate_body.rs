//! Sections and narrative of a finished document, under check.

use std::collections::HashSet;

use crate::config::Volet;

use super::{
    templates::{self, SectionKind},
    templates_2025,
    tree::Element,
    validate::{Checker, Texts},
};

/// Mandatory sections: rule, `templateId` by which the national kit finds them, name.
const MANDATORY: [(&str, &str, &str); 9] = [
    (
        "F01",
        "1.3.6.1.4.1.19376.1.5.3.1.3.2",
        "FR-Raison-de-la-recommandation",
    ),
    (
        "F02",
        "1.3.6.1.4.1.19376.1.5.3.1.1.21.2.9",
        "FR-Resultats-evenements",
    ),
    (
        "F03",
        "1.3.6.1.4.1.19376.1.7.3.1.3.14.1",
        "FR-Diagnostic-du-cancer",
    ),
    ("F04", "1.2.250.1.213.1.1.2.25", "FR-Note-de-progression"),
    (
        "F05",
        "1.3.6.1.4.1.19376.1.5.3.1.3.4",
        "FR-Histoire-de-la-maladie-non-code",
    ),
    ("F06", "1.3.6.1.4.1.19376.1.5.3.1.3.36", "FR-Plan-de-soins"),
    (
        "F07",
        "1.2.250.1.213.1.1.2.175",
        "FR-Cadre-de-la-proposition-therapeutique",
    ),
    ("F08", "1.2.250.1.213.1.1.2.33", "FR-Statut-dossier-RCP"),
    ("F09", "1.2.250.1.213.1.1.2.35", "FR-Statut-du-document"),
];

/// Kinds of section that stand at most once, at the top.
const KINDS: [&SectionKind; 17] = [
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
    &templates::SUMMARY,
    &templates::FILE,
    &templates::PLAN,
    &templates::FRAMEWORK,
    &templates::PATIENT_COMMENT,
    &templates::STATUS,
];

/// Those that the volet of 2025 adds.
const ADDED_IN_2025: [&SectionKind; 5] = [
    &templates::PHYSICAL_FUNCTION,
    &templates_2025::PREGNANCY,
    &templates_2025::WISHES,
    &templates_2025::NOTICE,
    &templates_2025::PDF_COPY,
];

impl<'t> Checker<'t> {
    pub(super) fn sections(&mut self) {
        let body = self.root.path(&["component", "structuredBody"]);
        let Some(body) = body else {
            return self.missing(
                "N03",
                self.root,
                "component/structuredBody",
                [
                    "Une fiche RCP est un document structuré (CDA niveau 3).",
                    "A report of a meeting is a structured document (CDA level 3).",
                ],
            );
        };
        let sections: Vec<_> = body
            .all("component")
            .filter_map(|component| component.first("section"))
            .collect();
        for (rule, template, name) in MANDATORY {
            if !sections.iter().any(|section| follows(*section, template)) {
                let child = format!("component/section ({name})");
                self.missing(
                    rule,
                    body,
                    &child,
                    [
                        "Ajouter cette section et ses templateId.",
                        "Add that section with its templateIds.",
                    ],
                );
            }
        }
        let added = match self.volet {
            Some(Volet::Frcp2025) => ADDED_IN_2025.as_slice(),
            Some(Volet::Frcp2022) | None => &[],
        };
        for kind in KINDS.iter().chain(added) {
            let own = kind.templates.last().copied().unwrap_or_default();
            let is_same = |section: &&Element<'t>| follows(**section, own) && kind.tells(**section);
            let mut same = sections.iter().filter(is_same);
            if let Some(first) = same.next() {
                self.section_code(*first, kind);
            }
            if let Some(second) = same.next() {
                self.warning(
                    "R-SEC-2",
                    *second,
                    [
                        "Cette section est présente deux fois.",
                        "This section stands twice.",
                    ],
                    ["N'en garder qu'une.", "Keep one of them."],
                );
            }
        }
        if self.volet == Some(Volet::Frcp2025) {
            self.closing_sections(body, &sections);
        }
        for section in sections {
            self.section_text(section);
        }
    }

    /// Sections that every document of the volet of 2025 ends with; no official rule asks for them.
    fn closing_sections(&mut self, body: Element<'t>, sections: &[Element<'t>]) {
        for kind in [&templates_2025::NOTICE, &templates_2025::PDF_COPY] {
            let own = kind.templates.last().copied().unwrap_or_default();
            if !sections
                .iter()
                .any(|section| follows(*section, own) && kind.tells(*section))
            {
                self.warning(
                    "R-SEC-3",
                    body,
                    [
                        "Il manque une section du volet 2025.01 : l'information du patient sur ses données, ou la copie du document en PDF.",
                        "A section of the volet 2025.01 is missing: what patients are told of their data, or the copy of the document as PDF.",
                    ],
                    ["L'ajouter à la fin du corps.", "Add it at the end of the body."],
                );
            }
        }
    }

    fn section_code(&mut self, section: Element<'t>, kind: &SectionKind) {
        let code = section.first("code");
        let couple = code.map(|code| (code.attribute("code"), code.attribute("codeSystem")));
        if couple != Some((Some(kind.code), Some(SectionKind::SYSTEM))) {
            self.warning(
                "R-SEC-1",
                code.unwrap_or(section),
                [
                    "Le code de la section n'est pas celui de son modèle.",
                    "The code of the section is not that of its model.",
                ],
                [
                    "Mettre le code LOINC du volet.",
                    "Put the LOINC code of the volet.",
                ],
            );
        }
    }

    /// People read the text, not the entries: it must say something.
    fn section_text(&mut self, section: Element<'t>) {
        let is_blank = section
            .first("text")
            .is_none_or(|text| text.text().is_empty() && !shows_media(text));
        if !is_blank {
            return;
        }
        const WRITE: Texts = [
            "Écrire dans le texte ce que disent les entrées.",
            "Write in the text what the entries say.",
        ];
        if follows(section, "1.3.6.1.4.1.19376.1.5.3.1.3.4") {
            self.warning(
                "R-NAR-3",
                section,
                [
                    "La synthèse du cas est vide.",
                    "The summary of the case is empty.",
                ],
                WRITE,
            );
        } else if section.first("entry").is_some() {
            self.warning(
                "R-NAR-2",
                section,
                [
                    "La section a des entrées, mais aucun texte.",
                    "The section has entries, but no text.",
                ],
                WRITE,
            );
        }
    }

    /// Names of texts, and what points at them.
    pub(super) fn narrative(&mut self) {
        let Some(body) = self.root.path(&["component", "structuredBody"]) else {
            return;
        };
        let mut names = HashSet::new();
        let mut references = Vec::new();
        let mut repeated = Vec::new();
        for element in body.descendants() {
            if let Some(name) = element.attribute("ID")
                && !names.insert(name)
            {
                repeated.push(element);
            }
            if element.is("reference")
                && element
                    .parent()
                    .is_some_and(|parent| parent.is("text") || parent.is("originalText"))
            {
                references.push(element);
            }
        }
        for element in repeated {
            self.error(
                "R-NAR-6",
                element,
                [
                    "Deux textes portent le même ID.",
                    "Two texts have the same ID.",
                ],
                [
                    "Donner à chaque texte un ID unique dans le document.",
                    "Give each text an ID unique in the document.",
                ],
            );
        }
        for reference in references {
            let target = reference.attribute("value").unwrap_or_default();
            if !target
                .strip_prefix('#')
                .is_some_and(|name| names.contains(name))
            {
                self.warning(
                    "R-NAR-1",
                    reference,
                    [
                        "Cette référence ne mène à aucun texte.",
                        "This reference leads to no text.",
                    ],
                    [
                        "Pointer un ID du texte : #ID.",
                        "Point at an ID of the text: #ID.",
                    ],
                );
            }
        }
    }
}

/// True when people are shown a picture or a document there.
fn shows_media(text: Element<'_>) -> bool {
    text.descendants()
        .any(|element| element.is("renderMultiMedia"))
}

/// True when the section declares that template.
pub(super) fn follows(section: Element<'_>, template: &str) -> bool {
    section
        .all("templateId")
        .any(|id| id.attribute("root") == Some(template))
}
