//! Following the directory: all that belongs to a structure, and the offers that changed since an
//! instant, page by page.
//!
//! **Source:** ANS, ROR guide 0.7.0, synchronisation: a change of a structure does not touch its
//! offers, and yet concerns who shows them.

use super::Context;
use crate::{
    fhir::ResourceType,
    storage::{ChangedOffer, MemberQuery, Reader, StorageError, StoredResource},
};

/// What belongs to a structure, a page of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MemberPage {
    /// The resources, type by type.
    pub resources: Vec<StoredResource>,
    /// Where the next page goes on, when there is one.
    pub next: Option<MemberPlace>,
}

/// The last resource of a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MemberPlace {
    /// Its type.
    pub kind: ResourceType,
    /// Its id.
    pub id: String,
}

/// Offers that changed, a page of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangePage {
    /// The offers.
    pub changes: Vec<ChangedOffer>,
    /// Whether more follow.
    pub has_more: bool,
}

/// The structure, those below it, their offers, places and people: of these types, written at
/// `since` or later, after that place, `count` of them.
///
/// # Errors
/// [`StorageError`].
pub async fn structure_members(
    ctx: &Context,
    structure: &str,
    (types, since): (&[ResourceType], Option<&str>),
    (after, count): (Option<&MemberPlace>, usize),
    reader: Reader,
) -> Result<MemberPage, StorageError> {
    let mut resources = Vec::new();
    let rest = ResourceType::OF_OFFERS
        .into_iter()
        .skip_while(|kind| after.is_some_and(|place| place.kind != *kind));
    for kind in rest.filter(|kind| types.contains(kind)) {
        let query = MemberQuery {
            after: after
                .filter(|place| place.kind == kind)
                .map_or("", |place| place.id.as_str()),
            since,
            limit: i64::try_from(count + 1 - resources.len()).unwrap_or(i64::MAX),
        };
        let found = ctx
            .storage
            .list_members(structure, kind, &query, reader)
            .await?;
        resources.extend(found);
        if resources.len() > count {
            break;
        }
    }
    let has_more = resources.len() > count;
    resources.truncate(count);
    let next = resources
        .last()
        .filter(|_| has_more)
        .map(|last| MemberPlace {
            kind: last.kind,
            id: last.id.clone(),
        });
    Ok(MemberPage { resources, next })
}

/// The offers that changed at `since` or later, they, a structure above them or a place of theirs,
/// and those that are no more; after that id, `count` of them.
///
/// # Errors
/// [`StorageError`].
pub async fn offer_changes(
    ctx: &Context,
    since: &str,
    (after, count): (&str, usize),
    reader: Reader,
) -> Result<ChangePage, StorageError> {
    let query = MemberQuery {
        after,
        since: Some(since),
        limit: i64::try_from(count + 1).unwrap_or(i64::MAX),
    };
    let mut changes = ctx.storage.list_changed_offers(&query, reader).await?;
    let has_more = changes.len() > count;
    changes.truncate(count);
    Ok(ChangePage { changes, has_more })
}
