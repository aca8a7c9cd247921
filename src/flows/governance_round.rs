//! The calendar of the directory, once a day: who is asked, reminded, delisted. A round that is missed is
//! caught up with by the next one; a round that is repeated does nothing.

use super::{
    Context,
    governance_acts::{ActError, Deed, enact},
    governance_publication::take_over_structures,
    progress::Progress,
};
use crate::{
    clock::day_in_paris,
    governance::{Act, Author, Listing, Step},
    storage::StorageError,
};

/// Structures looked at together.
const PAGE: i64 = 200;

/// Structures whose steps are one transaction.
const TOGETHER: usize = 20;

/// What a round did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Round {
    /// Structures brought in.
    pub taken_over: u64,
    /// Referents asked to verify.
    pub asked: u64,
    /// Referents reminded.
    pub reminded: u64,
    /// Structures delisted.
    pub lapsed: u64,
}

/// Does what the calendar has to do today.
///
/// # Errors
/// [`StorageError`]; what was done before stays done.
pub async fn run_calendar(ctx: &Context) -> Result<Round, StorageError> {
    follow(ctx, |_| true).await
}

/// Brings in what was imported and delists what nobody verified in time: all that must be done before
/// anybody is answered. Whoever is delisted is told; nobody is asked or reminded.
///
/// # Errors
/// As [`run_calendar`].
pub async fn delist_overdue(ctx: &Context) -> Result<Round, StorageError> {
    follow(ctx, |step| step == Step::Lapse).await
}

async fn follow(ctx: &Context, is_wanted: impl Fn(Step) -> bool) -> Result<Round, StorageError> {
    let mut round = Round {
        taken_over: take_over_structures(ctx).await?,
        ..Round::default()
    };
    let today = day_in_paris(ctx.clock.now());
    let mut after = String::new();
    let mut progress = Progress::new("the calendar of the directory is followed", 0);
    loop {
        let due = ctx.storage.list_due(today, &after, PAGE).await?;
        let Some(last) = due.last() else { break };
        after.clone_from(last);
        for structures in due.chunks(TOGETHER) {
            let mut steps = Vec::with_capacity(structures.len());
            for structure in structures {
                let events = ctx.storage.list_events(structure).await?;
                let listing = Listing::of_events(structure, &events);
                let step = ctx.governance.calendar.step_on(&listing, today);
                steps.extend(
                    step.filter(|step| is_wanted(*step))
                        .map(|step| (listing, step)),
                );
            }
            take(ctx, &steps, &mut round).await?;
        }
        progress.advance(due.len());
    }
    Ok(round)
}

/// Takes these steps, of structures as they were seen, in one transaction.
async fn take(
    ctx: &Context,
    steps: &[(Listing, Step)],
    round: &mut Round,
) -> Result<(), StorageError> {
    if steps.is_empty() {
        return Ok(());
    }
    let mut tx = ctx.storage.begin_large_write().await?;
    tx.take_turn().await?;
    for (listing, step) in steps {
        let deed = Deed {
            structure: &listing.structure,
            seen: Some(listing.version),
            author: &Author::system("calendrier"),
            act: match step {
                Step::Ask => Act::Ask,
                Step::Remind(number) => Act::Remind { number: *number },
                Step::Lapse => Act::Lapse,
            },
            application: None,
        };
        match enact(ctx, &mut tx, deed).await {
            Ok(_) => match step {
                Step::Ask => round.asked += 1,
                Step::Remind(_) => round.reminded += 1,
                Step::Lapse => round.lapsed += 1,
            },
            Err(ActError::Storage(error)) => return Err(error),
            // Somebody acted meanwhile: the next round looks again.
            Err(error) => {
                tracing::info!(structure.id = listing.structure, %error, "left to the next round");
            }
        }
    }
    tx.commit().await
}
