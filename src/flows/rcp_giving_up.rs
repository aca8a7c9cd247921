//! A destination fails for so long that what waits for it is given up: somebody must find another way.

use super::Context;
use crate::{
    clock::instant_text,
    outbox::{DeliveryEvent, patience_ends},
    storage::{Step, StorageError},
};

/// Deliveries given up in one transaction.
const AT_ONCE: i64 = 100;

/// Gives up what waits for a destination that fails, once it has waited for a day. Hands back how many
/// deliveries that is.
///
/// # Errors
/// [`StorageError`].
pub async fn give_up_waiting(context: &Context, domain: &str) -> Result<usize, StorageError> {
    let mut given_up = 0;
    loop {
        let now = context.clock.now();
        let (at, before) = (instant_text(now), instant_text(patience_ends(now)));
        let mut writing = context.storage.begin_write().await?;
        let waiting = writing
            .list_waiting_too_long(domain, &at, &before, AT_ONCE)
            .await?;
        if waiting.is_empty() {
            return Ok(given_up);
        }
        for (delivery, reason) in &waiting {
            let event = DeliveryEvent::GivenUp;
            let state = delivery.state.after(event);
            let event_id = context.ids.next();
            let step = Step {
                event_id: &event_id,
                at: &at,
                event,
                state: state.map_err(|_| StorageError::Lost("delivery"))?,
                reason: Some(reason),
                detail: Some(domain),
                journal_id: None,
                evidence_sha256: None,
                next_attempt_at: None,
            };
            writing.record_step(delivery, None, step).await?;
        }
        writing.commit().await?;
        given_up += waiting.len();
    }
}
