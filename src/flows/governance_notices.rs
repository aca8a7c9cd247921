//! Who is told what by mail when something happens to a listing, and the mails that leave.

use time::{Duration, OffsetDateTime, format_description::well_known::Rfc3339};

use super::{
    Attempted, Context, MailWay, Sent,
    governance_acts::{Deed, act},
    governance_letters::letter,
    governance_logins::make_link,
    rcp_attempt::retry,
};
use crate::{
    clock::instant_text,
    governance::{Act, Author, Event, Listing, Review, Role},
    identifiers::MssanteAddress,
    mssante::{
        notice::{self, NoticeMail},
        smtp::{Envelope, Reports, SendError, SmtpClient},
    },
    outbox::Retry,
    storage::{
        Account, Addressed, DueGovernanceNotice, LinkPurpose, NewGovernanceNotice, NoticeQueue,
        StorageError, WriteTransaction,
    },
};

/// How long an instance may take to send a mail.
const CLAIM: Duration = Duration::minutes(15);
/// How often a validator is told of what waits at the most.
const BETWEEN_QUEUES: Duration = Duration::hours(20);

/// Makes the mails that an event calls for.
pub(super) async fn tell(
    ctx: &Context,
    tx: &mut WriteTransaction,
    before: &Listing,
    listing: &Listing,
    event: &Event,
) -> Result<(), StorageError> {
    let referent = listing.referent.as_ref().or(listing.applicant.as_ref());
    let to_referent = match &event.act {
        Act::Ask => Some("ask"),
        Act::Remind { .. } => Some("remind"),
        Act::Lapse => Some("lapse"),
        Act::Validate { .. } if listing.review == Review::Idle => Some("published"),
        Act::Refuse { .. } => Some("refused"),
        Act::Delist { .. } => Some("delisted"),
        Act::ReplaceReferent { .. } => Some("named"),
        Act::Comment { .. } if event.author.role.validates() => Some("comment"),
        Act::Submit { .. } => Some("received"),
        _ => None,
    };
    if let (Some(kind), Some(person)) = (to_referent, referent)
        && !person.id.is_empty()
    {
        insert(ctx, tx, &person.id, kind, &listing.structure).await?;
    }
    if listing.review != before.review {
        let roles: &[Role] = match listing.review {
            Review::Territorial => &[
                Role::Territorial(crate::governance::Body::ThreeC),
                Role::Territorial(crate::governance::Body::Dac),
            ],
            Review::Regional => &[Role::Regional],
            Review::Idle | Review::Draft | Review::Refused => &[],
        };
        for role in roles {
            for account in tx.list_accounts_of(*role).await? {
                if listing.is_overseen_by(&account.author(), &ctx.governance) {
                    tell_queue(ctx, tx, &account, &listing.structure).await?;
                }
            }
        }
    }
    Ok(())
}

/// Tells a validator that something waits, unless that was told within a day.
async fn tell_queue(
    ctx: &Context,
    tx: &mut WriteTransaction,
    account: &Account,
    structure: &str,
) -> Result<(), StorageError> {
    let since = instant_text(ctx.clock.now() - BETWEEN_QUEUES);
    let told = tx
        .count_governance_notices(&account.id, "queue", &since)
        .await?;
    if told == 0 {
        insert(ctx, tx, &account.id, "queue", structure).await?;
    }
    Ok(())
}

/// Makes a mail to an account.
pub(super) async fn insert(
    ctx: &Context,
    tx: &mut WriteTransaction,
    account_id: &str,
    kind: &str,
    structure: &str,
) -> Result<(), StorageError> {
    let id = ctx.ids.next();
    let message_id = format!("{id}@{}", ctx.message_domain());
    tx.insert_governance_notice(NewGovernanceNotice {
        id: &id,
        account_id,
        kind,
        structure_id: structure,
        message_id: &message_id,
        at: &ctx.now_text(),
    })
    .await
}

