//! What a reader may see of a resource: the one place where contacts are taken out.
//!
//! **Source:** ANS, ROR guide 0.7.0, security page; `TRE_R283-NiveauConfidentialite`: `1` for
//! everybody, `2` for professionals, `3` for regulation and crisis.

use std::borrow::Cow;

use serde_json::Value;

use super::{
    element::{code_in, extension, text},
    systems,
    view::mark_as_part,
};

/// Extensions that hold the level of the element that they stand on.
const LEVELS: [&str; 3] = [
    systems::ROR_CONFIDENTIALITY_LEVEL,
    systems::ROR_CONTACT_CONFIDENTIALITY_LEVEL,
    systems::ROR_TELECOM_CONFIDENTIALITY_LEVEL,
];

/// Takes out what is not for everybody: each contact or telecom whose level is not `1`, and each
/// telecom that tells no level. A resource from which something was taken says so with the tag
/// `SUBSETTED`.
pub fn keep_public(resource: &mut Value) {
    if strip(resource) {
        mark_as_part(resource);
    }
}

/// The public form of a resource given as JSON; the text itself when it names no contact.
#[must_use]
pub fn public_json(text: &str) -> Cow<'_, str> {
    let names_contact = ["\"telecom\"", "\"contact\"", "confidentiality-level"]
        .iter()
        .any(|name| text.contains(name));
    if !names_contact {
        return Cow::Borrowed(text);
    }
    let mut resource: Value =
        serde_json::from_str(text).expect("what is kept was written from a JSON value");
    keep_public(&mut resource);
    Cow::Owned(resource.to_string())
}

/// Takes hidden elements out of the arrays of `value`, at any depth; true when there were some.
fn strip(value: &mut Value) -> bool {
    let Value::Object(object) = value else {
        return false;
    };
    let mut is_changed = false;
    let mut emptied = Vec::new();
    for (name, child) in object.iter_mut() {
        match child {
            Value::Array(items) => {
                let before = items.len();
                items.retain(|item| !is_hidden(name, item));
                is_changed |= items.len() != before;
                for item in items.iter_mut() {
                    is_changed |= strip(item);
                }
                if before > 0 && items.is_empty() {
                    emptied.push(name.clone());
                }
            }
            Value::Object(_) => is_changed |= strip(child),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }
    for name in emptied {
        object.shift_remove(&name);
    }
    is_changed
}

/// True when an item of the array `name` is not for everybody.
fn is_hidden(name: &str, item: &Value) -> bool {
    let levels: Vec<Option<&str>> = LEVELS
        .iter()
        .filter_map(|url| extension(item, url))
        .map(|found| {
            found
                .get("valueCodeableConcept")
                .and_then(|level| code_in(level, systems::CONFIDENTIALITY))
        })
        .collect();
    let is_contact = matches!(name, "telecom" | "contact")
        || matches!(
            text(item, "url"),
            Some(systems::ROR_CONTACT | systems::ROR_CONTACT_TELECOM)
        );
    if levels.is_empty() {
        is_contact
    } else {
        levels.iter().any(|level| *level != Some("1"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn level(url: &str, code: &str) -> Value {
        json!({"url": url, "valueCodeableConcept": {"coding": [
            {"system": systems::CONFIDENTIALITY, "code": code}]}})
    }

    fn telecom(code: &str) -> Value {
        json!({"extension": [level(systems::ROR_TELECOM_CONFIDENTIALITY_LEVEL, code)], "value": code})
    }

    #[test]
    fn only_level_one_contacts_stay_and_the_rest_is_marked() {
        let contact = |own: &str, inner: &str| {
            json!({"url": systems::ROR_CONTACT, "extension": [
                level(systems::ROR_CONFIDENTIALITY_LEVEL, own),
                {"url": systems::ROR_CONTACT_TELECOM, "extension": [
                    level(systems::ROR_TELECOM_CONFIDENTIALITY_LEVEL, inner),
                    {"url": "telecomAddress", "valueString": inner}]}]})
        };
        let mut service = json!({
            "extension": [contact("1", "1"), contact("1", "2"), contact("3", "1")],
            "telecom": [telecom("2"), telecom("3"), {"value": "no level"}]});
        keep_public(&mut service);
        assert_eq!(service.get("telecom"), None);
        let extensions = service["extension"].as_array().expect("an array");
        assert_eq!(extensions.len(), 2);
        assert_eq!(extensions[0], contact("1", "1"));
        assert_eq!(extensions[1]["extension"].as_array().map(Vec::len), Some(1));
        assert_eq!(service["meta"]["tag"][0]["code"], "SUBSETTED");
    }

    #[test]
    fn a_structure_keeps_its_open_contact_only() {
        let contact = |code| {
            json!({"extension": [level(systems::ROR_CONTACT_CONFIDENTIALITY_LEVEL, code)],
                "telecom": [telecom("1"), telecom("2")]})
        };
        let mut structure =
            json!({"contact": [contact("1"), contact("2"), {"name": {"text": "x"}}]});
        keep_public(&mut structure);
        assert_eq!(structure["contact"].as_array().map(Vec::len), Some(1));
        assert_eq!(structure["contact"][0]["telecom"], json!([telecom("1")]));
    }

    #[test]
    fn what_holds_nothing_hidden_is_not_touched() {
        let mut service = json!({"name": "x", "telecom": [telecom("1")]});
        let before = service.clone();
        keep_public(&mut service);
        assert_eq!(service, before);
    }
}
