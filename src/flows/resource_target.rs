//! Which resource a change means, and whether it may be changed so.

use super::{
    Context,
    directory_search::asking,
    resource_change::{Action, Change, Target, WriteError},
    write_checks,
};
use crate::{
    fhir::{Handling, ResourceType, SearchQuery, element::text, is_id},
    storage::{CurrentResource, WriteTransaction},
};

/// A change whose address is known.
pub(super) struct Placed {
    pub(super) change: Change,
    /// Id of the resource; empty when there is none to delete.
    pub(super) id: String,
    /// What stands there.
    pub(super) current: Option<CurrentResource>,
    /// True when nothing is written: the condition met a resource, or met none to delete.
    pub(super) is_settled: bool,
}

impl Placed {
    /// Finds which resource a change means, and whether it may.
    pub(super) async fn find(
        ctx: &Context,
        tx: &mut WriteTransaction,
        change: Change,
    ) -> Result<Self, WriteError> {
        let kind = change.kind;
        let (id, is_met) = match &change.action {
            Action::Create {
                resource,
                if_none_exist,
            } => {
                let met = match if_none_exist {
                    Some(pairs) => only_match(ctx, tx, kind, pairs).await?,
                    None => None,
                };
                let new = text(resource, "id").unwrap_or_default();
                let is_met = met.is_some();
                (met.unwrap_or_else(|| new.to_owned()), is_met)
            }
            Action::Update {
                target, resource, ..
            } => {
                let own = text(resource, "id").filter(|id| is_id(id));
                let id = match target {
                    Target::Id(id) => Some(id.clone()),
                    Target::Search(pairs) => only_match(ctx, tx, kind, pairs).await?,
                };
                match (id, own) {
                    (Some(id), Some(own)) if id != own => {
                        return Err(WriteError::Malformed(vec![write_checks::other_id(
                            &change.place,
                            kind,
                        )]));
                    }
                    (Some(id), _) => (id, false),
                    (None, Some(own)) => (own.to_owned(), false),
                    (None, None) => (ctx.ids.next(), false),
                }
            }
            Action::Patch { target, .. } => match target {
                Target::Id(id) => (id.clone(), false),
                Target::Search(pairs) => {
                    let id = only_match(ctx, tx, kind, pairs).await?;
                    (id.ok_or(WriteError::NotFound)?, false)
                }
            },
            Action::Delete { target } => match target {
                Target::Id(id) => (id.clone(), false),
                Target::Search(pairs) => {
                    let id = only_match(ctx, tx, kind, pairs).await?;
                    (id.clone().unwrap_or_default(), id.is_none())
                }
            },
        };
        // Nothing ever stood at an address that is new.
        let is_new = matches!(change.action, Action::Create { .. }) && !is_met;
        let current = if is_new {
            None
        } else {
            tx.find_current(kind, &id).await?
        };
        let is_there = current.as_ref().is_some_and(|one| one.json.is_some());
        let version = current.as_ref().filter(|_| is_there).map(|one| one.version);
        if change.if_match.is_some() && change.if_match != version {
            return Err(WriteError::PreconditionFailed);
        }
        let mut is_settled = is_met;
        match &change.action {
            Action::Update { is_new_only, .. } if *is_new_only && is_there => {
                return Err(WriteError::PreconditionFailed);
            }
            Action::Patch { .. } if !is_there => {
                return Err(if current.is_some() {
                    WriteError::Gone
                } else {
                    WriteError::NotFound
                });
            }
            Action::Delete { .. } => is_settled = !is_there,
            Action::Create { .. } | Action::Update { .. } | Action::Patch { .. } => {}
        }
        Ok(Placed {
            change,
            id,
            current,
            is_settled,
        })
    }
}

/// The id of the only resource that meets a search.
async fn only_match(
    ctx: &Context,
    tx: &mut WriteTransaction,
    kind: ResourceType,
    pairs: &[(String, String)],
) -> Result<Option<String>, WriteError> {
    let terminology = ctx.terminology.load();
    let query = SearchQuery::parse(kind, pairs, &asking(ctx, &terminology, Handling::Strict))
        .map_err(WriteError::UnsupportedCondition)?;
    if query.is_unconditional() {
        let missing = write_checks::no_condition();
        return Err(WriteError::UnsupportedCondition(vec![missing]));
    }
    let mut found = tx.find_matches(&query).await?;
    if found.len() > 1 {
        return Err(WriteError::MultipleMatches);
    }
    Ok(found.pop())
}
