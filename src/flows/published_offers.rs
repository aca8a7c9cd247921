//! The published offers in memory, kept as fresh as the database.
//!
//! Every search first asks the database how far the directory has come, which is one row. When
//! something was written, by this instance or another, what changed is read and a new index takes the
//! place of the old one; whoever searches meanwhile has the old one.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use arc_swap::ArcSwapOption;
use serde_json::Value;
use time::{Duration, OffsetDateTime, format_description::well_known::Rfc3339};
use tokio::{sync::Mutex, task::spawn_blocking};

use super::Context;
use crate::{
    clock::instant_text,
    fhir::{
        ResourceType,
        element::{children, reference, text},
        keep_public, parse_reference,
    },
    offer_search::{OfferIndex, Place, ReadOffer, Structure},
    storage::{ChangedResource, DirectoryState, StorageError, StoredResource},
    terminology::Terminology,
};

/// Offers read at once: each takes its room as JSON and as a tree of it.
const PAGE: usize = 25;
/// The clocks of two instances may be that far apart.
const CLOCK_DRIFT: Duration = Duration::seconds(60);
/// Rows that no longer count are cleared away when they are more than that, and than a quarter.
const MOST_DEAD: u64 = 1_000;

/// The published offers of this process.
#[derive(Default)]
pub struct PublishedOffers {
    current: ArcSwapOption<Snapshot>,
    writer: Mutex<Writer>,
}

/// The published offers as they were at a moment.
pub struct Snapshot {
    /// The offers.
    pub index: OfferIndex,
    state: DirectoryState,
    edition: Arc<String>,
}

/// What is known of the resources behind the index, to change it.
#[derive(Default)]
struct Writer {
    /// True when it says what the index in use is made of; false while that is being changed, and
    /// after a change that did not come to its end.
    is_whole: bool,
    /// Versions that were read of what changed lately.
    seen: HashMap<(ResourceType, String), i64>,
}

/// The published offers, as fresh as the database. While somebody else brings them up to date, those
/// of before are handed out.
///
/// # Errors
/// [`StorageError`] when there are none yet and they cannot be read; later failures are logged, and
/// what is in memory stays in use.
pub async fn published_offers(ctx: &Context) -> Result<Arc<Snapshot>, StorageError> {
    let Some(current) = ctx.offers.current.load_full() else {
        let mut writer = ctx.offers.writer.lock().await;
        return match ctx.offers.current.load_full() {
            Some(current) => Ok(current),
            None => rebuild(ctx, &mut writer).await,
        };
    };
    match renewed(ctx, &current).await {
        Ok(Some(renewed)) => Ok(renewed),
        Ok(None) => Ok(current),
        Err(error) => {
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "the published offers could not be brought up to date; those in memory are shown"
            );
            Ok(current)
        }
    }
}

/// Reads the offers when the service starts, and looks every `period` whether something changed, so
/// that whoever searches first need not wait.
pub async fn keep_offers_fresh(ctx: &Context, period: std::time::Duration) {
    loop {
        if let Err(error) = published_offers(ctx).await {
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "the published offers could not be read"
            );
        }
        tokio::time::sleep(period).await;
    }
}

/// A fresher state than `current`, if there is one and nobody else is at it.
async fn renewed(ctx: &Context, current: &Snapshot) -> Result<Option<Arc<Snapshot>>, StorageError> {
    let state = ctx.storage.directory_state().await?;
    let has_other_words = *current.edition != *ctx.terminology.edition();
    if state == current.state && !has_other_words {
        return Ok(None);
    }
    let Ok(mut writer) = ctx.offers.writer.try_lock() else {
        return Ok(None);
    };
    // Somebody may have been quicker.
    let current = ctx.offers.current.load_full();
    let current = current.expect("once there is a snapshot there is always one");
    let index = &current.index;
    let is_worn = index.dead() > MOST_DEAD && index.dead() > index.len() / 4;
    if has_other_words || is_worn || !writer.is_whole {
        return rebuild(ctx, &mut writer).await.map(Some);
    }
    if state == current.state {
        return Ok(Some(current));
    }
    patch(ctx, &mut writer, &current, state).await.map(Some)
}

/// Reads every published offer.
async fn rebuild(ctx: &Context, writer: &mut Writer) -> Result<Arc<Snapshot>, StorageError> {
    let begin = std::time::Instant::now();
    let state = ctx.storage.directory_state().await?;
    let edition = ctx.terminology.edition();
    let terminology = ctx.terminology.load();
    *writer = Writer::default();
    let changes = ctx.storage.list_directory_changes(&since(&state)).await?;
    writer.saw(changes);
    let mut index = OfferIndex::new(&terminology);
    let mut after = String::new();
    let mut reading = None;
    loop {
        let page = ctx.storage.list_published_offers(&after, PAGE).await?;
        // The page before is read from its JSON while the next one comes from the database.
        if let Some(task) = reading.take() {
            add(ctx, &mut index, &terminology, &joined(task).await).await?;
        }
        let Some(last) = page.last() else { break };
        last.id.clone_into(&mut after);
        reading = Some(spawn_blocking(move || public_values(&page)));
    }
    index.close_up();
    tracing::info!(
        offers = index.len(),
        duration_ms = begin.elapsed().as_secs_f64() * 1000.0,
        "the published offers were read into memory"
    );
    Ok(publish(ctx, writer, index, state, edition))
}

