//! What a `FHIRPath` expression handles: elements of a JSON resource, and values made on the way.

use std::{borrow::Cow, cmp::Ordering};

use serde_json::Value;

use super::search_values::period_of;

/// One item of a collection.
#[derive(Clone, Debug)]
pub enum Item<'v> {
    /// An element of the resource.
    Node(Node<'v>),
    /// A boolean.
    Boolean(bool),
    /// A text.
    Text(Cow<'v, str>),
    /// A number.
    Number(f64),
}

/// An element as JSON has it.
#[derive(Clone, Copy, Debug)]
pub struct Node<'v> {
    /// Its value; null when a primitive has only extensions.
    pub value: &'v Value,
    /// The `_name` twin of a primitive: its id and extensions.
    pub twin: Option<&'v Value>,
    /// The type that the name of a choice tells: `Coding` of `valueCoding`.
    pub type_name: Option<&'v str>,
}

impl<'v> Node<'v> {
    /// An element without a twin.
    #[must_use]
    pub fn of(value: &'v Value) -> Self {
        Self {
            value,
            twin: None,
            type_name: None,
        }
    }

    /// The children of that name: an item each, those of a choice by its bare name.
    pub fn children(self, name: &str, found: &mut Vec<Item<'v>>) {
        if let Some(twin) = self.twin.filter(|_| !self.value.is_object()) {
            return Node::of(twin).children(name, found);
        }
        let Value::Object(object) = self.value else {
            return;
        };
        let twin_name = format!("_{name}");
        let (value, twin) = (object.get(name), object.get(&twin_name));
        if value.is_some() || twin.is_some() {
            return push(value, twin, None, found);
        }
        for (key, value) in object {
            let suffix = key.strip_prefix(name).filter(|suffix| is_type_name(suffix));
            if let Some(suffix) = suffix {
                let twin = object.get(&format!("_{key}"));
                return push(Some(value), twin, Some(suffix), found);
            }
        }
    }

    /// Every child, whatever its name.
    pub fn all_children(self, found: &mut Vec<Item<'v>>) {
        let Value::Object(object) = self.value else {
            return;
        };
        for (key, value) in object {
            if !key.starts_with('_') && key != "resourceType" {
                push(Some(value), object.get(&format!("_{key}")), None, found);
            }
        }
    }

    /// True when it is of that type, as far as JSON tells.
    #[must_use]
    pub fn is_of(self, type_name: &str) -> bool {
        let own = self
            .type_name
            .or_else(|| self.value.get("resourceType").and_then(Value::as_str));
        own.is_some_and(|own| own.eq_ignore_ascii_case(type_name))
    }
}

fn is_type_name(suffix: &str) -> bool {
    suffix.starts_with(|first: char| first.is_ascii_uppercase())
}

fn push<'v>(
    value: Option<&'v Value>,
    twin: Option<&'v Value>,
    type_name: Option<&'v str>,
    found: &mut Vec<Item<'v>>,
) {
    const NULL: &Value = &Value::Null;
    let node = |value, twin: Option<&'v Value>| {
        Item::Node(Node {
            value,
            twin: twin.filter(|twin| !twin.is_null()),
            type_name,
        })
    };
    match (value, twin) {
        (Some(Value::Array(items)), Some(Value::Array(twins))) => {
            for rank in 0..items.len().max(twins.len()) {
                found.push(node(items.get(rank).unwrap_or(NULL), twins.get(rank)));
            }
        }
        (Some(Value::Array(items)), _) => {
            found.extend(items.iter().map(|item| node(item, None)));
        }
        (None, Some(Value::Array(twins))) => {
            found.extend(twins.iter().map(|twin| node(NULL, Some(twin))));
        }
        (value, twin) => found.push(node(value.unwrap_or(NULL), twin)),
    }
}

impl<'v> Item<'v> {
    /// The element, when it is one.
    #[must_use]
    pub fn node(&self) -> Option<Node<'v>> {
        match self {
            Self::Node(node) => Some(*node),
            Self::Boolean(_) | Self::Text(_) | Self::Number(_) => None,
        }
    }

    /// The text of a string, made or of the resource.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Node(node) => node.value.as_str(),
            Self::Text(text) => Some(text),
            Self::Boolean(_) | Self::Number(_) => None,
        }
    }

    /// The number.
    #[must_use]
    pub fn number(&self) -> Option<f64> {
        match self {
            Self::Node(node) => node.value.as_f64(),
            Self::Number(number) => Some(*number),
            Self::Boolean(_) | Self::Text(_) => None,
        }
    }

    /// The boolean.
    #[must_use]
    pub fn boolean(&self) -> Option<bool> {
        match self {
            Self::Node(node) => node.value.as_bool(),
            Self::Boolean(value) => Some(*value),
            Self::Text(_) | Self::Number(_) => None,
        }
    }

    /// True when it is a primitive with a value.
    #[must_use]
    pub fn has_value(&self) -> bool {
        match self {
            Self::Node(node) => {
                !node.value.is_null() && !node.value.is_object() && !node.value.is_array()
            }
            Self::Boolean(_) | Self::Text(_) | Self::Number(_) => true,
        }
    }

    /// Its text, whatever primitive it is.
    #[must_use]
    pub fn to_text(&self) -> Option<String> {
        if let Some(text) = self.text() {
            return Some(text.to_owned());
        }
        match self {
            Self::Node(node) if self.has_value() => Some(node.value.to_string()),
            Self::Boolean(value) => Some(value.to_string()),
            Self::Number(number) => Some(number.to_string()),
            Self::Node(_) | Self::Text(_) => None,
        }
    }
}

/// Equality of two items: numbers by value, elements by all that they hold.
#[must_use]
pub fn is_equal(left: &Item<'_>, right: &Item<'_>) -> bool {
    if let (Some(left), Some(right)) = (left.number(), right.number()) {
        return left == right;
    }
    if let (Some(left), Some(right)) = (left.text(), right.text()) {
        return left == right;
    }
    if let (Some(left), Some(right)) = (left.boolean(), right.boolean()) {
        return left == right;
    }
    match (left.node(), right.node()) {
        (Some(left), Some(right)) => left.value == right.value,
        _ => false,
    }
}

/// Order of two items, when they can be compared: numbers, texts, dates, quantities of one unit.
#[must_use]
pub fn compare(left: &Item<'_>, right: &Item<'_>) -> Option<Ordering> {
    if let (Some(left), Some(right)) = (left.number(), right.number()) {
        return left.partial_cmp(&right);
    }
    if let (Some(left), Some(right)) = (left.text(), right.text()) {
        return compare_texts(left, right);
    }
    let (left, right) = (left.node()?.value, right.node()?.value);
    let unit = |quantity: &Value| quantity.get("code").or(quantity.get("unit")).cloned();
    if unit(left) != unit(right) {
        return None;
    }
    let (left, right) = (left.get("value")?.as_f64()?, right.get("value")?.as_f64()?);
    left.partial_cmp(&right)
}

/// Dates by their instant when both have an hour, else by the precision that they share.
fn compare_texts(left: &str, right: &str) -> Option<Ordering> {
    let (Some(left_period), Some(right_period)) = (period_of(left), period_of(right)) else {
        return Some(left.cmp(right));
    };
    if left.contains('T') && right.contains('T') {
        return Some(left_period.0.cmp(&right_period.0));
    }
    let shared = left.len().min(right.len());
    match (left.get(..shared), right.get(..shared)) {
        (Some(left), Some(right)) => Some(left.cmp(right)),
        _ => None,
    }
}
