//! The directory says something of a physician: it is kept, and the reports that waited for an
//! address leave.

use super::Context;
use crate::{
    outbox::DeliveryEvent,
    storage::{Recipient, Step, StorageError, WriteTransaction},
};

/// Keeps what the directory says of a physician. When it gives a trusted address, the reports that
/// had nowhere to go are due at once. Returns how many those are.
///
/// # Errors
/// [`StorageError`].
pub async fn keep_recipient(
    context: &Context,
    writing: &mut WriteTransaction,
    recipient: &Recipient,
) -> Result<usize, StorageError> {
    writing.upsert_recipient(recipient).await?;
    let trusted = |address: &_| {
        context
            .sender
            .as_ref()
            .is_none_or(|sender| sender.trusted.trusts(address))
    };
    let Some(address) = recipient
        .address
        .as_ref()
        .filter(|address| trusted(address))
    else {
        return Ok(0);
    };
    let waiting = writing.list_undeliverable(&recipient.rpps).await?;
    for delivery in &waiting {
        let event = DeliveryEvent::AddressFound;
        let state = delivery
            .state
            .after(event)
            .map_err(|_| StorageError::Lost("delivery"))?;
        let event_id = context.ids.next();
        let step = Step {
            event_id: &event_id,
            at: &recipient.checked_at,
            event,
            state,
            reason: None,
            detail: Some(&recipient.source),
            journal_id: None,
            evidence_sha256: None,
            next_attempt_at: Some(&recipient.checked_at),
        };
        writing.address_delivery(&delivery.id, address).await?;
        writing.record_step(delivery, None, step).await?;
    }
    Ok(waiting.len())
}
