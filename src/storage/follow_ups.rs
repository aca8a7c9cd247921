//! What the follow-up reminded of, and the notices that say so by mail.

use super::{
    Storage, StorageError, WriteTransaction,
    notice_queue::{Addressed, NoticeQueue},
    query::query,
    recipients::parsed,
};
use crate::{identifiers::MssanteAddress, outbox::FollowUpKind};

/// A notice that is due.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DueNotice {
    /// Our identifier.
    pub id: String,
    /// What it says.
    pub kind: FollowUpKind,
    /// To whom.
    pub recipient: MssanteAddress,
    /// `Message-ID` without its brackets, the same for every attempt.
    pub message_id: String,
    /// How many reports it speaks of.
    pub reports: i64,
    /// When it was made.
    pub created_at: String,
    /// Number of this attempt, from 1.
    pub attempts: i64,
}

/// A notice to make.
#[derive(Clone, Copy, Debug)]
pub struct NewNotice<'a> {
    /// Our identifier.
    pub id: &'a str,
    /// What it says.
    pub kind: FollowUpKind,
    /// To whom.
    pub recipient: &'a MssanteAddress,
    /// `Message-ID` without its brackets.
    pub message_id: &'a str,
    /// How many reports it speaks of.
    pub reports: i64,
    /// Now.
    pub at: &'a str,
}

/// The reports that count, are open, and wait for that kind of follow-up since before `$2`.
const REMINDER: &str = "delivery.state in ('sent', 'delivered') and delivery.updated_at <= $2";
const ESCALATION: &str = "delivery.state in ('undeliverable', 'failed', 'rejected', 'sent', 'delivered') \
     and report.received_at <= $2";

impl WriteTransaction {
    /// Notes which reports are reminded of, or shown to somebody else, from now on: once each. Returns
    /// how many those are.
    ///
    /// # Errors
    /// [`StorageError::Database`].
    pub async fn insert_follow_ups(
        &mut self,
        kind: FollowUpKind,
        since: &str,
        now: &str,
    ) -> Result<u64, StorageError> {
        let condition = match kind {
            FollowUpKind::Reminder => REMINDER,
            FollowUpKind::Escalation => ESCALATION,
        };
        let done = query(format!(
            "insert into follow_up (report_id, kind, at) \
             select report.id, $1, $3 from report join delivery on delivery.report_id = report.id \
                and delivery.purpose = 'report' \
              where report.standing = 'current' and {condition} \
                and coalesce((select c.way from report_closing c where c.report_id = report.id \
                    order by c.at desc, c.id desc limit 1), 'reopened') = 'reopened' \
                and not exists (select 1 from follow_up f where f.report_id = report.id and f.kind = $1) \
             on conflict (report_id, kind) do nothing"
        ))
        .bind(kind.as_str())
        .bind(since)
        .bind(now)
        .execute(&mut *self)
        .await?;
        Ok(done.rows_affected())
    }

    /// How many reports were noted since the last notice of that kind, unless there was one after
    /// `not_after`.
    ///
    /// # Errors
    /// [`StorageError::Database`].
    pub async fn count_unannounced(
        &mut self,
        kind: FollowUpKind,
        not_after: &str,
    ) -> Result<i64, StorageError> {
        let row = query(
            "select count(*) from follow_up where kind = $1 \
               and at > coalesce((select max(created_at) from notice where kind = $1), '') \
               and not exists (select 1 from notice where kind = $1 and created_at > $2)",
        )
        .bind(kind.as_str())
        .bind(not_after)
        .fetch_one(&mut *self)
        .await?;
        row.try_get(0)
    }

    /// Makes a notice, due at once.
    ///
    /// # Errors
    /// [`StorageError::Database`].
    pub async fn insert_notice(&mut self, notice: NewNotice<'_>) -> Result<(), StorageError> {
        query(
            "insert into notice (id, kind, recipient_address, message_id, reports, created_at, next_attempt_at, attempts) \
             values ($1, $2, $3, $4, $5, $6, $6, 0)",
        )
        .bind(notice.id)
        .bind(notice.kind.as_str())
        .bind(notice.recipient.as_str())
        .bind(notice.message_id)
        .bind(notice.reports)
        .bind(notice.at)
        .execute(&mut *self)
        .await?;
        Ok(())
    }
}

impl Storage {
    /// Claims a notice that is due, until `until`: another instance does not send it meanwhile.
    ///
    /// # Errors
    /// [`StorageError::Database`] or [`StorageError::Corrupt`].
    pub async fn claim_notice(
        &self,
        now: &str,
        until: &str,
    ) -> Result<Option<DueNotice>, StorageError> {
        let mut writing = self.begin_write().await?;
        let columns = "id, kind, recipient_address, message_id, reports, created_at, attempts";
        let row = writing
            .claim_due(
                NoticeQueue::FollowUp,
                columns,
                Addressed::Anywhere,
                now,
                until,
            )
            .await?;
        let Some(row) = row else { return Ok(None) };
        let due = DueNotice {
            id: row.try_get(0)?,
            kind: parsed(&row, 1, "notice.kind")?,
            recipient: parsed(&row, 2, "notice.recipient_address")?,
            message_id: row.try_get(3)?,
            reports: row.try_get(4)?,
            created_at: row.try_get(5)?,
            attempts: row.try_get(6)?,
        };
        writing.commit().await?;
        Ok(Some(due))
    }
}
