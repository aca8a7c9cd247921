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
            } else if element.is("linkHtml") {
                self.link(element);
            }
        }
        for reference in references {
            self.reference(reference, &names);
        }
    }

    /// A link that runs something, or leads into the reader's own files.
    fn link(&mut self, link: Element<'t>) {
        let target = link.attribute("href").unwrap_or_default().trim_ascii();
        let scheme = target
            .split_once(':')
            .map(|(scheme, _)| scheme.to_ascii_lowercase());
        let is_safe =
            scheme.is_none_or(|scheme| matches!(scheme.as_str(), "http" | "https" | "mailto"));
        if !is_safe {
            self.warning(
                "R-NAR-5",
                link,
                [
                    "Ce lien n'est ni une adresse de page ni une adresse de courriel.",
                    "This link is neither the address of a page nor a mail address.",
                ],
                [
                    "Écrire http:, https:, mailto:, ou un ID du document.",
                    "Write http:, https:, mailto:, or an ID of the document.",
                ],
            );
        }
    }

    /// A coded yes or no against the text that it points at.
    fn contradicted(&mut self, text: Element<'t>, said: &str) {
        let observation = text.parent();
        let value = observation
            .and_then(|observation| observation.first("value"))
            .filter(|value| value.value_type() == Some("BL"));
        let Some(value) = value else { return };
        let first = said
            .split(|char: char| !char.is_alphabetic())
            .next()
            .unwrap_or_default();
        let is_contradicted = match value.attribute("value") {
            Some("true") => first.eq_ignore_ascii_case("non"),
            Some("false") => first.eq_ignore_ascii_case("oui"),
            _ => false,
        };
        if is_contradicted {
            self.warning(
                "R-NAR-4",
                value,
                [
                    "La valeur codée dit le contraire du texte.",
                    "The coded value says the opposite of the text.",
                ],
                [
                    "Accorder le texte et la valeur.",
                    "Make text and value agree.",
                ],
            );
        }
    }

    fn reference(&mut self, reference: Element<'t>, names: &HashMap<&'t str, Element<'t>>) {
        let target = reference.attribute("value").unwrap_or_default();
        let found = target.strip_prefix('#').and_then(|name| names.get(name));
        if let (Some(said), Some(parent)) = (found, reference.parent())
            && parent.is("text")
        {
            self.contradicted(parent, &said.text());
        }
        if found.is_none() {
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
