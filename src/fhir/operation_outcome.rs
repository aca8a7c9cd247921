//! `OperationOutcome`: what is wrong, said to a FHIR client.

use serde::{Serialize, Serializer};

use crate::finding::{Bilingual, Finding, FindingKind, Language, Severity};

/// Kinds of issue that terminology clients tell apart.
///
/// **Source:** HL7, FHIR tools guide, code system `tx-issue-type`.
const TX_ISSUE_TYPE: &str = "http://hl7.org/fhir/tools/CodeSystem/tx-issue-type";

/// Kind of an issue.
///
/// **Source:** FHIR R4, code system `http://hl7.org/fhir/issue-type`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IssueCode {
    /// Malformed content.
    Structure,
    /// A rule between elements is not kept.
    Invariant,
    /// A value that is not what its element takes.
    Value,
    /// A rule of a profile is not kept.
    BusinessRule,
    /// The content or the request is not supported.
    NotSupported,
    /// Nobody, or somebody unknown, asks.
    Login,
    /// The one who asks may not.
    Forbidden,
    /// Nothing stands there.
    NotFound,
    /// It exists already.
    Duplicate,
    /// It was deleted.
    Deleted,
    /// Several meet the condition.
    MultipleMatches,
    /// It changed meanwhile.
    Conflict,
    /// More bytes than allowed.
    TooLong,
    /// The question is against the rules of what it asks for.
    Invalid,
    /// The code is not one of those that are allowed.
    CodeInvalid,
    /// Something that must be there is not.
    Required,
    /// It would take too much.
    TooCostly,
    /// It cannot be worked out.
    Processing,
    /// An unforeseen failure.
    Exception,
    /// A failure that a later try may not meet.
    Transient,
    /// Worth knowing.
    Informational,
}

impl IssueCode {
    /// The FHIR code.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Structure => "structure",
            Self::Invariant => "invariant",
            Self::Value => "value",
            Self::BusinessRule => "business-rule",
            Self::NotSupported => "not-supported",
            Self::Login => "login",
            Self::Forbidden => "forbidden",
            Self::NotFound => "not-found",
            Self::Duplicate => "duplicate",
            Self::Deleted => "deleted",
            Self::MultipleMatches => "multiple-matches",
            Self::Conflict => "conflict",
            Self::TooLong => "too-long",
            Self::Invalid => "invalid",
            Self::CodeInvalid => "code-invalid",
            Self::Required => "required",
            Self::TooCostly => "too-costly",
            Self::Processing => "processing",
            Self::Exception => "exception",
            Self::Transient => "transient",
            Self::Informational => "informational",
        }
    }
}

impl Serialize for IssueCode {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// The resource, ready to be written as JSON.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct OperationOutcome {
    #[serde(rename = "resourceType")]
    resource_type: &'static str,
    issue: Vec<Issue>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct Issue {
    severity: &'static str,
    code: IssueCode,
    details: Details,
    #[serde(skip_serializing_if = "Option::is_none")]
    diagnostics: Option<&'static str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    location: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    expression: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct Details {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    coding: Vec<IssueCoding>,
    text: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct IssueCoding {
    system: &'static str,
    code: &'static str,
}

/// An issue with a code for terminology clients.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CodedIssue {
    /// How much it matters.
    pub severity: Severity,
    /// Kind of the issue.
    pub code: IssueCode,
    /// Kind of the issue in `tx-issue-type`; empty when none fits.
    pub kind: &'static str,
    /// What is wrong and how to mend it.
    pub text: String,
    /// Stable identifier of the rule.
    pub rule: &'static str,
    /// Where, as an expression; may be empty.
    pub place: String,
}

impl OperationOutcome {
    /// One error, with its text in the asked language.
    #[must_use]
    pub fn error(code: IssueCode, text: &Bilingual, language: Language) -> Self {
        Self::of(vec![Issue {
            severity: "error",
            code,
            details: Details {
                coding: Vec::new(),
                text: text.get(language).to_owned(),
            },
            diagnostics: None,
            location: Vec::new(),
            expression: Vec::new(),
        }])
    }

