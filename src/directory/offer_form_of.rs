//! The way back: the row of the form that the resources of an offer would have come from, so that whoever
//! answers for it edits what is published.

use serde_json::Value;

use super::{OfferForm, public_phones, public_websites};
use crate::fhir::{
    element::{at_path, children, code_in, extension, extensions, text},
    systems,
};

/// The row of an offer, of its structure and of its place. What the form has no column for is left out.
#[must_use]
pub fn offer_form_of(
    service: &Value,
    organization: Option<&Value>,
    location: Option<&Value>,
) -> OfferForm {
    let none = Value::Null;
    let (structure, place) = (organization.unwrap_or(&none), location.unwrap_or(&none));
    let identifier = |of: &Value, system: &str| {
        let found = children(of, "identifier").find(|one| text(one, "system") == Some(system));
        own(found.and_then(|one| text(one, "value")))
    };
    let address = [place, structure]
        .into_iter()
        .find_map(|of| children(of, "address").next());
    let part = |name: &str| {
        let value = address.and_then(|address| children(address, name).next());
        own(value.and_then(Value::as_str))
    };
    let coordinate = |name: &str| {
        let position = place.get("position").and_then(|at| at.get(name));
        position.map(ToString::to_string).unwrap_or_default()
    };
    let facets = |urls: &[&str]| {
        let codes = urls.iter().flat_map(|url| extensions(service, url));
        let codes = codes.filter_map(|found| text(found.get("valueCoding")?, "code"));
        codes.collect::<Vec<_>>().join("|")
    };
    let finess = identifier(structure, systems::FINESS);
    let other = match finess.is_empty() {
        true => [systems::SIRENE, systems::RNA]
            .map(|system| identifier(structure, system))
            .concat(),
        false => String::new(),
    };
    let (category, care_types) = cares(service);
    OfferForm {
        structure_finess: finess,
        structure_numero: other,
        structure_nom: own(text(structure, "name")),
        structure_type: own(extension(structure, systems::SOS_STRUCTURE_TYPE)
            .and_then(|found| text(found.get("valueCoding")?, "code"))),
        adresse: part("line"),
        code_postal: part("postalCode"),
        commune: part("city"),
        commune_insee: commune_of(place, structure),
        latitude: coordinate("latitude"),
        longitude: coordinate("longitude"),
        telephone: first(public_phones(service)),
        messagerie_securisee: own(at_path(service, "telecom")
            .into_iter()
            .find_map(|found| text(found, "value"))),
        site_web: first(public_websites(service)),
        offre_identifiant: identifier(service, systems::SOS_OFFER_NUMBER),
        offre_nom: own(text(service, "name")),
        categorie: category,
        types_de_soin: care_types,
        description: own(text(service, "comment")),
        publics: facets(&[systems::SOS_AUDIENCE]),
        ages: ages(service, &facets(&[systems::SOS_AGE_GROUP])),
        lieux: facets(&[systems::SOS_PLACE]),
        phases: facets(&[systems::SOS_PHASE]),
        acces: facets(&[systems::SOS_ACCESS]),
        parcours: facets(&[systems::SOS_PATHWAY]),
        horaires: own(text(service, "availabilityExceptions")),
        cout: own(extension(service, systems::SOS_COST)
            .and_then(|found| text(found.get("valueCodeableConcept")?, "text"))),
        verifie_le: own(extension(service, systems::SOS_GOVERNANCE)
            .and_then(|found| extension(found, "verifiedOn"))
            .and_then(|found| text(found, "valueDate"))),
    }
}

fn own(text: Option<&str>) -> String {
    text.unwrap_or_default().to_owned()
}

fn first<'v>(mut texts: impl Iterator<Item = &'v str>) -> String {
    texts.next().unwrap_or_default().to_owned()
}

fn commune_of(place: &Value, structure: &Value) -> String {
    let of_place = extension(place, systems::ROR_COMMUNE_COG)
        .and_then(|found| found.get("valueCodeableConcept"))
        .and_then(|concept| code_in(concept, systems::COMMUNE));
    let of_structure = children(structure, "address")
        .filter_map(|address| extension(address, systems::FR_INSEE_CODE))
        .find_map(|found| text(found.get("valueCoding")?, "code"));
    own(of_place.or(of_structure))
}

/// The category, in the words of the region when the offer has them, and the care types as pivot codes.
fn cares(service: &Value) -> (String, String) {
    let codes: Vec<&str> = at_path(service, "characteristic.coding")
        .into_iter()
        .filter(|coding| text(coding, "system") == Some(systems::SOS_PIVOT))
        .filter_map(|coding| text(coding, "code"))
        .collect();
    let regional = extension(service, systems::REGIONAL_LABEL)
        .and_then(|found| text(found.get("valueCoding")?, "display"));
    let category = codes.iter().copied().find(|code| !code.contains('-'));
    let care_types: Vec<&str> = codes
        .into_iter()
        .filter(|code| code.contains('-'))
        .collect();
    (own(regional.or(category)), care_types.join("|"))
}

/// The groups that are stated, else the range, unless it is any age.
fn ages(service: &Value, groups: &str) -> String {
    if !groups.is_empty() {
        return groups.to_owned();
    }
    let range = extension(service, systems::ROR_PATIENT_TYPE)
        .and_then(|found| extension(found, "ageRange"))
        .and_then(|found| found.get("valueRange"));
    let bound = |side: &str| range?.get(side)?.get("value")?.as_u64();
    match (bound("low"), bound("high")) {
        (Some(low), Some(high)) if low > 0 || high < 120 => format!("{low}-{high}"),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        config::{Environment, Region},
        demo,
        directory::{OfferFormReader, OfferRules, offer_resources},
        terminology::Terminology,
    };
    use time::macros::date;

    #[test]
    fn what_was_published_is_edited_and_published_again_as_it_was() {
        let folder = tempfile::tempdir().expect("a folder");
        let plan = demo::Plan {
            structures: 20,
            offers: 60,
            physicians: 1,
            fiches: 1,
            ..demo::Plan::default()
        };
        demo::write(plan, folder.path()).expect("written");
        let file = std::fs::File::open(folder.path().join("offers.csv")).expect("there");
        let region = Region {
            code: "53".to_owned(),
            vocabulary: "bretagne".to_owned(),
            environment: Environment::Test,
        };
        let terminology = Terminology::embedded();
        let rules = OfferRules {
            terminology: &terminology,
            region: &region,
            today: date!(2026 - 11 - 27),
        };
        let mut count = 0;
        for row in OfferFormReader::open(file, 100_000).expect("readable") {
            let first = offer_resources(&row.form.expect("a form"), 1, rules).expect("fits");
            let form = offer_form_of(
                &first.healthcare_service,
                Some(&first.organization),
                Some(&first.location),
            );
            let again = offer_resources(&form, 1, rules).expect("fits again");
            assert_eq!(again.healthcare_service, first.healthcare_service);
            assert_eq!(again.organization, first.organization);
            assert_eq!(again.location, first.location);
            count += 1;
        }
        assert_eq!(count, 60);
    }
}
