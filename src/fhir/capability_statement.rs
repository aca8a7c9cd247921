//! `CapabilityStatement`: what this server answers, made from the table of search parameters.
//!
//! **Source:** FHIR R4, 3.1.0.5; ANS, ROR guide 0.7.0, `CapabilityStatement` ror-serveur.

use serde_json::{Value, json};

use super::{
    ConformanceType, DOCUMENT_PARAMETERS, Definitions, ResourceType, conformance,
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

/// What can be done with each type of the directory.
const INTERACTIONS: [&str; 9] = [
    "read",
    "vread",
    "update",
    "patch",
    "delete",
    "history-instance",
    "history-type",
    "create",
    "search-type",
];

/// Parameters that every type takes.
const COMMON: [(&str, &str, &str); 6] = [
    ("_id", "token", "Id"),
    (
        "_lastUpdated",
        "date",
        "Instant of the last update; prefixes eq ne gt lt ge le sa eb ap",
    ),
    (
        "_content",
        "string",
        "Starts of words, case and accents aside; of an offer, those of its structure and place too",
    ),
    ("_text", "string", "As _content"),
    (
        "_filter",
        "special",
        "The whole language, over every parameter of the type, chains and _has included",
    ),
    (
        "_list",
        "string",
        "Members of a List of the directory, by its id; what was taken out of it is none",
    ),
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
        "id": "passerelle",
        "url": format!("{base_url}/metadata"),
        "version": program_version,
        "name": "Passerelle",
        "title": "Passerelle",
        "status": "active",
        "date": CHANGED_ON,
        "kind": "instance",
        "instantiates": ["http://hl7.org/fhir/CapabilityStatement/terminology-server",
            "http://hl7.org/fhir/uv/bulkdata/CapabilityStatement/bulk-data"],
        "software": {"name": "Passerelle", "version": program_version},
        "implementation": {"description": "Passerelle: directory of supportive care in oncology",
            "url": base_url},
        "fhirVersion": "4.0.1",
        "format": ["application/fhir+json", "application/fhir+xml", "json", "xml"],
        "patchFormat": ["application/fhir+json", "application/json-patch+json", "application/merge-patch+json"],
        "implementationGuide": [ROR_GUIDE, PDSM_GUIDE],
        "rest": [{
            "mode": "server",
            "security": {"description": "Reading what is public needs no authentication. Contacts of \
                confidentiality level 2 or 3, people, sensitive units, withdrawn offers, and lists that are \
                not of level 1 or hold one of these, are told to those alone who show the token of \
                the offers, as Authorization: Bearer; writing needs it too. DocumentReference and Binary are health data: they need the token of the \
                reports, as Authorization: Bearer."},
        "resource": resources.chain(documents()).chain(terminology)
            .chain(conformance::capability_resources()).collect::<Vec<_>>(),
        "interaction": [
            {"code": "transaction"},
            {"code": "batch", "documentation": "Of the directory, or of reads, searches and operations \
                on CodeSystem, ValueSet and ConceptMap."},
            {"code": "history-system"}],
        "operation": [{"name": "export",
            "definition": "http://hl7.org/fhir/uv/bulkdata/OperationDefinition/export",
            "documentation": "With the token of the offers; also as the national register is asked \
                (includeAssociatedData=_myCompleteExtract, its JSON formats)."}],
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
    let definitions = Definitions::embedded();
    let own = definitions.profiles_of(kind).map(|profile| &profile.url);
    let followed = definitions
        .profiles_of(kind)
        .filter_map(|profile| profile.follows.as_ref());
    let profiles: Vec<&String> = own.chain(followed).collect();
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
        "interaction": INTERACTIONS.map(|code| json!({"code": code})),
        "versioning": "versioned-update",
        "readHistory": true,
        "updateCreate": true,
        "conditionalCreate": true,
        "conditionalRead": "full-support",
        "conditionalUpdate": true,
        "conditionalDelete": "single",
        "referencePolicy": ["literal", "enforced", "local"],
        "operation": operations(kind),
        "searchInclude": links(|on, _| on == kind, "*"),
        "searchRevInclude": links(|_, target| target == kind, ""),
        "searchParam": common.chain(own).collect::<Vec<_>>(),
    });
    if let Some(object) = resource.as_object_mut() {
        object.retain(|_, value| value != &json!([]));
    }
    resource
}

/// The operations on a type: the one of FHIR, and those that `profiles/operations/` defines.
fn operations(kind: ResourceType) -> Vec<Value> {
    let of_fhir = json!({"name": "validate",
        "definition": "http://hl7.org/fhir/OperationDefinition/Resource-validate"});
    let own = ConformanceType::OperationDefinition.resources();
    let own = own.filter(|one| one["resource"][0] == kind.as_str());
    let own = own.map(|one| json!({"name": one["code"], "definition": one["url"]}));
    std::iter::once(of_fhir).chain(own).collect()
}

/// Names of the inclusions between these types, `all` at the head when there are some.
fn links(is_wanted: impl Fn(ResourceType, ResourceType) -> bool, all: &str) -> Vec<String> {
    let mut names: Vec<String> = references()
        .filter(|(parameter, target)| is_wanted(parameter.on, *target))
        .map(|(parameter, _)| format!("{}:{}", parameter.on.as_str(), parameter.name))
        .collect();
    // A reference to several types is there once for each.
    names.dedup();
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
