//! Reading `METADATA.XML`, from whoever wrote it.
//!
//! Objects are told by the schemes of their identifiers, never by names, which samples misspell.
//!
//! **Source:** OASIS `ebRIM` 3.0; IHE ITI TF-3, 4.2.

use std::collections::HashSet;

use super::xdm_metadata::scheme;
use crate::cda::{Element, ReadError, Tree};

/// What the metadata of an archive say.
#[derive(Debug, Default)]
pub(super) struct Submission {
    /// The submission as a whole.
    pub set: Object,
    /// One object for each document.
    pub entries: Vec<Object>,
    /// What ties them together.
    pub associations: Vec<Association>,
    /// Where a reference names an object that is not there.
    pub dangling: Vec<String>,
    /// Where children do not stand in the order of the schema.
    pub misplaced: Vec<String>,
}

/// A registry object: a submission set, or what is said of a document.
#[derive(Debug, Default)]
pub(super) struct Object {
    /// Identifier in the file.
    pub id: String,
    /// Media type of the document.
    pub mime_type: Option<String>,
    /// Kind of object.
    pub object_type: Option<String>,
    /// Title.
    pub title: Option<String>,
    /// True when it is marked as a submission set.
    pub is_submission_set: bool,
    slots: Vec<(String, Vec<String>)>,
    classifications: Vec<Classification>,
    identifiers: Vec<(String, String)>,
}

/// A coded value, or an author.
#[derive(Debug)]
pub(super) struct Classification {
    scheme: String,
    /// The code; empty for an author.
    pub code: String,
    /// OID of its system.
    pub system: Option<String>,
}

/// A tie between two objects.
#[derive(Debug)]
pub(super) struct Association {
    /// Kind of tie.
    pub kind: String,
    /// Identifier of the object tied.
    pub target: String,
    /// `Original` for a document that comes with the submission.
    pub status: Option<String>,
}

impl Object {
    /// First value of the slot of that name.
    pub fn slot(&self, name: &str) -> Option<&str> {
        self.slot_values(name).first().map(String::as_str)
    }

    /// Values of the slot of that name.
    pub fn slot_values(&self, name: &str) -> &[String] {
        self.slots
            .iter()
            .find(|(found, _)| found == name)
            .map_or(&[], |(_, values)| values)
    }

    /// The classifications of that scheme.
    pub fn coded<'a>(&'a self, scheme: &'a str) -> impl Iterator<Item = &'a Classification> {
        self.classifications
            .iter()
            .filter(move |classification| classification.scheme == scheme)
    }

    /// The external identifier of that scheme.
    pub fn identifier(&self, scheme: &str) -> Option<&str> {
        self.identifiers
            .iter()
            .find(|(found, _)| found == scheme)
            .map(|(_, value)| value.as_str())
    }
}

/// Reads the metadata.
pub(super) fn read(bytes: &[u8]) -> Result<Submission, ReadError> {
    let start = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let tree = Tree::parse(start.trim_ascii_start())?;
    let mut submission = Submission::default();
    let ids: HashSet<&str> = objects(&tree)
        .filter_map(|object| object.attribute("id"))
        .collect();
    let mut entries = 0;
    for element in objects(&tree) {
        let place = match element.name() {
            "ExtrinsicObject" => {
                entries += 1;
                format!("METADATA.XML/ExtrinsicObject[{entries}]")
            }
            name => format!("METADATA.XML/{name}"),
        };
        check_references(element, &ids, &place, &mut submission.dangling);
        match element.name() {
            "RegistryPackage" => {
                check_order(element, &place, &mut submission.misplaced);
                let package = object(element);
                if package.is_submission_set || package.identifier(scheme::SET_PATIENT).is_some() {
                    submission.set = package;
                }
            }
            "ExtrinsicObject" => {
                check_order(element, &place, &mut submission.misplaced);
                submission.entries.push(object(element));
            }
            "Association" => submission.associations.push(association(element)),
            "Classification" => {
                let marked = element.attribute("classifiedObject");
                let node = element.attribute("classificationNode");
                if node == Some(scheme::SUBMISSION_SET) && marked == Some(&submission.set.id) {
                    submission.set.is_submission_set = true;
                }
            }
            _ => {}
        }
    }
    Ok(submission)
}

