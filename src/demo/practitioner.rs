//! A physician as the national directory would describe them.

use serde_json::{Value, json};

use super::{
    communes::Commune,
    physicians::{Listing, Physician},
};

/// The FHIR `Practitioner` of a physician, or nothing when the directory does not know them.
///
/// **Source:** ANS, Annuaire Santé guide, profile `as-practitioner`: identifier by RPPS, secure
/// mailbox as a `telecom` whose email type is `MSSANTE` (`TRE_R256`) and whose metadata say that
/// it is a personal one (`TRE_R257`, `PER`).
pub(super) fn practitioner(physician: &Physician, communes: &[Commune]) -> Option<Value> {
    let phone = json!({"system": "phone", "value": physician.phone, "use": "work"});
    let telecom = match &physician.listing {
        Listing::Absent => return None,
        Listing::NoMailbox => json!([phone]),
        Listing::Mailbox(address) => json!([secure_mailbox(address, "PER"), phone]),
    };
    let rpps = physician.rpps.as_str();
    let commune = &communes[physician.commune];
    Some(json!({
        "resourceType": "Practitioner",
        "id": format!("demo-{rpps}"),
        "language": "fr",
        "identifier": [
            {
                "use": "official",
                "type": {"coding": [{
                    "system": "https://hl7.fr/ig/fhir/core/CodeSystem/fr-core-cs-v2-0203",
                    "code": "RPPS"
                }]},
                "system": "https://rpps.esante.gouv.fr",
                "value": rpps
            },
            {"system": "urn:oid:1.2.250.1.71.4.2.1", "value": physician.rpps.id_nat()}
        ],
        "active": true,
        "name": [{
            "family": physician.name.family,
            "given": [physician.name.given],
            "prefix": [physician.name.gender.prefix()],
            "suffix": ["DR"]
        }],
        "telecom": telecom,
        "address": [{
            "use": "work",
            "line": [format!("{} {}", physician.house_number, physician.street)],
            "postalCode": commune.postal_code,
            "city": commune.name,
            "country": "FR"
        }],
        "qualification": [{"code": {"coding": [{
            "system": "https://mos.esante.gouv.fr/NOS/TRE_G15-ProfessionSante/FHIR/TRE-G15-ProfessionSante",
            "code": "10",
            "display": "Médecin"
        }]}}]
    }))
}

/// A secure mailbox of that kind (`TRE_R257-TypeBAL`).
pub(super) fn secure_mailbox(address: &str, kind: &str) -> Value {
    let display = match kind {
        "ORG" => "Boîte aux lettres organisationnelle",
        _ => "Boîte aux lettres personnelle",
    };
    json!({
        "extension": [
            {
                "url": "https://hl7.fr/ig/fhir/core/StructureDefinition/fr-core-contact-point-email-type",
                "valueCoding": {
                    "system": "https://mos.esante.gouv.fr/NOS/TRE_R256-TypeMessagerie/FHIR/TRE-R256-TypeMessagerie",
                    "code": "MSSANTE"
                }
            },
            {
                "extension": [{
                    "url": "type",
                    "valueCodeableConcept": {"coding": [{
                        "system": "https://mos.esante.gouv.fr/NOS/TRE_R257-TypeBAL/FHIR/TRE-R257-TypeBAL",
                        "code": kind,
                        "display": display
                    }]}
                }],
                "url": "https://interop.esante.gouv.fr/ig/fhir/annuaire/StructureDefinition/as-ext-mailbox-mss-metadata"
            }
        ],
        "system": "email",
        "value": address,
        "rank": 1
    })
}

#[cfg(test)]
mod tests {
    use crate::{
        demo::{Plan, Region},
        terminology::Terminology,
    };

    #[test]
    fn the_directory_lists_all_but_the_absent_and_marks_the_secure_mailboxes() {
        let terminology = Terminology::embedded();
        let region = Region::generate(Plan::default(), &terminology);
        let listed: Vec<_> = region.practitioners().collect();
        assert_eq!(listed.len(), 108);
        let with_mailbox = listed
            .iter()
            .filter(|p| p["telecom"][0]["system"] == "email");
        assert_eq!(with_mailbox.count(), 82);
        insta::assert_json_snapshot!(listed[0]);
    }
}
