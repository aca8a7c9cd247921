//! Reading an offer for the search: what a list shows of it, and what it is found by.

use std::collections::BTreeSet;

use serde_json::Value;
use time::Date;

use super::{filter, position::Position};
use crate::{
    directory::{public_phones, public_websites, verification},
    fhir::{
        AGE_GROUPS, MAX_AGE, department_of,
        element::{
            all_codings, at_path, children, code_in, extension, extensions, system_and_code, text,
        },
        systems, words,
    },
    terminology::{Terminology, fold},
};

/// A structure.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Structure {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
}

/// Where a place stands, for people.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Address {
    /// Postal code.
    pub postal_code: Box<str>,
    /// Commune.
    pub commune: Box<str>,
    /// INSEE code of the commune; empty when it is not said.
    pub insee_code: Box<str>,
}

/// A place.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Place {
    /// Its id.
    pub id: String,
    /// Its address.
    pub address: Address,
    /// Where it stands on the globe, when that is said.
    pub position: Option<Position>,
}

/// An offer that was read, before it enters an index.
#[derive(Clone, Debug)]
pub struct ReadOffer {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Who gives it; empty when that is not shown.
    pub structure_id: String,
    /// Where it is given; empty when that is not shown.
    pub place_id: String,
    /// Telephones that everybody may call.
    pub phones: Vec<String>,
    /// Web sites, `http` or `https` only.
    pub websites: Vec<String>,
    /// Day of the last verification by a person.
    pub verified_on: Option<Date>,
    /// Day of the next one.
    pub next_review: Option<Date>,
    /// What it is found by: pivot codes, `DEP:29`, `COUT:GRATUIT`, `PHA:?` when no phase is said.
    pub codes: BTreeSet<String>,
    /// Words of its name and of the care that it gives.
    pub title_words: BTreeSet<String>,
    /// Every word that it is found by.
    pub words: BTreeSet<String>,
}

impl Structure {
    /// Reads an `Organization`.
    #[must_use]
    pub fn read(organization: &Value) -> Self {
        let own = |name| text(organization, name).unwrap_or_default().into();
        Self {
            id: own("id"),
            name: own("name"),
        }
    }
}

impl Place {
    /// Reads a `Location`.
    #[must_use]
    pub fn read(location: &Value) -> Self {
        let address = children(location, "address").next();
        let part = |name| {
            address
                .and_then(|address| text(address, name))
                .unwrap_or_default()
                .into()
        };
        let commune = extension(location, systems::ROR_COMMUNE_COG)
            .and_then(|found| found.get("valueCodeableConcept"))
            .and_then(|concept| code_in(concept, systems::COMMUNE));
        let degrees = |name: &str| location.get("position")?.get(name)?.as_f64();
        Self {
            id: text(location, "id").unwrap_or_default().into(),
            address: Address {
                postal_code: part("postalCode"),
                commune: part("city"),
                insee_code: commune.unwrap_or_default().into(),
            },
            position: degrees("latitude")
                .zip(degrees("longitude"))
                .and_then(|(latitude, longitude)| Position::new(latitude, longitude)),
        }
    }
}

impl ReadOffer {
    /// Reads a `HealthcareService` from which what is not for everybody was taken out, with id and name
    /// of its structure, and id and address of its place.
    #[must_use]
    pub fn read(
        service: &Value,
        (structure_id, structure_name): (&str, &str),
        (place_id, address): (&str, &Address),
        terminology: &Terminology,
    ) -> Self {
        let own = |name| text(service, name).unwrap_or_default();
        let codes = codes(service, address);
        let labels = codes.iter().map(|code| pivot_words(terminology, code));
        let title_words: BTreeSet<String> = std::iter::once(own("name"))
            .chain(labels)
            .flat_map(words)
            .collect();
        let mut all_words = title_words.clone();
        let regional = extensions(service, systems::REGIONAL_LABEL)
            .filter_map(|found| text(found.get("valueCoding")?, "display"));
        let others = [
            own("comment"),
            structure_name,
            &address.commune,
            &address.postal_code,
        ];
        all_words.extend(others.into_iter().chain(regional).flat_map(words));
        let days = verification(service);
        Self {
            id: own("id").to_owned(),
            name: own("name").to_owned(),
            structure_id: structure_id.to_owned(),
            place_id: place_id.to_owned(),
            phones: public_phones(service).map(Into::into).collect(),
            websites: public_websites(service).map(Into::into).collect(),
            verified_on: days.verified_on,
            next_review: days.next_review,
            codes,
            title_words,
            words: all_words,
        }
    }
}

