//! `DocumentReference` of a clinical document, and the `Binary` that carries it.

use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::{Value, json};
use sha1::{Digest, Sha1};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};
use uuid::Uuid;

use super::{
    people::{self, PATIENT},
    systems::{coding, concept, document_identity, url_of},
};
use crate::{
    cda::{Act, Document, Id, Timestamp},
    clock::instant_text,
    fhir::systems::PDSM_DOCUMENT_REFERENCE,
    mssante::xdm::class_and_format,
    rcp::Standing,
    terminology::Terminology,
};

/// A document to share.
#[derive(Clone, Debug)]
pub struct SharedDocument<'a> {
    /// Identifier of the resources.
    pub id: &'a str,
    /// What it says.
    pub document: &'a Document,
    /// Its bytes.
    pub cda: &'a [u8],
    /// What it is worth among its versions.
    pub standing: Standing,
    /// Version of the resource, from 1.
    pub revision: i64,
    /// When it was recorded.
    pub recorded_at: OffsetDateTime,
    /// When the resource changed last.
    pub changed_at: OffsetDateTime,
    /// What it replaces.
    pub replaced: Option<Replaced>,
    /// Where its bytes are read.
    pub url: &'a str,
}

/// The document that another one replaces.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Replaced {
    /// We hold it under that identifier.
    Held(String),
    /// We do not.
    Elsewhere(Id),
}

/// The `DocumentReference` of that document.
#[must_use]
pub fn document_reference(shared: &SharedDocument<'_>, terminology: &Terminology) -> Value {
    let header = &shared.document.header;
    let (system, value) = document_identity(&header.id);
    let mut contained = vec![people::patient(&header.patient)];
    let mut authors = Vec::new();
    for (rank, author) in (1..).zip(&header.authors) {
        let name = format!("author-{rank}");
        contained.extend(people::author(&name, author, terminology));
        authors.push(reference(&name));
    }
    let authenticator = header.legal_authenticator.as_ref().map(|authenticator| {
        let name = "authenticator";
        contained.extend(people::professional(
            name,
            &authenticator.person,
            terminology,
        ));
        reference(name)
    });
    contained.push(people::structure("custodian", &header.custodian));
    let mut resource = json!({
        "resourceType": "DocumentReference",
        "id": shared.id,
        "meta": {
            "versionId": shared.revision.to_string(),
            "lastUpdated": instant_text(shared.changed_at),
            "profile": [PDSM_DOCUMENT_REFERENCE],
        },
        "contained": contained,
        "masterIdentifier": {"system": system, "value": value},
        "identifier": [{"system": "urn:ietf:rfc:3986", "value": entry_uuid(shared.id)}],
        "status": status(shared.standing),
        "type": concept(&header.code, terminology),
        "category": category(shared, terminology),
        "subject": reference(PATIENT),
        "date": instant_text(shared.recorded_at),
        "author": authors,
        "authenticator": authenticator,
        "custodian": reference("custodian"),
        "relatesTo": relates_to(shared),
        "securityLabel": concept(&header.confidentiality, terminology).map(|label| [label]),
        "content": [content(shared, terminology)],
        "context": context(shared, terminology),
    });
    drop_absent(&mut resource);
    resource
}

/// The `Binary` of that document, its bytes within.
#[must_use]
pub fn binary(id: &str, cda: &[u8]) -> Value {
    json!({
        "resourceType": "Binary",
        "id": id,
        "contentType": "text/xml",
        "securityContext": {"reference": format!("DocumentReference/{id}")},
        "data": BASE64_STANDARD.encode(cda),
    })
}

/// A bundle of the two, for whoever asks for the report as FHIR without a server: they refer to each
/// other by names that are the same each time.
#[must_use]
pub fn document_bundle(shared: &SharedDocument<'_>, terminology: &Terminology) -> Value {
    let binary_url = format!("urn:uuid:{}", uuid_of(shared.id, "Binary"));
    let reference_url = format!("urn:uuid:{}", uuid_of(shared.id, "DocumentReference"));
    let shared = SharedDocument {
        url: &binary_url,
        ..shared.clone()
    };
    let mut binary = binary(shared.id, shared.cda);
    binary["securityContext"] = json!({"reference": reference_url});
    json!({
        "resourceType": "Bundle",
        "type": "collection",
        "timestamp": instant_text(shared.changed_at),
        "entry": [
            {"fullUrl": reference_url, "resource": document_reference(&shared, terminology)},
            {"fullUrl": binary_url, "resource": binary},
        ],
    })
}

