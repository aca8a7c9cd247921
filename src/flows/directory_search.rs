//! Searching the directory: the same for the API and for the pages.

use std::collections::HashMap;

use serde_json::Value;

use super::{Context, search_words::understand};
use crate::{
    directory::OfferCard,
    fhir::{
        Asking, Handling, ResourceType, SearchQuery,
        element::{children, reference, text},
        parse_reference, public_json, unseen_list,
    },
    finding::Finding,
    storage::{Reader, SearchPage, StorageError, StoredResource},
    terminology::Terminology,
};

/// Why a search is not answered.
#[derive(Debug, thiserror::Error)]
pub enum SearchError {
    /// Parameters, modifiers or values that are not supported.
    #[error("the search is not supported")]
    Unsupported(Vec<Finding>),
    /// The database failed.
    #[error("the database failed during a search")]
    Storage(#[from] StorageError),
}

/// Answers a search on a type, given as the decoded pairs of its query.
///
/// # Errors
/// [`SearchError`].
pub async fn search(
    ctx: &Context,
    on: ResourceType,
    pairs: &[(String, String)],
    handling: Handling,
    reader: Reader,
) -> Result<(SearchQuery, SearchPage), SearchError> {
    let terminology = ctx.terminology.load();
    let query = understand(on, pairs, &asking(ctx, &terminology, handling))
        .map_err(SearchError::Unsupported)?;
    answer(ctx, query, reader).await
}

/// Answers a search on all types, or on those that `_type` names.
///
/// # Errors
/// [`SearchError`].
pub async fn search_system(
    ctx: &Context,
    pairs: &[(String, String)],
    handling: Handling,
    reader: Reader,
) -> Result<(SearchQuery, SearchPage), SearchError> {
    let terminology = ctx.terminology.load();
    let query = SearchQuery::parse_system(pairs, &asking(ctx, &terminology, handling))
        .map_err(SearchError::Unsupported)?;
    answer(ctx, query, reader).await
}

async fn answer(
    ctx: &Context,
    mut query: SearchQuery,
    reader: Reader,
) -> Result<(SearchQuery, SearchPage), SearchError> {
    let page = ctx.storage.search(&query, reader).await?;
    let unseen = unseen_lists(ctx, &query, &page, reader).await?;
    query.warnings.extend(unseen);
    Ok((query, page))
}

/// A remark on each list of `_list` that the reader does not see: it is why nothing of it is found.
async fn unseen_lists(
    ctx: &Context,
    query: &SearchQuery,
    page: &SearchPage,
    reader: Reader,
) -> Result<Vec<Finding>, StorageError> {
    let lists = query.lists();
    // The only list has members that are seen: it is there.
    if lists.is_empty() || (lists.len() == 1 && !page.matches.is_empty()) {
        return Ok(Vec::new());
    }
    let ids: Vec<String> = lists.into_iter().map(str::to_owned).collect();
    let found = ctx
        .storage
        .get_resources(ResourceType::List, &ids, reader)
        .await?;
    let is_unseen = |id: &&String| !found.iter().any(|list| list.id == **id);
    Ok(ids
        .iter()
        .filter(is_unseen)
        .map(|id| unseen_list(id))
        .collect())
}

/// What a search is understood with.
pub(super) fn asking<'t>(
    ctx: &Context,
    terminology: &'t Terminology,
    handling: Handling,
) -> Asking<'t> {
    Asking {
        terminology,
        now: ctx.clock.now(),
        handling,
    }
}

/// The offers of a page as the public may read them, in its order; structures and places are taken
/// from what was included.
#[must_use]
pub fn offer_cards(ctx: &Context, page: &SearchPage) -> Vec<OfferCard> {
    let read = |resource: &StoredResource| -> Value {
        serde_json::from_str(&public_json(&resource.json))
            .expect("what is kept was written from a JSON value")
    };
    let around: HashMap<String, Value> = page
        .included
        .iter()
        .map(|resource| (key(resource.kind, &resource.id), read(resource)))
        .collect();
    let find = |reference: &str| {
        let (kind, id) = parse_reference(reference)?;
        around.get(&key(kind, id))
    };
    let today = ctx.clock.now().date();
    let terminology = ctx.terminology.load();
    page.matches
        .iter()
        .map(|resource| {
            let offer = read(resource);
            let place = children(&offer, "location").find_map(|place| text(place, "reference"));
            let structure = reference(&offer, "providedBy").and_then(find);
            let place = place.and_then(find);
            OfferCard::of(&offer, structure, place, &terminology, today)
        })
        .collect()
}

fn key(kind: ResourceType, id: &str) -> String {
    format!("{}/{id}", kind.as_str())
}
