//! Mails to referents and validators, from their cause to their departure.

use super::{
    Storage, StorageError, WriteTransaction,
    accounts::{Account, account_of},
    notice_queue::{Addressed, NoticeQueue},
    query::query,
};

/// A mail to make. What it says is written when it leaves: a link must not lie in a table.
#[derive(Clone, Copy, Debug)]
pub struct NewGovernanceNotice<'a> {
    /// Our identifier.
    pub id: &'a str,
    /// To whom.
    pub account_id: &'a str,
    /// What it is about.
    pub kind: &'a str,
    /// Which structure; empty when it is about none.
    pub structure_id: &'a str,
    /// `Message-ID` without its brackets, the same for every attempt.
    pub message_id: &'a str,
    /// Now.
    pub at: &'a str,
}

/// A mail that is due.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DueGovernanceNotice {
    /// Our identifier.
    pub id: String,
    /// To whom.
    pub account: Account,
    /// What it is about.
    pub kind: String,
    /// Which structure; empty when it is about none.
    pub structure_id: String,
    /// Its name.
    pub structure_name: String,
    /// `Message-ID` without its brackets.
    pub message_id: String,
    /// When it was made.
    pub created_at: String,
    /// Number of this attempt, from 1.
    pub attempts: i64,
}

impl WriteTransaction {
    /// Makes a mail, due at once.
    ///
    /// # Errors
    /// [`StorageError::Database`].
    pub async fn insert_governance_notice(
        &mut self,
        notice: NewGovernanceNotice<'_>,
    ) -> Result<(), StorageError> {
        query(
            "insert into governance_notice (id, account_id, kind, structure_id, message_id, created_at, \
             next_attempt_at, attempts) values ($1, $2, $3, $4, $5, $6, $6, 0)",
        )
        .bind(notice.id)
        .bind(notice.account_id)
        .bind(notice.kind)
        .bind(notice.structure_id)
        .bind(notice.message_id)
        .bind(notice.at)
        .execute(&mut *self)
        .await?;
        Ok(())
    }

    /// How many mails of that kind were made for an account since `since`.
    ///
    /// # Errors
    /// [`StorageError::Database`].
    pub async fn count_governance_notices(
        &mut self,
        account_id: &str,
        kind: &str,
        since: &str,
    ) -> Result<i64, StorageError> {
        let row = query(
            "select count(*) from governance_notice where account_id = $1 and kind = $2 and created_at > $3",
        )
        .bind(account_id)
        .bind(kind)
        .bind(since)
        .fetch_one(&mut *self)
        .await?;
        row.try_get(0)
    }

    /// How many mails of that kind were made for anybody since `since`.
    ///
    /// # Errors
    /// [`StorageError::Database`].
    pub async fn count_governance_notices_of_kind(
        &mut self,
        kind: &str,
        since: &str,
    ) -> Result<i64, StorageError> {
        let row =
            query("select count(*) from governance_notice where kind = $1 and created_at > $2")
                .bind(kind)
                .bind(since)
                .fetch_one(&mut *self)
                .await?;
        row.try_get(0)
    }

    /// The account and the structure that a mail of ours was about, by its `Message-ID` or the identifier of
    /// its envelope.
    ///
    /// # Errors
    /// [`StorageError::Database`].
    pub async fn find_governance_notice(
        &mut self,
        message_id: &str,
        envelope_id: &str,
    ) -> Result<Option<(String, String)>, StorageError> {
        let row = query(
            "select account_id, structure_id from governance_notice where message_id = $1 or id = $2",
        )
        .bind(message_id)
        .bind(envelope_id)
        .fetch_optional(&mut *self)
        .await?;
        row.map(|row| Ok((row.try_get(0)?, row.try_get(1)?)))
            .transpose()
    }
}

impl Storage {
    /// Claims a mail that is due to such a mailbox, until `until`: another instance does not send it meanwhile.
    ///
    /// # Errors
    /// [`StorageError`].
    pub async fn claim_governance_notice(
        &self,
        addressed: Addressed<'_>,
        now: &str,
        until: &str,
    ) -> Result<Option<DueGovernanceNotice>, StorageError> {
        let mut writing = self.begin_write().await?;
        let columns = "id, account_id, kind, structure_id, message_id, created_at, attempts";
        let row = writing
            .claim_due(NoticeQueue::Governance, columns, addressed, now, until)
            .await?;
        let Some(row) = row else { return Ok(None) };
        let account_id: String = row.try_get(1)?;
        let structure_id: String = row.try_get(3)?;
        let account = query(
            "select id, address, name, role, territory, closed_at from account where id = $1",
        )
        .bind(account_id)
        .fetch_one(&mut writing)
        .await?;
        let named = query("select name from listing where structure_id = $1")
            .bind(&structure_id)
            .fetch_optional(&mut writing)
            .await?;
        let due = DueGovernanceNotice {
            id: row.try_get(0)?,
            account: account_of(&account)?,
            kind: row.try_get(2)?,
            structure_name: match named {
                Some(named) => named.try_get(0)?,
                None => String::new(),
            },
            structure_id,
            message_id: row.try_get(4)?,
            created_at: row.try_get(5)?,
            attempts: row.try_get(6)?,
        };
        writing.commit().await?;
        Ok(Some(due))
    }
}
