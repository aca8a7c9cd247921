//! The mirror is kept fresh: the national directory is asked about the physicians whose turn it is.

use time::{Duration, OffsetDateTime, format_description::well_known::Rfc3339};

use super::{
    Context,
    recipient_update::{keep_absence, keep_physician, settle_address},
};
use crate::{
    annuaire::{
        Answer,
        http::{AskError, BATCH, DirectoryClient},
    },
    clock::instant_text,
    identifiers::Rpps,
    metrics::ByOutcome,
    storage::StorageError,
};

/// What the ledger calls the directory.
pub(super) const SOURCE: &str = "annuaire";

/// How long an instance may take for the physicians that it claimed.
pub(super) const CLAIM: Duration = Duration::minutes(15);

/// When a physician is asked about again after the directory failed.
const AFTER_FAILURE: Duration = Duration::minutes(5);

/// How long what the directory said may be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Freshness {
    /// Of a physician who has a mailbox.
    pub known: Duration,
    /// Of one who has none, or whom the directory does not know.
    pub missing: Duration,
    /// Of a mailbox, while the directory does not answer.
    pub unanswered: Duration,
    /// How often it is asked what changed; none when it is not.
    pub changes: Option<Duration>,
    /// When a physician of whom no change is told is asked about all the same.
    pub whole: Duration,
}

/// What a round of questions did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refreshed {
    /// It was nobody's turn.
    Idle,
    /// The directory answered about that many.
    Asked(usize),
}

/// Why a round failed.
#[derive(Debug, thiserror::Error)]
pub enum RefreshError {
    /// The directory did not answer; the physicians have their turn again later.
    #[error("the directory did not answer")]
    Directory(#[source] AskError),
    /// The database failed.
    #[error("the database failed")]
    Storage(#[from] StorageError),
}

impl Freshness {
    /// When to ask again, so that the answer is there before the old one is too old. Where changes are
    /// followed, they keep it from becoming that.
    pub(super) fn next(&self, has_mailbox: bool, now: OffsetDateTime) -> OffsetDateTime {
        now + match (has_mailbox, self.changes) {
            (true, Some(_)) => self.whole,
            (true, None) => self.known - self.known / 6,
            (false, _) => self.missing,
        }
    }

    /// True while what was said at `checked_at` may be used without asking.
    pub(super) fn holds(&self, checked_at: &str, now: OffsetDateTime) -> bool {
        age(checked_at, now).is_some_and(|age| age < self.known)
    }
}

fn age(checked_at: &str, now: OffsetDateTime) -> Option<Duration> {
    let checked_at = OffsetDateTime::parse(checked_at, &Rfc3339).ok()?;
    Some(now - checked_at)
}

/// Asks about the physicians whose turn it is, [`BATCH`] at the most, and keeps the answer. No
/// transaction is open meanwhile. When the directory does not answer, mailboxes that it gave within
/// [`Freshness::unanswered`] are used all the same, and the ledger says that they were not asked
/// about again.
///
/// # Errors
/// [`RefreshError`].
pub async fn refresh_recipients(
    context: &Context,
    client: &DirectoryClient,
) -> Result<Refreshed, RefreshError> {
    let now = context.clock.now();
    let claimed = context
        .storage
        .claim_recipients(
            &instant_text(now),
            &instant_text(now + CLAIM),
            i64::try_from(BATCH).unwrap_or(i64::MAX),
        )
        .await?;
    if claimed.is_empty() {
        return Ok(Refreshed::Idle);
    }
    match client.ask(&claimed).await {
        Ok(answer) => {
            keep_answer(context, &claimed, &answer).await?;
            counted(context, "answered");
            Ok(Refreshed::Asked(claimed.len()))
        }
        Err(error) => {
            counted(context, "failed");
            for rpps in &claimed {
                go_without(context, rpps).await?;
            }
            Err(RefreshError::Directory(error))
        }
    }
}

/// Counts a question to the directory.
pub(super) fn counted(context: &Context, outcome: &'static str) {
    context
        .metrics
        .directory_questions
        .get_or_create(&ByOutcome { outcome })
        .inc();
}

/// Keeps what was answered, each physician in a transaction of its own: the reports that wait for
/// one of them do not wait for the others.
async fn keep_answer(
    context: &Context,
    asked: &[Rpps],
    answer: &Answer,
) -> Result<(), StorageError> {
    for rpps in asked {
        let mut writing = context.storage.begin_write().await?;
        match answer.physicians.get(rpps.as_str()) {
            Some(physician) => {
                keep_physician(context, &mut writing, physician, SOURCE).await?;
            }
            None if answer.unreadable == 0 => {
                keep_absence(context, &mut writing, rpps, SOURCE).await?;
            }
            // Who is not in an answer that could not be read whole may be in it all the same.
            None => {
                let later = instant_text(context.clock.now() + AFTER_FAILURE);
                writing.ask_for_recipient(rpps, &later).await?;
            }
        }
        writing.commit().await?;
    }
    if answer.unreadable > 0 {
        tracing::warn!(
            count = answer.unreadable,
            "resources of the directory could not be read"
        );
    }
    Ok(())
}

/// The directory did not answer: what it said lately is used, and it is asked again later.
async fn go_without(context: &Context, rpps: &Rpps) -> Result<(), StorageError> {
    let now = context.clock.now();
    let later = instant_text(now + AFTER_FAILURE);
    let mut writing = context.storage.begin_write().await?;
    writing.ask_for_recipient(rpps, &later).await?;
    let recipient = writing.find_recipient(rpps).await?;
    let usable = context
        .directory
        .zip(recipient)
        .filter(|(freshness, recipient)| {
            recipient.address.is_some()
                && age(&recipient.checked_at, now).is_some_and(|age| age < freshness.unanswered)
        });
    if let Some((_, recipient)) = usable {
        let source = format!("{SOURCE}, not asked again since {}", recipient.checked_at);
        settle_address(context, &mut writing, rpps, &source).await?;
    }
    writing.commit().await
}
