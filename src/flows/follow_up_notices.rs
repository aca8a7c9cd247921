//! Reports that nobody reads are reminded of; those that nobody deals with are shown to somebody else;
//! and both are told by mail, once a day at the most, without any datum of a patient.

use time::{Duration, OffsetDateTime, format_description::well_known::Rfc3339};

use super::{Attempted, Context, Sent, rcp_attempt::retry};
use crate::{
    clock::instant_text,
    finding::Bilingual,
    identifiers::MssanteAddress,
    mssante::{
        notice::{self, NoticeMail},
        smtp::{Envelope, Reports, SmtpClient},
    },
    outbox::{FollowUpKind, Retry},
    storage::{DueNotice, NewNotice, NoticeQueue, StorageError},
};

/// How often people are told of the same kind of thing at the most.
const BETWEEN_NOTICES: Duration = Duration::hours(24);

/// How long an instance may take to send a notice.
const CLAIM: Duration = Duration::minutes(15);

/// What a round noted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Noted {
    /// Reports that are reminded of from now on.
    pub reminders: u64,
    /// Reports that are shown to somebody else from now on.
    pub escalations: u64,
}

/// Notes what became due, and makes the notices that tell of it.
///
/// # Errors
/// [`StorageError`].
pub async fn note_follow_ups(context: &Context) -> Result<Noted, StorageError> {
    let settings = &context.follow_up;
    let now = context.clock.now();
    let mut writing = context.storage.begin_write().await?;
    let mut noted = Noted::default();
    for kind in FollowUpKind::ALL {
        let (days, address) = match kind {
            FollowUpKind::Reminder => (settings.unread_days, &settings.reminders_to),
            FollowUpKind::Escalation => (settings.escalation_days, &settings.escalations_to),
        };
        let since = instant_text(now - Duration::days(days));
        let count = writing
            .insert_follow_ups(kind, &since, &instant_text(now))
            .await?;
        match kind {
            FollowUpKind::Reminder => noted.reminders = count,
            FollowUpKind::Escalation => noted.escalations = count,
        }
        let (Some(sender), Ok(recipient)) = (&context.sender, address.parse::<MssanteAddress>())
        else {
            continue;
        };
        if !sender.trusted.trusts(&recipient) {
            continue;
        }
        let not_after = instant_text(now - BETWEEN_NOTICES);
        let reports = writing.count_unannounced(kind, &not_after).await?;
        if reports > 0 {
            let id = context.ids.next();
            let message_id = format!("{id}@{}", context.message_domain());
            let notice = NewNotice {
                id: &id,
                kind,
                recipient: &recipient,
                message_id: &message_id,
                reports,
                at: &instant_text(now),
            };
            writing.insert_notice(notice).await?;
        }
    }
    writing.commit().await?;
    Ok(noted)
}

/// Sends one notice that is due: `None` when there is none. No transaction is open meanwhile.
///
/// # Errors
/// [`StorageError`].
pub async fn send_notice(
    context: &Context,
    client: &mut SmtpClient,
) -> Result<Option<Attempted>, StorageError> {
    let Some(sender) = &context.sender else {
        return Ok(None);
    };
    let now = context.clock.now();
    let due = context
        .storage
        .claim_notice(&instant_text(now), &instant_text(now + CLAIM))
        .await?;
    let Some(due) = due else { return Ok(None) };
    let created_at = OffsetDateTime::parse(&due.created_at, &Rfc3339).unwrap_or(now);
    let (subject, text) = words(&due, context);
    let mail = notice::write(&NoticeMail {
        from: &sender.address,
        from_label: &sender.label,
        to: &due.recipient,
        message_id: &due.message_id,
        at: created_at,
        nil: &sender.nil,
        subject: &subject,
        text: &text,
    });
    let envelope = Envelope {
        sender: Some(&sender.address),
        recipient: &due.recipient,
        envelope_id: &due.id,
        reports: Reports::Never,
    };
    let storage = &context.storage;
    Ok(Some(match client.send(&envelope, &mail).await {
        Ok(accepted) => {
            storage
                .notice_left(
                    NoticeQueue::FollowUp,
                    &due.id,
                    &accepted.reply,
                    &context.now_text(),
                )
                .await?;
            Attempted {
                sent: Sent::Accepted,
                failed: None,
            }
        }
        Err(error) => {
            let again = retry(&error, &due.id, due.attempts, now - created_at);
            let again_at = match again {
                Retry::After(wait) => Some(instant_text(context.clock.now() + wait)),
                Retry::GiveUp => None,
            };
            let is_given_up = again_at.is_none();
            storage
                .notice_failed(
                    NoticeQueue::FollowUp,
                    &due.id,
                    &error.to_string(),
                    again_at.as_deref(),
                    &context.now_text(),
                )
                .await?;
            tracing::warn!(
                notice.id = due.id,
                is_given_up,
                error = &error as &dyn std::error::Error,
                "a notice did not leave"
            );
            Attempted {
                sent: if is_given_up {
                    Sent::GivenUp
                } else {
                    Sent::Deferred
                },
                failed: Some(error.scope()),
            }
        }
    }))
}

/// Subject and text of a notice, for the people of the network.
fn words(due: &DueNotice, context: &Context) -> (String, String) {
    let reports = due.reports;
    let settings = &context.follow_up;
    let page = format!("{}/pilotage/a-traiter", context.public_url);
    let (subject, what) = match due.kind {
        FollowUpKind::Reminder => (
            Bilingual::new(
                format!("Comptes rendus de RCP non lus : {reports}"),
                format!("RCP reports not read: {reports}"),
            ),
            Bilingual::new(
                format!(
                    "{reports} compte(s) rendu(s) de RCP, envoyés depuis plus de {} jours, n'ont pas été lus par le \
                     médecin traitant.",
                    settings.unread_days
                ),
                format!(
                    "{reports} RCP report(s), sent more than {} days ago, have not been read by the attending \
                     physician.",
                    settings.unread_days
                ),
            ),
        ),
        FollowUpKind::Escalation => (
            Bilingual::new(
                format!("Comptes rendus de RCP en retard : {reports}"),
                format!("RCP reports overdue: {reports}"),
            ),
            Bilingual::new(
                format!(
                    "{reports} compte(s) rendu(s) de RCP, reçus depuis plus de {} jours, ne sont pas arrivés au médecin \
                     traitant et n'ont pas été clos.",
                    settings.escalation_days
                ),
                format!(
                    "{reports} RCP report(s), received more than {} days ago, have not reached the attending physician \
                     and were not closed.",
                    settings.escalation_days
                ),
            ),
        ),
    };
    let what = what.get(settings.language);
    let text = Bilingual::new(
        format!(
            "Bonjour,\n\n{what}\n\nLa liste, avec ce qu'on peut faire de chacun, est sur la page de pilotage de la \
             passerelle : {page}\n\nCe message est automatique ; il ne contient aucune donnée de patient."
        ),
        format!(
            "Good morning,\n\n{what}\n\nThe list, with what can be done about each of them, is on the operations page \
             of the gateway: {page}\n\nThis message is automatic; it holds no patient datum."
        ),
    );
    let said = |words: &Bilingual| words.get(settings.language).to_owned();
    (said(&subject), said(&text))
}
