//! Patient, persons and structures, read from the tree.

use super::{
    header_people::{NamePart, Organization, Patient, Person, PersonName},
    read_datatypes::{addresses, code, ids, telecoms, text, time},
    tree::Element,
};

/// The patient, from `patientRole`.
pub(super) fn patient(role: Element<'_>) -> Patient {
    let patient = role.first("patient");
    let place = patient.and_then(|patient| patient.path(&["birthplace", "place"]));
    let place_address = place.and_then(|place| place.first("addr"));
    Patient {
        ids: ids(role),
        names: patient
            .and_then(|patient| patient.first("name"))
            .into_iter()
            .flat_map(|name| name.elements())
            .map(|part| NamePart {
                part: part.name().to_owned(),
                qualifier: part.attribute("qualifier").map(str::to_owned),
                text: part.text(),
            })
            .collect(),
        sex: patient
            .and_then(|patient| patient.first("administrativeGenderCode"))
            .map(code)
            .unwrap_or_default(),
        birth_time: time(patient.and_then(|patient| patient.first("birthTime"))),
        birth_place_insee: text(place_address.and_then(|address| address.first("county"))),
        birth_place_name: text(place_address.and_then(|address| address.first("city")))
            .or_else(|| text(place.and_then(|place| place.first("name")))),
        addresses: addresses(role),
        telecoms: telecoms(role),
    }
}

/// A person in `assignedAuthor`, `assignedEntity` or `associatedEntity`.
pub(super) fn person(entity: Element<'_>) -> Person {
    let name = ["assignedPerson", "associatedPerson"]
        .iter()
        .find_map(|person| entity.path(&[person, "name"]));
    let organization_element = ["representedOrganization", "scopingOrganization"]
        .iter()
        .find_map(|organization| entity.first(organization));
    let device = entity.first("assignedAuthoringDevice");
    Person {
        ids: ids(entity),
        speciality: entity.first("code").map(code).unwrap_or_default(),
        name: name.map(person_name).unwrap_or_default(),
        device: text(device.and_then(|device| device.first("softwareName")))
            .or_else(|| text(device.and_then(|device| device.first("manufacturerModelName")))),
        addresses: addresses(entity),
        telecoms: telecoms(entity),
        organization: organization_element.map(organization),
        null_flavor: entity.attribute("nullFlavor").map(str::to_owned),
    }
}

fn person_name(name: Element<'_>) -> PersonName {
    PersonName {
        family: text(name.first("family")),
        given: text(name.first("given")),
        prefix: text(name.first("prefix")),
        suffix: text(name.first("suffix")),
    }
}

/// A structure.
pub(super) fn organization(organization: Element<'_>) -> Organization {
    Organization {
        ids: ids(organization),
        name: text(organization.first("name")),
        telecoms: telecoms(organization),
        addresses: addresses(organization),
        sector: organization
            .first("standardIndustryClassCode")
            .map(code)
            .unwrap_or_default(),
    }
}
