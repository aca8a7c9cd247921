//! A physician of the national directory, as far as a report needs them: who, and which mailbox.

use serde_json::Value;

use crate::{
    fhir::{
        element::{children, code_in, extension, extensions, text},
        systems,
    },
    finding::{Bilingual, Finding},
    identifiers::{MssanteAddress, Rpps},
};

/// Extension of an email: which kind it is.
const EMAIL_TYPES: [&str; 2] = [
    "https://hl7.fr/ig/fhir/core/StructureDefinition/fr-core-contact-point-email-type",
    "http://interopsante.org/fhir/StructureDefinition/FrTelecomEmailType",
];
/// Extension of a secure mailbox: whose it is.
const MAILBOX_METADATA: &str = "https://interop.esante.gouv.fr/ig/fhir/annuaire/StructureDefinition/as-ext-mailbox-mss-metadata";
/// Kinds of mailbox; `PER` is a personal one.
const MAILBOX_KIND: &str = "https://mos.esante.gouv.fr/NOS/TRE_R257-TypeBAL/FHIR/TRE-R257-TypeBAL";
/// Domain of the national secure mail, and all below it.
const SECURE_DOMAIN: &str = "mssante.fr";

/// Who may receive a report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Physician {
    /// National number.
    pub rpps: Rpps,
    /// Family name.
    pub family_name: String,
    /// Given name.
    pub given_name: String,
    /// Secure mailbox, the personal one when there are several.
    pub mailbox: Option<MssanteAddress>,
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
            mailbox: mailbox_of(practitioner),
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

fn rpps_of(identifier: &Value) -> Option<Rpps> {
    let value = text(identifier, "value")?;
    match text(identifier, "system")? {
        systems::RPPS => value.parse().ok(),
        systems::ID_NAT_PS => Rpps::from_id_nat(value).or_else(|_| value.parse()).ok(),
        _ => None,
    }
}

fn mailbox_of(practitioner: &Value) -> Option<MssanteAddress> {
    let mut found: Vec<(bool, MssanteAddress)> = children(practitioner, "telecom")
        .filter(|telecom| text(telecom, "system") == Some("email"))
        .filter_map(|telecom| {
            let address: MssanteAddress = text(telecom, "value")?.parse().ok()?;
            let is_secure = is_marked_secure(telecom) || is_secure_domain(address.domain());
            is_secure.then(|| (is_personal(telecom), address))
        })
        .collect();
    let best = found.iter().position(|(is_personal, _)| *is_personal);
    (!found.is_empty()).then(|| found.swap_remove(best.unwrap_or(0)).1)
}

fn is_marked_secure(telecom: &Value) -> bool {
    EMAIL_TYPES
        .iter()
        .flat_map(|url| extensions(telecom, url))
        .any(|found| {
            found
                .get("valueCoding")
                .and_then(|coding| text(coding, "code"))
                == Some("MSSANTE")
        })
}

fn is_secure_domain(domain: &str) -> bool {
    domain
        .strip_suffix(SECURE_DOMAIN)
        .is_some_and(|head| head.is_empty() || head.ends_with('.'))
}

fn is_personal(telecom: &Value) -> bool {
    extensions(telecom, MAILBOX_METADATA)
        .filter_map(|found| extension(found, "type")?.get("valueCodeableConcept"))
        .any(|kind| code_in(kind, MAILBOX_KIND) == Some("PER"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

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

    fn mailbox(telecom: Value) -> Option<String> {
        let physician = read_physician(&practitioner(telecom)).expect("readable");
        physician.mailbox.map(|address| address.to_string())
    }

    #[test]
    fn the_personal_secure_mailbox_is_preferred_and_an_ordinary_one_never_taken() {
        let personal = email("odile@medecin.invalid", Some("PER"));
        let shared = email("cabinet@medecin.invalid", Some("ORG"));
        let ordinary = email("odile@example.org", None);
        let unmarked = email("odile@medecin.mssante.fr", None);
        let taken = |telecoms: &[&Value]| mailbox(json!(telecoms));
        assert_eq!(
            taken(&[&shared, &personal]).as_deref(),
            Some("odile@medecin.invalid")
        );
        assert_eq!(
            taken(&[&ordinary, &shared]).as_deref(),
            Some("cabinet@medecin.invalid")
        );
        assert_eq!(
            taken(&[&unmarked]).as_deref(),
            Some("odile@medecin.mssante.fr")
        );
        assert_eq!(taken(&[&ordinary]), None);
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