    /// One issue a finding: message and cure in the asked language, the rule as diagnostics, the
    /// place as expression, line and column as location. Those that tell no sort take `code`.
    #[must_use]
    pub fn from_findings(findings: &[Finding], code: IssueCode, language: Language) -> Self {
        Self::of(
            findings
                .iter()
                .map(|finding| Issue::from_finding(finding, code, language))
                .collect(),
        )
    }

    /// The issues as they are, each with its own code.
    pub fn from_issues(issues: impl Iterator<Item = CodedIssue>) -> Self {
        Self::of(issues.map(Issue::from_coded).collect())
    }

    fn of(issue: Vec<Issue>) -> Self {
        Self {
            resource_type: "OperationOutcome",
            issue,
        }
    }
}

impl Issue {
    fn from_coded(issue: CodedIssue) -> Self {
        let places: Vec<String> = Some(issue.place)
            .filter(|place| !place.is_empty())
            .into_iter()
            .collect();
        let kind = Some(issue.kind).filter(|kind| !kind.is_empty());
        Self {
            severity: severity_word(issue.severity),
            code: issue.code,
            details: Details {
                coding: kind
                    .map(|code| IssueCoding {
                        system: TX_ISSUE_TYPE,
                        code,
                    })
                    .into_iter()
                    .collect(),
                text: issue.text,
            },
            diagnostics: Some(issue.rule),
            location: places.clone(),
            expression: places,
        }
    }

    fn from_finding(finding: &Finding, code: IssueCode, language: Language) -> Self {
        let code = match finding.kind {
            FindingKind::Other => code,
            FindingKind::Structure => IssueCode::Structure,
            FindingKind::Required => IssueCode::Required,
            FindingKind::Value => IssueCode::Value,
            FindingKind::CodeInvalid => IssueCode::CodeInvalid,
            FindingKind::Invariant => IssueCode::Invariant,
            FindingKind::NotFound => IssueCode::NotFound,
            FindingKind::Duplicate => IssueCode::Duplicate,
        };
        let code = match finding.severity {
            Severity::Error | Severity::Warning => code,
            Severity::Information => IssueCode::Informational,
        };
        let location = match (finding.line, finding.column) {
            (Some(line), Some(column)) => vec![format!("line {line}, column {column}")],
            (Some(line), None) => vec![format!("line {line}")],
            (None, _) => Vec::new(),
        };
        Self {
            severity: severity_word(finding.severity),
            code,
            details: Details {
                coding: Vec::new(),
                text: format!(
                    "{} {}",
                    finding.message.get(language),
                    finding.cure.get(language)
                )
                .trim_end()
                .to_owned(),
            },
            diagnostics: Some(finding.rule),
            location,
            expression: Some(finding.place.clone())
                .filter(|place| !place.is_empty())
                .into_iter()
                .collect(),
        }
    }
}

fn severity_word(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Information => "information",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finding() -> Finding {
        Finding::error(
            "H5",
            "HealthcareService.specialty",
            Bilingual::new("L'activité manque.", "The activity is missing."),
            Bilingual::new("Ajoutez-la.", "Add it."),
        )
    }

    #[test]
    fn a_finding_becomes_an_issue_with_its_place_rule_and_cure() {
        let outcome = OperationOutcome::from_findings(
            &[finding().at(3, 14)],
            IssueCode::BusinessRule,
            Language::French,
        );
        insta::assert_json_snapshot!(outcome, @r#"
        {
          "resourceType": "OperationOutcome",
          "issue": [
            {
              "severity": "error",
              "code": "business-rule",
              "details": {
                "text": "L'activité manque. Ajoutez-la."
              },
              "diagnostics": "H5",
              "location": [
                "line 3, column 14"
              ],
              "expression": [
                "HealthcareService.specialty"
              ]
            }
          ]
        }
        "#);
    }

    #[test]
    fn the_text_is_in_the_asked_language() {
        let outcome = OperationOutcome::error(
            IssueCode::NotFound,
            &Bilingual::new("Introuvable.", "Not found."),
            Language::English,
        );
        assert_eq!(outcome.issue[0].details.text, "Not found.");
    }
}
