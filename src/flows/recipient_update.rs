//! Something is learnt of a physician: it is kept, an address is chosen, and the reports that waited
//! for it leave.

use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use super::{Context, recipient_release::release};
use crate::{
    annuaire::{Candidate, Choice, Physician, choose},
    clock::instant_text,
    identifiers::{MssanteAddress, Rpps},
    outbox::{DeliveryEvent, NoAddress},
    storage::{
        Decision, DecisionKind, Delivery, Listing, Recipient, StorageError, StoredMailbox,
        WriteTransaction,
    },
};

/// Keeps what a directory or a file says of a physician. When that gives a trusted address, the
/// reports that had nowhere to go are due at once. Returns how many those are.
///
/// # Errors
/// [`StorageError`].
pub async fn keep_physician(
    context: &Context,
    writing: &mut WriteTransaction,
    physician: &Physician,
    source: &str,
) -> Result<usize, StorageError> {
    let now = context.now_text();
    let rpps = &physician.rpps;
    let has_mailbox = !physician.mailboxes.is_empty();
    let recipient = Recipient {
        rpps: rpps.clone(),
        listing: if physician.is_active {
            Listing::Listed
        } else {
            Listing::Inactive
        },
        family_name: physician.family_name.clone(),
        given_name: physician.given_name.clone(),
        address: None,
        hindrance: None,
        postal_address: physician.postal_address.join("\n"),
        source: source.to_owned(),
        checked_at: now.clone(),
        updated_at: physician.updated_at.clone(),
        refresh_at: next_refresh(context, has_mailbox),
    };
    writing.upsert_recipient(&recipient).await?;
    writing
        .replace_mailboxes(rpps, &physician.mailboxes, source, &now)
        .await?;
    writing.replace_places(rpps, &physician.places).await?;
    settle_address(context, writing, rpps, source).await
}

/// Keeps that the directory does not know a number. Its mailboxes of before, if any, are no longer
/// listed; a name that is known is kept.
///
/// # Errors
/// [`StorageError`].
pub(super) async fn keep_absence(
    context: &Context,
    writing: &mut WriteTransaction,
    rpps: &Rpps,
    source: &str,
) -> Result<usize, StorageError> {
    let now = context.now_text();
    let known = writing.find_recipient(rpps).await?;
    let (family_name, given_name, postal_address) = known.map_or_else(Default::default, |known| {
        (known.family_name, known.given_name, known.postal_address)
    });
    let recipient = Recipient {
        rpps: rpps.clone(),
        listing: Listing::NotFound,
        family_name,
        given_name,
        address: None,
        hindrance: None,
        postal_address,
        source: source.to_owned(),
        checked_at: now.clone(),
        updated_at: None,
        refresh_at: next_refresh(context, false),
    };
    writing.upsert_recipient(&recipient).await?;
    writing.replace_mailboxes(rpps, &[], source, &now).await?;
    settle_address(context, writing, rpps, source).await
}

/// When a physician is asked about again; never when no directory is asked.
fn next_refresh(context: &Context, has_mailbox: bool) -> Option<String> {
    let freshness = context.directory?;
    let next = freshness.next(has_mailbox, context.clock.now());
    Some(instant_text(next))
}

/// Chooses the address of a physician anew, from all that is known, and lets the reports that wait
/// for it leave. `source` is what the ledger says of where it comes from.
pub(super) async fn settle_address(
    context: &Context,
    writing: &mut WriteTransaction,
    rpps: &Rpps,
    source: &str,
) -> Result<usize, StorageError> {
    let recipient = writing.find_recipient(rpps).await?;
    let recipient = recipient.ok_or(StorageError::Lost("recipient"))?;
    let mailboxes = writing.list_mailboxes(rpps).await?;
    let decision = writing.find_decision(rpps).await?;
    let is_trusted = |address: &MssanteAddress| {
        context
            .sender
            .as_ref()
            .is_none_or(|sender| sender.trusted.trusts(address))
    };
    let address = address_of(&recipient, &mailboxes, decision.as_ref(), is_trusted);
    writing
        .address_recipient(rpps, address.as_ref().map_err(|reason| *reason))
        .await?;
    // A mailbox that a person chose is not compared with the name that the directory gives.
    let is_decided = decision.is_some_and(|decision| decision.kind == DecisionKind::Address);
    let family = (!is_decided).then_some(recipient.family_name.as_str());
    release(context, writing, rpps, &address, family, source).await
}

