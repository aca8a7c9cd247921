//! Questions to the governance: what is ahead, and what a past day was like.

use serde_json::Value;
use time::{Date, OffsetDateTime, format_description::well_known::Rfc3339};

use super::Context;
use crate::{
    clock::day_in_paris,
    fhir::{ResourceType, SearchIndex, element::reference, parse_reference},
    governance::{Answering, Foreseen, Listing, Visibility, simulate, visibility_on},
    storage::{HistoryQuery, Reader, StorageError},
};

/// Most versions of an offer that are looked at.
const MAX_VERSIONS: i64 = 10_000;

/// The calendar ahead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ahead {
    /// The structures, as they stand now; what is foreseen names them by rank.
    pub listings: Vec<Listing>,
    /// What will happen, in order of days.
    pub foreseen: Vec<Foreseen>,
}

/// What the calendar will do from `from` to `to`, both included.
///
/// # Errors
/// [`StorageError`].
pub async fn look_ahead(
    ctx: &Context,
    from: Date,
    to: Date,
    answering: Answering,
) -> Result<Ahead, StorageError> {
    let listings = ctx.storage.list_published().await?;
    let foreseen = simulate(&listings, &ctx.governance.calendar, from, to, answering);
    Ok(Ahead { listings, foreseen })
}

/// What the public saw of an offer on a past day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OfferOnDay {
    /// Id of its structure.
    pub structure: String,
    /// Whether the offer was seen at some moment of that day.
    pub is_visible: bool,
    /// How its structure stood, and who had verified it.
    pub visibility: Visibility,
}

/// Whether an offer was visible on that day in Paris, and who had verified it; none when there never was
/// such an offer.
///
/// # Errors
/// [`StorageError`].
pub async fn offer_on_day(
    ctx: &Context,
    offer: &str,
    day: Date,
) -> Result<Option<OfferOnDay>, StorageError> {
    let kind = ResourceType::HealthcareService;
    let query = HistoryQuery {
        kind: Some(kind),
        id: Some(offer.to_owned()),
        count: MAX_VERSIONS,
        ..HistoryQuery::default()
    };
    let mut is_visible = false;
    let mut structure = None;
    // Newest first: each version was seen from its own instant to that of the one before it here.
    let mut ends_on = None;
    for version in ctx.storage.history(&query, Reader::Network).await? {
        let at = OffsetDateTime::parse(&version.place.last_updated, &Rfc3339).ok();
        let begins_on = at.map(day_in_paris);
        let resource: Option<Value> = serde_json::from_str(&version.json).ok();
        if let Some(resource) = &resource {
            let overlaps = begins_on.is_some_and(|begins| begins <= day)
                && ends_on.is_none_or(|ends| ends >= day);
            is_visible |= overlaps && SearchIndex::of(kind, resource).is_public;
            let owner = reference(resource, "providedBy").and_then(parse_reference);
            structure = structure.or(owner.map(|(_, id)| id.to_owned()));
        }
        ends_on = begins_on;
    }
    let Some(structure) = structure else {
        return Ok(None);
    };
    let events = ctx.storage.list_events(&structure).await?;
    Ok(Some(OfferOnDay {
        is_visible,
        visibility: visibility_on(&structure, &events, day),
        structure,
    }))
}
