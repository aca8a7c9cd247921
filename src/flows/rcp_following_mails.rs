//! The mails that follow one that left: the word that its report is cancelled, and the version that
//! corrects it.

use super::Context;
use crate::{
    outbox::{DeliveryState, Purpose},
    rcp::Standing,
    storage::{Delivery, NewDelivery, StorageError, WriteTransaction},
};

/// A delivery that was withdrawn turns out to have left, when a worker was sending it meanwhile: if
/// its report is cancelled, the recipient must be told.
pub(super) async fn left_after_all(
    context: &Context,
    writing: &mut WriteTransaction,
    delivery: &Delivery,
    state: DeliveryState,
    now: &str,
) -> Result<(), StorageError> {
    if delivery.state != DeliveryState::Withdrawn || !state.has_left() {
        return Ok(());
    }
    let Some(set_id) = writing.find_set_of(&delivery.report_id).await? else {
        return Ok(());
    };
    announce_cancellation(context, writing, &set_id, now).await
}

/// Queues the word that a report is cancelled, to whoever holds the last version that left, once.
/// Nothing is queued while a version counts, nor when none left.
pub(super) async fn announce_cancellation(
    context: &Context,
    writing: &mut WriteTransaction,
    set_id: &str,
    now: &str,
) -> Result<(), StorageError> {
    let versions = writing.list_versions(set_id).await?;
    let is_cancelled = versions
        .last()
        .is_some_and(|version| version.cancelled_at.is_some());
    if !is_cancelled {
        return Ok(());
    }
    let deliveries = writing.list_deliveries_of_set(set_id).await?;
    for purpose in [Purpose::Cancellation, Purpose::PatientCancellation] {
        let left = deliveries.iter().rfind(|delivery| {
            purpose.withdrawn() == Some(delivery.purpose) && delivery.state.has_left()
        });
        let Some(left) = left else { continue };
        let is_announced = deliveries
            .iter()
            .any(|delivery| delivery.report_id == left.report_id && delivery.purpose == purpose);
        if !is_announced {
            follow(context, writing, left, &left.report_id, purpose, now).await?;
        }
    }
    Ok(())
}

/// Sends the version that counts to the patient too, when an earlier one has left for the patient: a
/// report that was corrected must not stay with them as it was.
pub(super) async fn replace_for_patient(
    context: &Context,
    writing: &mut WriteTransaction,
    set_id: &str,
    now: &str,
) -> Result<(), StorageError> {
    let versions = writing.list_versions(set_id).await?;
    let current = versions
        .iter()
        .find(|version| version.report.standing == Standing::Current);
    let Some(current) = current else {
        return Ok(());
    };
    let deliveries = writing.list_deliveries_of_set(set_id).await?;
    let mut to_patient = deliveries
        .iter()
        .filter(|delivery| delivery.purpose == Purpose::Patient);
    let is_ordered = to_patient
        .clone()
        .any(|delivery| delivery.report_id == current.report.id);
    match to_patient.rfind(|delivery| delivery.state.has_left()) {
        Some(left) if !is_ordered => {
            let report_id = &current.report.id;
            follow(context, writing, left, report_id, Purpose::Patient, now).await
        }
        Some(_) | None => Ok(()),
    }
}

/// Queues a mail that follows one that left, to the same mailbox.
async fn follow(
    context: &Context,
    writing: &mut WriteTransaction,
    left: &Delivery,
    report_id: &str,
    purpose: Purpose,
    now: &str,
) -> Result<(), StorageError> {
    let ids = context.mail_ids();
    writing
        .insert_delivery(&NewDelivery {
            id: &ids.id,
            report_id,
            purpose,
            recipient_rpps: left.recipient_rpps.as_deref(),
            recipient_address: left.recipient_address.as_deref(),
            message_id: &ids.message_id,
            submission_id: &ids.submission_id,
            state: DeliveryState::Pending,
            reason: None,
            at: now,
        })
        .await
}
