//! What can be known of a resource before its turn to be written, so that others need not wait for it:
//! what is wrong with it by itself, what is derived of it, and what stands at its address.

use std::sync::Arc;

use serde_json::Value;

use super::{
    Context,
    resource_change::{Action, Change},
    write_checks::check_partial,
    write_references::has_conditional_reference,
};
use crate::{
    fhir::{
        Origin, ResourceType, SearchIndex, check_profile, content_without_version, element::text,
        is_id,
    },
    finding::Finding,
    storage::{CurrentResource, Derived, Reader, StorageError},
    terminology::Terminology,
};

/// What is known of the only resource of a change. It counts in its turn as far as nothing else came
/// in between.
pub(super) struct Prepared {
    /// The lists that the resource was looked up in.
    lists: Arc<Terminology>,
    findings: Vec<Finding>,
    pub(super) own: Content,
    pub(super) standing: Option<Standing>,
}

/// What a resource says.
pub(super) struct Content {
    /// The resource as text, its version aside.
    pub(super) text: String,
    pub(super) derived: Derived,
}

/// What the version before says.
pub(super) struct Standing {
    version: i64,
    /// The resource as text, its version aside.
    pub(super) text: String,
    /// What it is searched by.
    pub(super) index: SearchIndex,
}

impl Prepared {
    /// None when what the resource will be is known in its turn only.
    ///
    /// # Errors
    /// [`StorageError`].
    pub(super) async fn of(ctx: &Context, change: &Change) -> Result<Option<Self>, StorageError> {
        let (resource, is_new) = match &change.action {
            Action::Create { resource, .. } => (resource, true),
            Action::Update { resource, .. } => (resource, false),
            Action::Patch { .. } | Action::Delete { .. } => return Ok(None),
        };
        let id = text(resource, "id").filter(|id| is_id(id));
        let Some(id) = id.filter(|_| !has_conditional_reference(resource)) else {
            return Ok(None);
        };
        let kind = change.kind;
        let lists = ctx.terminology.load();
        let there = if is_new {
            None
        } else {
            ctx.storage.find_resource(kind, id, Reader::Network).await?
        };
        Ok(Some(Self {
            findings: check_alone(ctx, kind, resource, &lists),
            lists,
            own: Content::of(kind, resource),
            standing: there.map(|there| Standing::of(kind, there.version, &there.json)),
        }))
    }

    /// What is wrong with the resource by itself; none when the lists are others now.
    pub(super) fn take_findings(&mut self, lists: &Arc<Terminology>) -> Option<Vec<Finding>> {
        Arc::ptr_eq(&self.lists, lists).then(|| std::mem::take(&mut self.findings))
    }
}

impl Content {
    pub(super) fn of(kind: ResourceType, resource: &Value) -> Self {
        let text = content_without_version(resource);
        let derived = Derived::of(kind, resource, &text);
        Self { text, derived }
    }
}

impl Standing {
    fn of(kind: ResourceType, version: i64, json: &str) -> Self {
        let resource =
            serde_json::from_str(json).expect("what is kept was written from a JSON value");
        Self {
            version,
            text: content_without_version(&resource),
            index: SearchIndex::of(kind, &resource),
        }
    }

    /// What stands there in the turn to write; none when it is deleted.
    pub(super) fn now(
        prepared: Option<Self>,
        kind: ResourceType,
        current: &CurrentResource,
    ) -> Option<Self> {
        let json = current.json.as_deref()?;
        let prepared = prepared.filter(|known| known.version == current.version);
        Some(prepared.unwrap_or_else(|| Self::of(kind, current.version, json)))
    }
}

/// What is wrong with a resource by itself.
pub(super) fn check_alone(
    ctx: &Context,
    kind: ResourceType,
    resource: &Value,
    lists: &Terminology,
) -> Vec<Finding> {
    let today = ctx.clock.now().date();
    let mut findings = check_profile(kind, resource, lists, Origin::Written, today);
    findings.extend(check_partial(kind, resource));
    findings
}