/// Reads what changed since `current`, and replaces it.
async fn patch(
    ctx: &Context,
    writer: &mut Writer,
    current: &Snapshot,
    state: DirectoryState,
) -> Result<Arc<Snapshot>, StorageError> {
    let changes = ctx
        .storage
        .list_directory_changes(&since(&current.state))
        .await?;
    let is_new = |change: &ChangedResource| {
        writer.seen.get(&(change.kind, change.id.clone())) != Some(&change.version)
    };
    let (new, known): (Vec<_>, Vec<_>) = changes.into_iter().partition(is_new);
    writer.is_whole = false;
    let mut index = current.index.clone();
    let mut offers: HashSet<String> = HashSet::new();
    for change in &new {
        let held = || current.index.held_by(&change.id).map(str::to_owned);
        match change.kind {
            ResourceType::HealthcareService => {
                offers.insert(change.id.clone());
            }
            ResourceType::Organization => {
                index.forget_structure(&change.id);
                offers.extend(held());
            }
            ResourceType::Location => {
                index.forget_place(&change.id);
                offers.extend(held());
            }
            ResourceType::Practitioner | ResourceType::PractitionerRole | ResourceType::List => {}
        }
    }
    index.remove(offers.iter().filter_map(|id| current.index.row_of(id)));
    let terminology = ctx.terminology.load();
    let offers: Vec<String> = offers.into_iter().collect();
    for page in offers.chunks(PAGE) {
        let kind = ResourceType::HealthcareService;
        let page = ctx.storage.get_published(kind, page).await?;
        let values = joined(spawn_blocking(move || public_values(&page))).await;
        add(ctx, &mut index, &terminology, &values).await?;
    }
    writer.saw(known.into_iter().chain(new));
    Ok(publish(
        ctx,
        writer,
        index,
        state,
        Arc::clone(&current.edition),
    ))
}

impl Writer {
    /// Notes the versions that were read, in place of those of before.
    fn saw(&mut self, changes: impl IntoIterator<Item = ChangedResource>) {
        let changes = changes.into_iter();
        self.seen = changes
            .map(|change| ((change.kind, change.id), change.version))
            .collect();
    }
}

fn publish(
    ctx: &Context,
    writer: &mut Writer,
    index: OfferIndex,
    state: DirectoryState,
    edition: Arc<String>,
) -> Arc<Snapshot> {
    let snapshot = Arc::new(Snapshot {
        index,
        state,
        edition,
    });
    ctx.offers.current.store(Some(Arc::clone(&snapshot)));
    writer.is_whole = true;
    snapshot
}

/// From when on changes are read: what clocks that differ may have dated earlier counts too.
fn since(state: &DirectoryState) -> String {
    let last = OffsetDateTime::parse(&state.last_updated, &Rfc3339);
    last.map_or_else(
        |_| String::new(),
        |last| instant_text(last.saturating_sub(CLOCK_DRIFT)),
    )
}

async fn joined(task: tokio::task::JoinHandle<Vec<Value>>) -> Vec<Value> {
    match task.await {
        Ok(values) => values,
        Err(error) => std::panic::resume_unwind(error.into_panic()),
    }
}

/// The resources without what is not for everybody.
fn public_values(page: &[StoredResource]) -> Vec<Value> {
    page.iter()
        .map(|stored| {
            let mut value = serde_json::from_str(&stored.json)
                .expect("what is kept was written from a JSON value");
            keep_public(&mut value);
            value
        })
        .collect()
}

/// Adds offers, with their structures and places.
async fn add(
    ctx: &Context,
    index: &mut OfferIndex,
    terminology: &Terminology,
    offers: &[Value],
) -> Result<(), StorageError> {
    let missing = |id_of: fn(&Value) -> &str, is_known: &dyn Fn(&str) -> bool| -> Vec<String> {
        let ids: HashSet<&str> = offers.iter().map(id_of).collect();
        let ids = ids.into_iter().filter(|id| !is_known(id));
        ids.map(str::to_owned).collect()
    };
    let structures = missing(structure_id, &|id| index.knows_structure(id));
    let places = missing(place_id, &|id| index.knows_place(id));
    let storage = &ctx.storage;
    let kind = ResourceType::Organization;
    for structure in public_values(&storage.get_published(kind, &structures).await?) {
        index.put_structure(&Structure::read(&structure));
    }
    let kind = ResourceType::Location;
    for place in public_values(&storage.get_published(kind, &places).await?) {
        index.put_place(Place::read(&place));
    }
    let read: Vec<ReadOffer> = offers
        .iter()
        .map(|offer| {
            let structure = index.structure(structure_id(offer));
            let place = index.place(place_id(offer));
            ReadOffer::read(offer, structure, place, terminology)
        })
        .collect();
    index.add(&read);
    Ok(())
}

fn structure_id(offer: &Value) -> &str {
    reference(offer, "providedBy").map_or("", id_in)
}

fn place_id(offer: &Value) -> &str {
    let places = children(offer, "location");
    let mut named = places.filter_map(|place| text(place, "reference"));
    named.next().map_or("", id_in)
}

fn id_in(reference: &str) -> &str {
    parse_reference(reference).map_or("", |(_, id)| id)
}
