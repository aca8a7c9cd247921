//! Narrative of a finished document, under check.

use std::collections::HashMap;

use super::{
    tree::Element,
    validate::{Checker, Texts},
    validate_rules::declares,
};

const SUMMARY: &str = "1.3.6.1.4.1.19376.1.5.3.1.3.4";

const WRITE: Texts = [
    "Écrire dans le texte ce que disent les entrées.",
    "Write in the text what the entries say.",
];

impl<'t> Checker<'t> {
    pub(super) fn narrative(&mut self) {
        let Some(body) = self.root.path(&["component", "structuredBody"]) else {
            return;
        };
        let mut names = HashMap::new();
        let mut references = Vec::new();
        for element in body.descendants() {
            if let Some(name) = element.attribute("ID") {
                names.insert(name, element);
            }
            let is_pointer = element.is("reference")
                && element
                    .parent()
                    .is_some_and(|parent| parent.is("text") || parent.is("originalText"));
            if is_pointer {
                references.push(element);
            }
            if element.is("section") {
                self.section_text(element);
            }
        }
        for reference in references {
            self.reference(reference, &names);
        }
    }

    fn reference(&mut self, reference: Element<'t>, names: &HashMap<&'t str, Element<'t>>) {
        let target = reference.attribute("value").unwrap_or_default();
        let is_found = target
            .strip_prefix('#')
            .is_some_and(|name| names.contains_key(name));
        if !is_found {
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

    /// People read the text, not the entries: it must say something.
    fn section_text(&mut self, section: Element<'t>) {
        let is_blank = section
            .first("text")
            .is_none_or(|text| text.text().is_empty() && !shows_media(text));
        if !is_blank {
            return;
        }
        if declares(section, SUMMARY) {
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
}

/// True when people are shown a picture or a document there.
fn shows_media(text: Element<'_>) -> bool {
    text.descendants()
        .any(|element| element.is("renderMultiMedia"))
}
