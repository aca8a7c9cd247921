//! Reading elements of a resource kept as JSON.

use std::collections::HashSet;

use serde_json::Value;

/// The repetitions of a child: the items of an array, or the value itself.
pub fn children<'v>(parent: &'v Value, name: &str) -> impl Iterator<Item = &'v Value> {
    let (items, single) = match parent.get(name) {
        Some(Value::Array(items)) => (items.as_slice(), None),
        Some(other) => (&[][..], Some(other)),
        None => (&[][..], None),
    };
    items.iter().chain(single)
}

/// The repetitions at a dotted path, such as `address.postalCode`.
#[must_use]
pub fn at_path<'v>(parent: &'v Value, path: &str) -> Vec<&'v Value> {
    path.split('.').fold(vec![parent], |found, name| {
        found
            .into_iter()
            .flat_map(|value| children(value, name))
            .collect()
    })
}

/// The extensions of that URL.
pub fn extensions<'v>(parent: &'v Value, url: &str) -> impl Iterator<Item = &'v Value> {
    children(parent, "extension").filter(move |extension| text(extension, "url") == Some(url))
}

/// The first extension of that URL.
#[must_use]
pub fn extension<'v>(parent: &'v Value, url: &str) -> Option<&'v Value> {
    extensions(parent, url).next()
}

/// A child that is a text.
#[must_use]
pub fn text<'v>(parent: &'v Value, name: &str) -> Option<&'v str> {
    parent.get(name).and_then(Value::as_str)
}

/// The (system, code) pairs of a `CodeableConcept`.
pub fn codings(concept: &Value) -> impl Iterator<Item = (&str, &str)> {
    children(concept, "coding").filter_map(system_and_code)
}

/// The system, empty when absent, and the code of a `Coding`.
#[must_use]
pub fn system_and_code(coding: &Value) -> Option<(&str, &str)> {
    Some((
        text(coding, "system").unwrap_or_default(),
        text(coding, "code")?,
    ))
}

/// The first code of that system in a `CodeableConcept`.
#[must_use]
pub fn code_in<'v>(concept: &'v Value, system: &str) -> Option<&'v str> {
    codings(concept)
        .find(|(found, _)| *found == system)
        .map(|(_, code)| code)
}

/// The reference text of a `Reference` child.
#[must_use]
pub fn reference<'v>(parent: &'v Value, name: &str) -> Option<&'v str> {
    children(parent, name)
        .next()
        .and_then(|reference| text(reference, "reference"))
}

/// The (system, code) pairs of every `Coding`, at any depth.
#[must_use]
pub fn all_codings(value: &Value) -> HashSet<(&str, &str)> {
    let mut found = HashSet::new();
    let mut waiting = vec![value];
    while let Some(value) = waiting.pop() {
        match value {
            Value::Array(items) => waiting.extend(items),
            Value::Object(object) => {
                found.extend(system_and_code(value));
                waiting.extend(object.values());
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }
    found
}
