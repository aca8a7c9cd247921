//! Reading one offer, or one structure with its offers, as their pages show them.

use std::sync::Arc;

use serde_json::Value;

use super::{Context, Snapshot, published_offers};
use crate::{
    directory::OfferSheet,
    fhir::{
        ResourceType,
        element::{at_path, children, extension, reference, text},
        keep_public, parse_reference, systems,
    },
    storage::StorageError,
};

/// A structure that has published offers.
pub struct StructureSheet {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Kind of structure.
    pub kind: String,
    /// FINESS number; empty when it has none.
    pub finess: String,
    /// The offers of that moment, its own among them.
    pub snapshot: Arc<Snapshot>,
}

/// An offer, when it is published.
///
/// # Errors
/// [`StorageError::Database`].
pub async fn read_offer(ctx: &Context, id: &str) -> Result<Option<OfferSheet>, StorageError> {
    let Some(offer) = published(ctx, ResourceType::HealthcareService, id).await? else {
        return Ok(None);
    };
    let structure = match reference(&offer, "providedBy").and_then(parse_reference) {
        Some((_, id)) => published(ctx, ResourceType::Organization, id).await?,
        None => None,
    };
    let place = children(&offer, "location")
        .find_map(|place| text(place, "reference"))
        .and_then(parse_reference);
    let place = match place {
        Some((_, id)) => published(ctx, ResourceType::Location, id).await?,
        None => None,
    };
    let today = ctx.clock.now().date();
    let terminology = ctx.terminology.load();
    Ok(Some(OfferSheet::of(
        offer,
        structure,
        place.as_ref(),
        &terminology,
        today,
    )))
}

/// A structure, when one of its offers is published.
///
/// # Errors
/// [`StorageError::Database`].
pub async fn read_structure(
    ctx: &Context,
    id: &str,
) -> Result<Option<StructureSheet>, StorageError> {
    let snapshot = published_offers(ctx).await?;
    if snapshot.index.of_structure(id).is_empty() {
        return Ok(None);
    }
    let Some(mut found) = published(ctx, ResourceType::Organization, id).await? else {
        return Ok(None);
    };
    keep_public(&mut found);
    let terminology = ctx.terminology.load();
    let kind = extension(&found, systems::SOS_STRUCTURE_TYPE)
        .and_then(|found| text(found.get("valueCoding")?, "code"))
        .and_then(|code| terminology.facet(code))
        .map(|facet| facet.label.clone())
        .or_else(|| {
            let mut displays = at_path(&found, "type.coding").into_iter();
            displays.find_map(|coding| text(coding, "display").map(str::to_owned))
        });
    let finess = children(&found, "identifier")
        .find(|identifier| text(identifier, "system") == Some(systems::FINESS))
        .and_then(|identifier| text(identifier, "value"));
    Ok(Some(StructureSheet {
        id: id.to_owned(),
        name: text(&found, "name").unwrap_or_default().to_owned(),
        kind: kind.unwrap_or_default(),
        finess: finess.unwrap_or_default().to_owned(),
        snapshot,
    }))
}

async fn published(
    ctx: &Context,
    kind: ResourceType,
    id: &str,
) -> Result<Option<Value>, StorageError> {
    let found = ctx.storage.get_published(kind, &[id.to_owned()]).await?;
    Ok(found.first().map(|stored| {
        serde_json::from_str(&stored.json).expect("what is kept was written from a JSON value")
    }))
}
