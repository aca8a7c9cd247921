//! The report as a whole.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{
    coded::{InstanceId, Tri},
    date::{Moment, PartialDate, When},
    decision::{Decision, Framework, PastTreatment},
    meeting::Meeting,
    organization::Organization,
    patient::{Patient, Relative},
    people::People,
    reason::Reason,
    sources::{Paraclinical, ReportSource},
    state::{FunctionalStatus, Pregnancy, PrivacyNotice},
    tumour::{Course, Tumour},
    wire,
};

/// Report of one case before one meeting. `Debug` shows only which document it is.
///
/// **Source:** ANS, CI-SIS, volets CANCER-FRCP 2022.01 and 2025.01.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RcpReport {
    /// Meeting by organ, or transverse.
    pub kind: RcpKind,
    /// Which document, which version.
    pub document: DocumentIdentity,
    /// Who keeps the document.
    pub custodian: Organization,
    /// Of whom.
    pub patient: Patient,
    /// Close to the patient.
    #[serde(
        default,
        deserialize_with = "wire::list",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub relatives: Vec<Relative>,
    /// By whom.
    pub people: People,
    /// In which meeting.
    pub rcp: Meeting,
    /// Why.
    pub reason: Reason,
    /// How the cancer was found.
    pub screening: Screening,
    /// The tumours, at least one.
    pub tumours: Vec<Tumour>,
    /// Medical history.
    #[serde(
        default,
        deserialize_with = "wire::list",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub history: Vec<DatedLabel>,
    /// Other diseases.
    #[serde(
        default,
        deserialize_with = "wire::list",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub comorbidities: Vec<DatedLabel>,
    /// State of the patient.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub functional_status: Option<FunctionalStatus>,
    /// Pregnancies (volet 2025.01).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pregnancy: Option<Pregnancy>,
    /// What the patient wishes for their quality of life (volet 2025.01).
    #[serde(
        default,
        deserialize_with = "wire::list",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub patient_wishes: Vec<DatedLabel>,
    /// Imaging, laboratory and other results.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paraclinical: Option<Paraclinical>,
    /// Where the disease stands.
    pub course: Course,
    /// Treatments before this meeting.
    #[serde(
        default,
        deserialize_with = "wire::list",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub past_treatments: Vec<PastTreatment>,
    /// Operative report.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub surgery_report: Option<ReportSource>,
    /// Pathology report.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pathology_report: Option<ReportSource>,
    /// Reports of molecular genetics.
    #[serde(
        default,
        deserialize_with = "wire::list",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub molecular_reports: Vec<ReportSource>,
    /// The case in short, and the question.
    pub case_summary: CaseSummary,
    /// Whether the meeting could decide.
    pub file_status: FileStatus,
    /// What it proposes.
    pub decision: Decision,
    /// On what ground.
    pub framework: Framework,
    /// Comment on the patient.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub patient_comment: Option<String>,
    /// What patients are told of their data (volet 2025.01); the texts of the configuration when
    /// not said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub privacy_notice: Option<PrivacyNotice>,
}

impl fmt::Debug for RcpReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RcpReport")
            .field("kind", &self.kind)
            .field("document", &self.document.id)
            .field("version", &self.document.version)
            .finish_non_exhaustive()
    }
}

/// Shape of the meeting.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RcpKind {
    /// By apparatus and organ (`ORG-117`).
    AppareilOrganes,
    /// Transverse, and supportive care (`ORG-132`).
    Transversale,
}

/// Which document, which version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DocumentIdentity {
    /// Unique for each version.
    pub id: InstanceId,
    /// The same for all versions.
    pub set_id: InstanceId,
    /// From 1.
    pub version: u32,
    /// The version that this one replaces.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replaces: Option<Replaced>,
    /// When the document was made.
    pub created_at: Moment,
    /// Title; made of the names of network, manager and RCP when not said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// How confidential it is.
    #[serde(default, deserialize_with = "wire::or_default")]
    pub confidentiality: Confidentiality,
    /// Language, as `fr-FR` (the default).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// How finished it is.
    pub status: DocumentStatus,
    /// Since when.
    pub status_date: PartialDate,
    /// Comment on the document.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
}

/// An earlier version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Replaced {
    /// OID or UUID of the earlier document.
    pub root: String,
    /// Identifier within `root`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub extension: Option<String>,
    /// Its version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<u32>,
}

/// How confidential a document is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Confidentiality {
    /// Normal.
    #[default]
    N,
    /// Restricted.
    R,
    /// Very restricted.
    V,
}

/// How finished a document is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DocumentStatus {
    /// Being written.
    EnCours,
    /// Written.
    Realise,
    /// Approved.
    Approuve,
    /// Closed.
    Cloture,
}

/// How the cancer was found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Screening {
    /// By organised screening.
    pub from_screening: Tri,
    /// When.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub date: Option<PartialDate>,
}

/// A fact of the history, dated when possible.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DatedLabel {
    /// When.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub date: Option<When>,
    /// What.
    pub label: String,
}

/// The case in short.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CaseSummary {
    /// The case, and the question put to the meeting.
    pub summary_and_question: String,
    /// What else must be known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub other_data: Option<String>,
}

/// Whether the meeting could decide.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileStatus {
    /// The file was complete.
    pub complete: Tri,
    /// Enough specialities were there.
    pub quorum: Quorum,
    /// Comment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
}

/// Whether enough specialities were there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Quorum {
    /// Yes.
    Atteint,
    /// No.
    NonAtteint,
    /// Nobody knows.
    NeSaitPas,
}
