//! The national codes of an offer that is kept, brought to the lists in force.
//!
//! Only what the maps lead to is touched: a code that the offer says of itself stays, though its list
//! ended it. An offer without pivot code is left alone.

use std::collections::HashSet;

use serde_json::Value;
use time::Date;

use super::{
    map_offer,
    offer_mapping::{facets, pivots},
};
use crate::{
    fhir::{
        element::{system_and_code, text},
        systems,
    },
    terminology::Terminology,
};

/// The lists of an offer that hold national codes.
const CODED: [&str; 3] = ["category", "specialty", "characteristic"];

/// Takes away the codes that the maps gave and that are not in force on `today`, adds those that they
/// give now, renames those that have another label, and declares what is lost. True when the offer
/// changed.
pub fn realign_offer(service: &mut Value, terminology: &Terminology, today: Date) -> bool {
    let mut said = pivots(service);
    if said.is_empty() {
        return false;
    }
    let before = service.clone();
    said.extend(facets(service));
    let given: HashSet<(&str, &str)> = said
        .iter()
        .flat_map(|pivot| terminology.national_codes(pivot))
        .map(|(_, target)| (target.system.as_str(), target.code.as_str()))
        .collect();
    let is_past = |concept: &Value| {
        codings(concept).any(|coding| {
            system_and_code(coding)
                .is_some_and(|key| given.contains(&key) && !is_in_force(terminology, key, today))
        })
    };
    drop_codes(service, &is_past);
    rename(service, terminology);
    map_offer(service, terminology, today);
    *service != before
}

/// Takes away the national codes of an offer of which `is_past` holds, wherever the maps put some.
pub(super) fn drop_codes(service: &mut Value, is_past: &dyn Fn(&Value) -> bool) {
    for list in CODED {
        retain(service, list, |concept| !is_past(concept));
    }
    let extensions = service.get_mut("extension").and_then(Value::as_array_mut);
    for extension in extensions.into_iter().flatten() {
        if text(extension, "url") == Some(systems::ROR_PATIENT_TYPE) {
            retain(extension, "extension", |part| {
                !part.get("valueCodeableConcept").is_some_and(is_past)
            });
        }
    }
}

/// True unless the code is known and is not in force on `today`.
pub(super) fn is_in_force(terminology: &Terminology, key: (&str, &str), today: Date) -> bool {
    let (system, code) = key;
    let known = terminology.code_system(system);
    known
        .and_then(|known| known.find(code))
        .is_none_or(|concept| concept.validity.is_in_force(today))
}

/// Gives its present label to each code that has one of a former edition.
fn rename(service: &mut Value, terminology: &Terminology) {
    for list in CODED {
        let concepts = service.get_mut(list).and_then(Value::as_array_mut);
        for concept in concepts.into_iter().flatten() {
            let codings = concept.get_mut("coding").and_then(Value::as_array_mut);
            for coding in codings.into_iter().flatten() {
                let Some(label) = new_label(coding, terminology) else {
                    continue;
                };
                coding["display"] = Value::from(label);
            }
        }
    }
}

fn new_label<'t>(coding: &Value, terminology: &'t Terminology) -> Option<&'t str> {
    let (system, code) = system_and_code(coding)?;
    terminology.renamed(system, code, text(coding, "display")?)
}

pub(super) fn codings(concept: &Value) -> impl Iterator<Item = &Value> {
    concept
        .get("coding")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
}

/// Keeps the items of a list of which `keeps` holds; an empty list goes.
pub(super) fn retain(parent: &mut Value, name: &str, keeps: impl Fn(&Value) -> bool) {
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
