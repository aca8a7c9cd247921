//! `CapabilityStatement`: what this server answers, made from the table of search parameters.
//!
//! **Source:** FHIR R4, 3.1.0.5; ANS, ROR guide 0.7.0, `CapabilityStatement` ror-serveur.

use serde_json::{Value, json};

use super::{
    DOCUMENT_PARAMETERS, ResourceType,
    search_parameters::{parameters_of, references},
    systems,
};

/// Day on which what is written here last changed.
const CHANGED_ON: &str = "2026-11-27";
/// The guide that the resources follow.
const ROR_GUIDE: &str =
    "https://interop.esante.gouv.fr/ig/fhir/ror/ImplementationGuide/ans.fhir.fr.ror";
/// The guide that shared documents follow.
const PDSM_GUIDE: &str =
    "https://interop.esante.gouv.fr/ig/fhir/pdsm/ImplementationGuide/ans.fhir.fr.pdsm";

/// Parameters that every type takes.
const COMMON: [(&str, &str, &str); 4] = [
    ("_id", "token", "Id"),
    (
        "_lastUpdated",
        "date",
        "Instant of the last update; prefixes eq ge le gt lt sa eb",
    ),
    (
        "_content",
        "string",
        "Starts of words, case and accents aside; of an offer, those of its structure and place too",
    ),
    ("_text", "string", "As _content"),
];

/// The statement of the server at `base_url`, for that version of the program. `terminology` are
/// the resources of the terminology service.
#[must_use]
pub fn capability_statement(
    base_url: &str,
    program_version: &str,
    terminology: Vec<Value>,
) -> Value {
    let resources = ResourceType::ALL.into_iter().map(resource);
    json!({
        "resourceType": "CapabilityStatement",
        "url": format!("{base_url}/metadata"),
        "version": program_version,
        "name": "Passerelle",
        "title": "Passerelle",
        "status": "active",
        "date": CHANGED_ON,
        "kind": "instance",
        "instantiates": ["http://hl7.org/fhir/CapabilityStatement/terminology-server"],
        "software": {"name": "Passerelle", "version": program_version},
        "implementation": {"description": "Passerelle: directory of supportive care in oncology",
            "url": base_url},
        "fhirVersion": "4.0.1",
        "format": ["application/fhir+json", "json"],
        "implementationGuide": [ROR_GUIDE, PDSM_GUIDE],
        "rest": [{
            "mode": "server",
            "security": {"description": "Reading what is public needs no authentication. Contacts of \
                confidentiality level 2 or 3, sensitive units and withdrawn offers are left out of \
                every answer. DocumentReference and Binary are health data: they need the token of the \
                reports, as Authorization: Bearer."},
            "resource": resources.chain(documents()).chain(terminology).collect::<Vec<_>>(),
            "interaction": [{"code": "batch",
                "documentation": "Reads, searches and operations on CodeSystem, ValueSet and ConceptMap."}],
        }],
    })
}

/// The reports, shared as documents.
fn documents() -> [Value; 2] {
    let parameters = DOCUMENT_PARAMETERS
        .iter()
        .map(|(name, kind, text)| json!({"name": name, "type": kind, "documentation": text}));
    [
        json!({
            "type": "DocumentReference",
            "supportedProfile": [systems::PDSM_DOCUMENT_REFERENCE],
            "documentation": "RCP reports. A patient is searched for by POST _search only: an address \
                must not name one.",
            "interaction": [{"code": "read"}, {"code": "search-type"}],
            "versioning": "versioned",
            "readHistory": false,
            "searchParam": parameters.collect::<Vec<_>>(),
        }),
        json!({
            "type": "Binary",
            "documentation": "The CDA documents of the reports, as they came.",
            "interaction": [{"code": "read"}],
        }),
    ]
}

fn resource(kind: ResourceType) -> Value {
    let profiles = match kind {
        ResourceType::Organization => vec![systems::ROR_ORGANIZATION],
        ResourceType::Location => vec![systems::ROR_LOCATION],
        ResourceType::Practitioner => vec![systems::ROR_PRACTITIONER],
        ResourceType::PractitionerRole => vec![systems::ROR_PRACTITIONER_ROLE],
        ResourceType::HealthcareService => {
            vec![
                systems::ROR_HEALTHCARE_SERVICE,
                systems::SOS_HEALTHCARE_SERVICE,
            ]
        }
    };
    let common = COMMON
        .iter()
        .map(|(name, kind, text)| json!({"name": name, "type": kind, "documentation": text}));
    let own = parameters_of(kind).map(|parameter| {
        json!({"name": parameter.name, "definition": parameter.url,
            "type": parameter.kind.as_str(), "documentation": parameter.documentation})
    });
    let mut resource = json!({
        "type": kind.as_str(),
        "supportedProfile": profiles,
        "interaction": [{"code": "read"}, {"code": "vread"}, {"code": "search-type"}],
        "versioning": "versioned",
        "readHistory": true,
        "searchInclude": links(|on, _| on == kind, "*"),
        "searchRevInclude": links(|_, target| target == kind, ""),
        "searchParam": common.chain(own).collect::<Vec<_>>(),
    });
    if let Some(object) = resource.as_object_mut() {
        object.retain(|_, value| value != &json!([]));
    }
    resource
}

/// Names of the inclusions between these types, `all` at the head when there are some.
fn links(is_wanted: impl Fn(ResourceType, ResourceType) -> bool, all: &str) -> Vec<String> {
    let mut names: Vec<String> = references()
        .filter(|(parameter, target)| is_wanted(parameter.on, *target))
        .map(|(parameter, _)| format!("{}:{}", parameter.on.as_str(), parameter.name))
        .collect();
    if !names.is_empty() && !all.is_empty() {
        names.insert(0, all.to_owned());
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_statement_says_what_the_table_says() {
        let statement = capability_statement("http://directory.invalid/fhir", "0.0.0", Vec::new());
        insta::assert_snapshot!(format!("{statement:#}"));
    }
}
