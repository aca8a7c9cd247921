//! What attempts came to, written down together: the results that come while others are being written
//! go into the next transaction, all of them.

use std::{
    collections::HashSet,
    slice,
    sync::{Arc, Mutex, PoisonError},
};

use tokio::sync::{Mutex as TurnMutex, oneshot};

use super::{
    Context,
    rcp_attempt::{Attempt, tell_destination},
    rcp_following_mails::left_after_all,
    recipient_update::{Refusal, note_refusal},
};
use crate::{
    clock::instant_text,
    outbox::{DeliveryEvent, DeliveryState},
    storage::{Delivery, DueDelivery, Step, StorageError, WriteTransaction},
};

/// How often a result is written again when the database fails.
const TRIES: usize = 5;
/// Rest before it is.
const PAUSE: std::time::Duration = std::time::Duration::from_secs(1);
/// Results of one transaction, at the most.
const MANY: usize = 16;

/// The results of one worker that wait to be written down.
#[derive(Debug, Default)]
pub struct AttemptResults {
    waiting: Mutex<Vec<Waiting>>,
    turn: TurnMutex<()>,
}

/// What an attempt came to, under the lease that it was made with.
#[derive(Debug)]
pub(super) struct AttemptResult {
    pub due: DueDelivery,
    pub lease_token: String,
    pub attempt: Attempt,
}

#[derive(Debug)]
struct Waiting {
    result: Arc<AttemptResult>,
    told: oneshot::Sender<Result<(), StorageError>>,
}

impl AttemptResults {
    /// How many wait while others are being written.
    pub fn count(&self) -> usize {
        self.waiting().len()
    }

    /// Writes a result down, through a passing failure of the database: a mail that left and is not
    /// written down would leave again. When it stays away, the lease runs out, and by then a receipt may
    /// have told what happened.
    pub(super) async fn write_down(
        &self,
        context: &Context,
        result: &Arc<AttemptResult>,
    ) -> Result<(), StorageError> {
        for _ in 0..TRIES {
            match self.write_with_others(context, result).await {
                Err(error) if error.is_transient() => {
                    tracing::warn!(
                        delivery.id = result.due.id,
                        error = &error as &dyn std::error::Error,
                        "result not written yet"
                    );
                    tokio::time::sleep(PAUSE).await;
                }
                done => return done,
            }
        }
        self.write_with_others(context, result).await
    }

    async fn write_with_others(
        &self,
        context: &Context,
        result: &Arc<AttemptResult>,
    ) -> Result<(), StorageError> {
        let (told, mut answer) = oneshot::channel();
        let result = Arc::clone(result);
        self.waiting().push(Waiting { result, told });
        let turn = self.turn.lock().await;
        // Whoever had the turn before may have written it; else all that wait are written now.
        loop {
            match answer.try_recv() {
                Ok(outcome) => return outcome,
                Err(oneshot::error::TryRecvError::Closed) => break,
                Err(oneshot::error::TryRecvError::Empty) => {}
            }
            let together: Vec<Waiting> = {
                let mut waiting = self.waiting();
                let count = waiting.len().min(MANY);
                waiting.drain(..count).collect()
            };
            write_together(context, together).await;
        }
        drop(turn);
        Err(StorageError::Interrupted)
    }

    fn waiting(&self) -> std::sync::MutexGuard<'_, Vec<Waiting>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Writes these results down in one transaction, and tells each what came of it.
async fn write_together(context: &Context, mut together: Vec<Waiting>) {
    match write(context, &together).await {
        Ok(()) => together.into_iter().for_each(|one| one.tell(Ok(()))),
        Err(error) if error.is_transient() => {
            let error = Arc::new(error);
            for one in together {
                one.tell(Err(StorageError::NotDurable(Arc::clone(&error))));
            }
        }
        Err(error) if together.len() == 1 => {
            if let Some(one) = together.pop() {
                one.tell(Err(error));
            }
        }
        // One of them is no longer ours to write: the others are written without it.
        Err(_) => {
            for one in together {
                let outcome = write(context, slice::from_ref(&one)).await;
                one.tell(outcome);
            }
        }
    }
}

impl Waiting {
    fn tell(self, outcome: Result<(), StorageError>) {
        // Whoever no longer waits needs no answer.
        let _ = self.told.send(outcome);
    }
}

async fn write(context: &Context, together: &[Waiting]) -> Result<(), StorageError> {
    let mut writing = context.storage.begin_write().await?;
    let ids: Vec<&str> = together
        .iter()
        .map(|one| one.result.due.id.as_str())
        .collect();
    let deliveries = writing.list_deliveries(&ids).await?;
    let mut known_to_work = HashSet::new();
    for one in together {
        let result = &one.result;
        let delivery = deliveries.iter().find(|found| found.id == result.due.id);
        let delivery = delivery.ok_or(StorageError::Lost("delivery"))?;
        write_step(context, &mut writing, delivery, result).await?;
        let AttemptResult { due, attempt, .. } = &**result;
        let destination = due.destination.as_str();
        if attempt.event == DeliveryEvent::Accepted {
            if !known_to_work.insert(destination) {
                continue;
            }
        } else {
            known_to_work.remove(destination);
        }
        tell_destination(&mut writing, due, attempt, context.clock.now()).await?;
    }
    writing.commit().await
}

async fn write_step(
    context: &Context,
    writing: &mut WriteTransaction,
    delivery: &Delivery,
    result: &AttemptResult,
) -> Result<(), StorageError> {
    let AttemptResult {
        lease_token,
        attempt,
        ..
    } = result;
    let now = context.clock.now();
    let at = instant_text(now);
    let event_id = context.ids.next();
    let next_attempt_at = attempt.retry_in.map(|wait| instant_text(now + wait));
    let state = delivery
        .state
        .after(attempt.event)
        .map_err(|_| StorageError::Lost("delivery"))?;
    let step = Step {
        event_id: &event_id,
        at: &at,
        event: attempt.event,
        state,
        // What was withdrawn while it was tried keeps the reason why.
        reason: match state {
            DeliveryState::Withdrawn if delivery.state == state => delivery.reason.as_deref(),
            _ => attempt.reason.as_deref(),
        },
        detail: attempt.detail.as_deref(),
        journal_id: None,
        evidence_sha256: attempt.mail_sha256.as_deref(),
        next_attempt_at: next_attempt_at.as_deref(),
    };
    writing
        .record_step(delivery, Some(lease_token), step)
        .await?;
    left_after_all(context, writing, delivery, state, &at).await?;
    let refusal = Refusal {
        event: attempt.event,
        reason: attempt.reason.as_deref(),
        words: attempt.detail.as_deref(),
    };
    note_refusal(context, writing, delivery, refusal).await
}
