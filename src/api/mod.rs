//! The REST interface: FHIR R4 for what FHIR speaks of, and what every interface shares.

mod error;

pub use error::{ApiError, answer_in_asked_language};
