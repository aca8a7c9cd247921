//! What reports are searched by, extracted when they arrive: no statement looks into a document.

use super::{Storage, StorageError, WriteTransaction, query::query, sql_text::SqlText};

/// What a key of a report tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum KeyKind {
    /// An identifier of the patient.
    Patient,
    /// An identifier of an author.
    Author,
    /// An identifier of the structure that keeps the document.
    Custodian,
    /// An identifier of the meeting: network, board, session.
    Meeting,
    /// Type of the document.
    Type,
    /// Class of the document.
    Class,
    /// Format of the document.
    Format,
    /// An act that it reports, or what the act is about.
    Event,
    /// Kind of establishment.
    Facility,
    /// Setting of the care.
    Practice,
    /// Confidentiality.
    Confidentiality,
}

/// A key: an identifier in its system, or a code in its system (OIDs).
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct ReportKey {
    /// What it tells.
    pub kind: KeyKind,
    /// OID of the authority or of the code system.
    pub system: String,
    /// The identifier or code.
    pub value: String,
}

/// What a report is searched by.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct ReportIndex {
    /// Day on which the board met, `YYYY-MM-DD`.
    pub session_on: Option<String>,
    /// When the document was made, UTC.
    pub created_at: Option<String>,
    /// When the board began, UTC.
    pub period_start: Option<String>,
    /// When the board ended, UTC.
    pub period_end: Option<String>,
    /// The structure that keeps the document: its identifier, else its name.
    pub hospital_key: Option<String>,
    /// Name of that structure.
    pub hospital_name: Option<String>,
    /// Family name of the attending physician.
    pub physician_family: Option<String>,
    /// Given name of the attending physician.
    pub physician_given: Option<String>,
    /// Its keys.
    pub keys: Vec<ReportKey>,
}

/// A report that came before reports were indexed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnindexedReport {
    /// Our identifier.
    pub id: String,
    /// Hash of its document.
    pub cda_sha256: String,
}

impl KeyKind {
    /// The word that is stored.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Patient => "patient",
            Self::Author => "author",
            Self::Custodian => "custodian",
            Self::Meeting => "meeting",
            Self::Type => "type",
            Self::Class => "class",
            Self::Format => "format",
            Self::Event => "event",
            Self::Facility => "facility",
            Self::Practice => "practice",
            Self::Confidentiality => "confidentiality",
        }
    }
}

impl WriteTransaction {
    /// Writes what a stored report is searched by.
    ///
    /// # Errors
    /// [`StorageError::Lost`] when there is no such report, else [`StorageError::Database`].
    pub async fn index_report(
        &mut self,
        report_id: &str,
        index: &ReportIndex,
    ) -> Result<(), StorageError> {
        for key in &index.keys {
            let mut insertion = SqlText::default();
            insertion
                .push("insert into report_key (report_id, kind, system, value) values (")
                .bind_list([report_id, key.kind.as_str(), &key.system, &key.value])
                .push(") on conflict (report_id, kind, system, value) do nothing");
            insertion.query().execute(&mut *self).await?;
        }
        let done = query(
            "update report set is_indexed = 1, session_on = $2, created_at = $3, period_start = $4, \
             period_end = $5, hospital_key = $6, hospital_name = $7, physician_family = $8, \
             physician_given = $9 where id = $1",
        )
        .bind(report_id)
        .bind(index.session_on.as_deref())
        .bind(index.created_at.as_deref())
        .bind(index.period_start.as_deref())
        .bind(index.period_end.as_deref())
        .bind(index.hospital_key.as_deref())
        .bind(index.hospital_name.as_deref())
        .bind(index.physician_family.as_deref())
        .bind(index.physician_given.as_deref())
        .execute(&mut *self)
        .await?;
        if done.rows_affected() == 1 {
            Ok(())
        } else {
            Err(StorageError::Lost("report"))
        }
    }

    /// The identifiers of that kind which a report is known by: system and value.
    ///
    /// # Errors
    /// [`StorageError::Database`].
    pub async fn list_report_keys(
        &mut self,
        report_id: &str,
        kind: KeyKind,
    ) -> Result<Vec<(String, String)>, StorageError> {
        query("select system, value from report_key where report_id = $1 and kind = $2")
            .bind(report_id)
            .bind(kind.as_str())
            .fetch_all(&mut *self)
            .await?
            .iter()
            .map(|row| Ok((row.try_get(0)?, row.try_get(1)?)))
            .collect()
    }
}

impl Storage {
    /// Up to `limit` reports after `after_id` that are not indexed yet.
    ///
    /// # Errors
    /// [`StorageError::Database`].
    pub async fn list_unindexed_reports(
        &self,
        after_id: &str,
        limit: i64,
    ) -> Result<Vec<UnindexedReport>, StorageError> {
        query(
            "select id, cda_sha256 from report where is_indexed = 0 and id > $1 order by id limit $2",
        )
        .bind(after_id)
        .bind(limit)
        .fetch_all(&self.pool)
        .await?
        .iter()
        .map(|row| {
            Ok(UnindexedReport {
                id: row.try_get(0)?,
                cda_sha256: row.try_get(1)?,
            })
        })
        .collect()
    }
}
