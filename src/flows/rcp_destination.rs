//! Whom a report goes to, and the delivery that will take it there.

use super::{Context, recipient_release::may_be_same};
use crate::{
    cda::{Attending, Document},
    identifiers::{MssanteAddress, Rpps},
    outbox::{DeliveryState, NoAddress, Purpose},
    storage::{DecisionKind, NewDelivery, Recipient, StorageError, WriteTransaction},
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
    let family = physician.person.name.family.as_deref().unwrap_or_default();
    let address = address(context, writing, &rpps, family).await?;
    Ok(Destination {
        rpps: Some(rpps),
        address,
    })
}

/// The address that the mirror of the directory gives. What it does not know, or knew too long ago,
/// is asked of the directory, and the report leaves when the answer has come.
async fn address(
    context: &Context,
    writing: &mut WriteTransaction,
    rpps: &Rpps,
    family: &str,
) -> Result<Result<MssanteAddress, NoAddress>, StorageError> {
    let recipient = writing.find_recipient(rpps).await?;
    let is_decided = match &recipient {
        Some(_) => writing
            .find_decision(rpps)
            .await?
            .is_some_and(|decision| decision.kind != DecisionKind::Lifted),
        None => false,
    };
    let is_fresh = |recipient: &Recipient| {
        context
            .directory
            .as_ref()
            .is_none_or(|freshness| freshness.holds(&recipient.checked_at, context.clock.now()))
    };
    let Some(recipient) = recipient.filter(|recipient| is_decided || is_fresh(recipient)) else {
        if context.directory.is_none() {
            return Ok(Err(NoAddress::NotInDirectory));
        }
        writing.ask_for_recipient(rpps, &context.now_text()).await?;
        return Ok(Err(NoAddress::DirectoryAwaited));
    };
    let found = recipient
        .address
        .ok_or(recipient.hindrance.unwrap_or(NoAddress::NoMailbox));
    Ok(found.and_then(|address| {
        let trusted = context
            .sender
            .as_ref()
            .is_none_or(|sender| sender.trusted.trusts(&address));
        if !trusted {
            Err(NoAddress::UntrustedDomain)
        } else if !is_decided && !may_be_same(&recipient.family_name, family) {
            Err(NoAddress::NameDiffers)
        } else {
            Ok(address)
        }
    }))
}

/// Queues a report for its recipient; one that has nowhere to go waits, and says why.
pub(super) async fn queue(
    context: &Context,
    writing: &mut WriteTransaction,
    report_id: &str,
    destination: &Destination,
    now: &str,
) -> Result<(), StorageError> {
    let ids = context.mail_ids();
    writing
        .insert_delivery(&NewDelivery {
            id: &ids.id,
            report_id,
            purpose: Purpose::Report,
            recipient_rpps: destination.rpps.as_ref().map(Rpps::as_str),
            recipient_address: destination
                .address
                .as_ref()
                .ok()
                .map(MssanteAddress::as_str),
            message_id: &ids.message_id,
            submission_id: &ids.submission_id,
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
