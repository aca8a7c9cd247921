//! A directory of invented physicians that answers as the national one does, which has no test
//! environment.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::stand_in_query::{Condition, Query, UnknownParameter};
use crate::fhir::element::{reference, text};

/// Resource types that the directory serves.
const TYPES: [&str; 3] = ["Practitioner", "PractitionerRole", "Organization"];

/// What it answers: a status of HTTP and a resource.
#[derive(Clone, Debug, PartialEq)]
pub struct Reply {
    /// Status.
    pub status: u16,
    /// A `Bundle`, a resource, a `CapabilityStatement` or an `OperationOutcome`.
    pub body: Value,
}

/// The directory: its resources by type and id.
///
/// It takes the questions that the client asks and those of the directory's own documentation
/// (`identifier`, `_id`, `active`, `mailbox-mss` with `:contains` and `:exact`, `_lastUpdated`,
/// `_count`, `_elements`, `_revinclude`, `_include`), pages with a link of the form `[base]/_page?id=…`, leaves
/// out `search.mode` and gives what is inactive by number alone, as the real one does.
///
/// **Source:** ANS, API FHIR Annuaire Santé v2 and its published answers.
#[derive(Clone, Debug, Default)]
pub struct StandIn {
    resources: BTreeMap<&'static str, BTreeMap<String, Value>>,
}

impl StandIn {
    /// A directory of those resources; what it does not serve is left out.
    #[must_use]
    pub fn new(resources: impl IntoIterator<Item = Value>) -> Self {
        let mut directory = Self::default();
        for resource in resources {
            let kind = text(&resource, "resourceType").and_then(known_type);
            let id = text(&resource, "id").map(str::to_owned);
            if let (Some(kind), Some(id)) = (kind, id) {
                directory
                    .resources
                    .entry(kind)
                    .or_default()
                    .insert(id, resource);
            }
        }
        directory
    }

    /// The answer to `GET [base]/{path}?{pairs}`, for others who reach it at `base`.
    #[must_use]
    pub fn answer(&self, base: &str, path: &str, pairs: &[(String, String)]) -> Reply {
        let (kind, id) = path
            .split_once('/')
            .map_or((path, None), |(kind, id)| (kind, Some(id)));
        if kind == "metadata" {
            return metadata();
        }
        if kind == "_page" {
            let token = pairs.iter().find(|(name, _)| name == "id");
            return match token.and_then(|(_, token)| Query::resume(token)) {
                Some(query) => self.search(base, &query),
                None => outcome(400, "Unknown page"),
            };
        }
        let Some(kind) = known_type(kind) else {
            return outcome(404, "HAPI-0302: Unknown resource type");
        };
        if let Some(id) = id {
            let found = self.resources.get(kind).and_then(|all| all.get(id));
            return found.map_or_else(
                || outcome(404, "Resource not found"),
                |resource| Reply {
                    status: 200,
                    body: resource.clone(),
                },
            );
        }
        match Query::read(kind, pairs) {
            Ok(query) => self.search(base, &query),
            Err(UnknownParameter(name)) => {
                outcome(400, &format!("Unknown search parameter {name}"))
            }
        }
    }

    fn search(&self, base: &str, query: &Query) -> Reply {
        let all = self.resources.get(query.kind.as_str());
        let matching: Vec<&Value> = all
            .into_iter()
            .flat_map(BTreeMap::values)
            .filter(|resource| {
                query
                    .conditions
                    .iter()
                    .all(|condition| condition.holds(resource))
            })
            .collect();
        let page = matching
            .iter()
            .copied()
            .skip(query.offset)
            .take(query.count);
        let mut found: Vec<&Value> = page.collect();
        for included in self.included(query, &found) {
            if !found.contains(&included) {
                found.push(included);
            }
        }
        let entries: Vec<Value> = found
            .iter()
            .map(|resource| {
                let path = format!(
                    "{}/{}",
                    text(resource, "resourceType").unwrap_or_default(),
                    text(resource, "id").unwrap_or_default()
                );
                let given = given(resource, &query.elements);
                json!({"fullUrl": format!("{base}/{path}"), "resource": given})
            })
            .collect();
        let mut links = Vec::new();
        if query.offset + query.count < matching.len() {
            let token = query.next_page();
            links.push(json!({"relation": "next", "url": format!("{base}/_page?id={token}")}));
        }
        links.push(json!({"relation": "self", "url": format!("{base}/{}", query.kind)}));
        Reply {
            status: 200,
            body: json!({"resourceType": "Bundle", "type": "searchset", "id": "stand-in",
                "total": matching.len(), "entry": entries, "link": links}),
        }
    }

