//! Mails of our own that wait to leave: claimed by one instance at a time, tried again, given up.

use super::query::Row;

use super::{Storage, StorageError, WriteTransaction, query::query, sql_text::SqlText};
use crate::identifiers::TrustedDomains;

/// A table of mails that wait. All have `sent_at`, `failed_at`, `next_attempt_at`, `attempts` and `answer`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoticeQueue {
    /// Reminders of the follow-up of reports.
    FollowUp,
    /// Mails to referents and validators.
    Governance,
}

/// Which mails to accounts are meant, by the domain of the mailbox.
#[derive(Clone, Copy, Debug)]
pub enum Addressed<'d> {
    /// All.
    Anywhere,
    /// Those to a mailbox of these domains, or of what stands below them.
    Within(&'d TrustedDomains),
    /// The others.
    Outside(&'d TrustedDomains),
}

impl Addressed<'_> {
    /// Adds the condition to a statement on a table that has an `account_id`.
    fn push(self, sql: &mut SqlText) {
        let (domains, word) = match self {
            Self::Anywhere => return,
            Self::Within(domains) => (domains, " and account_id in ("),
            Self::Outside(domains) => (domains, " and account_id not in ("),
        };
        sql.push(word).push("select id from account where 1 = 0");
        for domain in domains.domains() {
            sql.push(" or address like ").bind(format!("%@{domain}"));
            sql.push(" or address like ").bind(format!("%.{domain}"));
        }
        sql.push(")");
    }
}

impl NoticeQueue {
    const fn table(self) -> &'static str {
        match self {
            Self::FollowUp => "notice",
            Self::Governance => "governance_notice",
        }
    }
}

impl WriteTransaction {
    /// The mail that is due first, its `columns`; no other instance sends it until `until`.
    pub(super) async fn claim_due(
        &mut self,
        queue: NoticeQueue,
        columns: &str,
        addressed: Addressed<'_>,
        now: &str,
        until: &str,
    ) -> Result<Option<Row>, StorageError> {
        let table = queue.table();
        let mut sql = SqlText::new(&format!("update {table} set next_attempt_at = "));
        sql.bind(until)
            .push(", attempts = attempts + 1 where id in (select id from ")
            .push(table)
            .push(" where sent_at is null and failed_at is null and next_attempt_at <= ")
            .bind(now);
        addressed.push(&mut sql);
        sql.push(" order by next_attempt_at, id limit 1)")
            .push(" and sent_at is null and failed_at is null and next_attempt_at <= ")
            .bind(now)
            .push(" returning ")
            .push(columns);
        sql.query().fetch_optional(&mut *self).await
    }
}

impl Storage {
    /// Writes down that a mail left.
    ///
    /// # Errors
    /// [`StorageError::Database`].
    pub async fn notice_left(
        &self,
        queue: NoticeQueue,
        id: &str,
        answer: &str,
        at: &str,
    ) -> Result<(), StorageError> {
        let table = queue.table();
        query(format!(
            "update {table} set sent_at = $2, answer = $3 where id = $1"
        ))
        .bind(id)
        .bind(at)
        .bind(answer)
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// Writes down that a mail did not leave: when it is tried again, or that it is given up.
    ///
    /// # Errors
    /// [`StorageError::Database`].
    pub async fn notice_failed(
        &self,
        queue: NoticeQueue,
        id: &str,
        answer: &str,
        again_at: Option<&str>,
        now: &str,
    ) -> Result<(), StorageError> {
        let table = queue.table();
        query(format!(
            "update {table} set answer = $2, next_attempt_at = coalesce($3, next_attempt_at), \
             failed_at = case when $3 is null then $4 else null end where id = $1"
        ))
        .bind(id)
        .bind(answer)
        .bind(again_at)
        .bind(now)
        .execute(&self.pool)
        .await?;
        Ok(())
    }
}