/// What the list of objects holds.
fn objects<'t>(tree: &'t Tree<'_>) -> impl Iterator<Item = Element<'t>> {
    tree.root()
        .elements()
        .filter(|child| child.name() == "RegistryObjectList")
        .flat_map(Element::elements)
}

fn object(element: Element<'_>) -> Object {
    let given = |name: &str| element.attribute(name).map(str::to_owned);
    let mut object = Object {
        id: given("id").unwrap_or_default(),
        mime_type: given("mimeType"),
        object_type: given("objectType"),
        ..Object::default()
    };
    for child in element.elements() {
        match child.name() {
            "Slot" => object.slots.push(slot(child)),
            "Name" => object.title = localized(child),
            "Classification"
                if child.attribute("classificationNode") == Some(scheme::SUBMISSION_SET) =>
            {
                object.is_submission_set = true;
            }
            "Classification" => object.classifications.push(Classification {
                scheme: child
                    .attribute("classificationScheme")
                    .unwrap_or_default()
                    .to_owned(),
                code: child
                    .attribute("nodeRepresentation")
                    .unwrap_or_default()
                    .to_owned(),
                system: named_slot(child, "codingScheme"),
            }),
            "ExternalIdentifier" => object.identifiers.push((
                child
                    .attribute("identificationScheme")
                    .unwrap_or_default()
                    .to_owned(),
                child
                    .attribute("value")
                    .unwrap_or_default()
                    .trim()
                    .to_owned(),
            )),
            _ => {}
        }
    }
    object
}

fn association(element: Element<'_>) -> Association {
    let given = |name: &str| element.attribute(name).unwrap_or_default().to_owned();
    Association {
        kind: given("associationType"),
        target: given("targetObject"),
        status: named_slot(element, "SubmissionSetStatus"),
    }
}

fn slot(element: Element<'_>) -> (String, Vec<String>) {
    let values = element
        .descendants()
        .filter(|child| child.name() == "Value")
        .map(Element::text)
        .filter(|value| !value.is_empty())
        .collect();
    (
        element.attribute("name").unwrap_or_default().to_owned(),
        values,
    )
}

fn named_slot(element: Element<'_>, name: &str) -> Option<String> {
    let found = element
        .elements()
        .find(|child| child.name() == "Slot" && child.attribute("name") == Some(name))?;
    slot(found).1.into_iter().next()
}

fn localized(element: Element<'_>) -> Option<String> {
    element
        .elements()
        .find_map(|child| child.attribute("value"))
        .map(|value| value.trim().to_owned())
        .filter(|value| !value.is_empty())
}

/// Order of the children of an object. **Source:** `rim.xsd` 3.0, `RegistryObjectType`.
const ORDER: [&str; 6] = [
    "Slot",
    "Name",
    "Description",
    "VersionInfo",
    "Classification",
    "ExternalIdentifier",
];

fn check_order(element: Element<'_>, place: &str, misplaced: &mut Vec<String>) {
    let mut last = 0;
    for child in element.elements() {
        let rank = ORDER
            .iter()
            .position(|name| *name == child.name())
            .unwrap_or(last);
        if rank < last {
            misplaced.push(format!("{place}/{}", child.name()));
            return;
        }
        last = rank;
        if child.name() == "Classification" {
            check_order(child, &format!("{place}/Classification"), misplaced);
        }
    }
}

/// Every reference must name an object of the file.
fn check_references(
    element: Element<'_>,
    ids: &HashSet<&str>,
    place: &str,
    dangling: &mut Vec<String>,
) {
    let holder = element.attribute("id");
    let own = ["sourceObject", "targetObject", "classifiedObject"];
    for name in own {
        if element.attribute(name).is_some_and(|id| !ids.contains(id)) {
            dangling.push(format!("{place}/@{name}"));
        }
    }
    for child in element.elements() {
        for name in ["classifiedObject", "registryObject"] {
            if child.attribute(name).is_some_and(|id| Some(id) != holder) {
                dangling.push(format!("{place}/{}/@{name}", child.name()));
                return;
            }
        }
    }
}
