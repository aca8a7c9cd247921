//! The national directory is asked what it changed: those whom it concerns are asked about again, and
//! what the mirror says of the others holds on.

use time::{Duration, OffsetDateTime, format_description::well_known::Rfc3339};

use super::{
    Context,
    directory_refresh::{CLAIM, RefreshError, SOURCE, counted},
};
use crate::{
    annuaire::{Changes, http::DirectoryClient},
    clock::instant_text,
};

/// The directory keeps its changes for thirty days; what is older is not asked of it.
///
/// **Source:** ANS, API FHIR Annuaire Santé v2, *Appels Delta*.
const LONGEST: Duration = Duration::days(29);

/// How far back from what is known each question goes: the clocks of two servers differ, and what is
/// searched lags behind what is written.
const OVERLAP: Duration = Duration::hours(1);

/// What a question about changes did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Followed {
    /// It was not the time.
    NotDue,
    /// That many physicians of the mirror may have changed: they are asked about.
    Changed(u64),
    /// It was not known since when to ask, or for too long: everybody is asked about, that many.
    Anew(u64),
}

/// Asks the directory what it changed since the last time, when that is due. No transaction is open
/// meanwhile. What it removed it does not tell: everybody is asked about again from time to time
/// ([`super::Freshness::whole`]), and who is no longer in it is then known.
///
/// # Errors
/// [`RefreshError`]: the next question asks since the same instant.
pub async fn follow_directory(
    context: &Context,
    client: &DirectoryClient,
) -> Result<Followed, RefreshError> {
    let Some(period) = context.directory.and_then(|freshness| freshness.changes) else {
        return Ok(Followed::NotDue);
    };
    let now = context.clock.now();
    let (at, until) = (instant_text(now), instant_text(now + CLAIM));
    let storage = &context.storage;
    let turn = storage.claim_directory_changes(SOURCE, &at, &until).await?;
    let Some(turn) = turn else {
        return Ok(Followed::NotDue);
    };
    let known = turn
        .reached_at
        .and_then(|reached| Some((OffsetDateTime::parse(&reached, &Rfc3339).ok()?, reached)))
        .filter(|(instant, _)| now - *instant < LONGEST);
    let changes = match &known {
        Some((instant, _)) => Some(ask(context, client, *instant - OVERLAP).await?),
        None => None,
    };
    let mut writing = storage.begin_write().await?;
    let followed = match (known, changes) {
        (Some((_, since)), Some(changes)) => {
            let numbers: Vec<String> = changes.physicians.into_iter().collect();
            let places: Vec<String> = changes.places.into_iter().collect();
            let asked = writing.ask_for_changed(&numbers, &places, &at).await?;
            writing.confirm_unchanged(SOURCE, &since, &at).await?;
            Followed::Changed(asked)
        }
        _ => Followed::Anew(writing.ask_for_all(SOURCE, &at).await?),
    };
    let next = instant_text(now + period);
    writing.reach_directory_changes(SOURCE, &at, &next).await?;
    writing.commit().await?;
    Ok(followed)
}

async fn ask(
    context: &Context,
    client: &DirectoryClient,
    since: OffsetDateTime,
) -> Result<Changes, RefreshError> {
    let answer = client.changed_since(&instant_text(since)).await;
    let outcome = if answer.is_ok() {
        "changes"
    } else {
        "changes-failed"
    };
    counted(context, outcome);
    answer.map_err(RefreshError::Directory)
}
