//! What a reader may see of a resource: the one place where contacts are taken out.
//!
//! **Source:** ANS, ROR guide 0.7.0, security page; `TRE_R283-NiveauConfidentialite`: `1` for
//! everybody, `2` for professionals, `3` for regulation and crisis.

use std::{borrow::Cow, fmt, sync::LazyLock};

use memchr::memmem::Finder;
use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, Visitor},
};
use serde_json::{Value, json, value::RawValue};

use super::{
    element::{children, code_in, extension, system_and_code, text},
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

/// True when a resource says of itself that it is for everybody: of no level but `1`.
#[must_use]
pub(super) fn is_for_everybody(resource: &Value) -> bool {
    let meta = resource.get("meta").unwrap_or(&Value::Null);
    let mut levels = children(meta, "security")
        .filter_map(system_and_code)
        .filter(|(system, _)| *system == systems::CONFIDENTIALITY)
        .peekable();
    levels.peek().is_some() && levels.all(|(_, code)| code == "1")
}

/// The public form of a resource given as JSON; the text itself when nothing of it is hidden. Only
/// the members that may hold a contact are read.
#[must_use]
pub fn public_json(text: &str) -> Cow<'_, str> {
    if !may_name_contact(text) {
        return Cow::Borrowed(text);
    }
    let Members(members) = read(text);
    let public: Vec<Cow<'_, str>> = members
        .iter()
        .map(|(name, value)| public_member(name, value.get()))
        .collect();
    if public.iter().all(|one| matches!(one, Cow::Borrowed(_))) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 128);
    let mut has_meta = false;
    for ((name, _), value) in members.iter().zip(&public) {
        if name == "meta" {
            has_meta = true;
            push_member(
                &mut out,
                name,
                &marked(json!({"meta": read::<Value>(value)})),
            );
        } else if !value.is_empty() {
            push_member(&mut out, name, value);
        }
    }
    if !has_meta {
        push_member(&mut out, "meta", &marked(json!({})));
    }
    out.push('}');
    Cow::Owned(out)
}

/// The `meta` of a resource of which a part was taken out.
fn marked(mut resource: Value) -> String {
    mark_as_part(&mut resource);
    resource["meta"].to_string()
}

/// The members of an object, in their order, each as its text.
struct Members<'t>(Vec<(Cow<'t, str>, &'t RawValue)>);

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Read;
        impl<'de> Visitor<'de> for Read {
            type Value = Members<'de>;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::with_capacity(24);
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(Read)
    }
}

fn read<'t, T: Deserialize<'t>>(text: &'t str) -> T {
    serde_json::from_str(text).expect("what is kept was written from a JSON value")
}

fn push_member(out: &mut String, name: &str, value: &str) {
    out.push(if out.is_empty() { '{' } else { ',' });
    // Names of elements hold nothing to escape.
    for piece in ["\"", name, "\":", value] {
        out.push_str(piece);
    }
}

/// True when a text may hold what is not for everybody: all that is hidden has one of these in a
/// name or an address.
fn may_name_contact(text: &str) -> bool {
    static NAMES: LazyLock<[Finder<'static>; 3]> =
        LazyLock::new(|| ["elecom", "ontact", "confidentiality-level"].map(Finder::new));
    NAMES
        .iter()
        .any(|name| name.find(text.as_bytes()).is_some())
}

/// What everybody may see of a member; empty when nothing of it.
fn public_member<'t>(name: &str, value: &'t str) -> Cow<'t, str> {
    let is_contact = matches!(name, "telecom" | "contact");
    if !is_contact && !may_name_contact(value) {
        return Cow::Borrowed(value);
    }
    if !value.starts_with('[') {
        let mut read: Value = read(value);
        let is_changed = strip(&mut read);
        return if is_changed {
            Cow::Owned(read.to_string())
        } else {
            Cow::Borrowed(value)
        };
    }
    let items: Vec<&RawValue> = read(value);
    let (mut out, mut is_changed) = (String::with_capacity(value.len()), false);
    for item in items {
        let text = item.get();
        let mut public = Cow::Borrowed(text);
        if is_contact || may_name_contact(text) {
            let mut item: Value = read(text);
            if is_hidden(name, &item) {
                is_changed = true;
                continue;
            }
            if strip(&mut item) {
                is_changed = true;
                public = Cow::Owned(item.to_string());
            }
        }
        out.push(if out.is_empty() { '[' } else { ',' });
        out.push_str(&public);
    }
    match (is_changed, out.is_empty()) {
        (false, _) => Cow::Borrowed(value),
        (true, true) => Cow::Owned(out),
        (true, false) => {
            out.push(']');
            Cow::Owned(out)
        }
    }
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
    use proptest::prelude::*;

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

    /// JSON of the names that matter here, nested and in any order.
    fn anything() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(json!("Contact, telecom")),
            Just(json!(1.50)),
            prop::sample::select(&LEVELS[..]).prop_flat_map(|url| {
                prop::sample::select(&["1", "2"][..]).prop_map(move |code| level(url, code))
            }),
            prop::sample::select(&[systems::ROR_CONTACT, systems::ROR_CONTACT_TELECOM][..])
                .prop_map(|url| json!({"url": url})),
        ];
        const NAMES: [&str; 6] = [
            "telecom",
            "contact",
            "extension",
            "meta",
            "name",
            "valueString",
        ];
        leaf.prop_recursive(4, 40, 4, |inner| {
            let object =
                prop::collection::vec((prop::sample::select(&NAMES[..]), inner.clone()), 0..5)
                    .prop_map(|members| {
                        members
                            .into_iter()
                            .map(|(n, v)| (n.to_owned(), v))
                            .collect()
                    });
            prop_oneof![
                object.prop_map(Value::Object),
                prop::collection::vec(inner, 0..4).prop_map(Value::Array),
            ]
        })
    }

    proptest! {
        #[test]
        fn the_text_is_stripped_as_the_resource_is(members in prop::collection::vec((0..6usize, anything()), 0..6)) {
            let names = ["telecom", "contact", "extension", "name", "endpoint", "coverageArea"];
            let mut resource = json!({"resourceType": "HealthcareService", "meta": {"versionId": "1"}});
            for (name, value) in members {
                resource[names[name]] = value;
            }
            let text = resource.to_string();
            keep_public(&mut resource);
            prop_assert_eq!(public_json(&text), resource.to_string());
        }
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
