//! Patches: JSON Patch, JSON Merge Patch, and `FHIRPath` Patch.
//!
//! **Source:** RFC 6902; RFC 7396; FHIR R4, 3.1.0.9 and 3.1.0.9.1.

use serde_json::{Map, Value};

use super::{
    Definitions,
    element::{children, text},
    fhirpath::Expression,
    fhirpath_eval::Evaluation,
    fhirpath_value::{Item, Node},
    patch_findings as say,
    patch_place::{find_place, value_at},
};
use crate::finding::Finding;

/// Most operations of one patch.
const MAX_OPERATIONS: usize = 1_000;

/// A patch that was read.
#[derive(Clone, Debug, PartialEq)]
pub enum Patch {
    /// RFC 6902.
    Json(json_patch::Patch),
    /// RFC 7396: members that take the place of those of the resource, `null` taking one out.
    Merge(Value),
    /// The operations of a `Parameters` resource.
    FhirPath(Vec<Operation>),
}

/// One operation of a `FHIRPath` Patch.
#[derive(Clone, Debug, PartialEq)]
pub struct Operation {
    kind: OperationKind,
    path: Expression,
    name: Option<String>,
    value: Option<Value>,
    index: Option<usize>,
    source: Option<usize>,
    destination: Option<usize>,
    place: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum OperationKind {
    Add,
    Insert,
    Delete,
    Replace,
    Move,
}

impl Patch {
    /// Reads a JSON Patch.
    ///
    /// # Errors
    /// One finding.
    pub fn read_json(value: Value) -> Result<Self, Vec<Finding>> {
        let patch: json_patch::Patch =
            serde_json::from_value(value).map_err(|_| vec![*say::not_a_json_patch()])?;
        if patch.0.len() > MAX_OPERATIONS {
            return Err(vec![*say::too_many_operations(MAX_OPERATIONS)]);
        }
        Ok(Self::Json(patch))
    }

    /// Reads a JSON Merge Patch.
    ///
    /// # Errors
    /// One finding.
    pub fn read_merge(value: Value) -> Result<Self, Vec<Finding>> {
        if value.is_object() {
            Ok(Self::Merge(value))
        } else {
            Err(vec![*say::not_a_json_patch()])
        }
    }

    /// Reads a `FHIRPath` Patch.
    ///
    /// # Errors
    /// Every operation that cannot be understood.
    pub fn read_parameters(parameters: &Value) -> Result<Self, Vec<Finding>> {
        if text(parameters, "resourceType") != Some("Parameters") {
            return Err(vec![*say::not_parameters()]);
        }
        let mut operations = Vec::new();
        let mut findings = Vec::new();
        for (rank, parameter) in children(parameters, "parameter").enumerate() {
            let place = format!("Parameters.parameter[{rank}]");
            match Operation::read(parameter, place) {
                Ok(operation) => operations.push(operation),
                Err(finding) => findings.push(*finding),
            }
        }
        if operations.is_empty() && findings.is_empty() {
            findings.push(*say::not_parameters());
        }
        if operations.len() > MAX_OPERATIONS {
            findings.push(*say::too_many_operations(MAX_OPERATIONS));
        }
        if findings.is_empty() {
            Ok(Self::FhirPath(operations))
        } else {
            Err(findings)
        }
    }

