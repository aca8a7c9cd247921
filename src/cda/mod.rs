//! Clinical documents: CDA R2 level 3, as the French *CI-SIS* constrains it.

#![deny(clippy::indexing_slicing, clippy::string_slice)]

mod code_forms;
mod coded_elements;
mod codes;
mod document;
mod enclosed;
mod error;
mod fixed_codes;
mod header;
mod header_people;
mod narrative;
mod parse;
mod pdf_safety;
mod position;
mod read;
mod read_datatypes;
mod read_narrative;
mod read_people;
#[cfg(test)]
#[expect(clippy::indexing_slicing, reason = "tests may panic")]
mod read_tests;
mod report_body;
mod report_datatypes;
mod report_entries;
mod report_functions;
mod report_header;
mod report_leftovers;
mod report_meeting;
mod report_people;
mod report_reading;
#[cfg(test)]
#[expect(clippy::indexing_slicing, reason = "tests may panic")]
mod report_reading_tests;
mod report_reason;
mod report_sources;
mod report_state;
mod report_texts;
mod report_treatments;
mod report_tumours;
mod rule_header;
mod rule_path;
mod rule_table;
mod rule_words;
mod structure;
mod structure_forms;
mod templates;
mod templates_2025;
mod timestamp;
mod tree;
mod validate;
mod validate_codes;
mod validate_contacts;
mod validate_datatypes;
mod validate_dates;
mod validate_document;
mod validate_instants;
#[cfg(test)]
#[expect(
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "tests may panic"
)]
mod validate_mutation_tests;
mod validate_narrative;
mod validate_patient;
mod validate_people;
mod validate_rules;
mod validate_sections;
mod validate_structure;
#[cfg(test)]
#[expect(clippy::indexing_slicing, reason = "tests may panic")]
mod validate_tests;
mod validate_tumours;
mod volet;
mod write;
mod write_body;
mod write_closing;
mod write_datatypes;
mod write_entries;
mod write_functions;
mod write_header;
mod write_losses;
mod write_meeting;
mod write_narrative;
mod write_people;
mod write_reason;
mod write_sources;
mod write_state;
#[cfg(test)]
#[expect(clippy::indexing_slicing, reason = "tests may panic")]
mod write_tests;
mod write_treatments;
mod write_tumours;
mod write_wishes;
mod xml;

pub use coded_elements::coded_elements;
pub use codes::{CIM10, CIMO, LOINC, NCIT, SNOMED, TA, TNM};
pub use document::Document;
pub use enclosed::{Enclosed, LEVEL_1_MODEL};
pub use error::ReadError;
pub use fixed_codes::codes_written;
pub use header::{
    Act, Address, Attending, Author, Code, Custodian, Encounter, Header, Id, LegalAuthenticator,
    ParentDocument, Participant, Telecom, Timestamp,
};
pub use header_people::{
    NamePart, Organization, PROFESSIONAL_ROOT, Patient, Person, PersonName, STRUCTURE_ROOT,
};
pub use narrative::{Block, Cell, Inline, ListItem, Row, Section, Table};
pub use read::read;
pub use report_reading::{Reading, read_report};
pub use templates::FRCP_MODEL;
pub(crate) use tree::{Element, Tree};
pub use tree::{MAX_BYTES, MAX_DEPTH, MAX_NODES};
pub use validate::{read_and_validate, validate};
pub use volet::Target;
pub use write::{WriteError, write};
pub use write_losses::losses;
pub use write_meeting::{MANAGER_ROOT, RCP_ROOT, RRC_ROOT, SESSION_ROOT};
