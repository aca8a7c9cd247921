//! A `ConceptMap` resource, made of the rows of `mappings/`.
//!
//! **Source:** FHIR R4, 4.10 `ConceptMap`. Who judged a row, when, and how far it was reviewed are
//! extensions of its target.

use serde::Serialize;
use serde_json::{Value, json};

use super::{
    known::{SetRef, fhir_version},
    resources::{Head, map_head, written},
};
use crate::terminology::{
    CodeSystem, ConceptMap, FACET_PROPERTY, Mapping, ReviewStatus, SOS_PIVOT, Terminology, sos,
};

/// Who judged a row, when, and how far it was reviewed.
const JUDGEMENT: &str = sos!("/StructureDefinition/judgement");

#[derive(Serialize)]
struct MapOut<'a> {
    #[serde(flatten)]
    head: Head<'a>,
    #[serde(rename = "sourceUri")]
    source_uri: String,
    #[serde(rename = "targetUri")]
    target_uri: String,
    group: Vec<GroupOut<'a>>,
}

#[derive(Serialize)]
struct GroupOut<'a> {
    source: &'a str,
    #[serde(rename = "sourceVersion", skip_serializing_if = "str::is_empty")]
    source_version: &'a str,
    target: &'a str,
    #[serde(rename = "targetVersion", skip_serializing_if = "str::is_empty")]
    target_version: &'a str,
    element: Vec<ElementOut<'a>>,
}

#[derive(Serialize)]
struct ElementOut<'a> {
    code: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    display: &'a str,
    target: Vec<TargetOut<'a>>,
}

#[derive(Serialize)]
struct TargetOut<'a> {
    extension: [Value; 1],
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    display: Option<&'a str>,
    equivalence: &'static str,
    comment: &'a str,
    #[serde(rename = "dependsOn", skip_serializing_if = "Vec::is_empty")]
    depends_on: Vec<Value>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    product: Vec<Value>,
}

/// A map as a resource; `is_summary` leaves the rows out.
pub(super) fn concept_map(
    terminology: &Terminology,
    map: &ConceptMap,
    is_summary: bool,
) -> Vec<u8> {
    let source = terminology.code_system(map.source_system());
    let target = terminology.code_system(map.target_system());
    let whole = |system: Option<&CodeSystem>| {
        system.map_or(String::new(), |system| SetRef::All(system).url())
    };
    let group = GroupOut {
        source: map.source_system(),
        source_version: fhir_version(source.map_or("", CodeSystem::version)),
        target: map.target_system(),
        target_version: fhir_version(target.map_or("", CodeSystem::version)),
        element: if is_summary {
            Vec::new()
        } else {
            elements(terminology, map, source)
        },
    };
    let out = MapOut {
        head: map_head(map),
        source_uri: whole(source),
        target_uri: whole(target),
        group: if is_summary { Vec::new() } else { vec![group] },
    };
    written(&out, is_summary)
}

/// The rows, those of one source code together, in the order of their file.
fn elements<'a>(
    terminology: &Terminology,
    map: &'a ConceptMap,
    source: Option<&'a CodeSystem>,
) -> Vec<ElementOut<'a>> {
    let mut elements: Vec<ElementOut<'a>> = Vec::new();
    for row in map.rows() {
        if elements.iter().any(|element| element.code == row.source) {
            continue;
        }
        let concept = source.and_then(|source| source.find(&row.source));
        elements.push(ElementOut {
            code: &row.source,
            display: concept.map_or("", |concept| &concept.display),
            target: map
                .of_source(&row.source)
                .map(|row| target_out(terminology, row))
                .collect(),
        });
    }
    elements
}

fn target_out<'a>(terminology: &Terminology, row: &'a Mapping) -> TargetOut<'a> {
    let depends_on = row.depends_on.iter().map(|code| {
        let facet = terminology.facet(code);
        let property = facet.map_or("", |facet| facet.facet.as_str());
        json!({
            "property": format!("{FACET_PROPERTY}{property}"),
            "system": SOS_PIVOT,
            "value": code,
            "display": facet.map_or("", |facet| facet.label.as_str()),
        })
    });
    let products = row.products.iter().map(|product| {
        json!({
            "property": product.system,
            "system": product.system,
            "value": product.code,
            "display": product.display,
        })
    });
    TargetOut {
        extension: [judgement(row)],
        code: row.target.as_ref().map(|target| target.code.as_str()),
        display: row.target.as_ref().map(|target| target.display.as_str()),
        equivalence: row.equivalence.as_str(),
        comment: &row.reason,
        depends_on: depends_on.collect(),
        product: products.collect(),
    }
}

fn judgement(row: &Mapping) -> Value {
    let status = match row.status {
        ReviewStatus::Draft => "draft",
        ReviewStatus::Reviewed => "reviewed",
    };
    json!({"url": JUDGEMENT, "extension": [
        {"url": "author", "valueString": row.author},
        {"url": "date", "valueDate": row.date.to_string()},
        {"url": "status", "valueCode": status},
    ]})
}