    /// The resource after the patch: every operation, or none.
    ///
    /// # Errors
    /// The operation that cannot be carried out.
    pub fn apply(&self, mut resource: Value) -> Result<Value, Vec<Finding>> {
        let identity = |resource: &Value| {
            (
                resource.get("resourceType").cloned(),
                resource.get("id").cloned(),
            )
        };
        let before = identity(&resource);
        match self {
            Self::Merge(patch) => json_patch::merge(&mut resource, patch),
            Self::Json(patch) => {
                json_patch::patch(&mut resource, patch)
                    .map_err(|error| vec![*say::failed_json_patch(&error.path.to_string())])?;
            }
            Self::FhirPath(operations) => {
                for operation in operations {
                    operation
                        .apply(&mut resource)
                        .map_err(|found| vec![*found])?;
                }
            }
        }
        if identity(&resource) != before {
            return Err(vec![*say::identity_changed()]);
        }
        Ok(resource)
    }
}

impl Operation {
    fn read(parameter: &Value, place: String) -> Result<Self, Box<Finding>> {
        let part = |name: &str| {
            children(parameter, "part").find(move |part| text(part, "name") == Some(name))
        };
        let words = |name: &str| {
            let part = part(name)?;
            ["valueCode", "valueString"]
                .iter()
                .find_map(|key| text(part, key))
        };
        let number = |name: &str| {
            let value = part(name)?.get("valueInteger")?.as_u64()?;
            usize::try_from(value).ok()
        };
        if text(parameter, "name") != Some("operation") {
            return Err(say::unknown_operation(&place));
        }
        let kind = match words("type") {
            Some("add") => OperationKind::Add,
            Some("insert") => OperationKind::Insert,
            // `remove` is the older spelling of the national guide.
            Some("delete" | "remove") => OperationKind::Delete,
            Some("replace") => OperationKind::Replace,
            Some("move") => OperationKind::Move,
            Some(_) | None => return Err(say::unknown_operation(&place)),
        };
        let path = words("path").ok_or_else(|| say::bad_path(&place))?;
        let path = Expression::parse(path).map_err(|_| say::bad_path(&place))?;
        Ok(Self {
            kind,
            path,
            name: words("name").map(str::to_owned),
            value: part("value").and_then(value_of),
            index: number("index"),
            source: number("source"),
            destination: number("destination"),
            place,
        })
    }

    fn apply(&self, resource: &mut Value) -> Result<(), Box<Finding>> {
        let found: Vec<Vec<String>> = {
            let run = Evaluation { resource };
            let items = run.eval(&self.path, &[Item::Node(Node::of(resource))]);
            let nodes = items.iter().filter_map(Item::node);
            nodes
                .filter_map(|node| find_place(resource, node.value))
                .collect()
        };
        match self.kind {
            OperationKind::Add => self.add(resource, self.one(&found)?),
            OperationKind::Replace => {
                let value = self
                    .value
                    .clone()
                    .ok_or_else(|| say::no_value(&self.place))?;
                let place = self.one(&found)?;
                *value_at(resource, place).ok_or_else(|| self.not_one(0))? = value;
                Ok(())
            }
            OperationKind::Delete => self.delete(resource, &found),
            OperationKind::Insert | OperationKind::Move => self.arrange(resource, &found),
        }
    }

