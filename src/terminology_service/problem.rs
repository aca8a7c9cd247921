//! What is wrong with a question, or with a code: each with its place, its kind and its cure.

use crate::{
    fhir::{CodedIssue, IssueCode, OperationOutcome},
    finding::{Bilingual, Finding, Language, Severity},
};

/// Something wrong with a question or a code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// What, where, and how to mend it.
    pub finding: Finding,
    /// Kind of the issue for any FHIR client.
    pub code: IssueCode,
    /// Kind of the issue for a terminology client; empty when none fits.
    ///
    /// **Source:** HL7, FHIR terminology ecosystem guide, code system `tx-issue-type`.
    pub kind: &'static str,
}

/// Why an operation gives no answer at all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// What a client should make of it.
    pub reason: FailureReason,
    /// Everything that is wrong.
    pub problems: Vec<Problem>,
}

/// What a client should make of a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FailureReason {
    /// The question is not well made.
    Malformed,
    /// What it names is not known here.
    Unknown,
    /// It is well made, but what it holds cannot be worked out.
    Unprocessable,
}

impl Problem {
    /// An error.
    pub(super) fn error(
        rule: &'static str,
        (code, kind): (IssueCode, &'static str),
        place: impl Into<String>,
        message: Bilingual,
        cure: Bilingual,
    ) -> Self {
        Self {
            finding: Finding::error(rule, place, message, cure),
            code,
            kind,
        }
    }

    /// The same, as something of that severity.
    pub(super) fn with_severity(mut self, severity: Severity) -> Self {
        self.finding.severity = severity;
        self
    }

    /// True when it forbids a positive answer.
    pub(super) fn is_error(&self) -> bool {
        self.finding.severity == Severity::Error
    }

    /// Message and cure.
    pub(super) fn text(&self, language: Language) -> String {
        let message = self.finding.message.get(language);
        let cure = self.finding.cure.get(language);
        if cure.is_empty() {
            return message.to_owned();
        }
        format!("{message} {cure}")
    }
}

/// The problems as a resource.
pub(super) fn outcome(problems: &[Problem], language: Language) -> OperationOutcome {
    OperationOutcome::from_issues(problems.iter().map(|problem| CodedIssue {
        severity: problem.finding.severity,
        code: problem.code,
        kind: problem.kind,
        text: problem.text(language),
        rule: problem.finding.rule,
        place: problem.finding.place.clone(),
    }))
}

impl Failure {
    /// One reason to give no answer.
    pub(super) fn one(reason: FailureReason, problem: Problem) -> Self {
        Self {
            reason,
            problems: vec![problem],
        }
    }

    /// The failure for a client.
    #[must_use]
    pub fn outcome(&self, language: Language) -> OperationOutcome {
        outcome(&self.problems, language)
    }
}

/// A name that a caller gave, fit to be repeated: short, and on one line.
pub(super) fn shown(text: &str) -> String {
    const LONGEST: usize = 200;
    let plain = text.chars().filter(|character| !character.is_control());
    plain.take(LONGEST).collect()
}

/// A parameter that must be there is not.
pub(super) fn missing(place: &str, fr: &str, en: &str) -> Failure {
    Failure::one(
        FailureReason::Malformed,
        Problem::error(
            "TX-REQUIRED",
            (IssueCode::Required, "invalid-data"),
            place,
            Bilingual::new(
                "La question est incomplète.",
                "The question is not complete.",
            ),
            Bilingual::new(fr, en),
        ),
    )
}

/// Something that this service does not do.
pub(super) fn unsupported(place: &str, message: Bilingual, cure: Bilingual) -> Failure {
    Failure::one(
        FailureReason::Malformed,
        Problem::error(
            "TX-UNSUPPORTED",
            (IssueCode::NotSupported, "not-supported"),
            place,
            message,
            cure,
        ),
    )
}

/// A code system that is not known, or not in that version.
pub(super) fn unknown_system(place: &str, url: &str, known: &[&str]) -> Problem {
    not_known(
        place,
        ("Le système de codes", "The code system"),
        url,
        known,
        "CodeSystem",
    )
}

/// A value set that is not known, or not in that version.
pub(super) fn unknown_value_set(place: &str, url: &str, known: &[&str]) -> Problem {
    not_known(
        place,
        ("Le jeu de valeurs", "The value set"),
        url,
        known,
        "ValueSet",
    )
}

/// A map that is not known, or not in that version.
pub(super) fn unknown_map(place: &str, url: &str, known: &[&str]) -> Problem {
    not_known(
        place,
        ("La correspondance", "The concept map"),
        url,
        known,
        "ConceptMap",
    )
}

/// `known` are the versions that are here, when only the version is not.
fn not_known(
    place: &str,
    (fr, en): (&str, &str),
    url: &str,
    known: &[&str],
    resource_type: &str,
) -> Problem {
    let url = shown(url);
    let cure = if known.is_empty() {
        Bilingual::new(
            format!(
                "Vérifiez l'URL ; /fhir/{resource_type}?_summary=true donne celles qui le sont."
            ),
            format!("Check the URL; /fhir/{resource_type}?_summary=true lists those that are."),
        )
    } else {
        let known = known.join(", ");
        Bilingual::new(
            format!("Versions connues : {known}."),
            format!("Known versions: {known}."),
        )
    };
    Problem::error(
        "TX-NOT-FOUND",
        (IssueCode::NotFound, "not-found"),
        place,
        Bilingual::new(
            format!("{fr} « {url} » n'est pas connu ici."),
            format!("{en} '{url}' is not known here."),
        ),
        cure,
    )
}
