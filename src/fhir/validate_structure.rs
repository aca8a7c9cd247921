//! The first half of validation: is it FHIR R4 at all? Elements, types, repetitions, primitives,
//! closed code lists, references by their type, invariants of the base types.
//!
//! **Source:** FHIR R4, 2.6.2 (JSON), 2.24 (datatypes); the tables of `profiles/r4/`.

use serde_json::{Map, Value};

use super::{
    element::text,
    fhirpath_eval::Evaluation,
    fhirpath_value::{Item, Node},
    parse_reference_type,
    structure::{Element, ElementType, Structures},
    validate_primitive::primitive_fault,
    validation_findings as say,
};
use crate::finding::Finding;

/// Checks a resource and whatever it holds against the base types; `place` is its `FHIRPath`.
pub(super) fn check_structure(
    structures: &Structures,
    resource: &Value,
    place: &str,
) -> Vec<Finding> {
    let mut check = StructureCheck {
        structures,
        resource,
        findings: Vec::new(),
    };
    check.resource(resource, place);
    check.findings
}

struct StructureCheck<'c> {
    structures: &'c Structures,
    resource: &'c Value,
    findings: Vec<Finding>,
}

impl<'c> StructureCheck<'c> {
    fn resource(&mut self, resource: &'c Value, place: &str) {
        let kind = text(resource, "resourceType").unwrap_or_default();
        let Some(object) = resource
            .as_object()
            .filter(|_| self.structures.is_resource(kind))
        else {
            self.findings
                .push(say::unknown_resource(&format!("{place}.resourceType")));
            return;
        };
        self.object(kind, object, place);
        if self.structures.base_of(kind) == Some("DomainResource") {
            self.invariants("DomainResource", resource, place);
        }
        self.invariants(kind, resource, place);
    }

    /// The members of an object whose children stand under `content` in the tables.
    fn object(&mut self, content: &str, object: &'c Map<String, Value>, place: &str) {
        if object.is_empty() {
            self.findings.push(say::empty(place));
        }
        for (key, value) in object {
            if key == "resourceType" && self.structures.is_resource(content) {
                continue;
            }
            let is_twin = key.starts_with('_');
            let bare = key.strip_prefix('_').unwrap_or(key);
            let found = self.structures.find(content, bare);
            let is_primitive = |name: &str| self.structures.primitive(name).is_some();
            match found {
                Some((element, kind)) if is_twin && is_primitive(&kind.name) => {
                    self.twin(element, object.get(bare), value, place);
                }
                Some((element, kind)) if !is_twin => {
                    self.element(element, kind, value, object.get(&format!("_{key}")), place);
                }
                Some(_) | None => {
                    let names = self.structures.children(content);
                    let names = names.iter().map(|element| element.name.as_ref());
                    self.findings.push(say::unknown_element(place, key, names));
                }
            }
        }
        for element in self.structures.children(content) {
            self.repetitions(element, object, place);
        }
    }

    /// How many times an element stands there.
    fn repetitions(&mut self, element: &Element, object: &Map<String, Value>, place: &str) {
        let count_at = |key: &str| {
            let length = |value: &Value| value.as_array().map_or(1, Vec::len);
            let value = object.get(key).map_or(0, length);
            value.max(object.get(&format!("_{key}")).map_or(0, length))
        };
        let mut keys = 0;
        let mut count = 0;
        for kind in &element.types {
            let found = count_at(&element.key_of(kind));
            keys += usize::from(found > 0);
            count += found;
        }
        let place = format!("{place}.{}", element.name);
        if keys > 1 {
            self.findings.push(say::two_types(&place));
        } else if count < element.min {
            self.findings
                .push(say::too_few("G1", &place, element.min, count));
        } else if let Some(max) = element.max.filter(|max| count > *max) {
            self.findings.push(say::too_many("G1", &place, max, count));
        }
    }

