//! Code systems that come with a question, read into what the lists in use are made of.

use serde_json::Value;

use super::{Failure, FailureReason, Problem, problem::shown};
use crate::{
    fhir::IssueCode,
    finding::Bilingual,
    terminology::{
        CodeSystem, ConceptDetails, Designation, Property, SuppliedConcept, SuppliedHead,
    },
};

/// Reads a `CodeSystem` resource.
///
/// **Source:** FHIR R4, 4.7, `CodeSystem`.
///
/// # Errors
/// [`Failure`] when it has no URL, or a concept has no code.
pub(super) fn code_system(place: &str, resource: &Value) -> Result<CodeSystem, Failure> {
    let text = |key: &str| resource[key].as_str().unwrap_or_default().to_owned();
    if text("url").is_empty() {
        return Err(unusable(place, "CodeSystem.url"));
    }
    let head = SuppliedHead {
        url: text("url"),
        name: text("name"),
        title: text("title"),
        version: text("version"),
        is_complete: resource["content"] == "complete",
        is_case_sensitive: resource["caseSensitive"] != false,
    };
    let mut concepts = Vec::new();
    read_concepts(place, &resource["concept"], None, &mut concepts)?;
    Ok(CodeSystem::supplied(head, concepts))
}

fn read_concepts(
    place: &str,
    list: &Value,
    parent: Option<usize>,
    into: &mut Vec<SuppliedConcept>,
) -> Result<(), Failure> {
    for concept in list.as_array().into_iter().flatten() {
        let code = concept["code"].as_str().unwrap_or_default();
        if code.is_empty() {
            return Err(unusable(place, "CodeSystem.concept.code"));
        }
        let properties: Vec<Property> = concept["property"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(property)
            .collect();
        let says = |code: &str, text: &str| {
            let mut all = properties.iter();
            all.any(|property| property.code == code && property.text() == text)
        };
        into.push(SuppliedConcept {
            code: code.to_owned(),
            display: concept["display"].as_str().unwrap_or_default().to_owned(),
            parent,
            is_inactive: says("inactive", "true") || says("status", "retired"),
            details: ConceptDetails {
                definition: concept["definition"].as_str().map(str::to_owned),
                designations: designations(concept),
                is_abstract: says("notSelectable", "true") || says("abstract", "true"),
                properties,
            },
        });
        let own = into.len() - 1;
        read_concepts(place, &concept["concept"], Some(own), into)?;
    }
    Ok(())
}

fn property(property: &Value) -> Option<Property> {
    let code = property["code"].as_str()?.to_owned();
    let mut elements = property.as_object()?.iter();
    let (element, value) = elements.find(|(key, _)| key.starts_with("value"))?;
    Some(Property {
        code,
        element: element.clone(),
        value: value.clone(),
    })
}

/// The `designation` elements of a concept.
pub(super) fn designations(concept: &Value) -> Vec<Designation> {
    let list = concept["designation"].as_array().into_iter().flatten();
    list.filter_map(|designation| {
        Some(Designation {
            language: designation["language"].as_str().map(str::to_owned),
            purpose: designation.get("use").cloned(),
            value: designation["value"].as_str()?.to_owned(),
        })
    })
    .collect()
}

/// The failure of a resource of another type.
pub(super) fn other_type(place: &str, found: &str) -> Failure {
    let found = shown(found);
    Failure::one(
        FailureReason::Malformed,
        Problem::error(
            "TX-RESOURCE",
            (IssueCode::Value, "invalid-data"),
            place,
            Bilingual::new(
                format!("Une ressource « {found} » ne sert pas ici."),
                format!("A '{found}' resource is of no use here."),
            ),
            Bilingual::new(
                "Envoyez un CodeSystem, un ValueSet ou un ConceptMap.",
                "Send a CodeSystem, a ValueSet or a ConceptMap.",
            ),
        ),
    )
}

fn unusable(place: &str, element: &str) -> Failure {
    Failure::one(
        FailureReason::Malformed,
        Problem::error(
            "TX-RESOURCE",
            (IssueCode::Required, "invalid-data"),
            place,
            Bilingual::new(
                format!("{element} manque dans la ressource fournie."),
                format!("{element} is missing from the resource supplied."),
            ),
            Bilingual::new("Ajoutez-le.", "Add it."),
        ),
    )
}
