//! Which national codes an offer carries, and our pivot codes beside them.

use serde_json::{Value, json};
use time::Date;

use super::{offer_reading::Offer, pivot_label};
use crate::{
    fhir::systems,
    terminology::{DEFAULT_ACTIVITY, Target, Terminology},
};

/// Mode of care of an offer that says nothing else: consultation or session.
const DEFAULT_CARE_MODE: &str = "32";
/// Field of activity of an offer that says nothing else: `05` Ville.
const DEFAULT_FIELD: &str = "05";
/// Hospital care: medicine, surgery, obstetrics.
const HOSPITAL_FIELD: &str = "01";
/// Medical care and rehabilitation.
const REHABILITATION_FIELD: &str = "02";
/// Medico-social care.
const SOCIAL_FIELD: &str = "04";

/// The codes that offers are written with, whatever their form says: system, code.
pub fn codes_of_every_offer() -> impl Iterator<Item = (&'static str, &'static str)> {
    [
        (systems::ACTIVITY, DEFAULT_ACTIVITY),
        (systems::CARE_MODE, DEFAULT_CARE_MODE),
        (systems::FIELD, HOSPITAL_FIELD),
        (systems::FIELD, REHABILITATION_FIELD),
        (systems::FIELD, SOCIAL_FIELD),
        (systems::FIELD, DEFAULT_FIELD),
        (systems::CONTACT_NATURE, "01"),
        (systems::CHANNEL, "1"),
        (systems::CHANNEL, "2"),
        (systems::CHANNEL, "3"),
        (systems::CHANNEL, "4"),
        (systems::CONFIDENTIALITY, "1"),
        (systems::CONFIDENTIALITY, "2"),
    ]
    .into_iter()
}

/// Kind of offer, when a care type names one exactly.
pub(super) fn kind_of_offer(
    care_types: &[String],
    terminology: &Terminology,
    today: Date,
) -> Vec<Value> {
    care_types
        .iter()
        .flat_map(|code| terminology.published_codes(code, "R244", today))
        .filter(|target| is_in(terminology, "JDV_J238-TypeOffre-ROR", target))
        .take(1)
        .map(concept)
        .collect()
}

/// Modalities of reception and acts that these facet values, categories and care types lead to,
/// each once.
pub(super) fn national_characteristics<'t>(
    cares: &[&str],
    facets: &[&str],
    terminology: &'t Terminology,
    today: Date,
) -> Vec<&'t Target> {
    let modalities = facets
        .iter()
        .flat_map(|code| terminology.published_codes(code, "R338", today))
        .filter(|target| is_in(terminology, "JDV_J226-ModaliteAccueil-ROR", target));
    let acts = cares
        .iter()
        .flat_map(|code| terminology.published_codes_under(code, "R210", facets, today))
        .filter(|target| is_in(terminology, "JDV_J16-ActeSpecifique-ROR", target));
    let mut targets: Vec<&Target> = Vec::new();
    for target in modalities.chain(acts) {
        let is_same = |known: &&Target| known.code == target.code && known.system == target.system;
        if !targets.iter().any(is_same) {
            targets.push(target);
        }
    }
    targets
}

/// A modality or an act, as the profile wants it.
pub(super) fn characteristic(target: &Target) -> Value {
    if target.list == "R210" {
        act(target)
    } else {
        concept(target)
    }
}

/// Field of activity, from where the care is given; no national code fits an association.
pub(super) fn field(offer: &Offer, terminology: &Terminology) -> Value {
    let has = |code: &str| offer.places.iter().any(|place| place == code);
    let structure = offer.structure_type.as_deref();
    let code = if has("LIEU-SMR") || structure == Some("STR-SMR") {
        REHABILITATION_FIELD
    } else if has("LIEU-MS") {
        SOCIAL_FIELD
    } else if has("LIEU-VILLE") {
        DEFAULT_FIELD
    } else if has("LIEU-ETAB") || has("LIEU-HAD") {
        HOSPITAL_FIELD
    } else {
        DEFAULT_FIELD
    };
    national(
        terminology,
        "JDV_J20-ChampActivite-ROR",
        systems::FIELD,
        code,
    )
}

