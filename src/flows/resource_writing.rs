//! Writing to the directory: changes are carried out together or not at all, checked before and
//! searchable as soon as they are answered.
//!
//! **Source:** FHIR R4, 3.1.0, the interactions that write; 3.1.0.11, transactions.

use std::collections::{HashMap, HashSet};

use serde_json::Value;

use super::{
    Context,
    governance_publication::govern_arriving,
    resource_change::{Action, Change, Effect, WriteError, Written},
    resource_preparation::{Content, Prepared, Standing, check_alone},
    resource_target::Placed,
    write_checks::{check_links, find_conflicts, prefixed},
    write_context::check_context,
    write_references::{fill_conditional_references, rename_references},
};
use crate::{
    fhir::ResourceType,
    finding::{Finding, Severity, accepts},
    storage::{Arrival, JournalOutcome, NewVersion, StorageError, WriteTransaction},
};

/// Where these arrivals come from.
const SOURCE: &str = "fhir";
/// Changes that are written as a small transaction, at the most.
const MANY: usize = 50;

/// What was sent, to be kept first.
#[derive(Clone, Copy, Debug)]
pub struct SentBytes<'a> {
    /// The bytes, as they came.
    pub bytes: &'a [u8],
    /// Their media type.
    pub media_type: &'a str,
    /// Address of the server as others reach it: references may carry it.
    pub base_url: &'a str,
}

/// Carries out changes in order, all of them or none. What was sent is kept either way.
///
/// # Errors
/// [`WriteError`], with every fault of every resource.
pub async fn write_changes(
    ctx: &Context,
    sent: SentBytes<'_>,
    mut changes: Vec<Change>,
) -> Result<Vec<Written>, WriteError> {
    for change in &mut changes {
        if let Action::Create { resource, .. } = &mut change.action {
            set_id(resource, ctx.ids.next());
        }
    }
    let prepared = match changes.as_slice() {
        [change] => Prepared::of(ctx, change).await?,
        _ => None,
    };
    let journal_id = ctx.ids.next();
    let arrival = |received_at| Arrival {
        id: &journal_id,
        bytes: sent.bytes,
        source: SOURCE,
        media_type: sent.media_type,
        received_at,
    };
    let mut tx = if changes.len() > MANY {
        ctx.storage.begin_large_write().await?
    } else {
        ctx.storage.begin_write().await?
    };
    tx.take_turn().await?;
    // The instant is taken in turn: versions are seen in the order of their instants.
    let at = ctx.now_text();
    tx.insert_arrival(arrival(&at), JournalOutcome::Accepted)
        .await?;
    let mut writing = Writing {
        ctx,
        tx,
        journal_id: &journal_id,
        at: &at,
        base_url: sent.base_url,
        prepared,
    };
    match writing.carry_out(changes).await {
        Ok(written) => {
            writing.tx.commit().await?;
            Ok(written)
        }
        Err(error) => {
            drop(writing);
            let mut tx = ctx.storage.begin_write().await?;
            let reason = error.reason();
            tx.insert_arrival(arrival(&at), JournalOutcome::Refused(&reason))
                .await?;
            tx.commit().await?;
            Err(error)
        }
    }
}

/// Keeps what was sent and could not be read as a change at all.
///
/// # Errors
/// [`WriteError::Storage`].
pub async fn keep_refused(
    ctx: &Context,
    sent: SentBytes<'_>,
    findings: &[Finding],
) -> Result<(), WriteError> {
    let reason = super::import_findings::rules_of(findings);
    let at = ctx.now_text();
    let journal_id = ctx.ids.next();
    let arrival = Arrival {
        id: &journal_id,
        bytes: sent.bytes,
        source: SOURCE,
        media_type: sent.media_type,
        received_at: &at,
    };
    let mut tx = ctx.storage.begin_write().await?;
    tx.insert_arrival(arrival, JournalOutcome::Refused(&reason))
        .await?;
    tx.commit().await?;
    Ok(())
}

/// What is wrong with a resource among the others, if it stood there under that id (empty: a new
/// one): references that lead nowhere, identifiers that another one carries, rules over several
/// resources. Writes nothing.
///
/// # Errors
/// [`StorageError`].
pub async fn check_among_others(
    ctx: &Context,
    kind: ResourceType,
    id: &str,
    resource: &Value,
    base_url: &str,
) -> Result<Vec<Finding>, StorageError> {
    let mut tx = ctx.storage.begin_write().await?;
    let none = HashSet::new();
    let mut findings = check_links(&mut tx, kind, id, resource, base_url, &none, &none).await?;
    findings.extend(find_conflicts(&mut tx, kind, id, resource).await?);
    findings.extend(check_context(&mut tx, kind, id, resource).await?);
    Ok(findings)
}

