//! FHIR R4 as we read and write it: JSON kept as it came, and the resources that we make ourselves.

pub mod element;
mod json;
mod operation_outcome;
mod resource_type;
pub mod systems;

pub use json::read_json;
pub use operation_outcome::{IssueCode, OperationOutcome};
pub use resource_type::{ResourceType, is_id, parse_reference};
