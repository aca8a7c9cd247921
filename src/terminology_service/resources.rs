//! The resources, made of the code lists and maps in use: what `mappings/` says, in FHIR.
//!
//! **Source:** FHIR R4, 4.8 `CodeSystem`, 4.9 `ValueSet`, 4.10 `ConceptMap`.

use serde::Serialize;
use serde_json::{Map, Value, json};
use time::Date;

use super::known::{SetRef, fhir_version, value_set_url};
use crate::terminology::{
    CodeSystem, Concept, ConceptMap, ReviewStatus, SOS_BASE, Standing, Terminology, ValueSet,
};

/// Who publishes the national lists.
const ANS: &str = "Agence du Numérique en Santé";
/// Who publishes our own.
const PASSERELLE: &str = "Passerelle";

/// What a value set says of itself, before its codes.
#[derive(Serialize)]
#[serde(untagged)]
pub(super) enum SetHead<'a> {
    /// Of a list in use, or of all codes of a system.
    Made(Box<Head<'a>>),
    /// Of a set that came with the question.
    Given(Map<String, Value>),
}

/// The elements that the three types share.
#[derive(Serialize)]
pub(super) struct Head<'a> {
    #[serde(rename = "resourceType")]
    pub(super) resource_type: &'static str,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(super) id: String,
    pub(super) url: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    identifier: Vec<Value>,
    #[serde(skip)]
    oid: Option<&'a str>,
    #[serde(skip_serializing_if = "str::is_empty")]
    pub(super) version: &'a str,
    pub(super) name: String,
    #[serde(skip_serializing_if = "str::is_empty")]
    pub(super) title: &'a str,
    pub(super) status: &'static str,
    experimental: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    date: Option<String>,
    pub(super) publisher: &'static str,
    #[serde(skip_serializing_if = "str::is_empty")]
    copyright: &'a str,
}

impl<'a> Head<'a> {
    /// Bare OID, when it is known.
    pub(super) fn oid(&self) -> Option<&'a str> {
        self.oid
    }
}

impl<'a> SetHead<'a> {
    pub(super) fn of(set: SetRef<'a>) -> Self {
        match set {
            SetRef::Held(set) => Self::Made(Box::new(set_head(set))),
            SetRef::All(system) => Self::Made(Box::new(Head {
                resource_type: "ValueSet",
                id: String::new(),
                url: set.url(),
                ..system_head(system)
            })),
            SetRef::Supplied(resource) => {
                const LEFT_OUT: [&str; 4] = ["compose", "expansion", "text", "contained"];
                let mut head = resource.as_object().cloned().unwrap_or_default();
                head.retain(|key, _| !LEFT_OUT.contains(&key.as_str()));
                Self::Given(head)
            }
        }
    }
}

/// The id of a list under `/fhir`: its name, in the letters of an id.
pub(super) fn id_of(name: &str) -> String {
    let fits = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '.');
    name.chars()
        .map(|letter| if fits(letter) { letter } else { '-' })
        .take(64)
        .collect()
}

/// A name that programs can use.
///
/// **Source:** FHIR R4, rule vsd-0: `[A-Z]([A-Za-z0-9_]){0,254}`.
fn computer_name(name: &str) -> String {
    let mut made: String = name
        .chars()
        .map(|letter| {
            if letter.is_ascii_alphanumeric() {
                letter
            } else {
                '_'
            }
        })
        .collect();
    if !made.starts_with(|letter: char| letter.is_ascii_alphabetic()) {
        made.insert_str(0, "S_");
    }
    made[..1].make_ascii_uppercase();
    made
}

fn publisher(url: &str) -> &'static str {
    if url.starts_with(SOS_BASE) {
        PASSERELLE
    } else {
        ANS
    }
}

/// The day that a version tells, when it tells one.
fn version_day(version: &str) -> Option<String> {
    let digits: String = version
        .chars()
        .filter(char::is_ascii_digit)
        .take(8)
        .collect();
    let is_dated = version.starts_with("20") && digits.len() == 8;
    let day = || format!("{}-{}-{}", &digits[..4], &digits[4..6], &digits[6..]);
    is_dated
        .then(day)
        .filter(|day| super::parameters::day(day).is_some())
}

fn oid_identifier(oid: Option<&str>) -> Vec<Value> {
    let oid =
        oid.map(|oid| json!({"system": "urn:ietf:rfc:3986", "value": format!("urn:oid:{oid}")}));
    oid.into_iter().collect()
}

