//! Why the case came before the meeting.

use serde::{Deserialize, Serialize};

use super::{
    coded::{Coded, Tri},
    wire,
};

/// Kind of meeting and reason of the discussion.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reason {
    /// Apparatus, of `JDV_RCP_Appareil`: always and only for a meeting by organ.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub apparatus: Option<Coded>,
    /// Organs, of `JDV_RCP_Organe`: at least one, and only for a meeting by organ.
    #[serde(
        default,
        deserialize_with = "wire::list",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub organs: Vec<Coded>,
    /// Treatment or care, of `JDV_TraitementSoins_FRCP`: always and only for a transverse meeting.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub care_type: Option<Coded>,
    /// The meeting is one of second opinion (*recours*).
    pub is_recours_rcp: Tri,
    /// The meeting is paediatric.
    pub is_paediatric_rcp: Tri,
    /// Comment on the kind of meeting.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub type_comment: Option<String>,
    /// A diagnosis is asked for.
    pub diagnostic_advice: Tri,
    /// A treatment is asked for.
    pub treatment_proposal: Tri,
    /// A second opinion is asked for.
    pub recours: Tri,
    /// The patient is a child, or is treated as one.
    pub paediatric: Tri,
    /// Was the case discussed, or only registered?
    pub case_status: CaseStatus,
    /// Comment on the reason.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason_comment: Option<String>,
    /// The reason in a few words.
    pub problem_text: String,
}

/// What the meeting did with the case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CaseStatus {
    /// *Cas enregistré*: a guideline applies, no discussion.
    Enregistre,
    /// *Cas discuté*.
    Discute,
}
