//! What the meeting relied on: examinations, and conclusions of other reports.

use serde::{Deserialize, Serialize};

use super::{
    date::{Moment, When},
    people::Professional,
    wire,
};

/// Conclusion of an operative, pathology or molecular report, copied into this one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReportSource {
    /// Title, for molecular reports only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Start of the operation or examination.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub performed_start: Option<When>,
    /// End of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub performed_end: Option<When>,
    /// The conclusion.
    pub conclusion: String,
    /// Surgeon, pathologist or molecular biologist.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub performer: Option<Professional>,
    /// Author of the original report.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub original_author: Option<Professional>,
    /// When the original was written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub original_author_time: Option<Moment>,
    /// Who copied the conclusion; the author of this report when not said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub copied_by: Option<Professional>,
    /// When it was copied; the time of this report when not said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub copied_at: Option<Moment>,
    /// Who took the sample.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sampler: Option<Professional>,
    /// When it was taken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sampled_at: Option<When>,
    /// Comment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
}

/// Imaging, laboratory and other results.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Paraclinical {
    /// The examinations.
    #[serde(
        default,
        deserialize_with = "wire::list",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub exams: Vec<Exam>,
    /// Comment on the clinical elements.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
}

/// One examination.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Exam {
    /// When.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub date: Option<When>,
    /// What.
    pub name: String,
    /// Found what.
    pub result: String,
}
