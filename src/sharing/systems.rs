//! The names of systems and identities in FHIR, from those that documents use, and back.

use crate::{
    cda::{Code, Id, PROFESSIONAL_ROOT, STRUCTURE_ROOT},
    fhir::systems,
    terminology::Terminology,
};
use serde_json::{Value, json};

/// Types of identifier.
pub(super) const IDENTIFIER_TYPE: &str =
    "https://hl7.fr/ig/fhir/core/CodeSystem/fr-core-cs-v2-0203";

/// Systems that no list of ours names: OID and URL.
const KNOWN: [(&str, &str); 4] = [
    (
        "2.16.840.1.113883.5.25",
        "http://terminology.hl7.org/CodeSystem/v3-Confidentiality",
    ),
    ("2.16.840.1.113883.6.1", "http://loinc.org"),
    ("2.16.840.1.113883.6.3", "http://hl7.org/fhir/sid/icd-10"),
    ("2.16.840.1.113883.6.96", "http://snomed.info/sct"),
];

/// The URL of a code system, or `urn:oid:` and its OID.
pub(super) fn url_of(oid: &str, terminology: &Terminology) -> String {
    if let Some((_, url)) = KNOWN.iter().find(|(known, _)| *known == oid) {
        return (*url).to_owned();
    }
    match terminology.code_system(oid) {
        Some(system) => system.url().to_owned(),
        None => format!("urn:oid:{oid}"),
    }
}

/// The OID of a code system given by its URL, its OID, or `urn:oid:` and its OID; the name itself
/// when there is none.
#[must_use]
pub fn oid_of(system: &str, terminology: &Terminology) -> String {
    if let Some((oid, _)) = KNOWN.iter().find(|(_, url)| *url == system) {
        return (*oid).to_owned();
    }
    let bare = system.strip_prefix("urn:oid:").unwrap_or(system);
    terminology
        .code_system(bare)
        .and_then(|system| system.oid())
        .unwrap_or(bare)
        .to_owned()
}

/// A code as a `Coding`; nothing when the document gives none.
pub(super) fn coding(code: &Code, terminology: &Terminology) -> Option<Value> {
    let mut coding = json!({
        "system": url_of(code.system.as_deref()?, terminology),
        "code": code.code.as_deref()?,
    });
    if let Some(display) = &code.display {
        coding["display"] = json!(display);
    }
    Some(coding)
}

/// A code as a `CodeableConcept`.
pub(super) fn concept(code: &Code, terminology: &Terminology) -> Option<Value> {
    Some(json!({"coding": [coding(code, terminology)?]}))
}

/// The identity of a document: system and value.
///
/// **Source:** IHE MHD 4.2, masterIdentifier; FHIR R4, 2.24.0.11, identifiers of OIDs and UUIDs.
#[must_use]
pub fn document_identity(id: &Id) -> (String, String) {
    match &id.extension {
        Some(extension) => (format!("urn:oid:{}", id.root), extension.clone()),
        None if id.root.contains('-') => (
            "urn:ietf:rfc:3986".to_owned(),
            format!("urn:uuid:{}", id.root.to_ascii_lowercase()),
        ),
        None => (
            "urn:ietf:rfc:3986".to_owned(),
            format!("urn:oid:{}", id.root),
        ),
    }
}

/// The identities, as the tables keep them, that a token may mean.
#[must_use]
pub fn identity_of_token(system: Option<&str>, value: &str) -> Vec<String> {
    if let Some(root) = system.and_then(|system| system.strip_prefix("urn:oid:")) {
        return vec![format!("{root}^{value}")];
    }
    if let Some(uuid) = value.strip_prefix("urn:uuid:") {
        return vec![uuid.to_ascii_uppercase(), uuid.to_ascii_lowercase()];
    }
    vec![value.strip_prefix("urn:oid:").unwrap_or(value).to_owned()]
}

/// A professional's token as documents write it: root and extension.
#[must_use]
pub fn professional(system: Option<&str>, value: &str) -> (Option<String>, String) {
    match system {
        Some(systems::RPPS) => (Some(PROFESSIONAL_ROOT.to_owned()), format!("8{value}")),
        Some(other) => (Some(bare(other)), value.to_owned()),
        None => (None, value.to_owned()),
    }
}

/// A structure's token as documents write it: root and extension.
#[must_use]
pub fn structure(system: Option<&str>, value: &str) -> (Option<String>, String) {
    let of_type = |digit| (Some(STRUCTURE_ROOT.to_owned()), format!("{digit}{value}"));
    match system {
        Some(systems::FINESS) => of_type('1'),
        Some(systems::SIRENE) if value.len() == 9 => of_type('2'),
        Some(systems::SIRENE) => of_type('3'),
        Some(other) => (Some(bare(other)), value.to_owned()),
        None => (None, value.to_owned()),
    }
}

fn bare(system: &str) -> String {
    system.strip_prefix("urn:oid:").unwrap_or(system).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identity_is_found_again_by_its_token() {
        let ids = [
            ("1.2.3", None, "1.2.3"),
            ("1.2.3", Some("A-1"), "1.2.3^A-1"),
            (
                "6FA459EA-EE8A-3CA4-894E-DB77E160355E",
                None,
                "6FA459EA-EE8A-3CA4-894E-DB77E160355E",
            ),
        ];
        for (root, extension, kept) in ids {
            let id = Id {
                root: root.to_owned(),
                extension: extension.map(str::to_owned),
            };
            let (system, value) = document_identity(&id);
            let meant = identity_of_token(Some(&system), &value);
            assert!(meant.contains(&kept.to_owned()), "{meant:?}");
        }
    }

    #[test]
    fn the_systems_of_a_document_have_their_names() {
        let terminology = Terminology::embedded();
        for (oid, url) in [
            ("2.16.840.1.113883.6.1", "http://loinc.org"),
            (
                "1.2.250.1.213.1.1.4.1",
                "https://mos.esante.gouv.fr/NOS/TRE_A03-ClasseDocument/FHIR/TRE-A03-ClasseDocument",
            ),
            (
                "1.2.250.1.71.4.2.4",
                "https://mos.esante.gouv.fr/NOS/TRE_R02-SecteurActivite/FHIR/TRE-R02-SecteurActivite",
            ),
            ("1.2.3.4", "urn:oid:1.2.3.4"),
        ] {
            assert_eq!(url_of(oid, &terminology), url);
            assert_eq!(oid_of(url, &terminology), oid);
        }
    }
}
