//! Something comes back: a receipt, a report of the mail system, a letter. Each is kept as it came,
//! dealt with once, and changes the delivery that it speaks of.

use sha2::{Digest, Sha256};

use super::{
    Context,
    governance_notices::note_returned,
    inbound_documents::take_documents,
    rcp_following_mails::left_after_all,
    recipient_update::{Refusal, note_refusal},
};
use crate::{
    identifiers::MssanteAddress,
    metrics::ByOutcome,
    mssante::{
        dsn::{Action, DeliveryReport},
        mdn::Disposition,
        receipt::{self, Receipt, ReceivedMail},
    },
    outbox::DeliveryEvent,
    storage::{Arrival, Delivery, JournalOutcome, Step, StorageError, WriteTransaction},
};

/// What became of a mail that was found in the inbox.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Acknowledged {
    /// It speaks of a delivery, and was added to its history.
    Matched,
    /// It speaks of nothing that we sent, or does not say of what; a person should look.
    Unmatched,
    /// It had been dealt with before.
    Repeated,
}

/// What a mail says of a delivery.
struct News<'a> {
    kind: &'static str,
    message_id: &'a str,
    envelope_id: &'a str,
    /// Address that our mail was sent to, when the news says it.
    recipient: Option<&'a str>,
    event: Option<DeliveryEvent>,
    reason: Option<String>,
    detail: Option<String>,
}

/// The mail that tells the news, as the journal keeps it.
#[derive(Clone, Copy)]
struct Evidence<'a> {
    arrival_id: &'a str,
    sha256: &'a str,
}

/// Which mailbox a mail speaks of.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mailbox {
    /// The one that the delivery goes to.
    Present,
    /// One that it went to before it was given another.
    Earlier,
    /// None of ours.
    Other,
}

/// Takes one mail of the inbox. Once this returns, the mail may be marked as processed.
///
/// # Errors
/// [`StorageError`]; the mail must then stay where it is, to be taken again.
pub async fn take_mail(context: &Context, mail: &[u8]) -> Result<Acknowledged, StorageError> {
    let received = receipt::read(mail);
    if received.receipt == Receipt::Documents {
        return take_documents(context, mail, &received).await;
    }
    let news = news(context, &received);
    // A race with the worker that is writing the same delivery is lost at most a few times.
    for _ in 0..5 {
        match keep(context, mail, &received, &news).await {
            Err(StorageError::Lost(_)) => {}
            done => return done,
        }
    }
    Err(StorageError::Lost("delivery"))
}

/// What a mail is known by: who wrote it and its Message-ID, else its bytes.
pub(super) fn key_of(received: &ReceivedMail, mail: &[u8]) -> String {
    match (&received.message_id, &received.from) {
        (Some(id), Some(from)) => format!("{from} {id}"),
        (Some(id), None) => id.clone(),
        (None, _) => format!("sha256:{}", hex::encode(Sha256::digest(mail))),
    }
}

async fn keep(
    context: &Context,
    mail: &[u8],
    received: &ReceivedMail,
    news: &News<'_>,
) -> Result<Acknowledged, StorageError> {
    let now = context.now_text();
    let arrival_id = context.ids.next();
    let arrival = Arrival {
        id: &arrival_id,
        bytes: mail,
        source: "mail",
        media_type: "message/rfc822",
        received_at: &now,
    };
    let key = key_of(received, mail);
    let mut writing = context.storage.begin_write().await?;
    let sha256 = writing
        .insert_arrival(arrival, JournalOutcome::Accepted)
        .await?;
    let delivery = writing
        .find_delivery(news.message_id, news.envelope_id)
        .await?;
    let delivery_id = delivery.as_ref().map(|delivery| delivery.id.as_str());
    if !writing
        .insert_inbound_mail(&key, &arrival_id, news.kind, delivery_id, &now)
        .await?
    {
        drop(writing);
        let mut writing = context.storage.begin_write().await?;
        writing
            .insert_arrival(arrival, JournalOutcome::Repeated)
            .await?;
        writing.commit().await?;
        return Ok(Acknowledged::Repeated);
    }
    let outcome = match &delivery {
        Some(delivery) => {
            let evidence = Evidence {
                arrival_id: &arrival_id,
                sha256: &sha256,
            };
            apply(context, &mut writing, delivery, news, evidence, &now).await?
        }
        None => Acknowledged::Unmatched,
    };
    let notice = writing
        .find_governance_notice(news.message_id, news.envelope_id)
        .await?;
    writing.commit().await?;
    if let Some((account_id, structure)) = notice
        && news.event == Some(DeliveryEvent::Bounced)
    {
        let reason = news.detail.as_deref().or(news.reason.as_deref());
        note_returned(context, &account_id, &structure, reason.unwrap_or_default()).await?;
        return Ok(Acknowledged::Matched);
    }
    context
        .metrics
        .inbound_mails
        .get_or_create(&ByOutcome { outcome: news.kind })
        .inc();
    tracing::info!(
        delivery.id = delivery_id,
        kind = news.kind,
        journal.id = arrival_id,
        "mail taken in"
    );
    Ok(outcome)
}

