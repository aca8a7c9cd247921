//! What was done before, what the meeting proposes, and on what ground.

use serde::{Deserialize, Serialize};

use super::{
    coded::{Coded, Tri},
    date::PartialDate,
    wire,
};

/// A treatment that was done, is going on, or was given up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PastTreatment {
    /// What, of `JDV_TypeTraitement_FRCP`.
    #[serde(rename = "type")]
    pub treatment: Coded,
    /// Which one exactly; needed when `treatment` says *other*.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub precision: Option<String>,
    /// How far it went.
    pub status: TreatmentStatus,
    /// Start.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start: Option<PartialDate>,
    /// End.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end: Option<PartialDate>,
    /// Comment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
}

/// How far a treatment went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TreatmentStatus {
    /// Done.
    Done,
    /// Going on.
    Ongoing,
    /// Planned, then not done.
    NotDone,
}

/// What the meeting proposes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Decision {
    /// The case goes to a meeting of second opinion.
    pub refer_to_recours_rcp: bool,
    /// How urgent that is; `CS` (to be planned) when not said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refer_to_recours_rcp_priority: Option<Coded>,
    /// Examinations to be made first.
    #[serde(
        default,
        deserialize_with = "wire::list",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub complementary_exams: Vec<ComplementaryExam>,
    /// Surveillance alone.
    pub surveillance: Surveillance,
    /// Proposed treatments.
    #[serde(
        default,
        deserialize_with = "wire::list",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub proposals: Vec<Proposal>,
    /// Comment on the proposal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
}

/// An examination to be made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ComplementaryExam {
    /// Which.
    pub text: String,
    /// Not before.
    pub earliest: PartialDate,
    /// Not after.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub latest: Option<PartialDate>,
}

/// Surveillance alone.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Surveillance {
    /// It is what the meeting proposes.
    pub needed: bool,
    /// How.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
}

/// A proposed treatment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Proposal {
    /// 1 for the first choice, 2… for the alternatives.
    pub intention: u32,
    /// Rank of the treatment within that choice, from 1.
    pub sequence: u32,
    /// What, of `JDV_TypeTraitement_FRCP`.
    #[serde(rename = "type")]
    pub treatment: Coded,
    /// Label to show instead of that of the list.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// Which one exactly; needed when `treatment` says *other*.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub precision: Option<String>,
    /// Wished start.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start: Option<PartialDate>,
    /// Wished end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end: Option<PartialDate>,
}

/// On what ground the meeting decided.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Framework {
    /// Guideline; needed for a registered case.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub guideline: Option<Guideline>,
    /// A clinical trial is proposed; absent when the question was not raised.
    #[serde(
        default,
        deserialize_with = "wire::present",
        skip_serializing_if = "Option::is_none"
    )]
    pub clinical_trial: Option<Tri>,
    /// Which trial.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clinical_trial_text: Option<String>,
    /// Comment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
}

/// A clinical practice guideline.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Guideline {
    /// The proposal follows it.
    pub follows: bool,
    /// Its name and version.
    pub name_version: String,
    /// Its date.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub date: Option<PartialDate>,
}
