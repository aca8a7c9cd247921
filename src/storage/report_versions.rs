//! The versions of a report, and their cancellations.

use super::{
    Report, Storage, StorageError, WriteTransaction,
    query::query,
    reports::{COLUMNS, report_of},
    sql_text::SqlText,
};
use crate::rcp::Standing;

/// A version of a set, and whether its author withdrew it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredVersion {
    /// The report.
    pub report: Report,
    /// When it was cancelled.
    pub cancelled_at: Option<String>,
}

fn versions_text() -> String {
    format!(
        "select {COLUMNS}, cancellation.at from report \
         left join report_cancellation cancellation on cancellation.report_id = report.id \
         where report.set_id = $1 order by report.version, report.id"
    )
}

fn version_of(row: &super::query::Row) -> Result<StoredVersion, StorageError> {
    Ok(StoredVersion {
        report: report_of(row)?,
        cancelled_at: row.try_get(13)?,
    })
}

impl WriteTransaction {
    /// Makes this transaction the only one that adds to that set, until it ends.
    ///
    /// # Errors
    /// [`StorageError::Database`].
    pub async fn lock_set(&mut self, set_id: &str) -> Result<(), StorageError> {
        let mut change = SqlText::default();
        change
            .push("insert into report_set (set_id, changes) values (")
            .bind(set_id)
            .push(", 1) on conflict (set_id) do update set changes = report_set.changes + 1");
        change.query().execute(&mut *self).await?;
        Ok(())
    }

    /// The versions of a set, the oldest first, as this transaction sees them.
    ///
    /// # Errors
    /// [`StorageError::Database`] or [`StorageError::Corrupt`].
    pub async fn list_versions(
        &mut self,
        set_id: &str,
    ) -> Result<Vec<StoredVersion>, StorageError> {
        query(versions_text())
            .bind(set_id)
            .fetch_all(&mut *self)
            .await?
            .iter()
            .map(version_of)
            .collect()
    }

    /// The set of that report.
    ///
    /// # Errors
    /// [`StorageError::Database`].
    pub async fn find_set_of(&mut self, report_id: &str) -> Result<Option<String>, StorageError> {
        let row = query("select set_id from report where id = $1")
            .bind(report_id)
            .fetch_optional(&mut *self)
            .await?;
        row.map(|row| row.try_get(0)).transpose()
    }

    /// A report of another set that says it replaces that document.
    ///
    /// # Errors
    /// [`StorageError::Database`] or [`StorageError::Corrupt`].
    pub async fn find_foreign_successor(
        &mut self,
        document_id: &str,
        set_id: &str,
    ) -> Result<Option<Report>, StorageError> {
        query(format!(
            "select {COLUMNS} from report where replaces_document_id = $1 and set_id <> $2 order by id limit 1"
        ))
        .bind(document_id)
        .bind(set_id)
        .fetch_optional(&mut *self)
        .await?
        .as_ref()
        .map(report_of)
        .transpose()
    }

    /// Writes what a report is worth now.
    ///
    /// # Errors
    /// [`StorageError::Lost`] when there is no such report, else [`StorageError::Database`].
    pub async fn change_standing(
        &mut self,
        report_id: &str,
        standing: Standing,
        at: &str,
    ) -> Result<(), StorageError> {
        let done = query(
            "update report set standing = $2, revision = revision + 1, changed_at = $3 where id = $1",
        )
        .bind(report_id)
        .bind(standing.as_str())
        .bind(at)
        .execute(&mut *self)
        .await?;
        if done.rows_affected() == 1 {
            Ok(())
        } else {
            Err(StorageError::Lost("report"))
        }
    }

    /// Keeps that a report was cancelled: false when it had been already.
    ///
    /// # Errors
    /// [`StorageError::Database`].
    pub async fn insert_cancellation(
        &mut self,
        report_id: &str,
        journal_id: &str,
        at: &str,
    ) -> Result<bool, StorageError> {
        let done = query(
            "insert into report_cancellation (report_id, journal_id, at) values ($1, $2, $3) \
             on conflict (report_id) do nothing",
        )
        .bind(report_id)
        .bind(journal_id)
        .bind(at)
        .execute(&mut *self)
        .await?;
        Ok(done.rows_affected() == 1)
    }
}

impl Storage {
    /// The versions of a set, the oldest first.
    ///
    /// # Errors
    /// [`StorageError::Database`] or [`StorageError::Corrupt`].
    pub async fn list_versions(&self, set_id: &str) -> Result<Vec<StoredVersion>, StorageError> {
        query(versions_text())
            .bind(set_id)
            .fetch_all(&self.pool)
            .await?
            .iter()
            .map(version_of)
            .collect()
    }
}
