//! Reading `METADATA.XML`, from whoever wrote it.
//!
//! Objects are told by the schemes of their identifiers, never by names, which samples misspell.
//!
//! **Source:** OASIS `ebRIM` 3.0; IHE ITI TF-3, 4.2.

use super::xdm_metadata::scheme;
use crate::cda::{Element, ReadError, Tree};

/// What the metadata of an archive say.
#[derive(Debug, Default)]
pub(super) struct Submission {
    /// Patient of the whole, as `CX`.
    pub patient_id: Option<String>,
    /// One entry for each document.
    pub entries: Vec<Entry>,
}

/// What the metadata say of one document.
#[derive(Debug, Default)]
pub(super) struct Entry {
    /// Name of its file, in the folder of the metadata.
    pub uri: Option<String>,
    /// SHA-1, in hexadecimal.
    pub hash: Option<String>,
    /// Number of bytes, as it was written.
    pub size: Option<String>,
    /// `root`, or `root^extension`.
    pub unique_id: Option<String>,
    /// `CX`.
    pub patient_id: Option<String>,
    /// Letter of the action asked for, other than a first issue.
    pub action: Option<String>,
}

/// Reads the metadata.
pub(super) fn read(bytes: &[u8]) -> Result<Submission, ReadError> {
    let start = bytes.trim_ascii_start();
    let tree = Tree::parse(start)?;
    let mut submission = Submission::default();
    for object in tree.root().descendants() {
        match object.name() {
            "RegistryPackage" => {
                submission.patient_id = submission
                    .patient_id
                    .take()
                    .or_else(|| external_identifier(object, scheme::SET_PATIENT));
            }
            "ExtrinsicObject" => submission.entries.push(Entry {
                uri: slot(object, "URI"),
                hash: slot(object, "hash"),
                size: slot(object, "size"),
                unique_id: external_identifier(object, scheme::UNIQUE_ID),
                patient_id: external_identifier(object, scheme::PATIENT),
                action: slot(object, "urn:action:extraMetadataSlot"),
            }),
            _ => {}
        }
    }
    Ok(submission)
}

/// First value of the slot of that name.
fn slot(object: Element<'_>, name: &str) -> Option<String> {
    object
        .elements()
        .filter(|child| child.name() == "Slot")
        .find(|slot| slot.attribute("name") == Some(name))?
        .descendants()
        .find(|child| child.name() == "Value")
        .map(Element::text)
        .filter(|value| !value.is_empty())
}

fn external_identifier(object: Element<'_>, scheme: &str) -> Option<String> {
    object
        .elements()
        .filter(|child| child.name() == "ExternalIdentifier")
        .find(|child| child.attribute("identificationScheme") == Some(scheme))?
        .attribute("value")
        .map(|value| value.trim().to_owned())
}
