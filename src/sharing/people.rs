//! The patient, the professionals and the structures of a document, as contained resources.

use serde_json::{Map, Value, json};

use super::systems::{IDENTIFIER_TYPE, concept};
use crate::{
    cda::{Author, Id, Organization, PROFESSIONAL_ROOT, Patient, Person, STRUCTURE_ROOT},
    fhir::systems,
    identifiers::InsAuthority,
    terminology::Terminology,
};

/// Names of the contained resources.
pub(super) const PATIENT: &str = "patient";

/// The patient, with the traits that the document gives.
///
/// **Source:** HL7 France, FR Core 2.1, fr-core-patient-ins.
pub(super) fn patient(patient: &Patient) -> Value {
    let mut resource = Map::new();
    resource.insert("resourceType".to_owned(), json!("Patient"));
    resource.insert("id".to_owned(), json!(PATIENT));
    if let Some(place) = birth_place(patient) {
        resource.insert("extension".to_owned(), json!([place]));
    }
    let identifiers: Vec<Value> = patient.ids.iter().filter_map(patient_identifier).collect();
    resource.insert("identifier".to_owned(), json!(identifiers));
    let names: Vec<Value> = [official_name(patient), usual_name(patient)]
        .into_iter()
        .flatten()
        .collect();
    if !names.is_empty() {
        resource.insert("name".to_owned(), json!(names));
    }
    let gender = match patient.sex.code.as_deref() {
        Some("M") => "male",
        Some("F") => "female",
        Some(_) => "other",
        None => "unknown",
    };
    resource.insert("gender".to_owned(), json!(gender));
    if let Some(date) = patient.birth_time.as_ref().and_then(|time| time.date()) {
        let text = format!(
            "{:04}-{:02}-{:02}",
            date.year(),
            u8::from(date.month()),
            date.day()
        );
        resource.insert("birthDate".to_owned(), json!(text));
    }
    Value::Object(resource)
}

fn patient_identifier(id: &Id) -> Option<Value> {
    let value = id.extension.as_deref()?;
    let mut identifier = json!({"system": format!("urn:oid:{}", id.root), "value": value});
    if let Some(authority) = InsAuthority::from_oid(&id.root) {
        let code = match authority {
            InsAuthority::Nia => "INS-NIA",
            InsAuthority::Nir | InsAuthority::TestNir | InsAuthority::DemonstrationNir => "INS-NIR",
        };
        identifier["use"] = json!("official");
        identifier["type"] = json!({"coding": [{"system": IDENTIFIER_TYPE, "code": code}]});
    }
    Some(identifier)
}

fn official_name(patient: &Patient) -> Option<Value> {
    let family = patient.birth_family()?;
    let mut name = json!({"use": "official", "family": family});
    let first = patient
        .first_birth_given()
        .or_else(|| patient.birth_givens());
    if let Some(first) = first {
        name["given"] = json!([first]);
    }
    if let Some(all) = patient.birth_givens() {
        name["extension"] = json!([{
            "url": "https://hl7.fr/ig/fhir/core/StructureDefinition/fr-core-patient-birth-list-given-name",
            "valueString": all,
        }]);
    }
    Some(name)
}

fn usual_name(patient: &Patient) -> Option<Value> {
    let (family, given) = (patient.used_family(), patient.used_given());
    if family.is_none() && given.is_none() {
        return None;
    }
    let mut name = json!({"use": "usual"});
    if let Some(family) = family {
        name["family"] = json!(family);
    }
    if let Some(given) = given {
        name["given"] = json!([given]);
    }
    Some(name)
}

fn birth_place(patient: &Patient) -> Option<Value> {
    let mut address = Map::new();
    if let Some(code) = &patient.birth_place_insee {
        address.insert(
            "extension".to_owned(),
            json!([{
                "url": "https://hl7.fr/ig/fhir/core/StructureDefinition/fr-core-address-insee-code",
                "valueCoding": {"system": systems::COMMUNE, "code": code},
            }]),
        );
    }
    if let Some(name) = &patient.birth_place_name {
        address.insert("city".to_owned(), json!(name));
    }
    (!address.is_empty()).then(|| {
        json!({
            "url": "http://hl7.org/fhir/StructureDefinition/patient-birthPlace",
            "valueAddress": address,
        })
    })
}