pub(super) fn system_head(system: &CodeSystem) -> Head<'_> {
    let version = fhir_version(system.version());
    Head {
        resource_type: "CodeSystem",
        id: id_of(system.name()),
        url: system.url().to_owned(),
        identifier: oid_identifier(system.oid()),
        oid: system.oid(),
        version,
        name: computer_name(system.name()),
        title: system.title(),
        status: "active",
        experimental: false,
        date: version_day(version),
        publisher: publisher(system.url()),
        copyright: system.copyright(),
    }
}

pub(super) fn set_head(set: &ValueSet) -> Head<'_> {
    let version = fhir_version(set.version());
    let url = value_set_url(set);
    Head {
        resource_type: "ValueSet",
        id: id_of(set.name()),
        identifier: oid_identifier(set.oid()),
        oid: set.oid(),
        version,
        name: computer_name(set.name()),
        title: set.title(),
        status: "active",
        experimental: false,
        date: version_day(version),
        publisher: publisher(&url),
        copyright: set.copyright(),
        url,
    }
}

/// The head of a code system or a value set of `profiles/`.
pub(super) fn own_head(list: &'static Value) -> Head<'static> {
    let part = |name: &str| list.get(name).and_then(Value::as_str).unwrap_or_default();
    Head {
        resource_type: part("resourceType"),
        id: part("id").to_owned(),
        identifier: Vec::new(),
        oid: None,
        version: "",
        name: part("name").to_owned(),
        title: part("title"),
        status: "active",
        experimental: false,
        date: None,
        publisher: "",
        copyright: "",
        url: part("url").to_owned(),
    }
}

pub(super) fn map_head(map: &ConceptMap) -> Head<'_> {
    let is_reviewed = map
        .rows()
        .iter()
        .all(|row| row.status == ReviewStatus::Reviewed);
    Head {
        resource_type: "ConceptMap",
        id: id_of(map.id()),
        url: map.url(),
        identifier: Vec::new(),
        oid: None,
        version: map.version(),
        name: computer_name(map.id()),
        title: map.title(),
        status: if is_reviewed { "active" } else { "draft" },
        experimental: false,
        date: map.date().map(|day| day.to_string()),
        publisher: PASSERELLE,
        copyright: "",
    }
}

#[derive(Serialize)]
struct SystemOut<'a> {
    #[serde(flatten)]
    head: Head<'a>,
    #[serde(rename = "caseSensitive")]
    case_sensitive: bool,
    #[serde(rename = "valueSet")]
    value_set: String,
    #[serde(rename = "hierarchyMeaning", skip_serializing_if = "Option::is_none")]
    hierarchy_meaning: Option<&'static str>,
    content: &'static str,
    count: usize,
    property: Value,
    concept: Vec<ConceptOut<'a>>,
}

#[derive(Serialize)]
struct ConceptOut<'a> {
    code: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    display: &'a str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    property: Vec<PropertyOut>,
}

/// A property of a code: `valueCode`, `valueBoolean` or `valueDateTime`.
#[derive(Serialize)]
pub(super) struct PropertyOut {
    pub(super) code: &'static str,
    #[serde(rename = "valueCode", skip_serializing_if = "Option::is_none")]
    pub(super) value_code: Option<String>,
    #[serde(rename = "valueDateTime", skip_serializing_if = "Option::is_none")]
    pub(super) value_date: Option<String>,
    #[serde(rename = "valueBoolean", skip_serializing_if = "Option::is_none")]
    pub(super) value_boolean: Option<bool>,
}

/// A code system as a resource; `is_summary` leaves the codes out.
pub(super) fn code_system(system: &CodeSystem, day: Date, is_summary: bool) -> Vec<u8> {
    let concepts = system.concepts().iter().map(|concept| ConceptOut {
        code: &concept.code,
        display: &concept.display,
        property: system_properties(system, &concept.code, day),
    });
    let out = SystemOut {
        head: system_head(system),
        case_sensitive: system.is_case_sensitive(),
        value_set: SetRef::All(system).url(),
        hierarchy_meaning: system.is_hierarchical().then_some("is-a"),
        content: if system.is_complete() {
            "complete"
        } else {
            "fragment"
        },
        count: system.concepts().len(),
        property: json!([
            {"code": "status", "uri": "http://hl7.org/fhir/concept-properties#status", "type": "code"},
            {"code": "inactive", "uri": "http://hl7.org/fhir/concept-properties#inactive", "type": "boolean"},
            {"code": "parent", "uri": "http://hl7.org/fhir/concept-properties#parent", "type": "code"},
            {"code": "dateValid", "description": "Premier jour", "type": "dateTime"},
            {"code": "dateFin", "description": "Jour où le code cesse", "type": "dateTime"},
        ]),
        concept: if is_summary {
            Vec::new()
        } else {
            concepts.collect()
        },
    };
    written(&out, is_summary)
}

