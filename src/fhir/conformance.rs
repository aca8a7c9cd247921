//! What `profiles/` says, as resources that others read: profiles with their snapshots, search
//! parameters, operations.
//!
//! **Source:** FHIR R4, 5.3 (`StructureDefinition`), 3.1.4 (`SearchParameter`), 5.6
//! (`OperationDefinition`).

use std::sync::LazyLock;

use serde_json::{Value, json};

use super::{
    Definitions,
    definitions::FILES,
    element::{children, text},
};
use crate::terminology::fold;

/// Read once.
static ALL: LazyLock<Vec<Value>> = LazyLock::new(read);

/// A type of resource that says what this server does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConformanceType {
    /// Profiles and extensions.
    StructureDefinition,
    /// What can be searched.
    SearchParameter,
    /// Operations of our own.
    OperationDefinition,
    /// The server as a whole.
    CapabilityStatement,
}

/// A search parameter of these types: its name, its type, the member that it compares, where it is
/// taken.
pub struct ConformanceParameter {
    /// Its name.
    pub name: &'static str,
    /// Type of FHIR: `token`, `string` or `uri`.
    pub kind: &'static str,
    /// What it means.
    pub documentation: &'static str,
    member: &'static str,
    on: &'static [ConformanceType],
}

use ConformanceType::{
    CapabilityStatement as Statements, OperationDefinition as Operations,
    SearchParameter as Parameters, StructureDefinition as Structures,
};

const EVERY: &[ConformanceType] = &[Structures, Parameters, Operations, Statements];

const fn parameter(
    name: &'static str,
    kind: &'static str,
    member: &'static str,
    on: &'static [ConformanceType],
    documentation: &'static str,
) -> ConformanceParameter {
    ConformanceParameter {
        name,
        kind,
        documentation,
        member,
        on,
    }
}

const PARAMETERS: &[ConformanceParameter] = &[
    parameter("_id", "token", "id", EVERY, "Id"),
    parameter("url", "uri", "url", EVERY, "Canonical URL, exactly"),
    parameter("name", "string", "name", EVERY, "Name for programs"),
    parameter(
        "title",
        "string",
        "title",
        &[Structures, Operations, Statements],
        "Title for people",
    ),
    parameter("status", "token", "status", EVERY, "active"),
    parameter(
        "type",
        "uri",
        "type",
        &[Structures],
        "Type that it constrains",
    ),
    parameter(
        "base",
        "uri",
        "baseDefinition",
        &[Structures],
        "Profile or type that it is built on",
    ),
    parameter(
        "derivation",
        "token",
        "derivation",
        &[Structures],
        "constraint",
    ),
    parameter("kind", "token", "kind", &[Structures, Operations], "Kind"),
    parameter(
        "code",
        "token",
        "code",
        &[Parameters, Operations],
        "Name in the query or the address",
    ),
    parameter(
        "base",
        "token",
        "base",
        &[Parameters, Operations],
        "Type that it is about",
    ),
    parameter("type", "token", "type", &[Parameters], "How it compares"),
];

impl ConformanceType {
    /// Every type.
    pub const ALL: [Self; 4] = [Structures, Parameters, Operations, Statements];

    /// The FHIR name.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::StructureDefinition => "StructureDefinition",
            Self::SearchParameter => "SearchParameter",
            Self::OperationDefinition => "OperationDefinition",
            Self::CapabilityStatement => "CapabilityStatement",
        }
    }

    /// The search parameters that it takes.
    pub fn parameters(self) -> impl Iterator<Item = &'static ConformanceParameter> {
        PARAMETERS.iter().filter(move |one| one.on.contains(&self))
    }

    /// The resources of the type that `profiles/` makes.
    pub fn resources(self) -> impl Iterator<Item = &'static Value> {
        ALL.iter()
            .filter(move |one| text(one, "resourceType") == Some(self.as_str()))
    }
}

impl ConformanceParameter {
    /// True when one of the values, separated by commas, is that of the resource.
    #[must_use]
    pub fn holds(&self, resource: &Value, values: &str) -> bool {
        let found: Vec<&str> = match resource.get(self.member) {
            Some(Value::String(text)) => vec![text],
            Some(Value::Array(texts)) => texts.iter().filter_map(Value::as_str).collect(),
            _ => Vec::new(),
        };
        values.split(',').any(|value| {
            found.iter().any(|found| match self.kind {
                "string" => fold(found).starts_with(&fold(value)),
                _ => *found == value || value.strip_prefix('|') == Some(found),
            })
        })
    }
}

/// The four types, as resources of a `CapabilityStatement`.
pub(super) fn capability_resources() -> Vec<Value> {
    let resource = |kind: ConformanceType| {
        let parameters = kind.parameters().map(|parameter| {
            json!({"name": parameter.name, "type": parameter.kind, "documentation": parameter.documentation})
        });
        json!({
            "type": kind.as_str(),
            "documentation": "Made of the profiles that the server checks, indexes and declares; not changed over HTTP.",
            "interaction": [{"code": "read"}, {"code": "search-type"}],
            "versioning": "no-version",
            "searchParam": parameters.collect::<Vec<_>>(),
        })
    };
    ConformanceType::ALL.into_iter().map(resource).collect()
}

/// A resource as a file that people can compare: one member a line, one element of a profile a line.
#[must_use]
pub fn write_lines(resource: &Value) -> String {
    let members = resource.as_object().into_iter().flatten();
    let members = members.map(|(name, value)| {
        let elements = value.get("element").and_then(Value::as_array);
        let value = match elements {
            Some(elements) => {
                let lines = elements.iter().map(|element| format!("  {element}"));
                let lines: Vec<String> = lines.collect();
                format!("{{\"element\":[\n{}\n ]}}", lines.join(",\n"))
            }
            None => value.to_string(),
        };
        format!(" \"{name}\": {value}")
    });
    format!("{{\n{}\n}}\n", members.collect::<Vec<_>>().join(",\n"))
}

/// The code systems or value sets of our own, as resources.
pub fn own_lists(kind: &str) -> impl Iterator<Item = &'static Value> {
    ALL.iter()
        .filter(move |one| text(one, "resourceType") == Some(kind))
}

fn read() -> Vec<Value> {
    let definitions = Definitions::embedded();
    let profiles = definitions.profiles().iter();
    let mut all: Vec<Value> = profiles
        .map(|profile| profile.with_snapshot(definitions))
        .collect();
    for (path, content) in FILES {
        let folder = path.split('/').next().unwrap_or_default();
        if !path.ends_with(".json")
            || !matches!(
                folder,
                "search" | "operations" | "valuesets" | "codesystems"
            )
        {
            continue;
        }
        let read: Value = serde_json::from_str(content).expect("the tests read these files");
        if text(&read, "resourceType") == Some("Bundle") {
            let entries = children(&read, "entry").filter_map(|entry| entry.get("resource"));
            all.extend(entries.cloned());
        } else {
            all.push(read);
        }
    }
    all
}
