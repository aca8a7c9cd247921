//! A part of a resource: its summary, its text, some of its elements.
//!
//! **Source:** FHIR R4, 3.1.1.5.8 (`_summary`), 3.1.1.5.9 (`_elements`).

use serde_json::{Value, json};

use super::{Definitions, element::text, structure::Element, systems};

/// How much of a resource is answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum View {
    /// All of it.
    Whole,
    /// The elements of the summary.
    Summary,
    /// Its text, and what must be there.
    Text,
    /// All but its text.
    Data,
    /// These elements, and what must be there.
    Elements(Vec<String>),
}

impl View {
    /// Of `_summary` and `_elements`; the latter counts when both are given.
    #[must_use]
    pub fn of(summary: Option<&str>, elements: Option<Vec<String>>) -> Self {
        match (elements, summary) {
            (Some(names), _) if !names.is_empty() => Self::Elements(names),
            (_, Some("true")) => Self::Summary,
            (_, Some("text")) => Self::Text,
            (_, Some("data")) => Self::Data,
            _ => Self::Whole,
        }
    }

    fn keeps(&self, element: &Element) -> bool {
        let name = element.name.as_ref();
        if matches!(name, "id" | "meta" | "implicitRules") {
            return true;
        }
        match self {
            Self::Whole => true,
            Self::Summary => element.is_summary,
            Self::Text => name == "text" || element.min > 0,
            Self::Data => name != "text",
            Self::Elements(names) => {
                element.min > 0 || names.iter().any(|wanted| wanted.as_str() == name)
            }
        }
    }
}

/// Leaves of a resource, or of each match of a Bundle, what the view keeps, and marks it as a part.
pub fn cut(resource: &mut Value, view: &View) {
    if *view == View::Whole {
        return;
    }
    let kind = text(resource, "resourceType")
        .unwrap_or_default()
        .to_owned();
    if kind == "Bundle" {
        let entries = resource.get_mut("entry").and_then(Value::as_array_mut);
        for entry in entries.into_iter().flatten() {
            if let Some(inner) = entry.get_mut("resource") {
                cut(inner, view);
            }
        }
        return;
    }
    let structures = &Definitions::embedded().structures;
    if kind == "OperationOutcome" || !structures.is_resource(&kind) {
        return;
    }
    let Some(object) = resource.as_object_mut() else {
        return;
    };
    let before = object.len();
    object.retain(|key, _| {
        let bare = key.strip_prefix('_').unwrap_or(key);
        let found = structures.find(&kind, bare);
        key == "resourceType" || found.is_some_and(|(element, _)| view.keeps(element))
    });
    if object.len() < before {
        mark_as_part(resource);
    }
}

/// Adds the tag that says that something was left out.
pub(super) fn mark_as_part(resource: &mut Value) {
    let tag = json!({"system": systems::OBSERVATION_VALUE, "code": "SUBSETTED"});
    let Some(object) = resource.as_object_mut() else {
        return;
    };
    let meta = object.entry("meta").or_insert_with(|| json!({}));
    match meta.get_mut("tag") {
        Some(Value::Array(tags)) if tags.contains(&tag) => {}
        Some(Value::Array(tags)) => tags.push(tag),
        Some(_) | None => {
            if let Some(meta) = meta.as_object_mut() {
                meta.insert("tag".to_owned(), json!([tag]));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_view_keeps_what_it_names_and_says_that_it_is_a_part() {
        let whole = json!({"resourceType": "Location", "id": "l", "text": {"status": "generated"},
            "name": "n", "_name": {"id": "x"}, "description": "d", "telecom": [{"value": "1"}]});
        let kept = |summary: Option<&str>, elements: &[&str]| {
            let mut resource = whole.clone();
            let names = elements.iter().map(|name| (*name).to_owned()).collect();
            cut(&mut resource, &View::of(summary, Some(names)));
            let object = resource.as_object().expect("an object");
            object.keys().cloned().collect::<Vec<_>>()
        };
        assert_eq!(
            kept(None, &["name"]),
            ["resourceType", "id", "name", "_name", "meta"]
        );
        assert_eq!(
            kept(Some("true"), &[]),
            ["resourceType", "id", "name", "_name", "description", "meta"]
        );
        assert_eq!(
            kept(Some("text"), &[]),
            ["resourceType", "id", "text", "meta"]
        );
        assert_eq!(kept(Some("data"), &[]).len(), 7);
        assert_eq!(kept(Some("false"), &[]).len(), 7);
    }
}
