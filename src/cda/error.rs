//! Why bytes are not a clinical document that we read.

use super::tree::Element;
use crate::finding::{Bilingual, Finding};

/// Why bytes are not a clinical document that we read. No text of the document is repeated, but
/// for names of elements.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// Larger than the limit.
    #[error("the document has {bytes} bytes; the limit is {limit}")]
    TooLarge {
        /// Its size.
        bytes: usize,
        /// The limit.
        limit: usize,
    },
    /// Elements nested too deeply.
    #[error("line {line}, column {column}: elements are nested deeper than {limit}")]
    TooDeep {
        /// The limit.
        limit: usize,
        /// Line, from 1.
        line: u64,
        /// Column, from 1.
        column: u64,
    },
    /// Too many elements.
    #[error("line {line}, column {column}: the document has more than {limit} elements and texts")]
    TooMany {
        /// The limit.
        limit: usize,
        /// Line, from 1.
        line: u64,
        /// Column, from 1.
        column: u64,
    },
    /// Bytes that are not UTF-8.
    #[error("line {line}, column {column}: the bytes are not UTF-8")]
    NotUtf8 {
        /// Line, from 1.
        line: u64,
        /// Column, from 1.
        column: u64,
    },
    /// Another encoding.
    #[error("the document is in {0}; a CDA document is exchanged in UTF-8")]
    Encoding(String),
    /// A document type declaration.
    #[error("line {line}, column {column}: a document type declaration (DTD) is refused")]
    Dtd {
        /// Line, from 1.
        line: u64,
        /// Column, from 1.
        column: u64,
    },
    /// An entity that XML does not define.
    #[error("line {line}, column {column}: unknown entity")]
    Entity {
        /// Line, from 1.
        line: u64,
        /// Column, from 1.
        column: u64,
    },
    /// A request to include another document.
    #[error(
        "line {line}, column {column}: the inclusion of another document (XInclude) is refused"
    )]
    Inclusion {
        /// Line, from 1.
        line: u64,
        /// Column, from 1.
        column: u64,
    },
    /// A prefix without namespace.
    #[error("line {line}, column {column}: a prefix is bound to no namespace")]
    Prefix {
        /// Line, from 1.
        line: u64,
        /// Column, from 1.
        column: u64,
    },
    /// Not well formed.
    #[error("line {line}, column {column}: the XML is not well formed: {reason}")]
    IllFormed {
        /// What is wrong, in English.
        reason: &'static str,
        /// Line, from 1.
        line: u64,
        /// Column, from 1.
        column: u64,
    },
    /// Well formed, but not a clinical document.
    #[error("the root element is not ClinicalDocument of the namespace urn:hl7-org:v3")]
    NotClinicalDocument,
    /// A clinical document by its name, in another namespace.
    #[error("the root element ClinicalDocument is not in the namespace urn:hl7-org:v3")]
    Namespace,
    /// A page for browsers.
    #[error("this is an HTML page, not a CDA document")]
    HtmlPage,
    /// A clinical document within a style sheet.
    #[error("the document is wrapped in a style sheet, which would be run to show it")]
    StyleSheet,
    /// A clinical document without what nothing can be done without.
    #[error("the document has no {0}")]
    Missing(&'static str),
}

const SPLIT: (&str, &str) = (
    "Envoyer un document plus petit, sans pièces encapsulées inutiles.",
    "Send a smaller document, without needless embedded parts.",
);

const UTF8: (&str, &str) = (
    "Enregistrer le document en UTF-8 et le déclarer ainsi.",
    "Save the document in UTF-8 and declare it so.",
);

const PLAIN: (&str, &str) = (
    "Retirer la déclaration et écrire les caractères eux-mêmes.",
    "Remove the declaration and write the characters themselves.",
);

const WHOLE: (&str, &str) = (
    "Envoyer un document entier, qui ne renvoie à aucun autre.",
    "Send a whole document, which refers to no other.",
);

const MEND: (&str, &str) = (
    "Corriger le XML à cet endroit.",
    "Mend the XML at that place.",
);

const CDA: (&str, &str) = (
    "Envoyer un document CDA R2 (racine ClinicalDocument, espace de noms urn:hl7-org:v3).",
    "Send a CDA R2 document (root ClinicalDocument, namespace urn:hl7-org:v3).",
);

