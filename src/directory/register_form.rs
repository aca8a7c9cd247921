//! An offer as the national register takes it, and what is ours when it comes back.
//!
//! **Source:** ANS, ROR guide 0.7.0: nothing of ours is a modifier, so what stays of it may be passed
//! over.

use serde_json::Value;
use time::Date;

use super::{
    Mapped, map_offer,
    offer_mapping::pivots,
    offer_realignment::{codings, drop_codes, is_in_force, retain},
};
use crate::{
    fhir::{
        element::{children, system_and_code, text},
        systems,
    },
    terminology::Terminology,
};

/// The register's form of an offer: its national codes as the lists in force on `today` have them, without our
/// profile, vocabulary and extensions, but for what is lost and why.
#[must_use]
pub fn register_form(service: &Value, terminology: &Terminology, today: Date) -> (Value, Mapped) {
    let mut form = service.clone();
    drop_codes(&mut form, &|concept| {
        codings(concept)
            .filter_map(system_and_code)
            .any(|key| !is_in_force(terminology, key, today))
    });
    let mapped = map_offer(&mut form, terminology, today);
    retain(&mut form, "characteristic", |concept| {
        !codings(concept).any(is_ours)
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
/// our number, pivot codes, extensions. National codes are never translated back.
pub fn keep_ours(returned: &mut Value, kept: &Value, terminology: &Terminology, today: Date) {
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
    let has = |list: &str, item: &Value| children(returned, list).any(|known| known == item);
    let numbers: Vec<Value> = children(kept, "identifier")
        .filter(is_of_ours)
        .filter(|number| !has("identifier", number))
        .cloned()
        .collect();
    for (name, items) in [
        ("identifier", numbers),
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
    map_offer(returned, terminology, today);
}

fn is_ours(coding: &Value) -> bool {
    text(coding, "system") == Some(systems::SOS_PIVOT)
}

fn is_of_ours(identifier: &&Value) -> bool {
    text(identifier, "system").is_some_and(|system| system.starts_with(systems::SOS_BASE))
}