/// The resources that say who a person is, the first one being the one to refer to.
pub(super) fn professional(name: &str, person: &Person, terminology: &Terminology) -> Vec<Value> {
    let practitioner = format!("{name}-person");
    let mut role = json!({
        "resourceType": "PractitionerRole",
        "id": name,
        "practitioner": {"reference": format!("#{practitioner}")},
    });
    let mut resources = Vec::new();
    if let Some(organization) = &person.organization {
        let place = format!("{name}-structure");
        role["organization"] = json!({"reference": format!("#{place}")});
        resources.push(structure(&place, organization));
    }
    if let Some(profession) = concept(&person.speciality, terminology) {
        role["code"] = json!([profession]);
    }
    resources.insert(0, role);
    resources.push(practitioner_of(&practitioner, person));
    resources
}

/// The author: a person, or a device.
pub(super) fn author(name: &str, author: &Author, terminology: &Terminology) -> Vec<Value> {
    let Some(device) = &author.person.device else {
        return professional(name, &author.person, terminology);
    };
    let identifiers: Vec<Value> = author.person.ids.iter().filter_map(identifier).collect();
    let mut resource = json!({
        "resourceType": "Device",
        "id": name,
        "deviceName": [{"name": device, "type": "model-name"}],
    });
    if !identifiers.is_empty() {
        resource["identifier"] = json!(identifiers);
    }
    vec![resource]
}

fn practitioner_of(name: &str, person: &Person) -> Value {
    let mut resource = json!({"resourceType": "Practitioner", "id": name});
    let identifiers: Vec<Value> = person
        .ids
        .iter()
        .flat_map(professional_identifiers)
        .collect();
    if !identifiers.is_empty() {
        resource["identifier"] = json!(identifiers);
    }
    let mut human = Map::new();
    if let Some(family) = &person.name.family {
        human.insert("family".to_owned(), json!(family));
    }
    for (field, value) in [
        ("given", &person.name.given),
        ("prefix", &person.name.prefix),
        ("suffix", &person.name.suffix),
    ] {
        if let Some(value) = value {
            human.insert(field.to_owned(), json!([value]));
        }
    }
    if !human.is_empty() {
        resource["name"] = json!([human]);
    }
    resource
}

/// A structure.
pub(super) fn structure(name: &str, organization: &Organization) -> Value {
    let mut resource = json!({"resourceType": "Organization", "id": name});
    let identifiers: Vec<Value> = organization
        .ids
        .iter()
        .flat_map(structure_identifiers)
        .collect();
    if !identifiers.is_empty() {
        resource["identifier"] = json!(identifiers);
    }
    if let Some(name) = &organization.name {
        resource["name"] = json!(name);
    }
    resource
}

fn identifier(id: &Id) -> Option<Value> {
    let value = id.extension.as_deref()?;
    Some(json!({"system": format!("urn:oid:{}", id.root), "value": value}))
}

fn typed(code: &str, system: &str, value: &str) -> Value {
    json!({
        "type": {"coding": [{"system": IDENTIFIER_TYPE, "code": code}]},
        "system": system,
        "value": value,
    })
}

/// The national identifier with its type digit, and the number alone where its kind is known.
fn professional_identifiers(id: &Id) -> Vec<Value> {
    let Some(value) = id
        .extension
        .as_deref()
        .filter(|_| id.root == PROFESSIONAL_ROOT)
    else {
        return identifier(id).into_iter().collect();
    };
    let mut identifiers = vec![typed("IDNPS", systems::ID_NAT_PS, value)];
    if let Some(number) = value.strip_prefix('8') {
        identifiers.push(typed("RPPS", systems::RPPS, number));
    }
    identifiers
}

fn structure_identifiers(id: &Id) -> Vec<Value> {
    let Some(value) = id
        .extension
        .as_deref()
        .filter(|_| id.root == STRUCTURE_ROOT)
    else {
        return identifier(id).into_iter().collect();
    };
    let mut identifiers = vec![typed("IDNST", systems::ID_NAT_STRUCT, value)];
    if let Some(number) = value.strip_prefix('1') {
        // A document does not say whether the number is that of a legal or of a geographic entity.
        identifiers.push(json!({"system": systems::FINESS, "value": number}));
    }
    identifiers
}
