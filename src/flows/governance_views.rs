//! The governance as others read it: the queue as tasks, verifications as provenances.

use serde_json::Value;

use super::Context;
use crate::{
    fhir::{ResourceType, element::reference, parse_reference},
    governance::{Listing, provenance, task},
    storage::{Reader, StorageError},
};

/// The tasks of the structures that are wanted, or of that one alone; at most `limit`.
///
/// # Errors
/// [`StorageError`].
pub async fn tasks(
    ctx: &Context,
    structure: Option<&str>,
    limit: usize,
    is_wanted: impl Fn(&Listing) -> bool,
) -> Result<Vec<Value>, StorageError> {
    let histories = ctx.storage.list_histories(structure).await?;
    let found = histories.iter().filter_map(|(id, events)| {
        let listing = Listing::of_events(id, events);
        is_wanted(&listing).then(|| task(&listing, events, &ctx.governance))
    });
    Ok(found.take(limit).collect())
}

/// The verifications of an offer or of a structure, in order: `target` is a reference. Nothing is told of an
/// offer that the reader may not see.
///
/// # Errors
/// [`StorageError`].
pub async fn provenances(
    ctx: &Context,
    target: &str,
    reader: Reader,
    is_public: bool,
) -> Result<Vec<Value>, StorageError> {
    let Some((kind, id)) = parse_reference(target) else {
        return Ok(Vec::new());
    };
    let Some(found) = ctx.storage.find_resource(kind, id, reader).await? else {
        return Ok(Vec::new());
    };
    let (structure, offers) = match kind {
        ResourceType::HealthcareService => {
            let service: Value = serde_json::from_str(&found.json)
                .expect("what is kept was written from a JSON value");
            let owner = reference(&service, "providedBy").and_then(parse_reference);
            let Some((_, owner)) = owner else {
                return Ok(Vec::new());
            };
            (owner.to_owned(), vec![id.to_owned()])
        }
        ResourceType::Organization => (id.to_owned(), Vec::new()),
        ResourceType::Location
        | ResourceType::Practitioner
        | ResourceType::PractitionerRole
        | ResourceType::List => return Ok(Vec::new()),
    };
    let events = ctx.storage.list_events(&structure).await?;
    Ok(events
        .iter()
        .filter_map(|event| provenance(&structure, &offers, event, is_public))
        .collect())
}
