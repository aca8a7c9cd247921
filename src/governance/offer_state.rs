//! What the governance writes on an offer: whether it is active, its state, when it was verified.
//!
//! **Source:** the extension `sos-governance` of `profiles/structures/`; `docs/governance.md`.

use serde_json::{Value, json};
use time::Date;

use super::{Calendar, Listing, Standing};
use crate::fhir::{
    element::{extension, text},
    systems,
};

/// State of an offer that the governance took out of sight.
const RETIRED: &str = "retire";

/// What a listing says of its offers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Freshness {
    /// Whether the public sees them.
    pub is_published: bool,
    /// Whether a verification is due.
    pub is_overdue: bool,
    /// When a person last verified them.
    pub verified_on: Option<Date>,
    /// When the next verification is due.
    pub next_review: Option<Date>,
    /// Code of the territory that validates them; empty when unknown.
    pub territory: String,
}

impl Freshness {
    /// What that listing says of its offers.
    #[must_use]
    pub fn of(listing: &Listing, calendar: &Calendar) -> Self {
        Self {
            is_published: listing.standing == Standing::Published,
            is_overdue: listing.asked_on.is_some(),
            verified_on: listing.verified_on,
            next_review: listing.verified_on.and(calendar.due_on(listing)),
            territory: listing.facts.department.clone(),
        }
    }

    fn state(&self) -> &'static str {
        match (self.is_published, self.is_overdue) {
            (true, false) => "publie",
            (true, true) => "a-actualiser",
            (false, _) => RETIRED,
        }
    }
}

/// Writes on an offer what its listing says. An offer that its own network or referent withdrew stays
/// withdrawn; one that the governance took out of sight comes back with its structure.
pub fn govern(service: &mut Value, freshness: &Freshness) {
    let known = extension(service, systems::SOS_GOVERNANCE);
    let part = |name: &str, kind: &str| {
        let found = known.and_then(|found| extension(found, name));
        found.and_then(|found| text(found, kind)).map(str::to_owned)
    };
    let is_inactive = service.get("active") == Some(&Value::Bool(false));
    if is_inactive && part("state", "valueCode").as_deref() != Some(RETIRED) {
        return;
    }
    let day = |day: Option<Date>| day.map(|day| day.to_string());
    let mut parts = vec![json!({"url": "state", "valueCode": freshness.state()})];
    if let Some(signed) = part("charterSigned", "valueDate") {
        parts.push(json!({"url": "charterSigned", "valueDate": signed}));
    }
    // Days in this form sort as texts do.
    let verified_on = part("verifiedOn", "valueDate").max(day(freshness.verified_on));
    let next_review = part("nextReview", "valueDate").max(day(freshness.next_review));
    for (name, value) in [("verifiedOn", verified_on), ("nextReview", next_review)] {
        if let Some(value) = value {
            parts.push(json!({"url": name, "valueDate": value}));
        }
    }
    let own = json!({"url": systems::SOS_GOVERNANCE, "extension": parts});
    if let Some(object) = service.as_object_mut() {
        object.insert("active".to_owned(), Value::Bool(freshness.is_published));
        let extensions = object
            .entry("extension")
            .or_insert_with(|| Value::Array(Vec::new()));
        if let Value::Array(extensions) = extensions {
            extensions.retain(|found| text(found, "url") != Some(systems::SOS_GOVERNANCE));
            extensions.push(own);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::date;

    fn state(service: &Value) -> (Option<bool>, String) {
        let found = extension(service, systems::SOS_GOVERNANCE)
            .and_then(|found| extension(found, "state"))
            .and_then(|found| text(found, "valueCode"));
        let active = service.get("active").and_then(Value::as_bool);
        (active, found.unwrap_or_default().to_owned())
    }

    fn freshness(is_published: bool, is_overdue: bool) -> Freshness {
        Freshness {
            is_published,
            is_overdue,
            verified_on: Some(date!(2026 - 03 - 01)),
            next_review: Some(date!(2027 - 03 - 01)),
            territory: String::new(),
        }
    }

    #[test]
    fn an_offer_leaves_and_comes_back_with_its_structure_and_a_withdrawn_one_stays_withdrawn() {
        let mut offer = json!({"active": true, "extension": [{"url": "kept"}]});
        govern(&mut offer, &freshness(true, true));
        assert_eq!(state(&offer), (Some(true), "a-actualiser".to_owned()));
        govern(&mut offer, &freshness(false, false));
        assert_eq!(state(&offer), (Some(false), "retire".to_owned()));
        govern(&mut offer, &freshness(true, false));
        assert_eq!(state(&offer), (Some(true), "publie".to_owned()));
        assert_eq!(offer["extension"][0], json!({"url": "kept"}));

        let mut withdrawn = json!({"active": false});
        for is_published in [false, true] {
            govern(&mut withdrawn, &freshness(is_published, false));
            assert_eq!(withdrawn, json!({"active": false}));
        }
    }

    #[test]
    fn a_later_verification_of_the_offer_itself_is_kept() {
        let mut offer = json!({"active": true, "extension": [{"url": systems::SOS_GOVERNANCE, "extension": [
            {"url": "state", "valueCode": "publie"},
            {"url": "charterSigned", "valueDate": "2025-01-01"},
            {"url": "verifiedOn", "valueDate": "2026-05-05"}]}]});
        govern(&mut offer, &freshness(true, false));
        let parts = &offer["extension"][0]["extension"];
        assert_eq!(parts[1]["valueDate"], "2025-01-01");
        assert_eq!(parts[2]["valueDate"], "2026-05-05");
        assert_eq!(parts[3]["valueDate"], "2027-03-01");
    }
}
