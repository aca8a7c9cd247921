//! An offer as people read it: the words of its resources, gathered.

use serde_json::Value;
use time::{Date, format_description::well_known::Iso8601};

use super::pivot_label;
use crate::{
    fhir::{
        element::{at_path, children, code_in, extension, extensions, text},
        systems,
    },
    terminology::Terminology,
};

/// Channels of a telecom that is a telephone: mobile, fixed.
pub(super) const PHONE_CHANNELS: [&str; 2] = ["1", "2"];
/// Channel of a telecom that is a web site.
pub(super) const WEB_CHANNEL: &str = "4";

/// What a page shows of an offer. Texts are empty, lists too, where the resources say nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OfferCard {
    /// Id of the offer.
    pub id: String,
    /// Name of the offer.
    pub name: String,
    /// Name of the structure.
    pub structure: String,
    /// Street.
    pub street: String,
    /// Postal code.
    pub postal_code: String,
    /// Commune.
    pub commune: String,
    /// Labels of the categories.
    pub categories: Vec<String>,
    /// Labels of the care types.
    pub care_types: Vec<String>,
    /// Description.
    pub description: String,
    /// Telephones.
    pub phones: Vec<String>,
    /// Web sites, `http` or `https` only.
    pub websites: Vec<String>,
    /// For whom.
    pub audiences: Vec<String>,
    /// Youngest and oldest age, when not any age.
    pub ages: Option<(u64, u64)>,
    /// Where the care is given.
    pub places: Vec<String>,
    /// When in the pathway.
    pub phases: Vec<String>,
    /// How one gets in.
    pub accesses: Vec<String>,
    /// Specific pathways.
    pub pathways: Vec<String>,
    /// What it costs.
    pub cost: String,
    /// Day of the last verification, `YYYY-MM-DD`.
    pub verified_on: String,
    /// True when the day of the next review is past.
    pub is_overdue: bool,
}

impl OfferCard {
    /// Gathers what the public form of an offer says, and of its structure and place when they are
    /// at hand.
    #[must_use]
    pub fn of(
        service: &Value,
        organization: Option<&Value>,
        location: Option<&Value>,
        terminology: &Terminology,
        today: Date,
    ) -> Self {
        let own = |name: &str| text(service, name).unwrap_or_default().to_owned();
        let facet = |url: &str| -> Vec<String> {
            extensions(service, url)
                .filter_map(|found| found.get("valueCoding"))
                .map(|coding| label(terminology, coding))
                .collect()
        };
        let pivots = at_path(service, "characteristic.coding")
            .into_iter()
            .filter(|coding| text(coding, "system") == Some(systems::SOS_PIVOT));
        let (care_types, categories): (Vec<_>, Vec<_>) = pivots
            .map(|coding| (text(coding, "code").unwrap_or_default(), coding))
            .partition(|(code, _)| code.contains('-'));
        let labels = |found: Vec<(&str, &Value)>| {
            found
                .into_iter()
                .map(|(_, coding)| label(terminology, coding))
                .collect()
        };
        let days = verification(service);
        let place = location.or(organization);
        let address = place.and_then(|place| children(place, "address").next());
        let part = |name: &str| {
            let value = address.and_then(|address| children(address, name).next());
            value.and_then(Value::as_str).unwrap_or_default().to_owned()
        };
        let structure = organization.and_then(|found| text(found, "name"));
        let displayed = service
            .get("providedBy")
            .and_then(|found| text(found, "display"));
        Self {
            id: own("id"),
            name: own("name"),
            structure: structure.or(displayed).unwrap_or_default().to_owned(),
            street: part("line"),
            postal_code: part("postalCode"),
            commune: part("city"),
            categories: labels(categories),
            care_types: labels(care_types),
            description: own("comment"),
            phones: public_phones(service).map(str::to_owned).collect(),
            websites: public_websites(service).map(str::to_owned).collect(),
            audiences: facet(systems::SOS_AUDIENCE),
            ages: ages(service),
            places: facet(systems::SOS_PLACE),
            phases: facet(systems::SOS_PHASE),
            accesses: facet(systems::SOS_ACCESS),
            pathways: facet(systems::SOS_PATHWAY),
            cost: cost(service),
            verified_on: days
                .verified_on
                .map(|day| day.to_string())
                .unwrap_or_default(),
            is_overdue: days.is_overdue(today),
        }
    }
}

/// The words that came with a coding, else those of the pivot.
pub(super) fn label(terminology: &Terminology, coding: &Value) -> String {
    match text(coding, "display") {
        Some(display) => display.to_owned(),
        None => {
            let code = text(coding, "code").unwrap_or_default();
            match pivot_label(terminology, code) {
                "" => code.to_owned(),
                label => label.to_owned(),
            }
        }
    }
}

/// Telephones of the contacts of an offer, of which what is not for everybody was taken out.
pub fn public_phones(service: &Value) -> impl Iterator<Item = &str> {
    extensions(service, systems::ROR_CONTACT)
        .flat_map(|contact| telecoms_of(contact, &PHONE_CHANNELS))
}

