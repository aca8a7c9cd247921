//! Clinical documents: CDA R2 level 3, as the French *CI-SIS* constrains it.

#![deny(clippy::indexing_slicing, clippy::string_slice)]

mod document;
mod error;
mod header;
mod narrative;
mod parse;
mod position;
mod read;
mod read_datatypes;
mod read_narrative;
mod read_people;
#[cfg(test)]
#[expect(clippy::indexing_slicing, reason = "tests may panic")]
mod read_tests;
mod timestamp;
#[expect(dead_code, reason = "the checker of documents uses the rest")]
mod tree;

pub use document::Document;
pub use error::ReadError;
pub use header::{
    Act, Address, Attending, Author, Code, Custodian, Encounter, Header, Id, LegalAuthenticator,
    NamePart, Organization, PROFESSIONAL_ROOT, ParentDocument, Participant, Patient, Person,
    PersonName, STRUCTURE_ROOT, Telecom, Timestamp,
};
pub use narrative::{Block, Cell, Inline, ListItem, Row, Section, Table};
pub use read::read;
pub use tree::{MAX_BYTES, MAX_DEPTH, MAX_NODES};