struct Writing<'w> {
    ctx: &'w Context,
    tx: WriteTransaction,
    journal_id: &'w str,
    at: &'w str,
    base_url: &'w str,
    /// What is known of the only resource, when that was looked at before the turn.
    prepared: Option<Prepared>,
}

/// Gives a resource that id; it stands first, after its type.
fn set_id(resource: &mut Value, id: String) {
    if let Some(object) = resource.as_object_mut() {
        if object.contains_key("id") {
            object.insert("id".to_owned(), Value::from(id));
        } else {
            object.shift_insert(object.len().min(1), "id".to_owned(), Value::from(id));
        }
    }
}

impl Writing<'_> {
    async fn carry_out(&mut self, changes: Vec<Change>) -> Result<Vec<Written>, WriteError> {
        let mut placed = Vec::with_capacity(changes.len());
        let mut seen = HashSet::new();
        let mut names = HashMap::new();
        for change in changes {
            let one = Placed::find(self.ctx, &mut self.tx, change).await?;
            let kind = one.change.kind;
            if !one.is_settled && !seen.insert((kind, one.id.clone())) {
                let place = &one.change.place;
                return Err(WriteError::Malformed(vec![super::write_checks::twice(
                    place,
                )]));
            }
            if let Some(url) = &one.change.full_url {
                names.insert(url.clone(), format!("{}/{}", kind.as_str(), one.id));
            }
            placed.push(one);
        }
        let (kept, deleted): (HashSet<_>, HashSet<_>) = {
            let is_deletion = |one: &&Placed| matches!(one.change.action, Action::Delete { .. });
            let key = |one: &Placed| (one.change.kind, one.id.clone());
            (
                placed
                    .iter()
                    .filter(|one| !is_deletion(one))
                    .map(key)
                    .collect(),
                placed.iter().filter(is_deletion).map(key).collect(),
            )
        };
        let mut ready = Vec::with_capacity(placed.len());
        let mut findings = Vec::new();
        for mut one in placed {
            let resource = self.resource_of(&mut one, &names).await?;
            let mut own = Vec::new();
            if let Some(resource) = &resource {
                own = self.check(&one, resource, &kept, &deleted).await?;
                findings.extend(
                    own.iter()
                        .filter(|f| f.severity == Severity::Error)
                        .cloned(),
                );
            }
            ready.push((one, resource, own));
        }
        if !accepts(&findings) {
            return Err(WriteError::Invalid(findings));
        }
        let mut written = Vec::with_capacity(ready.len());
        let mut places = Vec::with_capacity(ready.len());
        for (one, mut resource, warnings) in ready {
            places.push(one.change.place.clone());
            let one = self.write(one, resource.as_mut(), warnings).await?;
            written.push((one, resource));
        }
        self.check_deletions(&deleted).await?;
        self.check_contexts(written, &places).await
    }

    /// The resource that a change leaves, its references named; none for a deletion.
    async fn resource_of(
        &mut self,
        one: &mut Placed,
        names: &HashMap<String, String>,
    ) -> Result<Option<Value>, WriteError> {
        if one.is_settled {
            return Ok(None);
        }
        let place = one.change.place.clone();
        let mut resource = match &mut one.change.action {
            Action::Create { resource, .. } | Action::Update { resource, .. } => resource.take(),
            Action::Patch { patch, .. } => {
                let json = one
                    .current
                    .as_ref()
                    .and_then(|current| current.json.as_deref());
                let current: Value = serde_json::from_str(json.unwrap_or("null"))
                    .expect("what is kept was written from a JSON value");
                patch
                    .apply(current)
                    .map_err(|found| WriteError::Invalid(prefixed(&place, found)))?
            }
            Action::Delete { .. } => return Ok(None),
        };
        set_id(&mut resource, one.id.clone());
        rename_references(&mut resource, names);
        fill_conditional_references(self.ctx, &mut self.tx, &mut resource, &place).await?;
        Ok(Some(resource))
    }

    /// Everything that is wrong with a resource, its place before each.
    async fn check(
        &mut self,
        one: &Placed,
        resource: &Value,
        kept: &HashSet<(ResourceType, String)>,
        deleted: &HashSet<(ResourceType, String)>,
    ) -> Result<Vec<Finding>, WriteError> {
        let kind = one.change.kind;
        let lists = self.ctx.terminology.load();
        let prepared = self.prepared.as_mut();
        let known = prepared.and_then(|prepared| prepared.take_findings(&lists));
        let mut findings = known.unwrap_or_else(|| check_alone(self.ctx, kind, resource, &lists));
        if accepts(&findings) {
            let links = check_links(
                &mut self.tx,
                kind,
                &one.id,
                resource,
                self.base_url,
                kept,
                deleted,
            );
            findings.extend(links.await?);
            let conflicts = find_conflicts(&mut self.tx, kind, &one.id, resource).await?;
            if !conflicts.is_empty() {
                return Err(WriteError::Conflict(prefixed(&one.change.place, conflicts)));
            }
        }
        Ok(prefixed(&one.change.place, findings))
    }

    async fn write(
        &mut self,
        one: Placed,
        resource: Option<&mut Value>,
        warnings: Vec<Finding>,
    ) -> Result<Written, WriteError> {
        let kind = one.change.kind;
        let current = one.current.as_ref();
        let unchanged = |effect| Written {
            kind,
            id: one.id.clone(),
            version: current.map_or(0, |current| current.version),
            last_updated: current.map_or_else(|| self.at.to_owned(), |c| c.last_updated.clone()),
            json: current.and_then(|current| current.json.clone()),
            effect,
            warnings: warnings.clone(),
        };
        let is_deletion = matches!(one.change.action, Action::Delete { .. });
        let Some(resource) = resource else {
            if !is_deletion {
                return Ok(unchanged(Effect::Unchanged));
            }
            if one.is_settled {
                return Ok(unchanged(Effect::Deleted));
            }
            let version = current.map_or(0, |current| current.version) + 1;
            self.tx
                .delete_resource(kind, &one.id, version, self.journal_id, self.at)
                .await?;
            return Ok(Written {
                version,
                last_updated: self.at.to_owned(),
                json: None,
                ..unchanged(Effect::Deleted)
            });
        };
        let is_offer = kind == ResourceType::HealthcareService;
        let is_governed = is_offer && govern_arriving(self.ctx, &mut self.tx, resource).await?;
        let (own, standing) = match self.prepared.take() {
            Some(prepared) => (Some(prepared.own), prepared.standing),
            None => (None, None),
        };
        let own = own.filter(|_| !is_governed);
        let own = own.unwrap_or_else(|| Content::of(kind, resource));
        if current.is_some_and(|one| one.fingerprint == own.derived.fingerprint) {
            return Ok(unchanged(Effect::Unchanged));
        }
        let standing = current.and_then(|current| Standing::now(standing, kind, current));
        if standing
            .as_ref()
            .is_some_and(|known| known.text == own.text)
        {
            return Ok(unchanged(Effect::Unchanged));
        }
        let effect = match &standing {
            Some(_) => Effect::Updated,
            None => Effect::Created,
        };
        let new = NewVersion {
            kind,
            id: &one.id,
            current,
            earlier: standing.map(|standing| standing.index),
            derived: own.derived,
            method: match one.change.action {
                Action::Create { .. } => "POST",
                Action::Patch { .. } => "PATCH",
                Action::Update { .. } | Action::Delete { .. } => "PUT",
            },
            journal_id: self.journal_id,
            at: self.at,
        };
        let json = self.tx.put_resource(new, resource).await?;
        Ok(Written {
            version: current.map_or(0, |current| current.version) + 1,
            last_updated: self.at.to_owned(),
            json: Some(json),
            ..unchanged(effect)
        })
    }

    /// Looks at what was written among the others: faults refuse all, remarks go with each.
    async fn check_contexts(
        &mut self,
        written: Vec<(Written, Option<Value>)>,
        places: &[String],
    ) -> Result<Vec<Written>, WriteError> {
        let mut faults = Vec::new();
        let mut checked = Vec::with_capacity(written.len());
        for ((mut one, resource), place) in written.into_iter().zip(places) {
            if let (Some(resource), Effect::Created | Effect::Updated) = (&resource, one.effect) {
                let found = check_context(&mut self.tx, one.kind, &one.id, resource).await?;
                let found = prefixed(place, found).into_iter();
                let (errors, remarks): (Vec<_>, Vec<_>) =
                    found.partition(|finding| finding.severity == Severity::Error);
                faults.extend(errors);
                one.warnings.extend(remarks);
            }
            checked.push(one);
        }
        if faults.is_empty() {
            Ok(checked)
        } else {
            Err(WriteError::Invalid(faults))
        }
    }

    /// What is deleted may not be referred to any more.
    async fn check_deletions(
        &mut self,
        deleted: &HashSet<(ResourceType, String)>,
    ) -> Result<(), WriteError> {
        let mut findings = Vec::new();
        for (kind, id) in deleted {
            if id.is_empty() || self.tx.has_resource(*kind, id).await? {
                continue;
            }
            for (from, from_id) in self.tx.find_referrers(*kind, id).await? {
                findings.push(super::write_checks::still_referred(*kind, &from, &from_id));
            }
        }
        if findings.is_empty() {
            Ok(())
        } else {
            Err(WriteError::Conflict(findings))
        }
    }
}
