//! The reports that wait for an address of their physician leave, or say anew why they wait.

use super::Context;
use crate::{
    annuaire::is_same_family,
    identifiers::{MssanteAddress, Rpps},
    outbox::{DeliveryEvent, DeliveryState, NoAddress},
    storage::{Delivery, OppositionScope, Step, StorageError, WriteTransaction},
};

/// Lets the reports leave that wait for that physician's address; those that have none say why.
/// `family` is the name that the directory gives, when it is to be compared with that of the report.
/// Returns how many leave.
pub(super) async fn release(
    context: &Context,
    writing: &mut WriteTransaction,
    rpps: &Rpps,
    address: &Result<MssanteAddress, NoAddress>,
    family: Option<&str>,
    source: &str,
) -> Result<usize, StorageError> {
    let mut released = 0;
    for waiting in writing.list_waiting_for(rpps).await? {
        let named = waiting.physician_family.as_deref();
        let address = address
            .as_ref()
            .map_err(|reason| *reason)
            .and_then(|address| match (family, named) {
                (Some(family), Some(named)) if !may_be_same(family, named) => {
                    Err(NoAddress::NameDiffers)
                }
                _ => Ok(address),
            });
        let delivery = &waiting.delivery;
        let is_opposed = writing
            .opposes(&delivery.report_id, OppositionScope::Professionals)
            .await?;
        let address = if is_opposed {
            Err(NoAddress::PatientOpposition)
        } else {
            address
        };
        match address {
            // What that same mailbox refused is not sent there again.
            Ok(address)
                if delivery.state == DeliveryState::Undeliverable
                    || delivery.recipient_address.as_deref() != Some(address.as_str()) =>
            {
                writing.address_delivery(&delivery.id, address).await?;
                step(
                    context,
                    writing,
                    delivery,
                    DeliveryEvent::AddressFound,
                    None,
                    source,
                )
                .await?;
                released += 1;
            }
            Ok(_) => {}
            Err(reason) => wait_for(context, writing, delivery, reason, source).await?,
        }
    }
    Ok(released)
}

/// Names that are not known cannot differ.
pub(super) fn may_be_same(family: &str, named: &str) -> bool {
    family.is_empty() || named.is_empty() || is_same_family(family, named)
}

/// A report that still has nowhere to go says why, once for each reason.
async fn wait_for(
    context: &Context,
    writing: &mut WriteTransaction,
    delivery: &Delivery,
    reason: NoAddress,
    source: &str,
) -> Result<(), StorageError> {
    let is_told = delivery.reason.as_deref() == Some(reason.as_str());
    if is_told || delivery.state != DeliveryState::Undeliverable {
        return Ok(());
    }
    step(
        context,
        writing,
        delivery,
        DeliveryEvent::AddressSought,
        Some(reason),
        source,
    )
    .await
}

/// One line more in the history of a report that has not left; `source` is who or what caused it.
pub(super) async fn step(
    context: &Context,
    writing: &mut WriteTransaction,
    delivery: &Delivery,
    event: DeliveryEvent,
    reason: Option<NoAddress>,
    source: &str,
) -> Result<(), StorageError> {
    let state = delivery
        .state
        .after(event)
        .map_err(|_| StorageError::Lost("delivery"))?;
    let (event_id, now) = (context.ids.next(), context.now_text());
    let step = Step {
        event_id: &event_id,
        at: &now,
        event,
        state,
        reason: reason.map(NoAddress::as_str),
        detail: Some(source),
        journal_id: None,
        evidence_sha256: None,
        next_attempt_at: Some(&now),
    };
    writing.record_step(delivery, None, step).await
}
