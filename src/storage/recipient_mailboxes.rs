//! Every mailbox of a physician, and what a person decided of them.

use std::str::FromStr;

use super::{
    Storage, StorageError, WriteTransaction,
    query::{Row, query},
    recipients::{parsed, parsed_if_there},
};
use crate::{
    annuaire::{Mailbox, MailboxKind},
    identifiers::{MssanteAddress, Rpps},
    outbox::{UnknownWord, Words},
};

/// A mailbox as the mirror keeps it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredMailbox {
    /// The mailbox.
    pub mailbox: Mailbox,
    /// Where it was learnt.
    pub source: String,
    /// When it was last seen there.
    pub seen_at: String,
    /// True while it is there.
    pub is_listed: bool,
    /// When it refused a mail.
    pub refused_at: Option<String>,
    /// What it said then.
    pub refusal: Option<String>,
}

/// What a person can decide of a physician's address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DecisionKind {
    /// Reports go to that address.
    Address,
    /// The physician does not want reports by mail.
    Opposition,
    /// The directory decides again.
    Lifted,
}

/// A decision; the last one of a physician counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// Our identifier.
    pub id: String,
    /// Of whom.
    pub rpps: Rpps,
    /// What.
    pub kind: DecisionKind,
    /// The address, when it is one that was given.
    pub address: Option<MssanteAddress>,
    /// Who decided.
    pub author: String,
    /// Why, in that person's words.
    pub note: String,
    /// When.
    pub at: String,
}

const KINDS: Words<DecisionKind> = Words(&[
    (DecisionKind::Address, "address"),
    (DecisionKind::Opposition, "opposition"),
    (DecisionKind::Lifted, "lifted"),
]);

impl DecisionKind {
    /// The word that is stored.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        KINDS.of(self)
    }
}

impl FromStr for DecisionKind {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        KINDS.read(text)
    }
}

const MAILBOX_COLUMNS: &str = "address, kind, rank, holder, label, updated_at, source, seen_at, is_listed, refused_at, refusal";

fn mailbox_of(row: &Row) -> Result<StoredMailbox, StorageError> {
    Ok(StoredMailbox {
        mailbox: Mailbox {
            address: parsed(row, 0, "recipient_mailbox.address")?,
            kind: parsed_if_there(row, 1, "recipient_mailbox.kind")?,
            rank: row.try_get(2)?,
            holder: parsed(row, 3, "recipient_mailbox.holder")?,
            label: row.try_get(4)?,
            updated_at: row.try_get(5)?,
        },
        source: row.try_get(6)?,
        seen_at: row.try_get(7)?,
        is_listed: row.try_get::<i64>(8)? == 1,
        refused_at: row.try_get(9)?,
        refusal: row.try_get(10)?,
    })
}

fn decision_of(row: &Row) -> Result<Decision, StorageError> {
    Ok(Decision {
        id: row.try_get(0)?,
        rpps: parsed(row, 1, "recipient_decision.rpps")?,
        kind: parsed(row, 2, "recipient_decision.kind")?,
        address: parsed_if_there(row, 3, "recipient_decision.address")?,
        author: row.try_get(4)?,
        note: row.try_get(5)?,
        at: row.try_get(6)?,
    })
}

const LIST_MAILBOXES: &str = "where rpps = $1 order by is_listed desc, holder desc, address";
const LIST_DECISIONS: &str = "select id, rpps, kind, address, author, note, at \
     from recipient_decision where rpps = $1 order by at desc, id desc";

impl WriteTransaction {
    /// Keeps the mailboxes that a source lists for a physician, in place of those that it listed
    /// before: these are kept too, as no longer listed.
    ///
    /// # Errors
    /// [`StorageError::Database`].
    pub async fn replace_mailboxes(
        &mut self,
        rpps: &Rpps,
        mailboxes: &[Mailbox],
        source: &str,
        at: &str,
    ) -> Result<(), StorageError> {
        query("update recipient_mailbox set is_listed = 0 where rpps = $1")
            .bind(rpps.as_str())
            .execute(&mut *self)
            .await?;
        for mailbox in mailboxes {
            query(
                "insert into recipient_mailbox (rpps, address, kind, rank, holder, label, updated_at, \
                 source, seen_at, is_listed) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, 1) \
                 on conflict (rpps, address) do update set kind = excluded.kind, rank = excluded.rank, \
                 holder = excluded.holder, label = excluded.label, updated_at = excluded.updated_at, \
                 source = excluded.source, seen_at = excluded.seen_at, is_listed = 1",
            )
            .bind(rpps.as_str())
            .bind(mailbox.address.as_str())
            .bind(mailbox.kind.map(MailboxKind::as_str))
            .bind(mailbox.rank)
            .bind(mailbox.holder.as_str())
            .bind(mailbox.label.as_deref())
            .bind(mailbox.updated_at.as_deref())
            .bind(source)
            .bind(at)
            .execute(&mut *self)
            .await?;
        }
        Ok(())
    }

