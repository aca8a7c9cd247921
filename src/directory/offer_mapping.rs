//! The maps applied to an offer that came as a resource: its words of a region become pivot codes,
//! its pivot codes national ones, and what is lost is declared on it.
//!
//! Nothing that the resource says is taken away, and what it says already is not said twice: mapped
//! again with the same maps, it stays as it is.

use serde_json::Value;
use time::Date;

use super::{
    MappingLoss, mapping_loss,
    offer_codes::{
        activity_of, characteristic, default_care_mode, default_field, kind_of_offer,
        national_characteristics, pivot,
    },
    offer_writing::declare_losses,
};
use crate::{
    fhir::{
        element::{all_codings, at_path, children, extensions, text},
        systems,
    },
    terminology::Terminology,
};

/// What the mapping of an offer gave.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mapped {
    /// What the national codes do not say of it.
    pub losses: Vec<MappingLoss>,
    /// Words of a region that no row leads from.
    pub unmapped: Vec<String>,
}

/// True when an offer has a pivot code.
#[must_use]
pub fn has_pivot(service: &Value) -> bool {
    !pivots(service).is_empty()
}

/// The categories and care types that an offer says.
pub(super) fn pivots(service: &Value) -> Vec<String> {
    at_path(service, "characteristic.coding")
        .into_iter()
        .filter(|coding| text(coding, "system") == Some(systems::SOS_PIVOT))
        .filter_map(|coding| text(coding, "code").map(str::to_owned))
        .collect()
}

/// The facet values that an offer says.
pub(super) fn facets(service: &Value) -> Vec<String> {
    systems::SOS_FACETS
        .iter()
        .flat_map(|url| extensions(service, url))
        .filter_map(|found| text(found.get("valueCoding")?, "code").map(str::to_owned))
        .collect()
}

/// Applies the maps to an offer, with the national codes in force on `today`.
pub fn map_offer(service: &mut Value, terminology: &Terminology, today: Date) -> Mapped {
    let mut cares = pivots(service);
    let (from_words, unmapped) = pivots_of_words(service, terminology);
    for code in from_words {
        if !cares.contains(&code) {
            push(
                service,
                "characteristic",
                serde_json::json!({"coding": [pivot(terminology, &code)]}),
            );
            cares.push(code);
        }
    }
    if cares.is_empty() {
        return Mapped {
            losses: Vec::new(),
            unmapped,
        };
    }
    let facets = facets(service);
    add_national_codes(service, &cares, &facets, (terminology, today));
    let said = cares.iter().chain(&facets).map(String::as_str);
    let losses = mapping_loss::losses(said, service, terminology);
    if !losses.is_empty() && service.get("extension").is_none() {
        service["extension"] = Value::Array(Vec::new());
    }
    declare_losses(service, &losses, terminology);
    Mapped { losses, unmapped }
}

/// The categories and care types that the words of a region on an offer stand for, each with its
/// category; and the words that stand for nothing.
fn pivots_of_words(service: &Value, terminology: &Terminology) -> (Vec<String>, Vec<String>) {
    let (mut found, mut unmapped) = (Vec::new(), Vec::new());
    for label in extensions(service, systems::REGIONAL_LABEL) {
        let coding = label.get("valueCoding").unwrap_or(&Value::Null);
        let region = text(coding, "system")
            .and_then(|system| system.strip_prefix(systems::REGIONAL_VOCABULARY))
            .unwrap_or_default();
        let word = text(coding, "code")
            .or_else(|| text(coding, "display"))
            .unwrap_or_default();
        let mut codes: Vec<&str> = terminology
            .pivots_of(region, word)
            .iter()
            .map(String::as_str)
            .collect();
        if codes.is_empty() {
            codes.extend(terminology.pivot_of(region, word));
        }
        if codes.is_empty() {
            unmapped.push(word.to_owned());
        }
        for code in codes {
            if let Some(care) = terminology.care_type(code) {
                found.extend([care.category.clone(), code.to_owned()]);
            } else if terminology.category(code).is_some() {
                found.push(code.to_owned());
            }
        }
    }
    (found, unmapped)
}

/// Adds the national codes that the offer lacks.
fn add_national_codes(
    service: &mut Value,
    cares: &[String],
    facets: &[String],
    (terminology, today): (&Terminology, Date),
) {
    let has = |service: &Value, system: &str| {
        all_codings(service)
            .iter()
            .any(|(found, _)| *found == system)
    };
    let (care_types, categories): (Vec<String>, Vec<String>) =
        cares.iter().cloned().partition(|code| code.contains('-'));
    if !has(service, systems::ACTIVITY) {
        let category = categories.first().map_or("", String::as_str);
        push(
            service,
            "specialty",
            activity_of(category, &care_types, terminology),
        );
    }
    if !has(service, systems::CARE_MODE) {
        push(service, "characteristic", default_care_mode(terminology));
    }
    if children(service, "type").next().is_none() {
        push(service, "type", default_field(terminology));
    }
    if children(service, "category").next().is_none() {
        for kind in kind_of_offer(&care_types, terminology, today) {
            push(service, "category", kind);
        }
    }
    let cares: Vec<&str> = cares.iter().map(String::as_str).collect();
    let facets: Vec<&str> = facets.iter().map(String::as_str).collect();
    for target in national_characteristics(&cares, &facets, terminology, today) {
        let key = (target.system.as_str(), target.code.as_str());
        if !all_codings(service).contains(&key) {
            push(service, "characteristic", characteristic(target));
        }
    }
}

fn push(service: &mut Value, name: &str, value: Value) {
    match service.get_mut(name) {
        Some(Value::Array(items)) => items.push(value),
        Some(_) | None => service[name] = Value::Array(vec![value]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const TODAY: Date = time::macros::date!(2026 - 11 - 23);

    fn bare(word: &str) -> Value {
        json!({"resourceType": "HealthcareService", "id": "x", "name": "Atelier",
            "extension": [{"url": systems::REGIONAL_LABEL, "valueCoding": {
                "system": format!("{}hauts-de-france", systems::REGIONAL_VOCABULARY),
                "display": word}}]})
    }

    #[test]
    fn a_word_of_a_region_becomes_pivot_and_national_codes_and_the_loss_is_declared() {
        let terminology = Terminology::embedded();
        let mut service = bare("Sophrologie");
        let mapped = map_offer(&mut service, &terminology, TODAY);
        assert_eq!(pivots(&service), ["BIEN", "BIEN-02"]);
        assert!(!mapped.losses.is_empty());
        assert!(all_codings(&service).contains(&(systems::ACTIVITY, "414")));
        let declared = extensions(&service, systems::MAPPING_LOSS).count();
        assert_eq!(declared, mapped.losses.len());
        let before = service.clone();
        assert_eq!(map_offer(&mut service, &terminology, TODAY), mapped);
        assert_eq!(service, before, "mapped again, it stays as it is");
    }

    #[test]
    fn a_word_that_nobody_mapped_is_told_and_an_offer_of_the_register_is_left_alone() {
        let terminology = Terminology::embedded();
        let mut service = bare("Zoothérapie");
        let mapped = map_offer(&mut service, &terminology, TODAY);
        assert_eq!(mapped.unmapped, ["Zoothérapie"]);
        let mut national =
            json!({"specialty": [{"coding": [{"system": systems::ACTIVITY, "code": "004"}]}]});
        let before = national.clone();
        assert_eq!(
            map_offer(&mut national, &terminology, TODAY),
            Mapped::default()
        );
        assert_eq!(national, before);
    }
}
