//! Lists of a release written as FHIR R4 in JSON.
//!
//! **Source:** FHIR R4, `CodeSystem` and `ValueSet`; the properties of the NOS (`dateValid`,
//! `dateFin`, `status`) as the Agence du Numérique en Santé publishes them.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::{
    release::{ReleasedCode, ReleasedList},
    release_findings as findings,
    validity::parse_day,
    value_set::bare_oid,
};
use crate::finding::Finding;

/// What is read first of a resource, whatever it is.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct AnyResource<'t> {
    #[serde(default)]
    resource_type: String,
    #[serde(default, borrow)]
    entry: Vec<Entry<'t>>,
}

#[derive(Deserialize)]
struct Entry<'t> {
    #[serde(borrow)]
    resource: Option<&'t RawValue>,
}

/// What `CodeSystem` and `ValueSet` have in common, and the codes of both.
#[derive(Deserialize)]
struct ListResource {
    url: Option<String>,
    #[serde(default)]
    identifier: Vec<Identifier>,
    name: Option<String>,
    title: Option<String>,
    description: Option<String>,
    version: Option<String>,
    date: Option<String>,
    /// Of a `CodeSystem`.
    content: Option<String>,
    /// Of a `CodeSystem`: how many codes there should be.
    count: Option<usize>,
    #[serde(default)]
    concept: Vec<Concept>,
    /// Of a `ValueSet`.
    compose: Option<Compose>,
    expansion: Option<Expansion>,
}

#[derive(Deserialize)]
struct Identifier {
    #[serde(default)]
    value: String,
}

