//! The report of a multidisciplinary meeting (*fiche RCP*), independent of any document format.
//!
//! [`RcpReport`] is what a meeting decided about one patient, and who said so. It is read from
//! JSON, or made by another part of the gateway, and [`crate::cda`] writes it as a document.

mod coded;
mod date;
mod decision;
mod defaults;
pub mod fiche;
mod fiche_findings;
#[cfg(test)]
mod fiche_tests;
mod meeting;
mod organization;
mod patient;
mod people;
mod places;
mod reason;
mod report;
pub mod rules;
mod rules_codes;
mod rules_content;
mod rules_dates;
mod rules_identity;
mod rules_patient;
mod rules_people;
mod rules_state;
#[cfg(test)]
mod rules_tests;
mod signatories;
mod sources;
mod state;
mod tumour;
pub mod value_sets;
mod versions;
mod wire;

pub use coded::{Coded, InstanceId, Tri};
pub use date::{InvalidDate, Moment, PartialDate, Period, When};
pub use decision::{
    ComplementaryExam, Decision, Framework, Guideline, PastTreatment, Proposal, Surveillance,
    TreatmentStatus,
};
pub(crate) use defaults::{DEFAULT_ENCOUNTER, DEFAULT_LANGUAGE, DEFAULT_SECTOR};
pub use meeting::{Facility, Meeting, Registration};
pub use organization::{Address, Organization, OrganizationId, OrganizationIdKind, Telecom};
pub use patient::{
    Deceased, Guardian, InsEnvironment, InsKind, Patient, PatientIns, Relative, RelativeRole, Sex,
};
pub use people::{
    AttendingPhysician, ParticipantEntry, ParticipantTime, People, PersonName, Professional,
    ProfessionalId, ProfessionalIdKind,
};
pub use reason::{CaseStatus, Reason};
pub use report::{
    CaseSummary, Confidentiality, DatedLabel, DocumentIdentity, DocumentStatus, FileStatus, Quorum,
    RcpKind, RcpReport, Replaced, Screening,
};
pub(crate) use rules_content::{OTHER_TREATMENTS, contradicts_sex, is_tnm};
pub use signatories::{Author, LegalAuthenticator};
pub use sources::{Exam, Paraclinical, ReportSource};
pub use state::{
    FunctionalStatus, GeriatricEvaluation, GeriatricScreening, OmsStage, Pregnancy, PregnancyFact,
    PrivacyNotice,
};
pub use tumour::{Course, OtherClassification, Phase, Progression, Tnm, TnmStage, Tumour};
pub use versions::{Standing, UnknownStanding, Version, standings};
