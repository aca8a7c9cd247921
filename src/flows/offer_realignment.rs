//! The offers that are kept, brought to the national lists in force: after a switch or an undoing, and
//! on a day on which a code ends or begins.
//!
//! A pass goes through the offers batch by batch, each in a transaction of its own: a process that
//! stops in the midst leaves the rest to the next one that looks.

use serde_json::Value;
use time::Date;

use super::{Context, mapping_tables::TablesError};
use crate::{
    directory::realign_offer,
    fhir::ResourceType,
    storage::{
        Arrival, JournalOutcome, OfferVersion, RealignedVersion, StorageError, Upsert,
        WriteTransaction,
    },
    terminology::Terminology,
};

/// Offers of one transaction.
const BATCH: i64 = 200;
/// Where the journal says that the versions came from.
const SOURCE: &str = "national-release";

/// What a pass did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Realigned {
    /// Offers looked at.
    pub looked_at: u64,
    /// Those that have other codes, labels or declared losses now.
    pub changed: u64,
    /// Of these, those that have their version of before a switch back.
    pub restored: u64,
}

/// The lists that a pass brings offers to.
struct Towards<'a> {
    terminology: &'a Terminology,
    edition: &'a str,
    today: Date,
}

/// Brings the offers to the lists in use, when these are not those of the last pass, and once a day.
///
/// # Errors
/// [`TablesError::Storage`]; what was done stays, and the next call goes on with the rest.
pub async fn realign_offers(ctx: &Context) -> Result<Realigned, TablesError> {
    let (terminology, edition) = (ctx.terminology.load(), ctx.terminology.edition());
    let today = ctx.clock.now().date();
    let state = ctx.storage.realignment_state().await?;
    if state.edition == *edition && state.aligned_on == today.to_string() {
        return Ok(Realigned::default());
    }
    let towards = Towards {
        terminology: &terminology,
        edition: &edition,
        today,
    };
    let mut done = Realigned::default();
    while realign_batch(ctx, &towards, &mut done).await? {}
    Ok(done)
}

/// One batch; false when none is left, or when the lists in force are others by now.
async fn realign_batch(
    ctx: &Context,
    towards: &Towards<'_>,
    done: &mut Realigned,
) -> Result<bool, StorageError> {
    let (at, day) = (ctx.now_text(), towards.today.to_string());
    let mut writing = ctx.storage.begin_large_write().await?;
    if writing.lock_national_edition().await? != towards.edition {
        return Ok(false);
    }
    writing.take_turn().await?;
    let after = writing.take_up_realignment(towards.edition, &day).await?;
    let offers = writing.list_offers_after(&after, BATCH).await?;
    let Some(last) = offers.last() else {
        writing.end_realignment(towards.edition, &day).await?;
        writing.commit().await?;
        return Ok(false);
    };
    writing.note_realignment(&last.id).await?;
    let mut journal_id = None;
    let mut batch = *done;
    for offer in offers {
        batch.looked_at += 1;
        let Some((mut resource, is_restored)) = realigned(&mut writing, towards, &offer).await?
        else {
            continue;
        };
        let journal_id = match &journal_id {
            Some(id) => id,
            None => journal_id.insert(note_cause(ctx, &mut writing, towards, &at).await?),
        };
        let kind = ResourceType::HealthcareService;
        let written = writing
            .upsert_resource(kind, &offer.id, &mut resource, journal_id, &at)
            .await?;
        if written == Upsert::Unchanged {
            continue;
        }
        let note = RealignedVersion {
            former_version: offer.version,
            edition: towards.edition.to_owned(),
        };
        writing
            .insert_realigned(&offer.id, offer.version + 1, &note)
            .await?;
        batch.changed += 1;
        batch.restored += u64::from(is_restored);
    }
    writing.commit().await?;
    *done = batch;
    Ok(true)
}

/// The offer as the lists want it, and whether that is a version of before; nothing when it may stay
/// as it is.
async fn realigned(
    writing: &mut WriteTransaction,
    towards: &Towards<'_>,
    offer: &OfferVersion,
) -> Result<Option<(Value, bool)>, StorageError> {
    let mut version = offer.version;
    let mut found = offer.realigned.clone();
    while let Some(note) = found.filter(|note| is_undone(&note.edition, towards.edition)) {
        version = note.former_version;
        found = writing.find_realigned(&offer.id, version).await?;
    }
    let is_restored = version != offer.version;
    let json = if is_restored {
        &writing.get_offer_version(&offer.id, version).await?
    } else {
        &offer.json
    };
    let mut resource: Value =
        serde_json::from_str(json).expect("what is kept was written from a JSON value");
    let is_changed = realign_offer(&mut resource, towards.terminology, towards.today);
    Ok((is_changed || is_restored).then_some((resource, is_restored)))
}

/// True when lists of `edition` hold a switch that the lists in force do not.
fn is_undone(edition: &str, in_force: &str) -> bool {
    edition
        .split_whitespace()
        .any(|release| !in_force.split_whitespace().any(|other| other == release))
}

/// Keeps why these versions are written, and gives the id of that.
async fn note_cause(
    ctx: &Context,
    writing: &mut WriteTransaction,
    towards: &Towards<'_>,
    at: &str,
) -> Result<String, StorageError> {
    let id = ctx.ids.next();
    let cause = serde_json::json!({
        "realignment": towards.edition, "day": towards.today.to_string()});
    let cause = cause.to_string();
    let arrival = Arrival {
        id: &id,
        bytes: cause.as_bytes(),
        source: SOURCE,
        media_type: "application/json",
        received_at: at,
    };
    writing
        .insert_arrival(arrival, JournalOutcome::Accepted)
        .await?;
    Ok(id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_undone_when_one_of_its_switches_is() {
        for (edition, in_force, expected) in [
            ("r1", "", true),
            ("r1 r2", "r1", true),
            ("r1", "r1 r2", false),
            ("", "r1", false),
            ("r1", "r1", false),
        ] {
            assert_eq!(
                is_undone(edition, in_force),
                expected,
                "{edition} {in_force}"
            );
        }
    }
}