/// What a list in use tells of a code: its standing on that day, from when to when, what is above.
pub(super) fn system_properties(system: &CodeSystem, code: &str, day: Date) -> Vec<PropertyOut> {
    let Some(concept) = system.find(code) else {
        return Vec::new();
    };
    let empty = |code| PropertyOut {
        code,
        value_code: None,
        value_date: None,
        value_boolean: None,
    };
    let dated = |code, day: Option<Date>| {
        day.map(|day| PropertyOut {
            value_date: Some(day.to_string()),
            ..empty(code)
        })
    };
    let validity = concept.validity;
    let is_ended = matches!(validity.on(day), Standing::Ended(_));
    let mut properties = Vec::new();
    if is_ended {
        properties.push(PropertyOut {
            value_code: Some("retired".to_owned()),
            ..empty("status")
        });
        properties.push(PropertyOut {
            value_boolean: Some(true),
            ..empty("inactive")
        });
    }
    properties.extend(dated("dateValid", validity.from));
    properties.extend(dated("dateFin", validity.to));
    properties.extend(system.parent(code).map(|parent| PropertyOut {
        value_code: Some(parent.code.clone()),
        ..empty("parent")
    }));
    properties
}

#[derive(Serialize)]
struct SetOut<'a> {
    #[serde(flatten)]
    head: Head<'a>,
    immutable: bool,
    compose: Value,
}

/// A value set as a resource; `is_summary` leaves the codes out.
pub(super) fn value_set(
    terminology: &Terminology,
    set: &ValueSet,
    day: Date,
    is_summary: bool,
) -> Vec<u8> {
    let compose = if is_summary {
        json!([])
    } else {
        compose(terminology, SetRef::Held(set), day)
    };
    let out = SetOut {
        head: set_head(set),
        immutable: false,
        compose,
    };
    written(&out, is_summary)
}

/// The composition of a set: its codes in force on `day`, system by system.
pub(super) fn compose(terminology: &Terminology, set: SetRef<'_>, day: Date) -> Value {
    match set {
        SetRef::Supplied(resource) => resource["compose"].clone(),
        SetRef::All(system) => json!({"include": [{"system": system.url()}]}),
        SetRef::Held(set) => {
            let mut includes: Vec<(&str, Vec<Value>)> = Vec::new();
            let in_force = |one: &&Concept| one.validity.is_in_force(day);
            for concept in set.concepts().iter().filter(in_force) {
                let system = terminology.code_system(&concept.system);
                let url = system.map_or(concept.system.as_ref(), CodeSystem::url);
                let listed = json!({"code": concept.code, "display": concept.display});
                match includes.iter_mut().find(|(known, _)| *known == url) {
                    Some((_, concepts)) => concepts.push(listed),
                    None => includes.push((url, vec![listed])),
                }
            }
            let includes = includes.into_iter();
            let includes =
                includes.map(|(url, concepts)| json!({"system": url, "concept": concepts}));
            json!({"include": includes.collect::<Vec<_>>()})
        }
    }
}

/// Writes a resource; one without its codes says so.
///
/// **Source:** FHIR R4, 3.1.1.5.8: the tag `SUBSETTED`.
pub(super) fn written(resource: &impl Serialize, is_summary: bool) -> Vec<u8> {
    if !is_summary {
        return serde_json::to_vec(resource).expect("memory takes every text");
    }
    let mut value = serde_json::to_value(resource).expect("memory takes every text");
    if let Some(object) = value.as_object_mut() {
        object.retain(|_, value| *value != json!([]));
        let tag = json!({"tag": [{
            "system": "http://terminology.hl7.org/CodeSystem/v3-ObservationValue",
            "code": "SUBSETTED"}]});
        object.insert("meta".to_owned(), tag);
    }
    serde_json::to_vec(&value).expect("memory takes every text")
}