#[derive(Deserialize)]
struct Concept {
    #[serde(default)]
    code: String,
    #[serde(default)]
    display: String,
    #[serde(default)]
    property: Vec<Property>,
    #[serde(default)]
    concept: Vec<Concept>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Property {
    #[serde(default)]
    code: String,
    value_code: Option<String>,
    value_date_time: Option<String>,
    value_string: Option<String>,
    value_boolean: Option<bool>,
}

#[derive(Deserialize)]
struct Compose {
    #[serde(default)]
    include: Vec<Include>,
    #[serde(default)]
    exclude: Vec<Include>,
}

#[derive(Deserialize)]
struct Include {
    #[serde(default)]
    system: String,
    #[serde(default)]
    concept: Vec<Concept>,
}

#[derive(Deserialize)]
struct Expansion {
    total: Option<usize>,
    #[serde(default)]
    contains: Vec<Contained>,
}

#[derive(Deserialize)]
struct Contained {
    #[serde(default)]
    system: String,
    #[serde(default)]
    code: String,
    #[serde(default)]
    display: String,
    #[serde(default)]
    inactive: bool,
}

/// The lists of a `CodeSystem`, a `ValueSet`, or a `Bundle` of them; other resources of a bundle
/// are passed over.
pub(super) fn read(text: &str) -> Result<Vec<ReleasedList>, Box<Finding>> {
    let any: AnyResource<'_> = parse(text)?;
    match any.resource_type.as_str() {
        "Bundle" => any
            .entry
            .iter()
            .enumerate()
            .filter_map(|(rank, entry)| Some((rank, entry.resource?.get())))
            .filter_map(|(rank, resource)| {
                let inside = |mut finding: Box<Finding>| {
                    finding.place = format!("Bundle.entry[{rank}].resource.{}", finding.place);
                    finding
                };
                read_one(resource).map_err(inside).transpose()
            })
            .collect(),
        _ => match read_one(text)? {
            Some(list) => Ok(vec![list]),
            None => Err(findings::other_resource(&any.resource_type)),
        },
    }
}

fn parse<'t, T: Deserialize<'t>>(text: &'t str) -> Result<T, Box<Finding>> {
    serde_json::from_str(text).map_err(|error| findings::broken_json(&error))
}

fn read_one(text: &str) -> Result<Option<ReleasedList>, Box<Finding>> {
    let any: AnyResource<'_> = parse(text)?;
    let is_code_system = match any.resource_type.as_str() {
        "CodeSystem" => true,
        "ValueSet" => false,
        _ => return Ok(None),
    };
    let resource: ListResource = parse(text)?;
    let codes = if is_code_system {
        codes_of_system(&resource)?
    } else {
        codes_of_set(&resource)?
    };
    Ok(Some(list(resource, codes)))
}

fn list(resource: ListResource, codes: Vec<ReleasedCode>) -> ReleasedList {
    let oid = resource
        .identifier
        .iter()
        .map(|identifier| identifier.value.as_str())
        .find(|value| value.starts_with("urn:oid:"))
        .map(|value| bare_oid(value).to_owned());
    let date = resource.date.unwrap_or_default();
    let version = resource.version.unwrap_or_default();
    let version = match (parse_day(&version), date.get(..10)) {
        (None, Some(day)) if parse_day(day).is_some() => format!("{day} (version {version})"),
        _ => version,
    };
    let title = resource.title.or(resource.description);
    let last = |url: &String| url.rsplit('/').next().unwrap_or_default().to_owned();
    ReleasedList {
        file: String::new(),
        name: resource
            .name
            .or_else(|| resource.url.as_ref().map(last))
            .unwrap_or_default(),
        title: title.unwrap_or_default(),
        url: resource.url,
        oid,
        version,
        codes,
    }
}

fn codes_of_system(resource: &ListResource) -> Result<Vec<ReleasedCode>, Box<Finding>> {
    if let Some(content) = resource.content.as_deref()
        && content != "complete"
    {
        return Err(findings::not_complete(content));
    }
    let mut codes = Vec::new();
    let system = resource.url.as_deref().unwrap_or_default();
    take(&resource.concept, system, &mut codes);
    match resource.count {
        Some(count) if count != codes.len() => {
            Err(findings::other_count("count", count, codes.len()))
        }
        _ => Ok(codes),
    }
}

fn codes_of_set(resource: &ListResource) -> Result<Vec<ReleasedCode>, Box<Finding>> {
    let mut codes = Vec::new();
    if let Some(compose) = &resource.compose {
        let is_listed = compose.include.iter().all(|part| !part.concept.is_empty());
        if is_listed && compose.exclude.is_empty() {
            for part in &compose.include {
                take(&part.concept, &part.system, &mut codes);
            }
            return Ok(codes);
        }
    }
    let Some(expansion) = &resource.expansion else {
        return Err(findings::not_listed());
    };
    if let Some(total) = expansion.total
        && total != expansion.contains.len()
    {
        let found = expansion.contains.len();
        return Err(findings::other_count("expansion.total", total, found));
    }
    codes.extend(expansion.contains.iter().map(|contained| ReleasedCode {
        code: contained.code.clone(),
        system: contained.system.clone(),
        display: contained.display.clone(),
        is_withdrawn: contained.inactive,
        from: None,
        to: None,
    }));
    Ok(codes)
}

fn take(concepts: &[Concept], system: &str, codes: &mut Vec<ReleasedCode>) {
    for concept in concepts {
        let day = |name: &str| {
            let found = concept.property.iter().find(|found| found.code == name)?;
            let value = found.value_date_time.as_ref();
            parse_day(value.or(found.value_string.as_ref())?)
        };
        let says_withdrawn = concept.property.iter().any(|found| match &*found.code {
            "status" => matches!(
                found.value_code.as_deref(),
                Some("deprecated" | "retired" | "inactive")
            ),
            "inactive" | "deprecated" => found.value_boolean == Some(true),
            _ => false,
        });
        let to = ["dateFin", "deprecationDate", "retirementDate"]
            .into_iter()
            .find_map(day);
        codes.push(ReleasedCode {
            code: concept.code.clone(),
            system: system.to_owned(),
            display: concept.display.clone(),
            is_withdrawn: says_withdrawn || to.is_some(),
            from: day("dateValid"),
            to,
        });
        take(&concept.concept, system, codes);
    }
}