/// Adds the news to the history of the delivery that they speak of, when they change or confirm it.
async fn apply(
    context: &Context,
    writing: &mut WriteTransaction,
    delivery: &Delivery,
    news: &News<'_>,
    evidence: Evidence<'_>,
    now: &str,
) -> Result<Acknowledged, StorageError> {
    let Some(event) = news.event else {
        return Ok(Acknowledged::Unmatched);
    };
    // Whoever guesses a Message-ID cannot speak of a mail that was sent to somebody else.
    let mailbox = match (&news.recipient, &delivery.recipient_address) {
        (Some(said), Some(to)) if !said.eq_ignore_ascii_case(to) => {
            if writing.was_addressed_to(&delivery.id, said).await? {
                Mailbox::Earlier
            } else {
                Mailbox::Other
            }
        }
        _ => Mailbox::Present,
    };
    let event = match (mailbox, event) {
        (Mailbox::Present, event) => event,
        // The report was read, wherever: it need not be sent on.
        (Mailbox::Earlier, DeliveryEvent::Read | DeliveryEvent::Integrated) => event,
        // What else an earlier mailbox says is no news of the present one.
        (Mailbox::Earlier, _) => DeliveryEvent::Noted,
        (Mailbox::Other, _) => {
            tracing::warn!(
                delivery.id = delivery.id,
                journal.id = evidence.arrival_id,
                "mail kept, delivery unchanged: it speaks of another recipient"
            );
            return Ok(Acknowledged::Unmatched);
        }
    };
    let state = match delivery.state.after(event) {
        Ok(state) => state,
        Err(error) => {
            tracing::warn!(delivery.id = delivery.id, %error, "mail kept, delivery unchanged");
            return Ok(Acknowledged::Unmatched);
        }
    };
    let event_id = context.ids.next();
    let step = Step {
        event_id: &event_id,
        at: now,
        event,
        state,
        reason: reason_after(delivery, news, state != delivery.state),
        detail: news.detail.as_deref(),
        journal_id: Some(evidence.arrival_id),
        evidence_sha256: Some(evidence.sha256),
        next_attempt_at: None,
    };
    writing.record_step(delivery, None, step).await?;
    left_after_all(context, writing, delivery, state, now).await?;
    let refusal = Refusal {
        event,
        reason: news.reason.as_deref(),
        words: news.detail.as_deref(),
    };
    note_refusal(context, writing, delivery, refusal).await?;
    Ok(Acknowledged::Matched)
}

/// Why the delivery stands badly after the news: the new reason when the state changed, else the one
/// that was known.
fn reason_after<'a>(
    delivery: &'a Delivery,
    news: &'a News<'_>,
    state_changed: bool,
) -> Option<&'a str> {
    if state_changed {
        news.reason.as_deref()
    } else {
        delivery.reason.as_deref()
    }
}

