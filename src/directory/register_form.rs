//! An offer as the national register takes it, and what is ours when it comes back.
//!
//! **Source:** ANS, ROR guide 0.7.0: nothing of ours is a modifier, so what stays of it may be passed
//! over.

use serde_json::Value;

use super::{Mapped, map_offer, offer_mapping::pivots};
use crate::{
    fhir::{
        element::{system_and_code, text},
        systems,
    },
    terminology::Terminology,
};

/// The register's form of an offer: its national codes as the lists in force have them, without our
/// profile, vocabulary and extensions, but for what is lost and why.
#[must_use]
pub fn register_form(service: &Value, terminology: &Terminology) -> (Value, Mapped) {
    let mut form = service.clone();
    for list in ["category", "specialty", "characteristic"] {
        retain(&mut form, list, |concept| !is_retired(concept, terminology));
    }
    let mapped = map_offer(&mut form, terminology);
    retain(&mut form, "characteristic", |concept| {
        let codings = concept.get("coding").and_then(Value::as_array);
        !codings.is_some_and(|codings| codings.iter().any(is_ours))
    });
    retain(&mut form, "extension", |extension| {
        let url = text(extension, "url").unwrap_or_default();
        url == systems::MAPPING_LOSS || !url.starts_with(systems::SOS_BASE)
    });
    if let Some(meta) = form.get_mut("meta") {
        retain(meta, "profile", |profile| {
            !profile
                .as_str()
                .is_some_and(|url| url.starts_with(systems::SOS_BASE))
        });
    }
    (form, mapped)
}

/// Gives to an offer that comes back from the register what is ours of the one that is kept: profile,
/// pivot codes, extensions. National codes are never translated back.
pub fn keep_ours(returned: &mut Value, kept: &Value, terminology: &Terminology) {
    let ours = |extension: &&Value| {
        text(extension, "url")
            .is_some_and(|url| url.starts_with(systems::SOS_BASE) && url != systems::MAPPING_LOSS)
    };
    let extensions: Vec<Value> = kept
        .get("extension")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter(ours)
        .cloned()
        .collect();
    let characteristics: Vec<Value> = pivots(kept)
        .iter()
        .map(|code| serde_json::json!({"coding": [super::offer_codes::pivot(terminology, code)]}))
        .collect();
    for (name, items) in [
        ("extension", extensions),
        ("characteristic", characteristics),
    ] {
        if !matches!(returned.get(name), Some(Value::Array(_))) {
            returned[name] = Value::Array(Vec::new());
        }
        if let Some(Value::Array(found)) = returned.get_mut(name) {
            found.extend(items);
        }
    }
    if let Some(profiles) = kept.pointer("/meta/profile") {
        returned["meta"]["profile"] = profiles.clone();
    }
    map_offer(returned, terminology);
}

fn is_ours(coding: &Value) -> bool {
    text(coding, "system") == Some(systems::SOS_PIVOT)
}

fn is_retired(concept: &Value, terminology: &Terminology) -> bool {
    let codings = concept.get("coding").and_then(Value::as_array);
    codings
        .into_iter()
        .flatten()
        .filter_map(system_and_code)
        .any(|(system, code)| {
            let known = terminology.code_system(system);
            known
                .and_then(|known| known.find(code))
                .is_some_and(|concept| concept.is_deprecated())
        })
}

fn retain(parent: &mut Value, name: &str, keeps: impl Fn(&Value) -> bool) {
    let Some(object) = parent.as_object_mut() else {
        return;
    };
    if let Some(Value::Array(items)) = object.get_mut(name) {
        items.retain(|item| keeps(item));
        if items.is_empty() {
            object.shift_remove(name);
        }
    }
}