/// The one activity that the profile allows: that of the care types when they agree, else that of
/// the category.
pub(super) fn activity(offer: &Offer, terminology: &Terminology) -> Value {
    activity_of(&offer.category, &offer.care_types, terminology)
}

/// The same, of a category and care types.
pub(super) fn activity_of(
    category: &str,
    care_types: &[String],
    terminology: &Terminology,
) -> Value {
    let mut activities = care_types
        .iter()
        .map(|code| terminology.national_activity(code));
    let of_category = terminology.national_activity(category);
    let code = match activities.next() {
        Some(first) if activities.all(|other| other == first) => first,
        Some(_) | None => of_category,
    };
    national(
        terminology,
        "JDV_J17-ActiviteOperationnelle-ROR",
        systems::ACTIVITY,
        code,
    )
}

/// Mode of care, modalities of reception, acts, then the pivot codes in our own system.
pub(super) fn characteristics(offer: &Offer, terminology: &Terminology, today: Date) -> Vec<Value> {
    let mut found = vec![national(
        terminology,
        "JDV_J19-ModePriseEnCharge-ROR",
        systems::CARE_MODE,
        care_mode(offer, terminology, today),
    )];
    let (cares, said): (Vec<&str>, Vec<&str>) = (offer.cares().collect(), offer.facets().collect());
    let targets = national_characteristics(&cares, &said, terminology, today);
    found.extend(targets.into_iter().map(characteristic));
    let pivots = cares.iter();
    found.extend(pivots.map(|code| json!({"coding": [pivot(terminology, code)]})));
    found
}

/// A specific act, as the profile wants it.
fn act(target: &Target) -> Value {
    json!({
        "extension": [{"url": systems::ROR_ACT_TYPE, "valueCode": "specificAct"}],
        "coding": concept(target)["coding"]})
}

/// The mode of care of an offer that says nothing else.
pub(super) fn default_care_mode(terminology: &Terminology) -> Value {
    let list = "JDV_J19-ModePriseEnCharge-ROR";
    national(terminology, list, systems::CARE_MODE, DEFAULT_CARE_MODE)
}

/// The field of activity of an offer that says nothing else.
pub(super) fn default_field(terminology: &Terminology) -> Value {
    let list = "JDV_J20-ChampActivite-ROR";
    national(terminology, list, systems::FIELD, DEFAULT_FIELD)
}

fn care_mode<'t>(offer: &Offer, terminology: &'t Terminology, today: Date) -> &'t str {
    let of_ways_in = ["LIEU-HAD", "ACC-COLL"].into_iter().filter(|code| {
        let is_named = |known: &String| known == code;
        offer.places.iter().any(is_named) || offer.accesses.iter().any(is_named)
    });
    of_ways_in
        .chain(offer.care_types.iter().map(String::as_str))
        .flat_map(|code| terminology.published_codes(code, "R213", today))
        .find(|target| is_in(terminology, "JDV_J19-ModePriseEnCharge-ROR", target))
        .map_or(DEFAULT_CARE_MODE, |target| target.code.as_str())
}

pub(super) fn pivot(terminology: &Terminology, code: &str) -> Value {
    json!({"system": systems::SOS_PIVOT, "code": code, "display": pivot_label(terminology, code)})
}

pub(super) fn concept(target: &Target) -> Value {
    json!({"coding": [{"system": target.system, "code": target.code, "display": target.display}]})
}

/// A coding with the label that the national list gives it.
fn national(terminology: &Terminology, list: &str, system: &str, code: &str) -> Value {
    let display = terminology
        .value_set(list)
        .and_then(|set| set.find(code))
        .map_or("", |found| found.display.as_str());
    let mut coding = json!({"system": system, "code": code});
    if !display.is_empty() {
        coding["display"] = json!(display);
    }
    json!({"coding": [coding]})
}

pub(super) fn is_in(terminology: &Terminology, list: &str, target: &Target) -> bool {
    terminology
        .value_set(list)
        .is_some_and(|set| set.contains(&target.system, &target.code))
}
