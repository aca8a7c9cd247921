//! The REST interface: FHIR R4 for what FHIR speaks of, and what every interface shares.

mod access;
mod documents;
mod error;
pub mod extract;
mod fhir;
mod fhir_bundle;
mod fhir_conformance;
mod fhir_export;
mod fhir_feeds;
mod fhir_format;
mod fhir_governance;
mod fhir_history;
mod fhir_requests;
mod fhir_validate;
mod fhir_wire;
mod fhir_writes;
mod health;
mod operation_address;
mod report_forms;
mod report_intake;
mod report_quarantine;
mod report_views;
mod reports;
mod stand_in_directory;
mod terminology;
mod terminology_batch;

pub use access::{Guard, Right, Secrets, require};
pub use documents::documents_router;
pub use error::{ApiError, answer_in_asked_language};
pub use fhir::fhir_router;
pub use fhir_wire::speak_every_format;
pub use health::{live, metrics, ready};
pub use operation_address::with_plain_operation;
pub use reports::reports_router;
pub use stand_in_directory::stand_in_directory_router;
pub use terminology::terminology_router;
