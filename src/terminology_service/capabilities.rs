//! What this service tells of itself: its share of the `CapabilityStatement`, and
//! `TerminologyCapabilities`.
//!
//! **Source:** FHIR R4, 3.1.0.5 and `TerminologyCapabilities`.

use serde_json::{Value, json};

use super::{CatalogueType, Operation, ParameterKind, known::fhir_version};
use crate::terminology::Terminology;

/// Day on which what is written here last changed.
const CHANGED_ON: &str = "2026-11-27";

/// The three types, as resources of a `CapabilityStatement`.
#[must_use]
pub fn capability_resources() -> Vec<Value> {
    CatalogueType::ALL.into_iter().map(resource).collect()
}

fn resource(kind: CatalogueType) -> Value {
    let parameters = kind.parameters().map(|parameter| {
        json!({
            "name": parameter.name,
            "type": parameter.kind,
            "documentation": parameter.documentation,
        })
    });
    let operations = Operation::ALL.into_iter();
    let operations = operations.filter(|operation| operation.resource_type() == kind.as_str());
    let operations = operations.map(|operation| {
        json!({
            "name": operation.name().trim_start_matches('$'),
            "definition": operation.definition(),
        })
    });
    json!({
        "type": kind.as_str(),
        "documentation": "Made of the code lists and maps in use; changed by a new release of them, not over HTTP.",
        "interaction": [{"code": "read"}, {"code": "search-type"}],
        "versioning": "no-version",
        "searchParam": parameters.collect::<Vec<_>>(),
        "operation": operations.collect::<Vec<_>>(),
    })
}

/// The `TerminologyCapabilities` of the server at `base_url`: every code system with its version,
/// and what `$expand` takes.
#[must_use]
pub fn terminology_capabilities(
    terminology: &Terminology,
    base_url: &str,
    program_version: &str,
) -> Value {
    let systems = terminology.code_systems().iter().map(|system| {
        let mut entry = json!({"uri": system.url(), "subsumption": system.is_hierarchical()});
        let version = fhir_version(system.version());
        if !version.is_empty() {
            entry["version"] = json!([{"code": version, "isDefault": true, "language": ["fr"]}]);
        }
        entry
    });
    let is_taken = |kind: ParameterKind| !matches!(kind, ParameterKind::Unsupported(_));
    let parameters = Operation::Expand.parameters().iter();
    let parameters = parameters.filter(|spec| is_taken(spec.kind));
    let parameters = parameters.map(|spec| json!({"name": spec.name}));
    json!({
        "resourceType": "TerminologyCapabilities",
        "url": format!("{base_url}/metadata?mode=terminology"),
        "version": program_version,
        "name": "PasserelleTerminology",
        "title": "Passerelle : listes et correspondances",
        "status": "active",
        "date": CHANGED_ON,
        "kind": "instance",
        "software": {"name": "Passerelle", "version": program_version},
        "implementation": {"description": "Passerelle: code lists and maps of supportive care in oncology",
            "url": base_url},
        "lockedDate": false,
        "codeSystem": systems.collect::<Vec<_>>(),
        "expansion": {
            "hierarchical": true,
            "paging": true,
            "incomplete": false,
            "parameter": parameters.collect::<Vec<_>>(),
            "textFilter": "Every word of the filter stands in the label, case and accents aside, or begins the code.",
        },
        "codeSearch": "all",
        "validateCode": {"translations": false},
        "translation": {"needsMap": false},
    })
}
