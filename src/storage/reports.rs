//! RCP reports: one row a document.

use super::{
    Storage, StorageError, WriteTransaction,
    query::{Row, query},
};
use crate::rcp::Standing;

/// A report to store. The bytes are in the content table, under their hashes.
#[derive(Clone, Debug)]
pub struct NewReport<'a> {
    /// Our identifier.
    pub id: &'a str,
    /// Identity that the author gave it: `root` or `root^extension`.
    pub document_id: &'a str,
    /// What its versions share.
    pub set_id: &'a str,
    /// Version, from 1.
    pub version: i64,
    /// Identity of the document that it says it replaces.
    pub replaces_document_id: Option<&'a str>,
    /// Arrival that it was made of.
    pub journal_id: &'a str,
    /// Hash of what arrived.
    pub source_sha256: &'a str,
    /// Hash of the CDA document.
    pub cda_sha256: &'a str,
    /// Name of the board.
    pub board: &'a str,
    /// When the board met, as the document says it.
    pub session_at: &'a str,
    /// RPPS number of the attending physician, when the document gives a valid one.
    pub attending_rpps: Option<&'a str>,
    /// When it arrived.
    pub received_at: &'a str,
}

/// A stored report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// Our identifier.
    pub id: String,
    /// Identity that the author gave it.
    pub document_id: String,
    /// What its versions share.
    pub set_id: String,
    /// Version, from 1.
    pub version: i64,
    /// Hash of what arrived.
    pub source_sha256: String,
    /// Hash of the CDA document.
    pub cda_sha256: String,
    /// Name of the board.
    pub board: String,
    /// When the board met.
    pub session_at: String,
    /// When it arrived.
    pub received_at: String,
    /// What it is worth among the versions of its set.
    pub standing: Standing,
    /// How often its standing changed, and once more.
    pub revision: i64,
    /// When it did last, or when it arrived.
    pub changed_at: String,
    /// Identity of the document that it says it replaces.
    pub replaces_document_id: Option<String>,
}

pub(super) const COLUMNS: &str = "report.id, report.document_id, report.set_id, report.version, \
     report.source_sha256, report.cda_sha256, report.board, report.session_at, report.received_at, \
     report.standing, report.revision, report.changed_at, report.replaces_document_id";

pub(super) fn report_of(row: &Row) -> Result<Report, StorageError> {
    Ok(Report {
        id: row.try_get(0)?,
        document_id: row.try_get(1)?,
        set_id: row.try_get(2)?,
        version: row.try_get(3)?,
        source_sha256: row.try_get(4)?,
        cda_sha256: row.try_get(5)?,
        board: row.try_get(6)?,
        session_at: row.try_get(7)?,
        received_at: row.try_get(8)?,
        standing: row
            .try_get::<String>(9)?
            .parse()
            .map_err(|_| StorageError::Corrupt {
                column: "report.standing",
            })?,
        revision: row.try_get(10)?,
        changed_at: row.try_get(11)?,
        replaces_document_id: row.try_get(12)?,
    })
}

impl WriteTransaction {
    /// Stores a report, unless a document of that identity is there: false then, and nothing is
    /// written.
    ///
    /// # Errors
    /// [`StorageError::Database`].
    pub async fn insert_report(&mut self, report: &NewReport<'_>) -> Result<bool, StorageError> {
        let done = query(
            "insert into report (id, document_id, set_id, version, journal_id, source_sha256, cda_sha256, \
             board, session_at, attending_rpps, received_at, changed_at, replaces_document_id) \
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $11, $12) on conflict (document_id) do nothing",
        )
        .bind(report.id)
        .bind(report.document_id)
        .bind(report.set_id)
        .bind(report.version)
        .bind(report.journal_id)
        .bind(report.source_sha256)
        .bind(report.cda_sha256)
        .bind(report.board)
        .bind(report.session_at)
        .bind(report.attending_rpps)
        .bind(report.received_at)
        .bind(report.replaces_document_id)
        .execute(&mut *self)
        .await?;
        Ok(done.rows_affected() == 1)
    }

    /// The report of that document identity, if it was stored.
    ///
    /// # Errors
    /// [`StorageError::Database`].
    pub async fn find_report_by_document(
        &mut self,
        document_id: &str,
    ) -> Result<Option<Report>, StorageError> {
        query(format!(
            "select {COLUMNS} from report where document_id = $1"
        ))
        .bind(document_id)
        .fetch_optional(&mut *self)
        .await?
        .as_ref()
        .map(report_of)
        .transpose()
    }
}

impl Storage {
    /// The documents of the current reports whose ids come after `after`, in the order of their
    /// ids: id, bytes.
    ///
    /// # Errors
    /// [`StorageError::Database`].
    pub async fn list_documents_after(
        &self,
        after: &str,
        limit: i64,
    ) -> Result<Vec<(String, Vec<u8>)>, StorageError> {
        let rows = query(
            "select report.id, content.bytes from report \
             join content on content.sha256 = report.cda_sha256 \
             where report.standing = $1 and report.id > $2 order by report.id limit $3",
        )
        .bind(Standing::Current.as_str())
        .bind(after)
        .bind(limit)
        .fetch_all(&self.pool)
        .await?;
        rows.iter()
            .map(|row| Ok((row.try_get(0)?, row.try_get(1)?)))
            .collect()
    }

    /// The report of that identifier, if there is one.
    ///
    /// # Errors
    /// [`StorageError::Database`] or [`StorageError::Corrupt`].
    pub async fn find_report(&self, id: &str) -> Result<Option<Report>, StorageError> {
        query(format!("select {COLUMNS} from report where id = $1"))
            .bind(id)
            .fetch_optional(&self.pool)
            .await?
            .as_ref()
            .map(report_of)
            .transpose()
    }

    /// Our identifier of the report of that document identity, if it is stored.
    ///
    /// # Errors
    /// [`StorageError::Database`].
    pub async fn find_report_id(&self, document_id: &str) -> Result<Option<String>, StorageError> {
        let row = query("select id from report where document_id = $1")
            .bind(document_id)
            .fetch_optional(&self.pool)
            .await?;
        row.map(|row| row.try_get(0)).transpose()
    }

    /// How many reports are stored.
    ///
    /// # Errors
    /// [`StorageError::Database`].
    pub async fn count_reports(&self) -> Result<i64, StorageError> {
        query("select count(*) from report")
            .fetch_one(&self.pool)
            .await?
            .try_get(0)
    }
}