/// Label of the care that a code stands for; other codes say nothing that people look for.
fn pivot_words<'t>(terminology: &'t Terminology, code: &str) -> &'t str {
    let of_category = || terminology.category(code).map(|found| &*found.label);
    terminology
        .care_type(code)
        .map(|found| &*found.label)
        .or_else(of_category)
        .unwrap_or_default()
}

fn codes(service: &Value, address: &Address) -> BTreeSet<String> {
    let mut codes = BTreeSet::new();
    let pivots = at_path(service, "characteristic.coding")
        .into_iter()
        .filter_map(system_and_code)
        .filter(|(system, _)| *system == systems::SOS_PIVOT);
    for (_, code) in pivots {
        if let Some((category, _)) = code.split_once('-') {
            codes.insert(category.to_owned());
        }
        codes.insert(code.to_owned());
    }
    for url in systems::SOS_FACETS {
        let stated = extensions(service, url).filter_map(|found| found.get("valueCoding"));
        codes.extend(
            stated
                .filter_map(|coding| text(coding, "code"))
                .map(str::to_owned),
        );
    }
    for facet in ["PHA", "ACC"] {
        if !codes.iter().any(|code| code.starts_with(facet)) {
            codes.insert(filter::not_stated(facet));
        }
    }
    codes.extend(age_groups(service, &codes));
    codes.extend(departments(service, address).map(filter::department_code));
    codes.extend(cost(service).map(str::to_owned));
    codes
}

/// The age groups that the range of an offer meets, when it names none.
fn age_groups(service: &Value, stated: &BTreeSet<String>) -> Vec<String> {
    if stated.iter().any(|code| code.starts_with("AGE-")) {
        return Vec::new();
    }
    let range = extension(service, systems::ROR_PATIENT_TYPE)
        .and_then(|found| extension(found, "ageRange"))
        .and_then(|found| found.get("valueRange"));
    let bound = |side: &str| range?.get(side)?.get("value")?.as_u64();
    let low = bound("low").unwrap_or(0);
    let high = bound("high").unwrap_or(u64::from(MAX_AGE));
    AGE_GROUPS
        .iter()
        .filter(|group| low <= u64::from(group.high) && u64::from(group.low) <= high)
        .map(|group| filter::derived(group.code))
        .collect()
}

/// The department of the place, and those of the communes served.
fn departments<'v>(service: &'v Value, address: &'v Address) -> impl Iterator<Item = &'v str> {
    let served = extensions(service, systems::ROR_TERRITORIAL_DIVISION)
        .flat_map(all_codings)
        .filter(|(system, _)| *system == systems::COMMUNE)
        .map(|(_, code)| code);
    std::iter::once(&*address.insee_code)
        .chain(served)
        .filter_map(department_of)
}

/// What an offer costs, among the four answers that networks give.
fn cost(service: &Value) -> Option<&'static str> {
    let concept = extension(service, systems::SOS_COST)?.get("valueCodeableConcept")?;
    let coded = children(concept, "coding").filter_map(|coding| text(coding, "display"));
    let said = text(concept, "text").into_iter().chain(coded).map(fold);
    said.filter_map(|words| filter::cost_code(&words)).next()
}
