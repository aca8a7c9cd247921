//! The snapshot of a profile: every element of its type, with what the profile asks of each. Made from
//! the differential and from the tables of FHIR R4, so that there is one truth.
//!
//! **Source:** FHIR R4, 5.3.2.3 (`StructureDefinition`, snapshot).

use std::collections::{HashMap, HashSet};

use serde_json::{Map, Value, json};

use super::{
    Definitions,
    element::{children, text},
    profile_tree::Profile,
    structure::{Element, ElementType, Structures},
};

/// Type of the ids and URLs that are no elements of their own.
///
/// **Source:** FHIR R4, 2.24.0.5.
const SYSTEM_STRING: &str = "http://hl7.org/fhirpath/System.String";
/// Which FHIR type such a one stands for.
const FHIR_TYPE: &str = "http://hl7.org/fhir/StructureDefinition/structuredefinition-fhir-type";

impl Profile {
    /// The `StructureDefinition` with its snapshot.
    #[must_use]
    pub fn with_snapshot(&self, definitions: &Definitions) -> Value {
        let chain = chain(definitions, self);
        let mut writer = Writer::of(&definitions.structures, &chain);
        writer.root(&self.kind);
        let mut whole = Map::new();
        for (key, value) in self.definition.as_object().into_iter().flatten() {
            if key == "differential" {
                whole.insert("snapshot".to_owned(), json!({"element": writer.elements}));
            }
            let value = match key.as_str() {
                "mapping" => mappings(&chain),
                _ => value.clone(),
            };
            whole.insert(key.clone(), value);
        }
        Value::Object(whole)
    }
}

/// The profile after those that it is built on.
fn chain<'d>(definitions: &'d Definitions, profile: &'d Profile) -> Vec<&'d Profile> {
    let is_base = |base: &&Profile| base.url == profile.base;
    let mut found = match definitions.profiles().iter().find(is_base) {
        Some(base) => chain(definitions, base),
        None => Vec::new(),
    };
    found.push(profile);
    found
}

/// What the elements of a chain are mapped to, each identity once.
fn mappings(chain: &[&Profile]) -> Value {
    let mut found: Vec<Value> = Vec::new();
    for profile in chain {
        for mapping in children(&profile.definition, "mapping") {
            let is_known = |known: &Value| known.get("identity") == mapping.get("identity");
            if !found.iter().any(is_known) {
                found.push(mapping.clone());
            }
        }
    }
    found.into()
}

struct Writer<'d> {
    structures: &'d Structures,
    /// What the differentials say, by the id of the element.
    said: HashMap<&'d str, Map<String, Value>>,
    /// Slices of an element, in their order.
    slices: HashMap<&'d str, Vec<&'d str>>,
    /// Elements below which something is said.
    opened: HashSet<&'d str>,
    elements: Vec<Value>,
}

