//! From whom a report is hidden.

use super::{Storage, StorageError, WriteTransaction, query::query};
use crate::mssante::visibility::Marks;

impl WriteTransaction {
    /// Keeps from whom a report is hidden; nothing when it is hidden from nobody.
    ///
    /// # Errors
    /// [`StorageError::Database`].
    pub async fn insert_marks(
        &mut self,
        report_id: &str,
        marks: Marks,
    ) -> Result<(), StorageError> {
        if marks == Marks::default() {
            return Ok(());
        }
        query(
            "insert into report_mark (report_id, is_masked, is_hidden_from_patient, is_hidden_from_representatives) \
             values ($1, $2, $3, $4)",
        )
        .bind(report_id)
        .bind(i64::from(marks.is_masked))
        .bind(i64::from(marks.is_hidden_from_patient))
        .bind(i64::from(marks.is_hidden_from_representatives))
        .execute(&mut *self)
        .await?;
        Ok(())
    }
}

impl Storage {
    /// From whom that report is hidden.
    ///
    /// # Errors
    /// [`StorageError::Database`].
    pub async fn find_marks(&self, report_id: &str) -> Result<Marks, StorageError> {
        let row = query(
            "select is_masked, is_hidden_from_patient, is_hidden_from_representatives \
             from report_mark where report_id = $1",
        )
        .bind(report_id)
        .fetch_optional(&self.pool)
        .await?;
        let Some(row) = row else {
            return Ok(Marks::default());
        };
        let is_set = |column: usize| row.try_get::<i64>(column).map(|flag| flag == 1);
        Ok(Marks {
            is_masked: is_set(0)?,
            is_hidden_from_patient: is_set(1)?,
            is_hidden_from_representatives: is_set(2)?,
        })
    }
}