/// Where the reports of a physician go: what a person decided, else what the directory says.
fn address_of(
    recipient: &Recipient,
    mailboxes: &[StoredMailbox],
    decision: Option<&Decision>,
    is_trusted: impl Fn(&MssanteAddress) -> bool,
) -> Result<MssanteAddress, NoAddress> {
    match decision {
        Some(decision) if decision.kind == DecisionKind::Opposition => {
            return Err(NoAddress::Opposition);
        }
        Some(Decision {
            address: Some(address),
            at,
            kind: DecisionKind::Address,
            ..
        }) => {
            let refused_since = mailboxes.iter().any(|known| {
                known.mailbox.address == *address
                    && known
                        .refused_at
                        .as_ref()
                        .is_some_and(|refused| refused > at)
            });
            return if !is_trusted(address) {
                Err(NoAddress::UntrustedDomain)
            } else if refused_since {
                Err(NoAddress::MailboxRefused)
            } else {
                Ok(address.clone())
            };
        }
        Some(_) | None => {}
    }
    match recipient.listing {
        Listing::Asked => return Err(NoAddress::DirectoryAwaited),
        Listing::NotFound => return Err(NoAddress::NotInDirectory),
        Listing::Inactive => return Err(NoAddress::NoLongerPractising),
        Listing::Listed => {}
    }
    let candidates: Vec<Candidate> = mailboxes
        .iter()
        .filter(|known| known.is_listed)
        .map(|known| Candidate {
            is_trusted: is_trusted(&known.mailbox.address),
            has_refused: has_refused(known),
            mailbox: known.mailbox.clone(),
        })
        .collect();
    match choose(&candidates) {
        Choice::One(mailbox) => Ok(mailbox.address.clone()),
        Choice::Several => Err(NoAddress::SeveralMailboxes),
        Choice::None => Err(NoAddress::NoMailbox),
        Choice::Refused => Err(NoAddress::MailboxRefused),
        Choice::Untrusted => Err(NoAddress::UntrustedDomain),
    }
}

/// A mailbox that refused a mail is passed over until the directory says something new of it.
fn has_refused(known: &StoredMailbox) -> bool {
    let instant = |text: &str| OffsetDateTime::parse(text, &Rfc3339).ok();
    let Some(refused_at) = known.refused_at.as_deref().and_then(instant) else {
        return false;
    };
    let updated_at = known.mailbox.updated_at.as_deref().and_then(instant);
    updated_at.is_none_or(|updated_at| updated_at <= refused_at)
}

/// How a mail ended.
pub(super) struct Refusal<'a> {
    pub event: DeliveryEvent,
    /// As the ledger keeps it: `smtp-550`, `dsn-5.1.1`…
    pub reason: Option<&'a str>,
    /// What the server said.
    pub words: Option<&'a str>,
}

/// What a refused mail tells of its mailbox. One that does not exist, or takes no mail for good, is
/// passed over from now on, and the directory is asked anew; reports leave for another address when
/// there is one. A mailbox that is full, or a mail that is too large, tells nothing.
///
/// **Source:** RFC 3463, 3.2 (`X.1.X`: the address); RFC 5321, 4.2.3 (550, 551, 553).
pub(super) async fn note_refusal(
    context: &Context,
    writing: &mut WriteTransaction,
    delivery: &Delivery,
    refusal: Refusal<'_>,
) -> Result<(), StorageError> {
    let reason = refusal.reason.filter(|_| refusal.speaks_of_the_address());
    let (Some(reason), Some(address), Some(rpps)) = (
        reason,
        &delivery.recipient_address,
        &delivery.recipient_rpps,
    ) else {
        return Ok(());
    };
    let Ok(rpps) = rpps.parse::<Rpps>() else {
        return Ok(());
    };
    if writing.find_recipient(&rpps).await?.is_none() {
        return Ok(());
    }
    let now = context.now_text();
    writing.refuse_mailbox(&rpps, address, reason, &now).await?;
    if context.directory.is_some() {
        writing.ask_for_recipient(&rpps, &now).await?;
    }
    settle_address(context, writing, &rpps, "another mailbox").await?;
    Ok(())
}

impl Refusal<'_> {
    fn speaks_of_the_address(&self) -> bool {
        let is_final = matches!(self.event, DeliveryEvent::Bounced | DeliveryEvent::GivenUp);
        let reason = self.reason.unwrap_or_default();
        if let Some(status) = reason.strip_prefix("dsn-") {
            return is_final && status.starts_with("5.1.");
        }
        // 550 is also the code of what the operator does not allow: its words then say 5.7.
        let status = self
            .words
            .unwrap_or_default()
            .split_whitespace()
            .find(|word| word.starts_with("5."));
        is_final
            && ["smtp-550", "smtp-551", "smtp-553"].contains(&reason)
            && status.is_none_or(|status| status.starts_with("5.1."))
    }
}