fn uuid_of(id: &str, kind: &str) -> Uuid {
    Uuid::new_v5(&Uuid::NAMESPACE_OID, format!("{kind}|{id}").as_bytes())
}

/// Identifier of the entry in the registry: our own, when it is a UUID.
fn entry_uuid(id: &str) -> String {
    let uuid = Uuid::parse_str(id).unwrap_or_else(|_| uuid_of(id, "entry"));
    format!("urn:uuid:{uuid}")
}

/// **Source:** FHIR R4, value set document-reference-status.
fn status(standing: Standing) -> &'static str {
    match standing {
        Standing::Current => "current",
        Standing::Superseded => "superseded",
        Standing::Cancelled => "entered-in-error",
    }
}

fn reference(name: &str) -> Value {
    json!({"reference": format!("#{name}")})
}

fn category(shared: &SharedDocument<'_>, terminology: &Terminology) -> Option<Value> {
    let known = class_and_format(shared.document)?;
    Some(json!([{"coding": [{
        "system": url_of(known.class_system, terminology),
        "code": known.class_code,
        "display": terminology.document_label(known.class_system, known.class_code, ""),
    }]}]))
}

fn relates_to(shared: &SharedDocument<'_>) -> Option<Value> {
    let target = match shared.replaced.as_ref()? {
        Replaced::Held(id) => json!({"reference": format!("DocumentReference/{id}")}),
        Replaced::Elsewhere(id) => {
            let (system, value) = document_identity(id);
            json!({"type": "DocumentReference", "identifier": {"system": system, "value": value}})
        }
    };
    Some(json!([{"code": "replaces", "target": target}]))
}

fn content(shared: &SharedDocument<'_>, terminology: &Terminology) -> Value {
    let header = &shared.document.header;
    let title = header.title.as_deref().or(header.code.display.as_deref());
    let format = class_and_format(shared.document).map(|known| {
        json!({
            "system": url_of(known.format_system, terminology),
            "code": known.format_code,
            "display": terminology.document_label(known.format_system, known.format_code, ""),
        })
    });
    json!({
        "attachment": {
            "contentType": "text/xml",
            "language": header.language.as_deref().unwrap_or("fr-FR"),
            "url": shared.url,
            "size": shared.cda.len(),
            "hash": BASE64_STANDARD.encode(Sha1::digest(shared.cda)),
            "title": title.unwrap_or("Document"),
            "creation": header.effective_time.as_ref().and_then(date_time),
        },
        "format": format,
    })
}

fn context(shared: &SharedDocument<'_>, terminology: &Terminology) -> Value {
    let header = &shared.document.header;
    let act = header.acts.first();
    let events: Vec<Value> = header
        .acts
        .iter()
        .filter_map(|act| coding(&act.code, terminology))
        .collect();
    let period = |time: fn(&Act) -> Option<&Timestamp>| act.and_then(time).and_then(date_time);
    let facility = header
        .encounter
        .as_ref()
        .and_then(|encounter| concept(&encounter.facility_type, terminology));
    let practice = act
        .and_then(|act| act.performer.as_ref()?.organization.as_ref())
        .and_then(|organization| concept(&organization.sector, terminology));
    json!({
        "event": (!events.is_empty()).then(|| json!([{"coding": events}])),
        "period": {
            "start": period(|act| act.low.as_ref()),
            "end": period(|act| act.high.as_ref()),
        },
        "facilityType": facility,
        "practiceSetting": practice,
        "sourcePatientInfo": reference(PATIENT),
    })
}

/// An instant with its offset, or a day.
fn date_time(timestamp: &Timestamp) -> Option<String> {
    if let Some(instant) = timestamp.instant() {
        return instant.format(&Rfc3339).ok();
    }
    let date = timestamp.date()?;
    Some(format!(
        "{:04}-{:02}-{:02}",
        date.year(),
        u8::from(date.month()),
        date.day()
    ))
}

/// Leaves out what the document does not say: FHIR has no `null` and no empty list.
fn drop_absent(value: &mut Value) {
    match value {
        Value::Object(members) => {
            members.values_mut().for_each(drop_absent);
            members.retain(|_, member| match member {
                Value::Null => false,
                Value::Array(items) => !items.is_empty(),
                Value::Object(members) => !members.is_empty(),
                Value::Bool(_) | Value::Number(_) | Value::String(_) => true,
            });
        }
        Value::Array(items) => items.iter_mut().for_each(drop_absent),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[cfg(test)]
#[path = "document_reference_tests.rs"]
mod tests;
