//! Whatever is done to a listing passes here: allowed or refused, written down, and carried to the offers
//! in the same transaction.

use serde_json::Value;

use super::{Context, governance_notices::tell, governance_publication::publish};
use crate::{
    clock::{day_in_paris, instant_text},
    fhir::ResourceType,
    finding::Finding,
    governance::{Act, Application, Author, Event, Freshness, Listing, Refusal, Review, govern},
    storage::{Arrival, JournalOutcome, StorageError, WriteTransaction},
};

/// Where the journal says that what the governance writes comes from.
pub(super) const SOURCE: &str = "governance";

/// Something that somebody does to a listing.
#[derive(Clone, Debug)]
pub struct Deed<'d> {
    /// Id of the structure.
    pub structure: &'d str,
    /// Number of the last event that its author saw; none for what looks for itself.
    pub seen: Option<i64>,
    /// Who.
    pub author: &'d Author,
    /// What.
    pub act: Act,
    /// What is handed in or corrected with it.
    pub application: Option<&'d Application>,
}

/// Why something is not done. Nothing changes then.
#[derive(Debug, thiserror::Error)]
pub enum ActError {
    /// It may not be done.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// Somebody else did something since the author looked.
    #[error("somebody else acted on this structure meanwhile")]
    Stale,
    /// Nothing is known of that structure.
    #[error("there is no such structure")]
    NotFound,
    /// What is handed in has faults.
    #[error("what was handed in has faults")]
    Invalid(Vec<Finding>),
    /// The database failed.
    #[error("the database failed")]
    Storage(#[from] StorageError),
}

/// Does it, alone in its transaction.
///
/// # Errors
/// [`ActError`].
pub async fn act(ctx: &Context, deed: Deed<'_>) -> Result<Listing, ActError> {
    let mut tx = ctx.storage.begin_write().await?;
    tx.take_turn().await?;
    let listing = enact(ctx, &mut tx, deed).await?;
    tx.commit().await?;
    Ok(listing)
}

/// Does it, in a transaction that holds the turn of the directory.
pub(super) async fn enact(
    ctx: &Context,
    tx: &mut WriteTransaction,
    deed: Deed<'_>,
) -> Result<Listing, ActError> {
    let events = tx.list_events(deed.structure).await?;
    let mut listing = Listing::of_events(deed.structure, &events);
    let begins = matches!(deed.act, Act::Begin { .. } | Act::TakeOver { .. });
    if events.is_empty() && !begins {
        return Err(ActError::NotFound);
    }
    if deed.seen.is_some_and(|seen| seen != listing.version) {
        return Err(ActError::Stale);
    }
    if let Err(refusal) = listing.allows(deed.author, &deed.act, &ctx.governance) {
        tracing::warn!(
            structure.id = deed.structure,
            account.id = deed.author.id,
            act = deed.act.as_str(),
            refusal = %refusal,
            "refused in the directory"
        );
        return Err(refusal.into());
    }
    let now = ctx.clock.now();
    let event = Event {
        number: listing.version + 1,
        at: instant_text(now),
        day: day_in_paris(now),
        author: deed.author.clone(),
        act: deed.act,
    };
    let before = listing.clone();
    listing.apply(&event);
    let next_step_on = ctx
        .governance
        .calendar
        .next_step(&listing)
        .map(|(on, _)| on);
    let is_published = matches!(event.act, Act::Validate { .. }) && listing.review == Review::Idle;
    let validated = match is_published {
        true => waiting_application(ctx, tx, deed.structure).await?,
        false => None,
    };
    let application = validated.as_ref().or(deed.application);
    tx.write_listing(&listing, next_step_on, &event, application)
        .await?;
    carry_out(ctx, tx, &before, &listing, &event, application).await?;
    tell(ctx, tx, &before, &listing, &event).await?;
    // Of structures that are brought in by the thousand, the round says how many.
    if !matches!(event.act, Act::TakeOver { .. }) {
        tracing::info!(
            structure.id = deed.structure,
            account.id = event.author.id,
            act = event.act.as_str(),
            standing = listing.standing.as_str(),
            review = listing.review.as_str(),
            "done in the directory"
        );
    }
    Ok(listing)
}

/// What was handed in last, with what its referent corrected since: a correction outlives the validation of
/// what waited beside it.
pub(super) async fn waiting_application(
    ctx: &Context,
    tx: &mut WriteTransaction,
    structure: &str,
) -> Result<Option<Application>, StorageError> {
    let Some(handed_in) = tx.find_application(structure).await? else {
        return Ok(None);
    };
    let corrected = tx.find_later_correction(structure).await?;
    Ok(Some(match corrected {
        Some(corrected) => handed_in.with_plain_of(&corrected, &ctx.governance),
        None => handed_in,
    }))
}

/// What an event does to the offers.
async fn carry_out(
    ctx: &Context,
    tx: &mut WriteTransaction,
    before: &Listing,
    listing: &Listing,
    event: &Event,
    application: Option<&Application>,
) -> Result<(), ActError> {
    match &event.act {
        Act::Validate { .. } if listing.review == Review::Idle => {
            let application = application.ok_or(ActError::NotFound)?;
            publish(ctx, tx, listing, application, event).await
        }
        Act::Correct { .. } => match application {
            Some(application) => publish(ctx, tx, listing, application, event).await,
            None => Ok(()),
        },
        Act::Confirm { .. } | Act::Ask | Act::Lapse | Act::Delist { .. } => {
            let is_same = Freshness::of(before, &ctx.governance.calendar)
                == Freshness::of(listing, &ctx.governance.calendar);
            if is_same {
                return Ok(());
            }
            Ok(govern_offers(ctx, tx, listing, &event.at).await?)
        }
        Act::Begin { .. }
        | Act::TakeOver { .. }
        | Act::Submit { .. }
        | Act::Validate { .. }
        | Act::Refuse { .. }
        | Act::Remind { .. }
        | Act::ReplaceReferent { .. }
        | Act::Comment { .. }
        | Act::MailReturned { .. } => Ok(()),
    }
}

/// Writes on every offer of a structure what its listing says: what the public sees changes with it.
async fn govern_offers(
    ctx: &Context,
    tx: &mut WriteTransaction,
    listing: &Listing,
    at: &str,
) -> Result<(), StorageError> {
    let freshness = Freshness::of(listing, &ctx.governance.calendar);
    let offers = tx.list_offers_of(&listing.structure).await?;
    if offers.is_empty() {
        return Ok(());
    }
    let journal_id = keep_cause(ctx, tx, listing, at, b"").await?;
    for (id, json) in offers {
        let mut offer: Value =
            serde_json::from_str(&json).expect("what is kept was written from a JSON value");
        govern(&mut offer, &freshness);
        tx.upsert_resource(
            ResourceType::HealthcareService,
            &id,
            &mut offer,
            &journal_id,
            at,
        )
        .await?;
    }
    Ok(())
}

/// Journals what the governance writes resources from: the event, or what was handed in.
pub(super) async fn keep_cause(
    ctx: &Context,
    tx: &mut WriteTransaction,
    listing: &Listing,
    at: &str,
    handed_in: &[u8],
) -> Result<String, StorageError> {
    let journal_id = ctx.ids.next();
    let named = format!("{} {}", listing.structure, listing.version);
    let arrival = Arrival {
        id: &journal_id,
        bytes: if handed_in.is_empty() {
            named.as_bytes()
        } else {
            handed_in
        },
        source: SOURCE,
        media_type: if handed_in.is_empty() {
            "text/plain"
        } else {
            "application/json"
        },
        received_at: at,
    };
    tx.insert_arrival(arrival, JournalOutcome::Accepted).await?;
    Ok(journal_id)
}
