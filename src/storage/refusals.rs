//! Quarantine: what was refused, why, and which stored report it contradicts.

use super::{
    Storage, StorageError, WriteTransaction,
    query::{Row, query},
};

/// A refusal to keep, beside the arrival that was refused.
#[derive(Clone, Copy, Debug)]
pub struct NewRefusal<'a> {
    /// The arrival.
    pub journal_id: &'a str,
    /// When it arrived.
    pub received_at: &'a str,
    /// The findings that were answered, as JSON.
    pub findings: &'a str,
    /// The stored report that it contradicts.
    pub report_id: Option<&'a str>,
    /// True when only the beginning of what arrived is kept.
    pub is_cut: bool,
}

/// Something that was refused and is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The arrival.
    pub journal_id: String,
    /// When it arrived.
    pub received_at: String,
    /// Where it came from.
    pub source: String,
    /// What it was taken for.
    pub media_type: String,
    /// Hash of its bytes.
    pub sha256: String,
    /// How many bytes are kept.
    pub size_bytes: i64,
    /// Identifiers of the rules that it breaks.
    pub rules: String,
    /// The findings that were answered, as JSON.
    pub findings: String,
    /// The stored report that it contradicts.
    pub report_id: Option<String>,
    /// True when only the beginning of what arrived is kept.
    pub is_cut: bool,
}

const SELECT: &str = "select r.journal_id, r.received_at, j.source, j.media_type, j.sha256, c.size_bytes, \
     coalesce(j.reason, ''), r.findings, r.report_id, r.is_cut \
     from refusal r join journal j on j.id = r.journal_id join content c on c.sha256 = j.sha256";

fn refusal_of(row: &Row) -> Result<Refusal, StorageError> {
    Ok(Refusal {
        journal_id: row.try_get(0)?,
        received_at: row.try_get(1)?,
        source: row.try_get(2)?,
        media_type: row.try_get(3)?,
        sha256: row.try_get(4)?,
        size_bytes: row.try_get(5)?,
        rules: row.try_get(6)?,
        findings: row.try_get(7)?,
        report_id: row.try_get(8)?,
        is_cut: row.try_get::<i64>(9)? == 1,
    })
}

impl WriteTransaction {
    /// Keeps why an arrival was refused.
    ///
    /// # Errors
    /// [`StorageError::Database`].
    pub async fn insert_refusal(&mut self, refusal: NewRefusal<'_>) -> Result<(), StorageError> {
        query(
            "insert into refusal (journal_id, received_at, findings, report_id, is_cut) \
             values ($1, $2, $3, $4, $5)",
        )
        .bind(refusal.journal_id)
        .bind(refusal.received_at)
        .bind(refusal.findings)
        .bind(refusal.report_id)
        .bind(i64::from(refusal.is_cut))
        .execute(&mut *self)
        .await?;
        Ok(())
    }
}

impl Storage {
    /// What was refused because it contradicts one of the reports of that set, the oldest first.
    ///
    /// # Errors
    /// [`StorageError::Database`].
    pub async fn list_refusals_of_set(&self, set_id: &str) -> Result<Vec<Refusal>, StorageError> {
        query(format!(
            "{SELECT} join report on report.id = r.report_id where report.set_id = $1 \
             order by r.received_at, r.journal_id"
        ))
        .bind(set_id)
        .fetch_all(&self.pool)
        .await?
        .iter()
        .map(refusal_of)
        .collect()
    }

    /// Up to `limit` refusals, the latest first, those before `before` (an instant and the
    /// identifier of an arrival).
    ///
    /// # Errors
    /// [`StorageError::Database`].
    pub async fn list_refusals(
        &self,
        before: Option<(&str, &str)>,
        limit: i64,
    ) -> Result<Vec<Refusal>, StorageError> {
        let (instant, id) = before.unwrap_or(("9999", ""));
        query(format!(
            "{SELECT} where r.received_at < $1 or (r.received_at = $1 and r.journal_id < $2) \
             order by r.received_at desc, r.journal_id desc limit $3"
        ))
        .bind(instant)
        .bind(id)
        .bind(limit)
        .fetch_all(&self.pool)
        .await?
        .iter()
        .map(refusal_of)
        .collect()
    }

    /// The refusal of that arrival.
    ///
    /// # Errors
    /// [`StorageError::Database`].
    pub async fn find_refusal(&self, journal_id: &str) -> Result<Option<Refusal>, StorageError> {
        query(format!("{SELECT} where r.journal_id = $1"))
            .bind(journal_id)
            .fetch_optional(&self.pool)
            .await?
            .as_ref()
            .map(refusal_of)
            .transpose()
    }
}
