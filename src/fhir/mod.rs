//! FHIR R4 as we read and write it: JSON kept as it came, and the resources that we make ourselves.

mod age_groups;
mod bundle;
mod capability_statement;
mod confidentiality;
mod document_parameters;
pub mod element;
mod json;
mod operation_outcome;
mod profile;
mod profile_service;
mod resource_type;
mod search_findings;
mod search_index;
mod search_joined;
mod search_parameters;
mod search_parsing;
mod search_query;
mod search_values;
mod server_meta;
pub mod systems;

pub use age_groups::{AGE_GROUPS, AgeGroup, MAX_AGE};
pub use bundle::{EntryMode, SearchsetWriter};
pub use capability_statement::capability_statement;
pub use confidentiality::{keep_public, public_json};
pub use document_parameters::DOCUMENT_PARAMETERS;
pub use json::read_json;
pub use operation_outcome::{IssueCode, OperationOutcome};
pub use profile::check_profile;
pub use resource_type::{ResourceType, is_id, parse_reference};
pub use search_index::{CATEGORY_GROUP, SearchIndex, shorten, words};
pub use search_parameters::{
    ParameterKind, SEARCH_PARAMETERS, SearchParameter, department_of, parameters_of,
};
pub use search_parsing::Handling;
pub use search_query::{
    Criterion, Cursor, Include, InstantRange, SearchQuery, Sort, SortKey, TextMode, TokenTest,
};
pub use server_meta::{content_without_version, stamp};
