//! The terminology service of FHIR R4 over the code lists and maps in use: operations, and the
//! `CodeSystem`, `ValueSet` and `ConceptMap` resources made of them.
//!
//! A question comes as [`Parameters`] with an [`Operation`] ([`Call`]); [`answer`] checks it, works
//! on one state of the lists, and writes the answer. What the lists hold is in
//! [`crate::terminology`]; resources that come with a question are worked on beside it.

mod answer_writer;
mod answering;
mod asked_code;
mod capabilities;
mod catalogue_parameters;
mod catalogue_search;
mod code_problems;
mod expand;
mod filter;
mod judgement;
mod known;
mod languages;
mod lookup;
mod map_resource;
mod members;
mod operation;
mod parameters;
mod problem;
mod resources;
mod subsumes;
mod supplied;
mod supplied_map;
mod translate;
mod translate_answer;
mod translate_problems;
mod validate_code;

pub use answering::{Call, answer};
pub use capabilities::{capability_resources, terminology_capabilities};
pub use catalogue_parameters::{CatalogueParameter, CatalogueType};
pub use catalogue_search::{CataloguePage, CatalogueSearch, read_resource};
pub use operation::{Operation, ParameterKind, ParameterSpec};
pub use parameters::Parameters;
pub use problem::{Failure, FailureReason, Problem};
