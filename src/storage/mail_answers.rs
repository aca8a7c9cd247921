//! Answers to the mails that brought documents: written with what was made of them, sent by a worker.

use super::{
    Storage, StorageError, WriteTransaction,
    query::{Row, query},
};
use crate::{identifiers::MssanteAddress, mssante::answer::AnswerKind};

/// What was made of a mail that brought documents.
#[derive(Clone, Copy, Debug)]
pub struct InboundOutcome<'a> {
    /// `taken`, `refused` or `held`.
    pub word: &'a str,
    /// The report that it brought, when there is one.
    pub report_id: Option<&'a str>,
}

/// An answer to write.
#[derive(Clone, Copy, Debug)]
pub struct NewAnswer<'a> {
    /// Our identifier; also that of the envelope.
    pub id: &'a str,
    /// The mail that it answers, as the inbox knows it.
    pub message_key: &'a str,
    /// The arrival that keeps that mail.
    pub journal_id: &'a str,
    /// In which form.
    pub kind: AnswerKind,
    /// To whom.
    pub recipient: &'a MssanteAddress,
    /// `Message-ID` without its brackets.
    pub message_id: &'a str,
    /// Code and label of a refusal; none when everything was taken in.
    pub refusal: Option<(u16, &'a str)>,
    /// Now.
    pub at: &'a str,
}

/// An answer that a worker has claimed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DueAnswer {
    /// Our identifier.
    pub id: String,
    /// In which form.
    pub kind: AnswerKind,
    /// To whom.
    pub recipient: String,
    /// `Message-ID` without its brackets.
    pub message_id: String,
    /// Code and label of a refusal.
    pub refusal: Option<(u16, String)>,
    /// Hash of the mail that it answers.
    pub sha256: String,
    /// Number of this attempt, from 1.
    pub attempts: i64,
    /// When it was written.
    pub created_at: String,
}

/// How an attempt to send an answer ended.
#[derive(Clone, Copy, Debug)]
pub struct AnswerStep<'a> {
    /// `pending`, `sent` or `failed`.
    pub state: &'a str,
    /// What the operator said.
    pub detail: Option<&'a str>,
    /// When to try again.
    pub next_attempt_at: Option<&'a str>,
}

impl WriteTransaction {
    /// Writes what was made of a mail.
    ///
    /// # Errors
    /// [`StorageError::Lost`] when the mail is not kept, else [`StorageError::Database`].
    pub async fn settle_inbound_mail(
        &mut self,
        message_key: &str,
        outcome: InboundOutcome<'_>,
    ) -> Result<(), StorageError> {
        let done =
            query("update inbound_mail set outcome = $1, report_id = $2 where message_key = $3")
                .bind(outcome.word)
                .bind(outcome.report_id)
                .bind(message_key)
                .execute(&mut *self)
                .await?;
        if done.rows_affected() == 1 {
            Ok(())
        } else {
            Err(StorageError::Lost("inbound_mail"))
        }
    }

    /// Writes an answer to send.
    ///
    /// # Errors
    /// [`StorageError::Database`], also when the mail has an answer already.
    pub async fn insert_answer(&mut self, answer: NewAnswer<'_>) -> Result<(), StorageError> {
        query(
            "insert into mail_answer (id, message_key, journal_id, kind, recipient, message_id, code, label, \
             state, attempts, created_at, next_attempt_at) \
             values ($1, $2, $3, $4, $5, $6, $7, $8, 'pending', 0, $9, $9)",
        )
        .bind(answer.id)
        .bind(answer.message_key)
        .bind(answer.journal_id)
        .bind(answer.kind.as_str())
        .bind(answer.recipient.as_str())
        .bind(answer.message_id)
        .bind(answer.refusal.map(|(code, _)| i64::from(code)))
        .bind(answer.refusal.map(|(_, label)| label))
        .bind(answer.at)
        .execute(&mut *self)
        .await?;
        Ok(())
    }
}

impl Storage {
    /// True when that mail was dealt with.
    ///
    /// # Errors
    /// [`StorageError::Database`].
    pub async fn has_inbound_mail(&self, message_key: &str) -> Result<bool, StorageError> {
        let row = query("select 1 from inbound_mail where message_key = $1")
            .bind(message_key)
            .fetch_optional(&self.pool)
            .await?;
        Ok(row.is_some())
    }

    /// Claims the answer that has been due for longest, for `lease_token` until `lease_until`.
    ///
    /// # Errors
    /// [`StorageError::Database`] or [`StorageError::Corrupt`].
    pub async fn claim_answer(
        &self,
        lease_token: &str,
        now: &str,
        lease_until: &str,
    ) -> Result<Option<DueAnswer>, StorageError> {
        let mut writing = self.begin_write().await?;
        let row = query(
            "update mail_answer set lease_token = $1, lease_until = $2, attempts = attempts + 1 \
             where id in (select id from mail_answer where state = 'pending' and next_attempt_at <= $3 \
                          and (lease_until is null or lease_until <= $3) order by next_attempt_at, id limit 1) \
               and state = 'pending' and next_attempt_at <= $3 and (lease_until is null or lease_until <= $3) \
             returning id, kind, recipient, message_id, code, label, attempts, created_at, \
             (select sha256 from journal where journal.id = mail_answer.journal_id)",
        )
        .bind(lease_token)
        .bind(lease_until)
        .bind(now)
        .fetch_optional(&mut writing)
        .await?;
        let Some(row) = row else { return Ok(None) };
        let due = answer_of(&row)?;
        writing.commit().await?;
        Ok(Some(due))
    }

    /// Writes how an attempt ended, while the lease is ours.
    ///
    /// # Errors
    /// [`StorageError::Lost`] when the lease is no longer ours, else [`StorageError::Database`].
    pub async fn record_answer(
        &self,
        id: &str,
        lease_token: &str,
        step: AnswerStep<'_>,
    ) -> Result<(), StorageError> {
        let mut writing = self.begin_write().await?;
        let done = query(
            "update mail_answer set state = $1, detail = $2, \
             next_attempt_at = coalesce($3, next_attempt_at), lease_token = null, lease_until = null \
             where id = $4 and lease_token = $5",
        )
        .bind(step.state)
        .bind(step.detail)
        .bind(step.next_attempt_at)
        .bind(id)
        .bind(lease_token)
        .execute(&mut writing)
        .await?;
        if done.rows_affected() != 1 {
            return Err(StorageError::Lost("mail_answer"));
        }
        writing.commit().await
    }
}

fn answer_of(row: &Row) -> Result<DueAnswer, StorageError> {
    let code: Option<i64> = row.try_get(4)?;
    let label: Option<String> = row.try_get(5)?;
    let code = code
        .map(u16::try_from)
        .transpose()
        .map_err(|_| StorageError::Corrupt {
            column: "mail_answer.code",
        })?;
    Ok(DueAnswer {
        id: row.try_get(0)?,
        kind: row
            .try_get::<String>(1)?
            .parse()
            .map_err(|_| StorageError::Corrupt {
                column: "mail_answer.kind",
            })?,
        recipient: row.try_get(2)?,
        message_id: row.try_get(3)?,
        refusal: code.map(|code| (code, label.unwrap_or_default())),
        attempts: row.try_get(6)?,
        created_at: row.try_get(7)?,
        sha256: row.try_get(8)?,
    })
}
