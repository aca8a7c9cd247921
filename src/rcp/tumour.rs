//! The disease: tumours, their stage, the state of the patient, the course.

use serde::{Deserialize, Serialize};

use super::{
    coded::{Coded, Tri},
    date::PartialDate,
    wire,
};

/// One tumour.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tumour {
    /// Date of the first diagnosis, `null` when unknown.
    #[serde(deserialize_with = "wire::nullable")]
    pub diagnosis_date: Option<PartialDate>,
    /// Morphology, of `JDV_Morphologie`, or text.
    pub morphology: Coded,
    /// Topography, of `JDV_Tumeur`, or text.
    pub topography: Coded,
    /// Side, of `JDV_ModificateurTopographique`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub laterality: Option<Coded>,
    /// Stage in the TNM classification.
    #[serde(default, skip_serializing_if = "Tnm::is_unsaid")]
    pub tnm: Tnm,
    /// Stage in other classifications.
    #[serde(
        default,
        deserialize_with = "wire::list",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub other_classifications: Vec<OtherClassification>,
    /// Comment on the tumour.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
}

/// Stage of a tumour in the TNM classification.
///
/// **Source:** UICC, TNM Classification of Malignant Tumours.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "TnmWire", into = "TnmWire")]
pub enum Tnm {
    /// Nothing is said of it.
    #[default]
    Unsaid,
    /// The classification makes no sense here, in haematology for one.
    NotApplicable,
    /// The stage.
    Staged(TnmStage),
}

impl Tnm {
    fn is_unsaid(&self) -> bool {
        *self == Self::Unsaid
    }
}

/// A stage in the TNM classification.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TnmStage {
    /// Edition of the classification, as `8`.
    pub edition: String,
    /// Stage group, as `IIA`.
    pub stage: Option<String>,
    /// Extent of the tumour, as `T1b`.
    pub t: String,
    /// Regional nodes, as `N1`.
    pub n: String,
    /// Distant metastases, as `M0`.
    pub m: String,
    /// What `t` means, in words.
    pub t_text: Option<String>,
    /// What `n` means, in words.
    pub n_text: Option<String>,
    /// What `m` means, in words.
    pub m_text: Option<String>,
    /// When the stage was established.
    pub date: Option<PartialDate>,
}

#[derive(Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct TnmWire {
    #[serde(skip_serializing_if = "Option::is_none")]
    not_applicable: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    edition: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    stage: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    t: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    n: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    m: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    t_text: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    n_text: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    m_text: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    date: Option<PartialDate>,
}

impl TryFrom<TnmWire> for Tnm {
    type Error = &'static str;

    fn try_from(wire: TnmWire) -> Result<Self, Self::Error> {
        match wire {
            TnmWire {
                not_applicable: Some(true),
                edition: None,
                stage: None,
                t: None,
                n: None,
                m: None,
                t_text: None,
                n_text: None,
                m_text: None,
                date: None,
            } => Ok(Self::NotApplicable),
            TnmWire {
                not_applicable: None | Some(false),
                edition: Some(edition),
                stage,
                t: Some(t),
                n: Some(n),
                m: Some(m),
                t_text,
                n_text,
                m_text,
                date,
            } => Ok(Self::Staged(TnmStage {
                edition,
                stage,
                t,
                n,
                m,
                t_text,
                n_text,
                m_text,
                date,
            })),
            _ => Err("a TNM stage has edition, t, n and m, or only not_applicable: true"),
        }
    }
}

impl From<Tnm> for TnmWire {
    fn from(tnm: Tnm) -> Self {
        match tnm {
            Tnm::Unsaid => Self::default(),
            Tnm::NotApplicable => Self {
                not_applicable: Some(true),
                ..Self::default()
            },
            Tnm::Staged(stage) => Self {
                not_applicable: None,
                edition: Some(stage.edition),
                stage: stage.stage,
                t: Some(stage.t),
                n: Some(stage.n),
                m: Some(stage.m),
                t_text: stage.t_text,
                n_text: stage.n_text,
                m_text: stage.m_text,
                date: stage.date,
            },
        }
    }
}

/// Stage of a tumour in another classification.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OtherClassification {
    /// The stage, as that classification writes it.
    pub value: String,
    /// Name of the classification.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Its version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
}

/// Where the disease stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Course {
    /// First phase, or relapse.
    pub phase: Phase,
    /// Date of the observation; for a relapse, of the relapse.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phase_date: Option<PartialDate>,
    /// Comment on the phase.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phase_comment: Option<String>,
    /// Whether the disease progresses.
    pub progression: Progression,
}

/// Phase of the disease.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// First phase.
    Initiale,
    /// Relapse.
    Rechute,
}

/// Whether and where the disease progresses.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Progression {
    /// It progresses.
    pub present: Tri,
    /// When that was seen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub date: Option<PartialDate>,
    /// Where it started.
    pub local: Tri,
    /// In the region of it.
    pub regional: Tri,
    /// Far from it.
    pub distant: Tri,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stage_is_whole_or_not_applicable() {
        let read = |text| serde_json::from_str::<Tnm>(text);
        assert_eq!(
            read(r#"{"not_applicable":true}"#).expect("not applicable"),
            Tnm::NotApplicable
        );
        let text = r#"{"edition":"8","stage":"IA","t":"T1b","n":"N0","m":"M0"}"#;
        let tnm = read(text).expect("stage");
        assert_eq!(serde_json::to_string(&tnm).expect("json"), text);
        assert!(read(r#"{"edition":"8","t":"T1b","n":"N0"}"#).is_err());
        assert!(read(r#"{"not_applicable":true,"t":"T1"}"#).is_err());
        assert!(read("{}").is_err());
    }
}
