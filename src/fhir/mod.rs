//! FHIR R4 as we read and write it: JSON kept as it came, and the resources that we make ourselves.

mod age_groups;
mod bundle;
mod bundle_request;
mod bundle_writer;
mod capability_statement;
mod confidentiality;
mod conformance;
mod definitions;
mod definitions_error;
mod document_parameters;
pub mod element;
mod export_request;
mod fhirpath;
mod fhirpath_eval;
mod fhirpath_functions;
mod fhirpath_tokens;
mod fhirpath_value;
mod json;
mod operation_outcome;
mod patch;
mod patch_findings;
mod patch_place;
mod profile;
mod profile_tree;
mod resource_type;
mod search_chains;
mod search_criteria;
mod search_criterion;
mod search_cursor;
mod search_filter;
mod search_filter_meaning;
mod search_findings;
mod search_index;
mod search_index_values;
mod search_joined;
mod search_near;
mod search_numbers;
mod search_parameters;
mod search_parsing;
mod search_query;
mod search_terms;
mod search_values;
mod server_meta;
mod snapshot;
mod structure;
mod structure_kind;
pub mod systems;
mod validate_display;
mod validate_keys;
mod validate_narrative;
mod validate_primitive;
mod validate_profile;
mod validate_structure;
mod validation_findings;
mod value_sets;
mod view;
mod xml_read;
mod xml_write;

pub use age_groups::{AGE_GROUPS, AgeGroup, MAX_AGE};
pub use bundle::{BatchResponseWriter, EntryMode, SearchsetWriter};
pub use bundle_request::{BundleKind, RequestEntry, Verb, read_requests};
pub use bundle_writer::BundleWriter;
pub use capability_statement::capability_statement;
pub use confidentiality::{keep_public, public_json};
pub use conformance::{ConformanceParameter, ConformanceType, own_lists, write_lines};
pub use definitions::Definitions;
pub use definitions_error::DefinitionsError;
pub use document_parameters::DOCUMENT_PARAMETERS;
pub use export_request::ExportRequest;
pub use fhirpath::{Expression, InvalidExpression};
pub use fhirpath_eval::Evaluation;
pub use fhirpath_value::{Item, Node};
pub use json::read_json;
pub use operation_outcome::{CodedIssue, IssueCode, OperationOutcome};
pub use patch::Patch;
pub use profile::{check_profile, check_profiles};
pub use profile_tree::Profile;
pub use resource_type::{ResourceType, is_id, parse_reference, parse_reference_type};
pub use search_criterion::{
    Criterion, DateComparator, DateTest, Family, Line, NumberTest, TextMode, TokenTest, ValueTest,
};
pub use search_cursor::{Cursor, CursorKey};
pub use search_findings::{bad_value, unknown_modifier, unknown_name, unseen_list};
pub use search_index::{SearchIndex, shorten, words};
pub use search_near::{BoundingBox, Centre, DistanceGauge, NearArea, Position};
pub use search_parameters::{
    Derivation, ParameterKind, SearchParameter, department_of, indexed_parameters, parameters_of,
};
pub use search_parsing::{Asking, Handling};
pub use search_query::{
    DEFAULT_COUNT, Distance, Include, InstantRange, MAX_COUNT, SearchPart, SearchQuery, SortBy,
    SortKey,
};
pub use search_values::{instants, split, unescape};
pub use server_meta::{content_without_version, stamp};
pub use structure_kind::{StructureKind, structure_kind};
pub use validate_profile::Origin;
pub use view::{View, cut};
pub use xml_read::read_xml;
pub use xml_write::write_xml;
