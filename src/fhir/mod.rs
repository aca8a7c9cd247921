//! FHIR R4 as we read and write it: JSON kept as it came, and the resources that we make ourselves.

mod operation_outcome;

pub use operation_outcome::{IssueCode, OperationOutcome};