    /// What the query asks for beside what it finds.
    fn included<'r>(&'r self, query: &Query, found: &[&'r Value]) -> Vec<&'r Value> {
        let of_type = |kind: &'static str| {
            self.resources
                .get(kind)
                .into_iter()
                .flat_map(BTreeMap::values)
        };
        let points_at = |from: &Value, child: &str, target: &Value| {
            let id = text(target, "id");
            id.is_some() && reference(from, child).and_then(|found| found.rsplit('/').next()) == id
        };
        query
            .included
            .iter()
            .flat_map(|asked| match asked.as_str() {
                "rev:PractitionerRole:practitioner" => of_type("PractitionerRole")
                    .filter(|role| {
                        found
                            .iter()
                            .any(|target| points_at(role, "practitioner", target))
                    })
                    .collect(),
                "rev:PractitionerRole:organization" => of_type("PractitionerRole")
                    .filter(|role| {
                        found
                            .iter()
                            .any(|target| points_at(role, "organization", target))
                    })
                    .collect(),
                "PractitionerRole:organization" => of_type("Organization")
                    .filter(|target| {
                        found
                            .iter()
                            .any(|role| points_at(role, "organization", target))
                    })
                    .collect(),
                "PractitionerRole:practitioner" => of_type("Practitioner")
                    .filter(|target| {
                        found
                            .iter()
                            .any(|role| points_at(role, "practitioner", target))
                    })
                    .collect::<Vec<_>>(),
                _ => Vec::new(),
            })
            .collect()
    }
}

/// A resource with those elements alone, and the mark that it has but those.
fn given(resource: &Value, elements: &[String]) -> Value {
    let Some(whole) = resource.as_object().filter(|_| !elements.is_empty()) else {
        return resource.clone();
    };
    let is_given = |name: &str| {
        ["resourceType", "id", "meta"].contains(&name) || elements.iter().any(|asked| asked == name)
    };
    let mut part: Value = whole
        .iter()
        .filter(|(name, _)| is_given(name))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    part["meta"]["tag"] = json!([{
        "system": "http://terminology.hl7.org/CodeSystem/v3-ObservationValue",
        "code": "SUBSETTED",
    }]);
    part
}

pub(super) fn known_type(name: &str) -> Option<&'static str> {
    TYPES.into_iter().find(|known| *known == name)
}

fn outcome(status: u16, diagnostics: &str) -> Reply {
    Reply {
        status,
        body: json!({"resourceType": "OperationOutcome",
            "issue": [{"severity": "error", "code": "processing", "diagnostics": diagnostics}]}),
    }
}

fn metadata() -> Reply {
    let parameters: Vec<Value> = Condition::PARAMETERS
        .iter()
        .map(|(name, kind)| json!({"name": name, "type": kind}))
        .collect();
    let resources: Vec<Value> = TYPES
        .iter()
        .map(|kind| {
            json!({"type": kind, "interaction": [{"code": "search-type"}, {"code": "read"}],
                "searchParam": parameters})
        })
        .collect();
    Reply {
        status: 200,
        body: json!({"resourceType": "CapabilityStatement", "status": "active",
            "date": "2026-01-01", "kind": "instance", "fhirVersion": "4.0.1", "format": ["json"],
            "implementation": {"description": "Stand-in of the national directory: invented data"},
            "rest": [{"mode": "server", "resource": resources}]}),
    }
}

#[cfg(test)]
#[path = "stand_in_tests.rs"]
mod tests;
