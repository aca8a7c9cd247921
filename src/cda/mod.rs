//! Clinical documents: CDA R2 level 3, as the French *CI-SIS* constrains it.

#![deny(clippy::indexing_slicing, clippy::string_slice)]

mod document;
mod header;
mod narrative;

pub use document::Document;
pub use header::{
    Act, Address, Attending, Author, Code, Custodian, Encounter, Header, Id, LegalAuthenticator,
    NamePart, Organization, PROFESSIONAL_ROOT, ParentDocument, Participant, Patient, Person,
    PersonName, STRUCTURE_ROOT, Telecom, Timestamp,
};
pub use narrative::{Block, Cell, Inline, ListItem, Row, Section, Table};