/// Web sites of the contacts of an offer: addresses that a page may link to.
pub fn public_websites(service: &Value) -> impl Iterator<Item = &str> {
    extensions(service, systems::ROR_CONTACT)
        .flat_map(|contact| telecoms_of(contact, &[WEB_CHANNEL]))
}

/// Addresses of these channels, in a contact; of web sites, those that a page may link to.
pub(super) fn telecoms_of<'v>(
    contact: &'v Value,
    channels: &'static [&str],
) -> impl Iterator<Item = &'v str> {
    let is_web = channels.contains(&WEB_CHANNEL);
    extensions(contact, systems::ROR_CONTACT_TELECOM)
        .filter(|telecom| {
            extension(telecom, systems::ROR_TELECOM_CHANNEL)
                .and_then(|found| found.get("valueCodeableConcept"))
                .and_then(|channel| code_in(channel, systems::CHANNEL))
                .is_some_and(|channel| channels.contains(&channel))
        })
        .filter_map(|telecom| text(extension(telecom, "telecomAddress")?, "valueString"))
        .filter(move |address| {
            !is_web || address.starts_with("https://") || address.starts_with("http://")
        })
}

/// When a person verified an offer, and when it is to be done again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verification {
    /// Day of the last verification.
    pub verified_on: Option<Date>,
    /// Day of the next one.
    pub next_review: Option<Date>,
}

impl Verification {
    /// True when the day of the next verification is past.
    #[must_use]
    pub fn is_overdue(self, today: Date) -> bool {
        self.next_review.is_some_and(|next| next < today)
    }
}

/// The days that an offer says of its verification.
#[must_use]
pub fn verification(service: &Value) -> Verification {
    let governance = extension(service, systems::SOS_GOVERNANCE);
    let day = |name: &str| {
        let found = governance.and_then(|found| extension(found, name))?;
        Date::parse(text(found, "valueDate")?, &Iso8601::DATE).ok()
    };
    Verification {
        verified_on: day("verifiedOn"),
        next_review: day("nextReview"),
    }
}

fn ages(service: &Value) -> Option<(u64, u64)> {
    let range = extension(service, systems::ROR_PATIENT_TYPE)
        .and_then(|found| extension(found, "ageRange"))
        .and_then(|found| found.get("valueRange"))?;
    let bound = |side: &str| range.get(side)?.get("value")?.as_u64();
    let (low, high) = (bound("low")?, bound("high")?);
    let is_any = low == 0 && high >= 120;
    (!is_any).then_some((low, high))
}

fn cost(service: &Value) -> String {
    extension(service, systems::SOS_COST)
        .and_then(|found| found.get("valueCodeableConcept"))
        .and_then(|concept| {
            text(concept, "text").or_else(|| {
                children(concept, "coding")
                    .next()
                    .and_then(|coding| text(coding, "display"))
            })
        })
        .unwrap_or_default()
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use time::macros::date;

    #[test]
    fn a_card_says_what_the_resources_say_and_nothing_else() {
        let service = json!({"id": "o", "name": "Yoga",
            "providedBy": {"display": "Maison"},
            "extension": [
                {"url": systems::SOS_PHASE, "valueCoding": {"code": "PHA-PEND"}},
                {"url": systems::SOS_GOVERNANCE, "extension": [
                    {"url": "verifiedOn", "valueDate": "2025-01-01"},
                    {"url": "nextReview", "valueDate": "2026-01-01"}]},
                {"url": systems::ROR_CONTACT, "extension": [
                    {"url": systems::ROR_CONTACT_TELECOM, "extension": [
                        {"url": systems::ROR_TELECOM_CHANNEL, "valueCodeableConcept":
                            {"coding": [{"system": systems::CHANNEL, "code": "4"}]}},
                        {"url": "telecomAddress", "valueString": "javascript:alert(1)"}]}]}],
            "characteristic": [
                {"coding": [{"system": systems::SOS_PIVOT, "code": "APA"}]},
                {"coding": [{"system": systems::SOS_PIVOT, "code": "APA-05"}]}]});
        let card = OfferCard::of(
            &service,
            None,
            None,
            &Terminology::embedded(),
            date!(2026 - 11 - 23),
        );
        assert_eq!(card.structure, "Maison");
        assert_eq!(card.categories, ["Activité physique adaptée"]);
        assert_eq!(card.care_types, ["Yoga, pilates, qi gong, marche nordique"]);
        assert_eq!(card.phases, ["Pendant traitement"]);
        assert!(card.websites.is_empty(), "only web addresses become links");
        assert!(card.is_overdue);
        let unknown = OfferCard::of(
            &json!({}),
            None,
            None,
            &Terminology::embedded(),
            date!(2026 - 11 - 23),
        );
        assert_eq!(unknown, OfferCard::default());
    }
}