impl ReadError {
    /// Why an element that is not `ClinicalDocument` cannot be the root of a document.
    pub(super) fn of_root(root: Element<'_>) -> Self {
        match root.name() {
            "ClinicalDocument" => Self::Namespace,
            "stylesheet" | "transform" => Self::StyleSheet,
            name if name.eq_ignore_ascii_case("html") => Self::HtmlPage,
            _ => Self::NotClinicalDocument,
        }
    }

    /// The error as a finding of rule `R-XML-1` or `R-XML-2`.
    #[must_use]
    pub fn finding(&self) -> Finding {
        let (rule, fr, cure) = self.french();
        let finding = Finding::error(
            rule,
            "/",
            Bilingual::new(fr, self.to_string()),
            Bilingual::new(cure.0, cure.1),
        );
        match self.place() {
            Some((line, column)) => finding.at(line, column),
            None => finding,
        }
    }

    /// Line and column, when known.
    #[must_use]
    pub fn place(&self) -> Option<(u64, u64)> {
        match self {
            Self::TooDeep { line, column, .. }
            | Self::TooMany { line, column, .. }
            | Self::NotUtf8 { line, column }
            | Self::Dtd { line, column }
            | Self::Entity { line, column }
            | Self::Inclusion { line, column }
            | Self::Prefix { line, column }
            | Self::IllFormed { line, column, .. } => Some((*line, *column)),
            Self::TooLarge { .. }
            | Self::Encoding(_)
            | Self::NotClinicalDocument
            | Self::Namespace
            | Self::HtmlPage
            | Self::StyleSheet
            | Self::Missing(_) => None,
        }
    }

    /// Rule, French message, and cure in both languages.
    fn french(&self) -> (&'static str, String, (&'static str, &'static str)) {
        match self {
            Self::TooLarge { limit, .. } => (
                "R-XML-2",
                format!("Le document dépasse la limite de {limit} octets."),
                SPLIT,
            ),
            Self::TooDeep { limit, .. } => (
                "R-XML-2",
                format!("Des éléments sont imbriqués au-delà de {limit} niveaux."),
                SPLIT,
            ),
            Self::TooMany { limit, .. } => (
                "R-XML-2",
                format!("Le document a plus de {limit} éléments et textes."),
                SPLIT,
            ),
            Self::NotUtf8 { .. } => (
                "R-XML-1",
                "Les octets ne sont pas de l'UTF-8.".to_owned(),
                UTF8,
            ),
            Self::Encoding(_) => (
                "R-XML-1",
                "Le document n'est pas en UTF-8.".to_owned(),
                UTF8,
            ),
            Self::Dtd { .. } => (
                "R-XML-1",
                "Une déclaration de type de document (DTD) est refusée.".to_owned(),
                PLAIN,
            ),
            Self::Entity { .. } => ("R-XML-1", "Entité inconnue.".to_owned(), PLAIN),
            Self::Inclusion { .. } => (
                "R-XML-1",
                "L'inclusion d'un autre document (XInclude) est refusée.".to_owned(),
                WHOLE,
            ),
            Self::Prefix { .. } => (
                "R-XML-1",
                "Un préfixe n'est lié à aucun espace de noms.".to_owned(),
                MEND,
            ),
            Self::IllFormed { .. } => ("R-XML-1", "Le XML est mal formé.".to_owned(), MEND),
            Self::NotClinicalDocument => (
                "R-XML-3",
                "L'élément racine n'est pas ClinicalDocument de urn:hl7-org:v3.".to_owned(),
                CDA,
            ),
            Self::Namespace => (
                "R-XML-3",
                "L'élément racine ClinicalDocument n'est pas dans l'espace de noms urn:hl7-org:v3."
                    .to_owned(),
                CDA,
            ),
            Self::HtmlPage => (
                "R-XML-3",
                "C'est une page HTML, pas un document CDA.".to_owned(),
                CDA,
            ),
            Self::StyleSheet => (
                "R-XML-3",
                "Le document est enveloppé dans une feuille de style (document autoprésentable), qui serait exécutée pour l'afficher."
                    .to_owned(),
                (
                    "Envoyer le document CDA seul, sans sa feuille de style.",
                    "Send the CDA document alone, without its style sheet.",
                ),
            ),
            Self::Missing(what) => ("R-XML-3", format!("Le document n'a pas de {what}."), CDA),
        }
    }
}
