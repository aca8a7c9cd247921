//! An offer as its own page says it: the card, and all that the national model asks beside.

use serde_json::Value;
use time::Date;

use super::{OfferCard, offer_card::label, offer_contact::OfferContact};
use crate::{
    fhir::{
        element::{children, extension, extensions, reference, text},
        keep_public, parse_reference, systems,
    },
    terminology::Terminology,
};

/// All that the public may read of an offer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OfferSheet {
    /// Name, care, place, conditions, verification.
    pub card: OfferCard,
    /// Id of the structure; empty when there is none.
    pub structure_id: String,
    /// Kind of structure.
    pub structure_type: String,
    /// Who answers, and for what.
    pub contacts: Vec<OfferContact>,
    /// The secure mailbox of the offer.
    pub mailbox: Mailbox,
    /// When it is open.
    pub hours: Vec<OpeningHours>,
    /// When it is open, in words; empty when it is not said.
    pub hours_in_words: String,
    /// Communes where the care is brought.
    pub communes_served: Vec<String>,
}

/// What the public may know of the secure mailbox (`MSSanté`) of an offer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mailbox {
    /// It has none.
    None,
    /// It has one, of which only professionals read the address.
    ForProfessionals,
    /// Its addresses, which everybody may read.
    Open(Vec<String>),
}

/// A slot of the week.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpeningHours {
    /// 1 is Monday, 7 Sunday; 0 when it is not said.
    pub weekday: u8,
    /// `09:00`
    pub from: String,
    /// `17:30`
    pub to: String,
}

/// Days of the week, as FHIR writes them.
const WEEKDAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

impl OfferSheet {
    /// Gathers what a `HealthcareService` says, as it is kept, with its structure and its place.
    #[must_use]
    pub fn of(
        mut service: Value,
        organization: Option<Value>,
        location: Option<&Value>,
        terminology: &Terminology,
        today: Date,
    ) -> Self {
        let has_mailbox = children(&service, "telecom").next().is_some();
        keep_public(&mut service);
        let open: Vec<String> = children(&service, "telecom")
            .filter_map(|telecom| text(telecom, "value"))
            .map(str::to_owned)
            .collect();
        let organization = organization.map(|mut organization| {
            keep_public(&mut organization);
            organization
        });
        let structure_type = organization
            .as_ref()
            .and_then(|found| extension(found, systems::SOS_STRUCTURE_TYPE))
            .and_then(|found| found.get("valueCoding"));
        let served = extensions(&service, systems::ROR_TERRITORIAL_DIVISION)
            .flat_map(|division| children(division, "extension"))
            .filter_map(|part| part.get("valueCodeableConcept"))
            .flat_map(|concept| children(concept, "coding"))
            .filter(|coding| text(coding, "system") == Some(systems::COMMUNE))
            .filter_map(|coding| text(coding, "display").or_else(|| text(coding, "code")));
        Self {
            card: OfferCard::of(
                &service,
                organization.as_ref(),
                location,
                terminology,
                today,
            ),
            structure_id: reference(&service, "providedBy")
                .and_then(parse_reference)
                .map_or_else(String::new, |(_, id)| id.to_owned()),
            structure_type: structure_type
                .map(|coding| label(terminology, coding))
                .unwrap_or_default(),
            contacts: OfferContact::all(&service),
            mailbox: match (open.is_empty(), has_mailbox) {
                (false, _) => Mailbox::Open(open),
                (true, true) => Mailbox::ForProfessionals,
                (true, false) => Mailbox::None,
            },
            hours: hours(&service),
            hours_in_words: text(&service, "availabilityExceptions")
                .unwrap_or_default()
                .to_owned(),
            communes_served: served.map(str::to_owned).collect(),
        }
    }
}

fn hours(service: &Value) -> Vec<OpeningHours> {
    let minute = |slot: &Value, name: &str| -> String {
        text(slot, name)
            .unwrap_or_default()
            .chars()
            .take(5)
            .collect()
    };
    let mut found: Vec<OpeningHours> = children(service, "availableTime")
        .flat_map(|slot| {
            let numbered = extension(slot, systems::ROR_WEEKDAY)
                .and_then(|found| found.get("valueInteger")?.as_u64())
                .and_then(|number| u8::try_from(number).ok());
            let named = children(slot, "daysOfWeek").filter_map(|day| {
                let rank = WEEKDAYS
                    .iter()
                    .position(|known| Some(*known) == day.as_str());
                rank.and_then(|rank| u8::try_from(rank + 1).ok())
            });
            let mut days: Vec<u8> = named.chain(numbered).collect();
            days.dedup();
            if days.is_empty() {
                days.push(0);
            }
            days.into_iter().map(move |weekday| OpeningHours {
                weekday,
                from: minute(slot, "availableStartTime"),
                to: minute(slot, "availableEndTime"),
            })
        })
        .filter(|slot| !slot.from.is_empty())
        .collect();
    found.sort_by(|one, other| (one.weekday, &one.from).cmp(&(other.weekday, &other.from)));
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use time::macros::date;

    fn sheet(service: Value) -> OfferSheet {
        let today = date!(2026 - 11 - 23);
        OfferSheet::of(service, None, None, &Terminology::embedded(), today)
    }

    #[test]
    fn a_mailbox_for_professionals_is_said_to_exist_and_not_shown() {
        let level = |code: &str| {
            json!([{"url": systems::ROR_TELECOM_CONFIDENTIALITY_LEVEL, "valueCodeableConcept":
                {"coding": [{"system": systems::CONFIDENTIALITY, "code": code}]}}])
        };
        let telecom =
            |code: &str| json!({"telecom": [{"value": "a@b.invalid", "extension": level(code)}]});
        assert_eq!(sheet(telecom("2")).mailbox, Mailbox::ForProfessionals);
        assert_eq!(
            sheet(telecom("1")).mailbox,
            Mailbox::Open(vec!["a@b.invalid".into()])
        );
        assert_eq!(sheet(json!({})).mailbox, Mailbox::None);
    }

    #[test]
    fn hours_are_told_day_by_day() {
        let service = json!({"availableTime": [
            {"daysOfWeek": ["tue"], "availableStartTime": "09:00:00", "availableEndTime": "12:30:00"},
            {"daysOfWeek": ["mon"], "availableStartTime": "14:00:00", "availableEndTime": "17:00:00"},
            {"daysOfWeek": ["mon"]}]});
        let hours = sheet(service).hours;
        let told: Vec<_> = hours
            .iter()
            .map(|slot| (slot.weekday, &*slot.from, &*slot.to))
            .collect();
        assert_eq!(told, [(1, "14:00", "17:00"), (2, "09:00", "12:30")]);
    }
}
