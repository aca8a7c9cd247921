//! What the national directory says of the physicians, in the shapes of its interface: each of them,
//! their practice, and what links the two.

use serde_json::{Value, json};

use super::{
    communes::Commune,
    physicians::{Listing, Physician},
    practitioner::{practitioner, secure_mailbox},
};

/// The resources of a physician: none when the directory does not know them. Of those who have no
/// mailbox, every other one works in a practice whose secretariat has one.
///
/// **Source:** ANS, Annuaire Santé guide, profiles `as-dp-practitioner`, `as-dp-practitionerrole`,
/// `as-dp-organization`.
pub(super) fn resources(physician: &Physician, rank: usize, communes: &[Commune]) -> Vec<Value> {
    let Some(mut practitioner) = practitioner(physician, communes) else {
        return Vec::new();
    };
    practitioner["id"] = json!(format!("003-{rank:06}"));
    practitioner["meta"] = meta("practitioner", "as-dp-practitioner");
    let address = practitioner["address"].take();
    if let Some(practitioner) = practitioner.as_object_mut() {
        practitioner.remove("address");
    }
    let role = json!({
        "resourceType": "PractitionerRole",
        "id": format!("005-{rank:06}"),
        "meta": meta("practitioner-role", "as-dp-practitionerrole"),
        "language": "fr",
        "identifier": [{"system": "https://rpps.esante.gouv.fr", "value": format!("99{rank:08}")}],
        "active": true,
        "practitioner": {"reference": format!("Practitioner/003-{rank:06}")},
        "organization": {"reference": format!("Organization/001-{rank:06}")}
    });
    let mut organization = json!({
        "resourceType": "Organization",
        "id": format!("001-{rank:06}"),
        "meta": meta("organization", "as-dp-organization"),
        "language": "fr",
        "identifier": [{
            "use": "official",
            "type": {"coding": [{
                "system": "https://hl7.fr/ig/fhir/core/CodeSystem/fr-core-cs-v2-0203",
                "code": "IDNST"
            }]},
            "system": "urn:oid:1.2.250.1.71.4.2.2",
            "value": format!("4{}001", physician.rpps.as_str())
        }],
        "active": true,
        "name": format!("Cabinet médical de {} (fictif)", communes[physician.commune].name),
        "address": address
    });
    if physician.listing == Listing::NoMailbox && rank.is_multiple_of(2) {
        let address = format!("secretariat.{:04}@cabinet.mssante.invalid", rank + 1);
        let mut mailbox = secure_mailbox(&address, "ORG");
        if let Some(mailbox) = mailbox.as_object_mut() {
            mailbox.remove("rank");
        }
        organization["telecom"] = json!([mailbox]);
    }
    vec![practitioner, role, organization]
}

fn meta(core: &str, profile: &str) -> Value {
    json!({
        "versionId": "1",
        "lastUpdated": "2026-09-01T08:00:00.000+02:00",
        "source": "https://annuaire.sante.fr",
        "profile": [
            format!("https://hl7.fr/ig/fhir/core/StructureDefinition/fr-core-{core}"),
            format!("https://interop.esante.gouv.fr/ig/fhir/annuaire/StructureDefinition/{profile}")
        ]
    })
}
