//! A physician of the national directory: who, where, and which mailboxes.

use serde_json::Value;

use super::mailbox::{Holder, Mailbox, mailboxes};
use crate::{
    fhir::{
        element::{children, text},
        systems,
    },
    finding::{Bilingual, Finding},
    identifiers::Rpps,
};

/// Who may receive a report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Physician {
    /// National number.
    pub rpps: Rpps,
    /// Family name.
    pub family_name: String,
    /// Given name.
    pub given_name: String,
    /// False when they no longer practise.
    pub is_active: bool,
    /// Every secure mailbox.
    pub mailboxes: Vec<Mailbox>,
    /// Lines of the postal address of a place of work, as on an envelope; none when unknown.
    pub postal_address: Vec<String>,
    /// National identifiers of the structures where they work, as `system|value`.
    pub places: Vec<String>,
    /// When the directory last changed what it says, as it writes it.
    pub updated_at: Option<String>,
}

impl Physician {
    /// A physician of whom nothing but number and name is known.
    #[must_use]
    pub fn named(rpps: Rpps, family_name: &str, given_name: &str) -> Self {
        Self {
            rpps,
            family_name: family_name.to_owned(),
            given_name: given_name.to_owned(),
            is_active: true,
            mailboxes: Vec::new(),
            postal_address: Vec::new(),
            places: Vec::new(),
            updated_at: None,
        }
    }
}

/// Reads a FHIR `Practitioner`, of the national directory or of the ROR.
///
/// **Source:** ANS, Annuaire Santé guide, profile `as-practitioner`; ROR guide 0.7.0,
/// `ror-practitioner`, whose examples hold `idNat_PS` with and without its prefix.
///
/// # Errors
/// The RPPS number or the family name is missing or wrong.
pub fn read_physician(practitioner: &Value) -> Result<Physician, Vec<Finding>> {
    let rpps = children(practitioner, "identifier").find_map(rpps_of);
    let name = children(practitioner, "name").next();
    let family_name = name.and_then(|name| text(name, "family"));
    match (rpps, family_name) {
        (Some(rpps), Some(family_name)) => Ok(Physician {
            rpps,
            family_name: family_name.to_owned(),
            given_name: name
                .and_then(|name| children(name, "given").next())
                .and_then(Value::as_str)
                .unwrap_or_default()
                .to_owned(),
            is_active: is_active(practitioner),
            mailboxes: mailboxes(practitioner, Holder::Physician),
            postal_address: postal_address(practitioner),
            places: Vec::new(),
            updated_at: practitioner
                .get("meta")
                .and_then(|meta| text(meta, "lastUpdated"))
                .map(str::to_owned),
        }),
        (rpps, family_name) => {
            let mut findings = Vec::new();
            if rpps.is_none() {
                findings.push(Finding::error(
                    "P1",
                    "Practitioner.identifier",
                    Bilingual::new(
                        "Aucun numéro RPPS valide (11 chiffres, avec sa clé).",
                        "No valid RPPS number (11 digits, with its key).",
                    ),
                    Bilingual::new(
                        "Reprenez le numéro dans l'Annuaire Santé.",
                        "Take the number from the national directory.",
                    ),
                ));
            }
            if family_name.is_none() {
                findings.push(Finding::error(
                    "P2",
                    "Practitioner.name.family",
                    Bilingual::new("Le nom manque.", "The family name is missing."),
                    Bilingual::new("Ajoutez-le.", "Add it."),
                ));
            }
            Err(findings)
        }
    }
}

/// A resource that does not say whether it is active is.
pub(super) fn is_active(resource: &Value) -> bool {
    resource.get("active").and_then(Value::as_bool) != Some(false)
}

/// The lines below the name on an envelope: of the first address that has a postal code.
pub(super) fn postal_address(resource: &Value) -> Vec<String> {
    let complete =
        children(resource, "address").find(|address| text(address, "postalCode").is_some());
    let Some(address) = complete else {
        return Vec::new();
    };
    let mut lines: Vec<String> = children(address, "line")
        .filter_map(Value::as_str)
        .map(|line| line.trim().to_owned())
        .filter(|line| !line.is_empty())
        .collect();
    let part = |name| text(address, name).unwrap_or_default().trim();
    lines.push(
        format!("{} {}", part("postalCode"), part("city"))
            .trim()
            .to_owned(),
    );
    lines
}

