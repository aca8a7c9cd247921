//! The state of the patient, and what the patient wishes.

use serde::{Deserialize, Serialize};

use super::{
    coded::{Coded, Tri},
    date::PartialDate,
    wire,
};

/// State of the patient.
///
/// **Source:** ANS, volet CANCER-FRCP 2022.01, FR-Evaluation-du-statut-fonctionnel; 2025.01,
/// FR-Fonctions-physiques.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FunctionalStatus {
    /// Performance on the WHO (ECOG) scale.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub oms: Option<OmsStage>,
    /// Other observations of the same, in the order of the document.
    #[serde(
        default,
        deserialize_with = "wire::list",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub other_oms: Vec<OmsStage>,
    /// Screening for frailty in the elderly, by a score.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub geriatric_screening: Option<GeriatricScreening>,
    /// Other geriatric evaluations (volet 2025.01).
    #[serde(
        default,
        deserialize_with = "wire::list",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub geriatric_evaluations: Vec<GeriatricEvaluation>,
}

/// Performance on the WHO (ECOG) scale.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OmsStage {
    /// From 0 (no restriction) to 4 (bedridden); 5 when the patient has died.
    pub stage: u8,
    /// When it was observed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub date: Option<PartialDate>,
    /// What the author wrote beside the stage.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
}

/// Screening for frailty in the elderly, by a score.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GeriatricScreening {
    /// Name of the tool, as `G8`.
    pub tool: String,
    /// Score on the scale of that tool.
    pub score: i32,
    /// When it was done.
    pub date: PartialDate,
}

/// A geriatric evaluation: what it found is a score, or a result, not both.
///
/// **Source:** ANS, volet CANCER-FRCP 2025.01, FR-Evaluation `84121-3`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GeriatricEvaluation {
    /// Name of the instrument, as `GDS30`.
    pub instrument: String,
    /// Code of the instrument, of LOINC unless it says otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instrument_code: Option<Coded>,
    /// When it was done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub date: Option<PartialDate>,
    /// Score on the scale of that instrument.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub score: Option<i32>,
    /// Result, of `JDV_EvaluationDepressionGeriatriqueResultat` or text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub result: Option<Coded>,
}

/// Pregnancies, and the wish of others (volet 2025.01).
///
/// **Source:** ANS, volet CANCER-FRCP 2025.01, FR-Historique-des-grossesses.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pregnancy {
    /// Number of pregnancies, the present one included (`11996-6`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gravidity: Option<i32>,
    /// Number of deliveries (`11977-6`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parity: Option<i32>,
    /// Whether a pregnancy is wished (`ORG-173`); absent when the question was not raised.
    #[serde(
        default,
        deserialize_with = "wire::present",
        skip_serializing_if = "Option::is_none"
    )]
    pub parental_project: Option<Tri>,
    /// Other facts.
    #[serde(
        default,
        deserialize_with = "wire::list",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub other: Vec<PregnancyFact>,
}

/// Another fact on pregnancies: one of `number`, `on`, `answer` and `text` says it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PregnancyFact {
    /// What, of `JDV_ObservationGrossesse`.
    pub what: Coded,
    /// How many (CDA: `INT`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<i32>,
    /// When (CDA: `TS`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on: Option<PartialDate>,
    /// Whether (CDA: `BL`).
    #[serde(
        default,
        deserialize_with = "wire::present",
        skip_serializing_if = "Option::is_none"
    )]
    pub answer: Option<Tri>,
    /// In words, with the unit (CDA: `ST`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// When it was observed (CDA: `effectiveTime`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub observed_on: Option<PartialDate>,
}

/// What patients are told of their data (volet 2025.01). The texts of the configuration stand
/// where a report gives none.
///
/// **Source:** ANS, volet CANCER-FRCP 2025.01, FR-Commentaire-non-code with `GEN-294`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PrivacyNotice {
    /// How those who care for the patient use the data.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub team_text: Option<String>,
    /// How the data may be used again by public bodies, and how to object.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reuse_text: Option<String>,
}