    fn one<'f>(&self, found: &'f [Vec<String>]) -> Result<&'f [String], Box<Finding>> {
        match found {
            [place] => Ok(place),
            _ => Err(self.not_one(found.len())),
        }
    }

    fn not_one(&self, count: usize) -> Box<Finding> {
        say::not_one_element(&self.place, count)
    }

    /// Adds a member, or an item to the list of that name.
    fn add(&self, resource: &mut Value, place: &[String]) -> Result<(), Box<Finding>> {
        let name = self
            .name
            .as_deref()
            .ok_or_else(|| say::no_name(&self.place))?;
        let value = self
            .value
            .clone()
            .ok_or_else(|| say::no_value(&self.place))?;
        let content = content_of(resource, place).ok_or_else(|| say::bad_path(&self.place))?;
        let structures = &Definitions::embedded().structures;
        let is_list = structures
            .find(&content, name)
            .is_some_and(|(element, _)| element.is_list());
        let parent = value_at(resource, place).and_then(Value::as_object_mut);
        let parent = parent.ok_or_else(|| say::bad_path(&self.place))?;
        match parent.get_mut(name) {
            Some(Value::Array(items)) => items.push(value),
            Some(_) => return Err(say::already_there(&self.place)),
            None if is_list => {
                parent.insert(name.to_owned(), Value::Array(vec![value]));
            }
            None => {
                parent.insert(name.to_owned(), value);
            }
        }
        Ok(())
    }

    /// Takes an element out: the only one of the path, or the one that is equal to the value.
    fn delete(&self, resource: &mut Value, found: &[Vec<String>]) -> Result<(), Box<Finding>> {
        let equal: Vec<&Vec<String>> = match &self.value {
            Some(value) => found
                .iter()
                .filter(|place| value_at(resource, place).is_some_and(|found| found == value))
                .collect(),
            None => found.iter().collect(),
        };
        let place = match equal.as_slice() {
            [place] => *place,
            // Nothing to delete is no error without a value: the state is the one asked for.
            [] if self.value.is_none() => return Ok(()),
            _ => return Err(self.not_one(equal.len())),
        };
        let Some((last, above)) = place.split_last() else {
            return Err(say::bad_path(&self.place));
        };
        match value_at(resource, above) {
            Some(Value::Object(object)) => {
                object.shift_remove(last);
            }
            Some(Value::Array(items)) => {
                if let Ok(rank) = last.parse::<usize>() {
                    items.remove(rank);
                }
                if items.is_empty() {
                    remove_member(resource, above);
                }
            }
            _ => return Err(say::bad_path(&self.place)),
        }
        Ok(())
    }

    /// `insert` and `move`: places in the list that the path finds.
    fn arrange(&self, resource: &mut Value, found: &[Vec<String>]) -> Result<(), Box<Finding>> {
        let list = found
            .first()
            .and_then(|place| place.split_last())
            .map(|(_, above)| above)
            .ok_or_else(|| self.not_one(0))?;
        let Some(Value::Array(items)) = value_at(resource, list) else {
            return Err(say::bad_path(&self.place));
        };
        let out_of_range = || say::out_of_range(&self.place);
        if self.kind == OperationKind::Insert {
            let value = self
                .value
                .clone()
                .ok_or_else(|| say::no_value(&self.place))?;
            let index = self.index.filter(|index| *index <= items.len());
            items.insert(index.ok_or_else(out_of_range)?, value);
            return Ok(());
        }
        let within = |index: Option<usize>, count| index.filter(|index| *index < count);
        let source = within(self.source, items.len()).ok_or_else(out_of_range)?;
        let destination = within(self.destination, items.len()).ok_or_else(out_of_range)?;
        let item = items.remove(source);
        items.insert(destination, item);
        Ok(())
    }
}

fn remove_member(resource: &mut Value, place: &[String]) {
    if let Some((last, above)) = place.split_last()
        && let Some(Value::Object(object)) = value_at(resource, above)
    {
        object.shift_remove(last);
    }
}

/// The value of a part: `value[x]`, or an object of its own parts for a type without one.
fn value_of(part: &Value) -> Option<Value> {
    let object = part.as_object()?;
    let own = object.iter().find(|(key, _)| key.starts_with("value"));
    if let Some((_, value)) = own {
        return Some(value.clone());
    }
    let mut made: Map<String, Value> = Map::new();
    for inner in children(part, "part") {
        let name = text(inner, "name")?.to_owned();
        let value = value_of(inner)?;
        match made.get_mut(&name) {
            Some(Value::Array(items)) => items.push(value),
            Some(first) => *first = Value::Array(vec![first.take(), value]),
            None => {
                made.insert(name, value);
            }
        }
    }
    (!made.is_empty()).then_some(Value::Object(made))
}

/// The path of the tables under which the children of a place stand.
fn content_of(resource: &Value, place: &[String]) -> Option<String> {
    let structures = &Definitions::embedded().structures;
    let mut content = text(resource, "resourceType")?.to_owned();
    for name in place.iter().filter(|name| name.parse::<usize>().is_err()) {
        let (_, kind) = structures.find(&content, name)?;
        content = kind.content.to_string();
    }
    Some(content)
}

#[cfg(test)]
#[path = "patch_tests.rs"]
mod tests;
