//! What visitors say is wrong with an offer.

use super::{Storage, StorageError, WriteTransaction, query::query};

/// Open reports shown at once.
const SHOWN: i64 = 100;

/// A report that came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ErrorReport {
    /// Its id.
    pub id: String,
    /// The offer.
    pub offer_id: String,
    /// Its name on that day.
    pub offer_name: String,
    /// What is wrong: `ferme`, `telephone`, `horaires`, `adresse`, `autre`.
    pub subject: String,
    /// In the words of who reported it.
    pub message: String,
    /// How to answer; empty when that was not left.
    pub contact: String,
    /// Instant, as [`crate::clock::instant_text`] writes it.
    pub received_at: String,
}

impl WriteTransaction {
    /// Keeps a report; false when the same words about the same offer are kept already.
    ///
    /// # Errors
    /// [`StorageError::Database`].
    pub async fn insert_error_report(
        &mut self,
        report: &ErrorReport,
    ) -> Result<bool, StorageError> {
        let written = query(
            "insert into offer_error_report \
             (id, offer_id, offer_name, subject, message, contact, received_at) \
             values ($1, $2, $3, $4, $5, $6, $7) on conflict (offer_id, subject, message) do nothing",
        )
        .bind(&report.id)
        .bind(&report.offer_id)
        .bind(&report.offer_name)
        .bind(&report.subject)
        .bind(&report.message)
        .bind(&report.contact)
        .bind(&report.received_at)
        .execute(&mut *self)
        .await?;
        Ok(written.rows_affected() == 1)
    }

    /// How many reports came since that instant: about that offer, and about any.
    ///
    /// # Errors
    /// [`StorageError::Database`].
    pub async fn count_error_reports(
        &mut self,
        offer_id: &str,
        since: &str,
    ) -> Result<(i64, i64), StorageError> {
        let row = query(
            "select coalesce(sum(case when offer_id = $1 then 1 else 0 end), 0), count(*) \
             from offer_error_report where received_at >= $2",
        )
        .bind(offer_id)
        .bind(since)
        .fetch_one(&mut *self)
        .await?;
        Ok((row.try_get(0)?, row.try_get(1)?))
    }

    /// The account of the person who answers for a structure.
    ///
    /// # Errors
    /// [`StorageError::Database`].
    pub async fn find_referent(
        &mut self,
        structure_id: &str,
    ) -> Result<Option<String>, StorageError> {
        let row = query(
            "select referent_id from listing where structure_id = $1 and referent_id is not null",
        )
        .bind(structure_id)
        .fetch_optional(&mut *self)
        .await?;
        row.map(|row| row.try_get(0)).transpose()
    }

    /// Notes that a report was dealt with, and by whom; false when it is not open.
    ///
    /// # Errors
    /// [`StorageError::Database`].
    pub async fn close_error_report(
        &mut self,
        id: &str,
        author: &str,
        at: &str,
    ) -> Result<bool, StorageError> {
        let written = query(
            "update offer_error_report set closed_at = $1, closed_by = $2 \
             where id = $3 and closed_at is null",
        )
        .bind(at)
        .bind(author)
        .bind(id)
        .execute(&mut *self)
        .await?;
        Ok(written.rows_affected() == 1)
    }
}

impl Storage {
    /// The reports that nobody dealt with, oldest first, and how many there are.
    ///
    /// # Errors
    /// [`StorageError::Database`].
    pub async fn list_open_error_reports(&self) -> Result<(Vec<ErrorReport>, i64), StorageError> {
        let rows = query(
            "select id, offer_id, offer_name, subject, message, contact, received_at \
             from offer_error_report where closed_at is null order by received_at, id limit $1",
        )
        .bind(SHOWN)
        .fetch_all(&self.pool)
        .await?;
        let reports = rows
            .iter()
            .map(|row| {
                Ok(ErrorReport {
                    id: row.try_get(0)?,
                    offer_id: row.try_get(1)?,
                    offer_name: row.try_get(2)?,
                    subject: row.try_get(3)?,
                    message: row.try_get(4)?,
                    contact: row.try_get(5)?,
                    received_at: row.try_get(6)?,
                })
            })
            .collect::<Result<_, StorageError>>()?;
        let row = query("select count(*) from offer_error_report where closed_at is null")
            .fetch_one(&self.pool)
            .await?;
        Ok((reports, row.try_get(0)?))
    }
}