    /// Every mailbox of a physician, those that are listed first.
    ///
    /// # Errors
    /// [`StorageError::Database`] or [`StorageError::Corrupt`].
    pub async fn list_mailboxes(
        &mut self,
        rpps: &Rpps,
    ) -> Result<Vec<StoredMailbox>, StorageError> {
        query(format!(
            "select {MAILBOX_COLUMNS} from recipient_mailbox {LIST_MAILBOXES}"
        ))
        .bind(rpps.as_str())
        .fetch_all(&mut *self)
        .await?
        .iter()
        .map(mailbox_of)
        .collect()
    }

    /// Marks a mailbox as one that refused a mail. A mailbox that no source listed, such as one that
    /// a person gave, is kept so too.
    ///
    /// # Errors
    /// [`StorageError::Database`].
    pub async fn refuse_mailbox(
        &mut self,
        rpps: &Rpps,
        address: &str,
        refusal: &str,
        at: &str,
    ) -> Result<(), StorageError> {
        query(
            "insert into recipient_mailbox (rpps, address, holder, source, seen_at, is_listed, refused_at, refusal) \
             values ($1, $2, 'physician', '', $4, 0, $4, $3) \
             on conflict (rpps, address) do update set refused_at = excluded.refused_at, refusal = excluded.refusal",
        )
        .bind(rpps.as_str())
        .bind(address)
        .bind(refusal)
        .bind(at)
        .execute(&mut *self)
        .await?;
        Ok(())
    }

    /// Adds what a person decided.
    ///
    /// # Errors
    /// [`StorageError::Database`].
    pub async fn insert_decision(&mut self, decision: &Decision) -> Result<(), StorageError> {
        query(
            "insert into recipient_decision (id, rpps, kind, address, author, note, at) \
             values ($1, $2, $3, $4, $5, $6, $7)",
        )
        .bind(&decision.id)
        .bind(decision.rpps.as_str())
        .bind(decision.kind.as_str())
        .bind(decision.address.as_ref().map(MssanteAddress::as_str))
        .bind(&decision.author)
        .bind(&decision.note)
        .bind(&decision.at)
        .execute(&mut *self)
        .await?;
        Ok(())
    }

    /// The decision that counts.
    ///
    /// # Errors
    /// [`StorageError::Database`] or [`StorageError::Corrupt`].
    pub async fn find_decision(&mut self, rpps: &Rpps) -> Result<Option<Decision>, StorageError> {
        query(format!("{LIST_DECISIONS} limit 1"))
            .bind(rpps.as_str())
            .fetch_optional(&mut *self)
            .await?
            .as_ref()
            .map(decision_of)
            .transpose()
    }
}

impl Storage {
    /// Every mailbox of a physician, those that are listed first.
    ///
    /// # Errors
    /// [`StorageError::Database`] or [`StorageError::Corrupt`].
    pub async fn list_mirrored_mailboxes(
        &self,
        rpps: &Rpps,
    ) -> Result<Vec<StoredMailbox>, StorageError> {
        query(format!(
            "select {MAILBOX_COLUMNS} from recipient_mailbox {LIST_MAILBOXES}"
        ))
        .bind(rpps.as_str())
        .fetch_all(&self.pool)
        .await?
        .iter()
        .map(mailbox_of)
        .collect()
    }

    /// Everything that was decided of a physician, the latest first.
    ///
    /// # Errors
    /// [`StorageError::Database`] or [`StorageError::Corrupt`].
    pub async fn list_decisions(&self, rpps: &Rpps) -> Result<Vec<Decision>, StorageError> {
        query(LIST_DECISIONS)
            .bind(rpps.as_str())
            .fetch_all(&self.pool)
            .await?
            .iter()
            .map(decision_of)
            .collect()
    }
}
