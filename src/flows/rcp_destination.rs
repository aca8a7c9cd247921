//! Whom a report goes to, and the delivery that will take it there.

use super::Context;
use crate::{
    cda::{Attending, Document},
    identifiers::{MssanteAddress, Rpps},
    outbox::{DeliveryState, NoAddress, Purpose},
    storage::{NewDelivery, StorageError, WriteTransaction},
};

/// Whom a report goes to, or why it goes nowhere.
pub(super) struct Destination {
    /// RPPS number of the attending physician, when the document gives a valid one.
    pub rpps: Option<Rpps>,
    /// Where the report goes, or why it goes nowhere.
    pub address: Result<MssanteAddress, NoAddress>,
}

/// Finds out whom a document goes to.
pub(super) async fn destination(
    context: &Context,
    writing: &mut WriteTransaction,
    document: &Document,
) -> Result<Destination, StorageError> {
    let nowhere = |reason| Destination {
        rpps: None,
        address: Err(reason),
    };
    let physician = match document.header.attending_physician() {
        Attending::Known(participant) => participant,
        Attending::None => return Ok(nowhere(NoAddress::NoPhysician)),
        Attending::Unknown | Attending::Absent => return Ok(nowhere(NoAddress::PhysicianUnknown)),
    };
    let Some(rpps) = physician
        .person
        .id_nat()
        .and_then(|id_nat| Rpps::from_id_nat(id_nat).ok())
    else {
        return Ok(nowhere(NoAddress::NoRpps));
    };
    let address = match writing.find_recipient(&rpps).await? {
        None => Err(NoAddress::NotInDirectory),
        Some(recipient) => recipient.address.ok_or(NoAddress::NoMailbox),
    };
    let is_trusted = |address: &MssanteAddress| {
        context
            .sender
            .as_ref()
            .is_none_or(|sender| sender.trusted.trusts(address))
    };
    let address = address.and_then(|address| {
        if is_trusted(&address) {
            Ok(address)
        } else {
            Err(NoAddress::UntrustedDomain)
        }
    });
    Ok(Destination {
        rpps: Some(rpps),
        address,
    })
}

/// Queues a report for its recipient; one that has nowhere to go waits, and says why.
pub(super) async fn queue(
    context: &Context,
    writing: &mut WriteTransaction,
    report_id: &str,
    destination: &Destination,
    now: &str,
) -> Result<(), StorageError> {
    let id = context.ids.next();
    let message_id = format!("{id}@{}", context.message_domain());
    writing
        .insert_delivery(&NewDelivery {
            id: &id,
            report_id,
            purpose: Purpose::Report,
            recipient_rpps: destination.rpps.as_ref().map(Rpps::as_str),
            recipient_address: destination
                .address
                .as_ref()
                .ok()
                .map(MssanteAddress::as_str),
            message_id: &message_id,
            state: if destination.address.is_ok() {
                DeliveryState::Pending
            } else {
                DeliveryState::Undeliverable
            },
            reason: destination
                .address
                .as_ref()
                .err()
                .map(|reason| reason.as_str()),
            at: now,
        })
        .await
}