/// Sends one mail that is due and goes that way: none when there is none. No transaction is open meanwhile.
/// `public_url` is the address under which people reach the pages.
///
/// # Errors
/// [`StorageError`].
pub async fn send_governance_notice(
    ctx: &Context,
    client: &mut SmtpClient,
    way: MailWay,
    public_url: &str,
) -> Result<Option<Attempted>, StorageError> {
    let Some((from, from_label)) = ctx.mailbox_of(way) else {
        return Ok(None);
    };
    let now = ctx.clock.now();
    let (at, until) = (instant_text(now), instant_text(now + CLAIM));
    let addressed = match (&ctx.relay, way) {
        (Some(relay), MailWay::Secure) => Addressed::Within(&relay.trusted),
        (Some(relay), MailWay::Ordinary) => Addressed::Outside(&relay.trusted),
        (None, _) => Addressed::Anywhere,
    };
    let due = ctx
        .storage
        .claim_governance_notice(addressed, &at, &until)
        .await?;
    let Some(due) = due else { return Ok(None) };
    let created_at = OffsetDateTime::parse(&due.created_at, &Rfc3339).unwrap_or(now);
    let link = link_of(ctx, &due, public_url).await?;
    let letter = letter(&due, &link, public_url);
    let mail = notice::write(&NoticeMail {
        from,
        from_label,
        to: &due.account.address,
        message_id: &due.message_id,
        at: created_at,
        nil: match (&ctx.sender, way) {
            (Some(sender), MailWay::Secure) => &sender.nil,
            _ => "",
        },
        subject: &letter.subject,
        text: &letter.text,
    });
    let envelope = Envelope {
        sender: Some(from),
        recipient: &due.account.address,
        envelope_id: &due.id,
        reports: Reports::Failure,
    };
    match client.send(&envelope, &mail).await {
        Ok(accepted) => {
            ctx.storage
                .notice_left(
                    NoticeQueue::Governance,
                    &due.id,
                    &accepted.reply,
                    &ctx.now_text(),
                )
                .await?;
            Ok(Some(Attempted {
                sent: Sent::Accepted,
                failed: None,
            }))
        }
        Err(error) => {
            let again = retry(&error, &due.id, due.attempts, now - created_at);
            let again_at = match again {
                Retry::After(wait) => Some(instant_text(ctx.clock.now() + wait)),
                Retry::GiveUp => None,
            };
            ctx.storage
                .notice_failed(
                    NoticeQueue::Governance,
                    &due.id,
                    &error.to_string(),
                    again_at.as_deref(),
                    &ctx.now_text(),
                )
                .await?;
            tracing::warn!(
                notice.id = due.id,
                account.id = due.account.id,
                is_given_up = again_at.is_none(),
                error = &error as &dyn std::error::Error,
                "a mail of the directory did not leave"
            );
            if again_at.is_none() {
                note_returned(ctx, &due.account.id, &due.structure_id, &reason_of(&error)).await?;
            }
            Ok(Some(Attempted {
                sent: match again_at {
                    Some(_) => Sent::Deferred,
                    None => Sent::GivenUp,
                },
                failed: Some(error.scope()),
            }))
        }
    }
}

/// What the validators are told of a mail that did not leave: the words of the server that refused it.
fn reason_of(error: &SendError) -> String {
    match error {
        SendError::Refused { code, text, .. } if !text.contains(&code.to_string()) => {
            format!("{code} {text}")
        }
        SendError::Refused { text, .. } => text.clone(),
        other => other.to_string(),
    }
}

/// The link that a mail carries: a door that opens once, made as the mail leaves.
async fn link_of(
    ctx: &Context,
    due: &DueGovernanceNotice,
    public_url: &str,
) -> Result<String, StorageError> {
    let (purpose, path) = match due.kind.as_str() {
        "login" => (LinkPurpose::Login, "entree"),
        "ask" | "remind" | "lapse" => (LinkPurpose::Confirmation, "confirmation"),
        _ => return Ok(format!("{public_url}/espace")),
    };
    let token = make_link(ctx, &due.account.id, purpose, &due.structure_id).await?;
    Ok(format!("{public_url}/espace/{path}/{token}"))
}

/// Writes down that a mail to whoever answers for a structure came back.
///
/// # Errors
/// [`StorageError`].
pub(super) async fn note_returned(
    ctx: &Context,
    account_id: &str,
    structure: &str,
    reason: &str,
) -> Result<(), StorageError> {
    if structure.is_empty() {
        // A login link is about none: whatever that person answers for has no reachable referent.
        for own in ctx.storage.list_structures_of(account_id).await? {
            Box::pin(note_returned(ctx, account_id, &own.id, reason)).await?;
        }
        return Ok(());
    }
    let listing = Listing::of_events(structure, &ctx.storage.list_events(structure).await?);
    let people = [&listing.referent, &listing.applicant];
    let is_theirs = people
        .into_iter()
        .flatten()
        .any(|person| person.id == account_id);
    if !is_theirs || listing.mail_returned == reason {
        return Ok(());
    }
    let deed = Deed {
        structure,
        seen: None,
        author: &Author::system("messagerie"),
        act: Act::MailReturned {
            reason: reason.to_owned(),
        },
        application: None,
    };
    match act(ctx, deed).await {
        Ok(_) | Err(super::ActError::Refused(_) | super::ActError::Stale) => Ok(()),
        Err(super::ActError::Storage(error)) => Err(error),
        Err(super::ActError::NotFound | super::ActError::Invalid(_)) => Ok(()),
    }
}

impl Context {
    /// The mailbox that writes to referents and validators that way, and the words before it.
    fn mailbox_of(&self, way: MailWay) -> Option<(&MssanteAddress, &str)> {
        match way {
            MailWay::Secure => {
                let sender = self.sender.as_ref()?;
                Some((&sender.address, sender.label.as_str()))
            }
            MailWay::Ordinary => {
                let relay = self.relay.as_ref()?;
                Some((&relay.address, relay.label.as_str()))
            }
        }
    }
}