/// Reads the news out of a mail. A receipt from outside the trusted space changes nothing.
fn news<'a>(context: &Context, received: &'a ReceivedMail) -> News<'a> {
    let mut news = News {
        kind: "letter",
        message_id: "",
        envelope_id: "",
        recipient: None,
        event: None,
        reason: None,
        detail: None,
    };
    match &received.receipt {
        Receipt::Mdn {
            original_message_id,
            original_recipient,
            disposition,
            final_recipient,
        } => {
            news.kind = "mdn";
            news.message_id = original_message_id.as_deref().unwrap_or_default();
            news.recipient = original_recipient.as_deref();
            news.detail = final_recipient.clone();
            match disposition {
                Disposition::Read => news.event = Some(DeliveryEvent::Read),
                Disposition::Integrated => news.event = Some(DeliveryEvent::Integrated),
                Disposition::Rejected { code, .. } => {
                    news.event = Some(DeliveryEvent::Refused);
                    news.reason = Some(refusal_reason("mdn", *code));
                }
                Disposition::Other(words) => {
                    news.event = Some(DeliveryEvent::Noted);
                    news.detail = Some(words.clone());
                }
            }
        }
        Receipt::Dsn(report) => {
            news.kind = "dsn";
            news.message_id = report.original_message_id.as_deref().unwrap_or_default();
            news.envelope_id = report.envelope_id.as_deref().unwrap_or_default();
            let recipient = report.recipients.first();
            news.recipient = recipient.and_then(|status| status.original_recipient.as_deref());
            (news.event, news.reason, news.detail) = delivery_news(report);
        }
        // An ordinary mail is weaker than a notification: its reason asks a person to verify.
        Receipt::StandardRefusal {
            original_message_id,
            code,
        } => {
            news.kind = "refusal";
            news.message_id = original_message_id.as_deref().unwrap_or_default();
            news.event = Some(DeliveryEvent::Refused);
            news.reason = Some(refusal_reason("verify", *code));
        }
        Receipt::AutoReply {
            original_message_id,
        } => {
            news.kind = "auto-reply";
            news.message_id = original_message_id.as_deref().unwrap_or_default();
            news.event = Some(DeliveryEvent::Noted);
            news.detail = Some("auto-reply".to_owned());
        }
        Receipt::HumanMail => {
            news.message_id = received.answers.first().map_or("", String::as_str);
            news.event = Some(DeliveryEvent::Noted);
            news.detail = Some("letter".to_owned());
        }
        Receipt::Documents => news.kind = "document",
        Receipt::Unreadable => news.kind = "unreadable",
    }
    let is_report = matches!(received.receipt, Receipt::Dsn(_));
    if news.event.is_some() && !is_report && !is_from_trusted_space(context, received) {
        news.kind = "untrusted";
        news.event = None;
    }
    news
}

fn refusal_reason(kind: &str, code: Option<u16>) -> String {
    code.map_or_else(
        || format!("{kind}-unknown"),
        |code| format!("{kind}-{code}"),
    )
}

pub(super) fn delivery_news(
    report: &DeliveryReport,
) -> (Option<DeliveryEvent>, Option<String>, Option<String>) {
    let Some(recipient) = report.recipients.first() else {
        return (None, None, None);
    };
    let detail = recipient
        .diagnostic
        .clone()
        .or_else(|| recipient.status.clone());
    match recipient.action {
        Action::Delivered => (Some(DeliveryEvent::Delivered), None, detail),
        Action::Relayed | Action::Expanded => (Some(DeliveryEvent::Relayed), None, detail),
        Action::Delayed => (Some(DeliveryEvent::Delayed), None, detail),
        Action::Failed => {
            let status = recipient.status.as_deref().unwrap_or("5.0.0");
            (
                Some(DeliveryEvent::Bounced),
                Some(format!("dsn-{status}")),
                detail,
            )
        }
        Action::Unknown => (None, None, detail),
    }
}

/// True when the mail says that it comes from a domain of the trusted space.
pub(super) fn is_from_trusted_space(context: &Context, received: &ReceivedMail) -> bool {
    let from = received
        .from
        .as_deref()
        .and_then(|from| from.parse::<MssanteAddress>().ok());
    match (&context.sender, from) {
        (Some(sender), Some(from)) => sender.trusted.trusts(&from),
        _ => false,
    }
}
