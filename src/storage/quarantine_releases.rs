//! Held mails that a person looks at and lets in.

use super::{Storage, StorageError, WriteTransaction, query::query};

/// A mail that is held until a person decides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeldMail {
    /// What it is known by.
    pub message_key: String,
    /// Hash of its bytes.
    pub sha256: String,
}

/// That a person let a held mail in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QuarantineRelease {
    /// The arrival that was held.
    pub journal_id: String,
    /// The report that was made of it.
    pub report_id: String,
    /// Who decided.
    pub author: String,
    /// In that person's words.
    pub note: String,
    /// When.
    pub at: String,
}

impl WriteTransaction {
    /// Keeps that a held mail was let in: false when it had been already.
    ///
    /// # Errors
    /// [`StorageError::Database`].
    pub async fn insert_quarantine_release(
        &mut self,
        release: &QuarantineRelease,
    ) -> Result<bool, StorageError> {
        let done = query(
            "insert into quarantine_release (journal_id, report_id, author, note, at) \
             values ($1, $2, $3, $4, $5) on conflict (journal_id) do nothing",
        )
        .bind(&release.journal_id)
        .bind(&release.report_id)
        .bind(&release.author)
        .bind(&release.note)
        .bind(&release.at)
        .execute(&mut *self)
        .await?;
        Ok(done.rows_affected() == 1)
    }
}

impl Storage {
    /// The mail that arrived so and is held; `None` when it is not held, or no longer.
    ///
    /// # Errors
    /// [`StorageError::Database`].
    pub async fn find_held_mail(&self, journal_id: &str) -> Result<Option<HeldMail>, StorageError> {
        let row = query(
            "select m.message_key, j.sha256 from inbound_mail m join journal j on j.id = m.journal_id \
             where m.journal_id = $1 and m.outcome = 'held'",
        )
        .bind(journal_id)
        .fetch_optional(&self.pool)
        .await?;
        row.map(|row| {
            Ok(HeldMail {
                message_key: row.try_get(0)?,
                sha256: row.try_get(1)?,
            })
        })
        .transpose()
    }

    /// Who let that arrival in, if anybody did.
    ///
    /// # Errors
    /// [`StorageError::Database`].
    pub async fn find_quarantine_release(
        &self,
        journal_id: &str,
    ) -> Result<Option<QuarantineRelease>, StorageError> {
        let row = query(
            "select journal_id, report_id, author, note, at from quarantine_release where journal_id = $1",
        )
        .bind(journal_id)
        .fetch_optional(&self.pool)
        .await?;
        row.map(|row| {
            Ok(QuarantineRelease {
                journal_id: row.try_get(0)?,
                report_id: row.try_get(1)?,
                author: row.try_get(2)?,
                note: row.try_get(3)?,
                at: row.try_get(4)?,
            })
        })
        .transpose()
    }
}
