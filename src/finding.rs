//! What is wrong with something that arrived: rule, place, reason and cure, in two languages.
//!
//! Every checker collects findings, all at once, and never stops at the first.

use serde::{Deserialize, Serialize};

/// Language of a text shown to a person.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
pub enum Language {
    /// French, the default.
    #[default]
    #[serde(rename = "fr")]
    French,
    /// English, when asked for.
    #[serde(rename = "en")]
    English,
}

impl Language {
    /// Language that an `Accept-Language` header prefers; French when it says nothing we know.
    ///
    /// **Source:** RFC 9110, 12.5.4. A quality of zero excludes a language.
    #[must_use]
    pub fn from_accept_language(header: &str) -> Self {
        let mut best = (0.0_f32, Self::French);
        for range in header.split(',') {
            let (tag, parameters) = range.split_once(';').unwrap_or((range, ""));
            let language = match tag.trim().get(..2).map(str::to_ascii_lowercase).as_deref() {
                Some("fr") => Self::French,
                Some("en") => Self::English,
                _ => continue,
            };
            let quality = parameters
                .trim()
                .strip_prefix("q=")
                .map_or(1.0, |q| q.parse().unwrap_or(0.0));
            if quality > best.0 {
                best = (quality, language);
            }
        }
        best.1
    }
}

/// The same text in French and in English.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Bilingual {
    /// For the people of the networks.
    pub fr: String,
    /// For developers, and whoever asks for it.
    pub en: String,
}

impl Bilingual {
    /// The pair of texts.
    pub fn new(fr: impl Into<String>, en: impl Into<String>) -> Self {
        Self {
            fr: fr.into(),
            en: en.into(),
        }
    }

    /// The text in that language.
    #[must_use]
    pub fn get(&self, language: Language) -> &str {
        match language {
            Language::French => &self.fr,
            Language::English => &self.en,
        }
    }
}

/// How much a finding matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Worth knowing.
    Information,
    /// Accepted, but somebody should look.
    Warning,
    /// Refused.
    Error,
}

/// What sort of fault it is, for those who answer in FHIR.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FindingKind {
    /// Not told.
    #[default]
    Other,
    /// Malformed: an element, a type or a number of repetitions that cannot be.
    Structure,
    /// Something is missing.
    Required,
    /// A value that is not what its element takes.
    Value,
    /// A code that is not of its list.
    CodeInvalid,
    /// A rule between elements is not kept.
    Invariant,
    /// It refers to nothing.
    NotFound,
    /// It exists already.
    Duplicate,
}

/// One thing that is wrong, or worth knowing. Holds no datum of a patient: it names the place,
/// never the value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// Identifier of the rule, stable across versions, e.g. `R-INS-1`.
    pub rule: &'static str,
    /// How much it matters.
    pub severity: Severity,
    /// Where: a JSON path (`patient.ins.value`), a `FHIRPath`, an `XPath` or a column name.
    pub place: String,
    /// Line in the input, from 1, when known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<u64>,
    /// Column in that line, from 1, when known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub column: Option<u64>,
    /// What sort of fault it is.
    #[serde(skip)]
    pub kind: FindingKind,
    /// What is wrong.
    pub message: Bilingual,
    /// How to mend it.
    pub cure: Bilingual,
}

impl Finding {
    /// An error at `place`.
    pub fn error(
        rule: &'static str,
        place: impl Into<String>,
        message: Bilingual,
        cure: Bilingual,
    ) -> Self {
        Self {
            rule,
            severity: Severity::Error,
            place: place.into(),
            line: None,
            column: None,
            kind: FindingKind::default(),
            message,
            cure,
        }
    }

    /// A warning at `place`.
    pub fn warning(
        rule: &'static str,
        place: impl Into<String>,
        message: Bilingual,
        cure: Bilingual,
    ) -> Self {
        Self {
            severity: Severity::Warning,
            ..Self::error(rule, place, message, cure)
        }
    }

    /// Something worth knowing about the whole.
    #[must_use]
    pub fn information(rule: &'static str, message: Bilingual) -> Self {
        Self {
            severity: Severity::Information,
            ..Self::error(rule, "", message, Bilingual::new("", ""))
        }
    }

    /// The same finding, of that sort.
    #[must_use]
    pub fn of_kind(self, kind: FindingKind) -> Self {
        Self { kind, ..self }
    }

    /// The same finding, with where it stands in the input.
    #[must_use]
    pub fn at(self, line: u64, column: u64) -> Self {
        Self {
            line: Some(line),
            column: Some(column),
            ..self
        }
    }
}

/// True when nothing in `findings` forbids to go on.
#[must_use]
pub fn accepts(findings: &[Finding]) -> bool {
    findings
        .iter()
        .all(|finding| finding.severity < Severity::Error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_preferred_language_wins_and_french_is_the_default() {
        assert_eq!(Language::from_accept_language(""), Language::French);
        assert_eq!(Language::from_accept_language("de"), Language::French);
        assert_eq!(
            Language::from_accept_language("en-GB,en;q=0.9"),
            Language::English
        );
        assert_eq!(
            Language::from_accept_language("fr-FR, en;q=0.8"),
            Language::French
        );
        assert_eq!(
            Language::from_accept_language("fr;q=0.3, en;q=0.8"),
            Language::English
        );
        assert_eq!(Language::from_accept_language("en;q=0"), Language::French);
    }

    #[test]
    fn only_errors_refuse() {
        let text = || Bilingual::new("a", "b");
        let warning = Finding::warning("T", "x", text(), text());
        assert!(accepts(std::slice::from_ref(&warning)));
        assert!(!accepts(&[
            warning,
            Finding::error("T", "x", text(), text())
        ]));
    }
}
