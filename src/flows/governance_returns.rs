//! What comes to the ordinary mailbox of the directory. Anybody may write there: only the return of a mail of
//! ours changes something, and that is noted on the structure that it was about.

use super::{
    Acknowledged, Context,
    governance_notices::note_returned,
    rcp_acknowledgement::{delivery_news, key_of},
};
use crate::{
    mssante::receipt::{self, Receipt},
    outbox::DeliveryEvent,
    storage::{Arrival, JournalOutcome, StorageError},
};

/// Takes one mail of the ordinary mailbox. Once this returns, the mail may be marked as processed.
///
/// # Errors
/// [`StorageError`]; the mail must then stay where it is, to be taken again.
pub async fn take_ordinary_mail(
    context: &Context,
    mail: &[u8],
) -> Result<Acknowledged, StorageError> {
    let received = receipt::read(mail);
    let report = match &received.receipt {
        Receipt::Dsn(report) => Some(report),
        _ => None,
    };
    let (now, arrival_id) = (context.now_text(), context.ids.next());
    let arrival = Arrival {
        id: &arrival_id,
        bytes: mail,
        source: "ordinary-mail",
        media_type: "message/rfc822",
        received_at: &now,
    };
    let kind = if report.is_some() { "dsn" } else { "letter" };
    let mut writing = context.storage.begin_write().await?;
    writing
        .insert_arrival(arrival, JournalOutcome::Accepted)
        .await?;
    let key = key_of(&received, mail);
    let is_new = writing
        .insert_inbound_mail(&key, &arrival_id, kind, None, &now)
        .await?;
    if !is_new {
        return Ok(Acknowledged::Repeated);
    }
    let notice = match report {
        Some(report) => {
            let id = |id: &Option<String>| id.clone().unwrap_or_default();
            writing
                .find_governance_notice(&id(&report.original_message_id), &id(&report.envelope_id))
                .await?
        }
        None => None,
    };
    writing.commit().await?;
    tracing::info!(kind, journal.id = arrival_id, "ordinary mail taken in");
    let (Some(report), Some((account_id, structure))) = (report, notice) else {
        return Ok(Acknowledged::Unmatched);
    };
    let (event, reason, detail) = delivery_news(report);
    if event == Some(DeliveryEvent::Bounced) {
        let reason = detail.or(reason).unwrap_or_default();
        note_returned(context, &account_id, &structure, &reason).await?;
    }
    Ok(Acknowledged::Matched)
}