/// The national identifiers of a structure, as `system|value`: the ids of the directory do not last.
pub(super) fn place_identifiers(organization: &Value) -> impl Iterator<Item = String> {
    children(organization, "identifier").filter_map(|identifier| {
        let (system, value) = (text(identifier, "system")?, text(identifier, "value")?);
        Some(format!("{system}|{value}"))
    })
}

pub(super) fn rpps_of(identifier: &Value) -> Option<Rpps> {
    let value = text(identifier, "value")?;
    match text(identifier, "system")? {
        systems::RPPS => value.parse().ok(),
        systems::ID_NAT_PS => Rpps::from_id_nat(value).or_else(|_| value.parse()).ok(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    use crate::annuaire::mailbox::{EMAIL_TYPES, MAILBOX_KIND, MAILBOX_METADATA};

    fn email(address: &str, kind: Option<&str>) -> Value {
        let mut telecom = json!({"system": "email", "value": address});
        if let Some(kind) = kind {
            telecom["extension"] = json!([
                {"url": EMAIL_TYPES[0], "valueCoding": {"code": "MSSANTE"}},
                {"url": MAILBOX_METADATA, "extension": [{"url": "type", "valueCodeableConcept":
                    {"coding": [{"system": MAILBOX_KIND, "code": kind}]}}]}]);
        }
        telecom
    }

    fn practitioner(telecom: Value) -> Value {
        json!({"resourceType": "Practitioner",
            "identifier": [{"system": systems::RPPS, "value": "01234567897"}],
            "name": [{"family": "EXEMPLE", "given": ["Odile", "Anne"]}],
            "telecom": telecom})
    }

    #[test]
    fn only_an_email_that_is_marked_as_secure_is_a_mailbox() {
        let marked = email("odile@medecin.mssante.fr", Some("PER"));
        let unmarked = email("odile@cabinet.mssante.fr", None);
        let phone = json!({"system": "phone", "value": "0299000001"});
        let physician = read_physician(&practitioner(json!([phone, unmarked, marked])));
        let boxes = physician.expect("readable").mailboxes;
        assert_eq!(boxes.len(), 1);
        assert_eq!(boxes[0].address.as_str(), "odile@medecin.mssante.fr");
        assert_eq!(boxes[0].holder, Holder::Physician);
    }

    #[test]
    fn the_envelope_has_the_street_then_the_postal_code_and_the_commune() {
        let mut resource = practitioner(json!([]));
        resource["address"] = json!([{"city": "Brest"},
            {"line": ["12 rue des Tilleuls", " "], "postalCode": "29200", "city": "Brest"}]);
        let physician = read_physician(&resource).expect("readable");
        assert_eq!(
            physician.postal_address,
            ["12 rue des Tilleuls", "29200 Brest"]
        );
    }
    #[test]
    fn the_number_is_read_in_its_three_forms() {
        for (system, value) in [
            (systems::RPPS, "01234567897"),
            (systems::ID_NAT_PS, "801234567897"),
            (systems::ID_NAT_PS, "01234567897"),
        ] {
            let mut resource = practitioner(json!([]));
            resource["identifier"] = json!([{"system": system, "value": value}]);
            let physician = read_physician(&resource).expect("readable");
            assert_eq!(physician.rpps.as_str(), "01234567897");
            assert_eq!(physician.given_name, "Odile");
        }
    }

    #[test]
    fn nobody_without_number_or_name() {
        let findings = read_physician(&json!({"identifier": [{"system": systems::RPPS,
            "value": "01234567890"}]}))
        .expect_err("refused");
        let rules: Vec<_> = findings.iter().map(|finding| finding.rule).collect();
        assert_eq!(rules, ["P1", "P2"]);
    }
}
