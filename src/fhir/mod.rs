//! FHIR R4 as we read and write it: JSON kept as it came, and the resources that we make ourselves.

mod age_groups;
mod bundle;
mod capability_statement;
mod confidentiality;
mod definitions;
mod definitions_error;
mod document_parameters;
pub mod element;
mod fhirpath;
mod fhirpath_eval;
mod fhirpath_functions;
mod fhirpath_tokens;
mod fhirpath_value;
mod json;
mod operation_outcome;
mod profile;
mod profile_service;
mod resource_type;
mod search_findings;
mod search_index;
mod search_index_values;
mod search_joined;
mod search_parameters;
mod search_parsing;
mod search_query;
mod search_values;
mod server_meta;
mod structure;
pub mod systems;

pub use age_groups::{AGE_GROUPS, AgeGroup, MAX_AGE};
pub use bundle::{BatchResponseWriter, EntryMode, SearchsetWriter};
pub use capability_statement::capability_statement;
pub use confidentiality::{keep_public, public_json};
pub use definitions::Definitions;
pub use definitions_error::DefinitionsError;
pub use document_parameters::DOCUMENT_PARAMETERS;
pub use fhirpath::{Expression, InvalidExpression};
pub use fhirpath_eval::Evaluation;
pub use fhirpath_value::{Item, Node};
pub use json::read_json;
pub use operation_outcome::{CodedIssue, IssueCode, OperationOutcome};
pub use profile::check_profile;
pub use resource_type::{ResourceType, is_id, parse_reference};
pub use search_findings::{bad_value, unknown_modifier, unknown_name};
pub use search_index::{CATEGORY_GROUP, SearchIndex, shorten, words};
pub use search_parameters::{
    Derivation, ParameterKind, SearchParameter, department_of, indexed_parameters, parameters_of,
};
pub use search_parsing::Handling;
pub use search_query::{
    Criterion, Cursor, DEFAULT_COUNT, Include, InstantRange, MAX_COUNT, SearchQuery, Sort, SortKey,
    TextMode, TokenTest,
};
pub use search_values::{split, unescape};
pub use server_meta::{content_without_version, stamp};