    fn element(
        &mut self,
        element: &Element,
        kind: &ElementType,
        value: &'c Value,
        twin: Option<&'c Value>,
        place: &str,
    ) {
        let place = format!("{place}.{}", element.name);
        let Value::Array(items) = value else {
            if element.is_list() {
                self.findings.push(say::not_a_list(&place));
            }
            return self.value(element, kind, value, &place);
        };
        if !element.is_list() {
            self.findings.push(say::not_single(&place));
            return;
        }
        if items.is_empty() {
            self.findings.push(say::empty(&place));
        }
        for (rank, item) in items.iter().enumerate() {
            let has_twin = twin
                .and_then(|twin| twin.get(rank))
                .is_some_and(|twin| !twin.is_null());
            if item.is_null() && has_twin {
                continue;
            }
            self.value(element, kind, item, &format!("{place}[{rank}]"));
        }
    }

    fn value(&mut self, element: &Element, kind: &ElementType, value: &'c Value, place: &str) {
        if value.is_null() {
            self.findings.push(say::empty(place));
            return;
        }
        if let Some(regex) = self.structures.primitive(&kind.name) {
            if let Some(fault) = primitive_fault(&kind.name, regex, value) {
                self.findings
                    .push(say::bad_primitive(place, &kind.name, fault));
            } else if let (Some(codes), Some(code)) = (&element.codes, value.as_str())
                && !codes.iter().any(|known| known.as_ref() == code)
            {
                self.findings.push(say::not_of_closed_list(place, codes));
            }
            return;
        }
        let Some(object) = value.as_object() else {
            self.findings.push(say::wrong_type(place, &kind.name));
            return;
        };
        match kind.name.as_ref() {
            "Resource" => return self.resource(value, place),
            "Reference" => self.reference(kind, value, place),
            "Extension" => {
                let has_value = object.keys().any(|key| key.starts_with("value"));
                match (has_value, object.contains_key("extension")) {
                    (true, true) => self.findings.push(say::value_and_extensions(place)),
                    (false, false) => self.findings.push(say::neither_value_nor_extensions(place)),
                    _ => {}
                }
            }
            _ => {}
        }
        self.object(&kind.content, object, place);
        self.invariants(&kind.content, value, place);
        if element.path != kind.content {
            self.invariants(&element.path, value, place);
        }
    }

    /// Id and extensions of a primitive.
    fn twin(&mut self, element: &Element, value: Option<&'c Value>, twin: &'c Value, place: &str) {
        let place = format!("{place}.{}", element.name);
        let is_list = matches!(value, Some(Value::Array(_)));
        let twins: Vec<(String, &Value)> = match twin {
            Value::Array(twins) if element.is_list() => twins
                .iter()
                .enumerate()
                .map(|(rank, twin)| (format!("{place}[{rank}]"), twin))
                .collect(),
            Value::Object(_) if !is_list && !element.is_list() => vec![(place.clone(), twin)],
            _ => return self.findings.push(say::bad_twin(&place)),
        };
        for (place, twin) in twins {
            match twin {
                Value::Null => {}
                Value::Object(object) => self.object("Element", object, &place),
                _ => self.findings.push(say::bad_twin(&place)),
            }
        }
    }

    /// A literal reference is of an allowed type; one within the resource finds what it names.
    fn reference(&mut self, kind: &ElementType, value: &Value, place: &str) {
        let Some(reference) = text(value, "reference") else {
            return;
        };
        let place = format!("{place}.reference");
        if let Some(id) = reference.strip_prefix('#') {
            let contained = self.resource.get("contained").and_then(Value::as_array);
            let is_there = id.is_empty()
                || contained.is_some_and(|all| all.iter().any(|one| text(one, "id") == Some(id)));
            if !is_there {
                self.findings.push(say::not_contained(&place));
            }
            return;
        }
        let target = parse_reference_type(reference);
        let is_allowed = target.is_none_or(|target| {
            kind.targets.is_empty() || kind.targets.iter().any(|one| one.as_ref() == target)
        });
        if !is_allowed {
            self.findings.push(say::wrong_target(&place, &kind.targets));
        }
    }

    fn invariants(&mut self, path: &str, value: &'c Value, place: &str) {
        let run = Evaluation {
            resource: self.resource,
        };
        for invariant in self.structures.invariants(path) {
            let context = [Item::Node(Node::of(value))];
            if run.truth(&invariant.expression, &context) == Some(false) {
                self.findings
                    .push(say::invariant(invariant.key, place, &invariant.message));
            }
        }
    }
}