impl<'d> Writer<'d> {
    fn of(structures: &'d Structures, chain: &[&'d Profile]) -> Self {
        let mut writer = Self {
            structures,
            said: HashMap::new(),
            slices: HashMap::new(),
            opened: HashSet::new(),
            elements: Vec::new(),
        };
        for profile in chain {
            let differential = profile.definition.get("differential");
            for element in children(differential.unwrap_or(&Value::Null), "element") {
                writer.note(element);
            }
        }
        writer
    }

    fn note(&mut self, element: &'d Value) {
        let id = text(element, "id").unwrap_or_default();
        let said = self.said.entry(id).or_default();
        for (key, value) in element.as_object().into_iter().flatten() {
            said.insert(key.clone(), value.clone());
        }
        let cuts = id.match_indices(['.', ':']);
        for (at, sign) in cuts {
            if sign == "." {
                self.opened.insert(&id[..at]);
                continue;
            }
            let end = id[at + 1..].find('.').map_or(id.len(), |end| at + 1 + end);
            let slices = self.slices.entry(&id[..at]).or_default();
            if !slices.contains(&&id[at + 1..end]) {
                slices.push(&id[at + 1..end]);
            }
        }
    }

    fn root(&mut self, kind: &str) {
        let mut element = json!({"id": kind, "path": kind, "definition": format!("FHIR R4, {kind}."),
            "min": 0, "max": "*", "base": {"path": kind, "min": 0, "max": "*"}});
        self.overlay(kind, &mut element);
        self.elements.push(element);
        self.content(kind, kind, kind);
    }

    /// The elements of a type, under an element of that id and path.
    fn content(&mut self, id: &str, path: &str, of: &str) {
        let structures = self.structures;
        for element in structures.children(of) {
            let choice = if element.is_choice { "[x]" } else { "" };
            let name = format!("{}{choice}", element.name);
            let (id, path) = (format!("{id}.{name}"), format!("{path}.{name}"));
            self.element(&id, &path, element, None);
            for slice in self.slices.get(id.as_str()).cloned().unwrap_or_default() {
                self.element(&format!("{id}:{slice}"), &path, element, Some(slice));
            }
        }
    }

    fn element(&mut self, id: &str, path: &str, element: &Element, slice: Option<&str>) {
        let mut written = base(path, id, element);
        if let Some(slice) = slice {
            written["min"] = json!(0);
            written["sliceName"] = json!(slice);
        }
        let is_extension = matches!(element.name.as_ref(), "extension" | "modifierExtension");
        if slice.is_none() && is_extension && self.slices.contains_key(id) {
            written["slicing"] = json!({"discriminator": [{"type": "value", "path": "url"}],
                "ordered": false, "rules": "open"});
        }
        self.overlay(id, &mut written);
        let wanted = written["type"][0]["code"].as_str().unwrap_or_default();
        let chosen = element.types.iter().find(|one| one.name.as_ref() == wanted);
        let content = chosen
            .or(element.types.first())
            .map(|one| one.content.to_string());
        self.elements.push(written);
        let Some(content) = content else { return };
        let is_own = element.types.iter().any(is_backbone);
        if self.structures.primitive(&content).is_some() && self.opened.contains(id) {
            self.primitive(id, path, &content);
        } else if is_own || self.opened.contains(id) {
            self.content(id, path, &content);
        }
    }

    /// What stands under an element of a primitive type: an id, extensions, the value.
    fn primitive(&mut self, id: &str, path: &str, of: &str) {
        self.content(id, path, "Element");
        self.elements.push(json!({
            "id": format!("{id}.value"),
            "path": format!("{path}.value"),
            "definition": format!("FHIR R4, {of}.value."),
            "min": 0,
            "max": "1",
            "base": {"path": format!("{of}.value"), "min": 0, "max": "1"},
            "type": [{"extension": [{"url": FHIR_TYPE, "valueUrl": of}], "code": SYSTEM_STRING}],
        }));
    }

    /// What the profile says of an element takes the place of what FHIR says.
    fn overlay(&self, id: &str, element: &mut Value) {
        let Some(said) = self.said.get(id) else {
            return;
        };
        for (key, value) in said {
            element[key] = value.clone();
        }
        if let Some(short) = said.get("short") {
            element["definition"] = short.clone();
        }
    }
}

fn is_backbone(one: &ElementType) -> bool {
    matches!(one.name.as_ref(), "BackboneElement" | "Element")
}

/// An element as FHIR defines it.
fn base(path: &str, id: &str, element: &Element) -> Value {
    let max = element.max.map_or("*".to_owned(), |max| max.to_string());
    let types = element.types.iter().map(|one| type_of(element, one));
    let mut written = json!({
        "id": id,
        "path": path,
        "definition": format!("FHIR R4, {}.", element.path),
        "min": element.min,
        "max": max,
        "base": {"path": element.path, "min": element.min, "max": max},
        "type": types.collect::<Vec<_>>(),
    });
    if element.is_summary {
        written["isSummary"] = json!(true);
    }
    if let Some(list) = &element.list {
        written["binding"] = json!({"strength": "required",
            "valueSet": format!("http://hl7.org/fhir/ValueSet/{list}|4.0.1")});
    }
    written
}

fn type_of(element: &Element, one: &ElementType) -> Value {
    let name = one.name.as_ref();
    // In FHIR the ids of elements and resources, and the URL of an extension, are no FHIR types.
    let is_system = element.name.as_ref() == "id" || element.path.as_ref() == "Extension.url";
    if is_system {
        return json!({"extension": [{"url": FHIR_TYPE, "valueUrl": name}], "code": SYSTEM_STRING});
    }
    let mut written = json!({"code": name});
    if !one.targets.is_empty() {
        let targets = one
            .targets
            .iter()
            .map(|target| format!("http://hl7.org/fhir/StructureDefinition/{target}"));
        written["targetProfile"] = targets.collect();
    }
    written
}
