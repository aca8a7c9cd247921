//! From bytes to [`Document`].

use super::{
    document::Document,
    enclosed::{Enclosed, enclosed, section_of},
    error::ReadError,
    header::{
        Act, Author, Code, Encounter, Header, LegalAuthenticator, ParentDocument, Participant,
        Timestamp,
    },
    header_people::Person,
    read_datatypes::{address, code, id, ids, integer, text, time, time_of},
    read_narrative::section,
    read_people::{organization, patient, person},
    tree::{Element, Tree},
};

/// Reads a clinical document: any CDA R2, whatever its model.
///
/// Lenient on what a reader can do without; [`super::validate`] says what should be there.
///
/// # Errors
/// [`ReadError`] when the bytes are not well-formed XML under the limits, or the root is not a
/// `ClinicalDocument` with `id`, `code` and a patient.
pub fn read(bytes: &[u8]) -> Result<Document, ReadError> {
    document(Tree::parse(bytes)?.root())
}

/// The document whose root element is `root`.
pub(super) fn document(root: Element<'_>) -> Result<Document, ReadError> {
    if !root.is("ClinicalDocument") {
        return Err(ReadError::of_root(root));
    }
    let enclosed = enclosed(root);
    let sections = match &enclosed {
        Some(Enclosed::Text(text)) => vec![section_of(text)],
        Some(Enclosed::Pdf(_)) | None => root
            .path(&["component", "structuredBody"])
            .into_iter()
            .flat_map(|body| body.all("component"))
            .filter_map(|component| component.first("section"))
            .map(section)
            .collect(),
    };
    Ok(Document {
        header: header(root)?,
        sections,
        enclosed,
    })
}

fn header(root: Element<'_>) -> Result<Header, ReadError> {
    let patient_role = root
        .path(&["recordTarget", "patientRole"])
        .ok_or(ReadError::Missing("recordTarget/patientRole"))?;
    Ok(Header {
        id: root.first("id").map(id).ok_or(ReadError::Missing("id"))?,
        set_id: root.first("setId").map(id),
        version: root.first("versionNumber").and_then(integer),
        template_ids: root.all("templateId").map(id).collect(),
        code: root
            .first("code")
            .map(code)
            .ok_or(ReadError::Missing("code"))?,
        title: text(root.first("title")),
        effective_time: time(root.first("effectiveTime")),
        confidentiality: code_of(root, "confidentialityCode"),
        language: root
            .first("languageCode")
            .and_then(|language| language.attribute("code"))
            .map(str::to_owned),
        parents: root.all("relatedDocument").filter_map(parent).collect(),
        patient: patient(patient_role),
        authors: root.all("author").map(author).collect(),
        legal_authenticator: root.first("legalAuthenticator").map(|authenticator| {
            LegalAuthenticator {
                time: time(authenticator.first("time")),
                person: entity(authenticator, "assignedEntity"),
            }
        }),
        custodian: root
            .path(&[
                "custodian",
                "assignedCustodian",
                "representedCustodianOrganization",
            ])
            .map(organization)
            .unwrap_or_default(),
        participants: root.all("participant").map(participant).collect(),
        acts: root
            .all("documentationOf")
            .filter_map(|documentation| documentation.first("serviceEvent"))
            .map(act)
            .collect(),
        orders: root
            .all("inFulfillmentOf")
            .filter_map(|fulfilment| fulfilment.path(&["order", "id"]))
            .map(id)
            .collect(),
        encounter: root
            .path(&["componentOf", "encompassingEncounter"])
            .map(encounter),
    })
}

/// The coded child of that name, all absent when there is none.
fn code_of(element: Element<'_>, name: &str) -> Code {
    element.first(name).map(code).unwrap_or_default()
}

/// The person in that child, all absent when there is none.
fn entity(element: Element<'_>, name: &str) -> Person {
    element.first(name).map(person).unwrap_or_default()
}

fn parent(related: Element<'_>) -> Option<ParentDocument> {
    let parent = related.first("parentDocument")?;
    Some(ParentDocument {
        type_code: related.attribute("typeCode").unwrap_or_default().to_owned(),
        id: parent.first("id").map(id).unwrap_or_default(),
        version: parent.first("versionNumber").and_then(integer),
    })
}

fn author(author: Element<'_>) -> Author {
    Author {
        function: code_of(author, "functionCode"),
        time: time(author.first("time")),
        person: entity(author, "assignedAuthor"),
    }
}

fn participant(participant: Element<'_>) -> Participant {
    Participant {
        type_code: participant
            .attribute("typeCode")
            .unwrap_or_default()
            .to_owned(),
        function: code_of(participant, "functionCode"),
        time: participant.first("time").and_then(time_of),
        person: entity(participant, "associatedEntity"),
    }
}

fn act(event: Element<'_>) -> Act {
    let (low, high) = period(event);
    Act {
        code: code_of(event, "code"),
        low,
        high,
        performer: event.path(&["performer", "assignedEntity"]).map(person),
    }
}

/// Ends of `effectiveTime`; a single instant is the start.
fn period(element: Element<'_>) -> (Option<Timestamp>, Option<Timestamp>) {
    let Some(interval) = element.first("effectiveTime") else {
        return (None, None);
    };
    (time_of(interval), time(interval.first("high")))
}

fn encounter(encounter: Element<'_>) -> Encounter {
    let (low, high) = period(encounter);
    let facility = encounter.path(&["location", "healthCareFacility"]);
    let place = facility.and_then(|facility| facility.first("location"));
    Encounter {
        ids: ids(encounter),
        code: code_of(encounter, "code"),
        low,
        high,
        facility_ids: facility.map(ids).unwrap_or_default(),
        facility_type: facility
            .map(|facility| code_of(facility, "code"))
            .unwrap_or_default(),
        facility_name: text(place.and_then(|place| place.first("name"))),
        facility_address: place.and_then(|place| place.first("addr")).map(address),
    }
}
