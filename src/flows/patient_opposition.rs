//! A patient objects to reports by secure mail, or to reports in their own box: somebody records it with
//! their name, and what has not left does not leave.

use super::{
    Context, Decider, DecisionError, recipient_release::step, recipient_update::settle_address,
};
use crate::{
    identifiers::Rpps,
    outbox::{DeliveryEvent, NoAddress},
    storage::{Delivery, Opposition, OppositionScope, StorageError, WriteTransaction},
};

/// What a patient says now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stance {
    /// The patient objects.
    Opposed,
    /// The patient no longer objects.
    Lifted,
}

/// Records what the patient of that report says. It holds for every report of that patient: those
/// that wait are withheld, those that were withheld leave once the patient no longer objects. The
/// word that a report is cancelled is sent all the same: it takes back what its reader holds.
///
/// # Errors
/// [`DecisionError`]; nothing is changed then.
pub async fn record_opposition(
    context: &Context,
    report_id: &str,
    scope: OppositionScope,
    stance: Stance,
    decider: Decider<'_>,
) -> Result<(), DecisionError> {
    decider.check()?;
    let opposition = Opposition {
        id: context.ids.next(),
        scope,
        is_opposed: stance == Stance::Opposed,
        author: decider.author.trim().to_owned(),
        note: decider.note.trim().to_owned(),
        at: context.now_text(),
    };
    let mut writing = context.storage.begin_write().await?;
    if !writing.insert_opposition(report_id, &opposition).await? {
        return Err(DecisionError::NotFound);
    }
    let unsent = writing.list_unsent_of_patient(report_id, scope).await?;
    match stance {
        Stance::Opposed => {
            for delivery in &unsent {
                withhold(context, &mut writing, delivery, &opposition).await?;
            }
        }
        Stance::Lifted => let_go(context, &mut writing, unsent, &opposition).await?,
    }
    writing.commit().await?;
    tracing::info!(
        report.id = report_id,
        scope = scope.as_str(),
        is_opposed = opposition.is_opposed,
        "opposition of a patient recorded"
    );
    Ok(())
}

async fn withhold(
    context: &Context,
    writing: &mut WriteTransaction,
    delivery: &Delivery,
    opposition: &Opposition,
) -> Result<(), StorageError> {
    let reason = Some(NoAddress::PatientOpposition);
    // What has nowhere to go for another reason keeps it, unless an address can be found for it.
    if delivery.recipient_rpps.is_none() && delivery.recipient_address.is_none() {
        return Ok(());
    }
    let event = DeliveryEvent::Opposed;
    step(
        context,
        writing,
        delivery,
        event,
        reason,
        &opposition.author,
    )
    .await
}

/// What was withheld leaves for where it was to go, or for where its physician's mail goes now.
async fn let_go(
    context: &Context,
    writing: &mut WriteTransaction,
    unsent: Vec<Delivery>,
    opposition: &Opposition,
) -> Result<(), StorageError> {
    let reason = NoAddress::PatientOpposition.as_str();
    let withheld = unsent
        .into_iter()
        .filter(|delivery| delivery.reason.as_deref() == Some(reason));
    for delivery in withheld {
        let rpps = delivery.recipient_rpps.as_deref();
        let rpps: Option<Rpps> = rpps.and_then(|rpps| rpps.parse().ok());
        match (opposition.scope, rpps) {
            (OppositionScope::Professionals, Some(rpps)) => {
                if writing.find_recipient(&rpps).await?.is_none() {
                    writing.ask_for_recipient(&rpps, &opposition.at).await?;
                }
                settle_address(context, writing, &rpps, &opposition.author).await?;
            }
            _ => {
                let event = DeliveryEvent::AddressFound;
                step(context, writing, &delivery, event, None, &opposition.author).await?;
            }
        }
    }
    Ok(())
}
