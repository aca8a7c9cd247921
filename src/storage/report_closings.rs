//! What people did about a report that mail does not bring to its physician.

use super::{Storage, StorageError, WriteTransaction, query::query, recipients::parsed};
use crate::outbox::ClosingWay;

/// A closing, or its undoing; the last one of a report counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Closing {
    /// Our identifier.
    pub id: String,
    /// Of which report.
    pub report_id: String,
    /// How it was brought, or that it is open again.
    pub way: ClosingWay,
    /// Who says so.
    pub author: String,
    /// In that person's words.
    pub note: String,
    /// When.
    pub at: String,
}

impl WriteTransaction {
    /// Adds what was done about a report.
    ///
    /// # Errors
    /// [`StorageError::Database`].
    pub async fn insert_closing(&mut self, closing: &Closing) -> Result<(), StorageError> {
        query(
            "insert into report_closing (id, report_id, way, author, note, at) values ($1, $2, $3, $4, $5, $6)",
        )
        .bind(&closing.id)
        .bind(&closing.report_id)
        .bind(closing.way.as_str())
        .bind(&closing.author)
        .bind(&closing.note)
        .bind(&closing.at)
        .execute(&mut *self)
        .await?;
        Ok(())
    }
}

impl Storage {
    /// Everything that was done about a report, the latest first.
    ///
    /// # Errors
    /// [`StorageError::Database`] or [`StorageError::Corrupt`].
    pub async fn list_closings(&self, report_id: &str) -> Result<Vec<Closing>, StorageError> {
        query(
            "select id, report_id, way, author, note, at from report_closing where report_id = $1 \
             order by at desc, id desc",
        )
        .bind(report_id)
        .fetch_all(&self.pool)
        .await?
        .iter()
        .map(|row| {
            Ok(Closing {
                id: row.try_get(0)?,
                report_id: row.try_get(1)?,
                way: parsed(row, 2, "report_closing.way")?,
                author: row.try_get(3)?,
                note: row.try_get(4)?,
                at: row.try_get(5)?,
            })
        })
        .collect()
    }
}
