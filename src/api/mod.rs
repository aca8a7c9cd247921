//! The REST interface: FHIR R4 for what FHIR speaks of, and what every interface shares.

mod access;
mod error;
mod health;

pub use access::{Guard, Right, Secrets, require};
pub use error::{ApiError, answer_in_asked_language};
pub use health::{live, metrics, ready};
