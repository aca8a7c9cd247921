//! Names that senders gave to their requests, and what was answered.

use super::{Storage, StorageError, WriteTransaction, query::query};

/// What was answered to a named request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyedAnswer {
    /// SHA-256 of the name, in lower-case hexadecimal.
    pub key_sha256: String,
    /// SHA-256 of the body.
    pub body_sha256: String,
    /// Our identifier of the report.
    pub report_id: String,
    /// True when the report had come before under another name, or none.
    pub is_repeated: bool,
}

impl WriteTransaction {
    /// Keeps what is answered to a named request: false when that name was taken already.
    ///
    /// # Errors
    /// [`StorageError::Database`].
    pub async fn insert_keyed_answer(
        &mut self,
        answer: &KeyedAnswer,
        at: &str,
    ) -> Result<bool, StorageError> {
        let done = query(
            "insert into idempotency_key (key_sha256, body_sha256, report_id, is_repeated, at) \
             values ($1, $2, $3, $4, $5) on conflict (key_sha256) do nothing",
        )
        .bind(&answer.key_sha256)
        .bind(&answer.body_sha256)
        .bind(&answer.report_id)
        .bind(i64::from(answer.is_repeated))
        .bind(at)
        .execute(&mut *self)
        .await?;
        Ok(done.rows_affected() == 1)
    }
}

impl Storage {
    /// What was answered to the request of that name.
    ///
    /// # Errors
    /// [`StorageError::Database`].
    pub async fn find_keyed_answer(
        &self,
        key_sha256: &str,
    ) -> Result<Option<KeyedAnswer>, StorageError> {
        let row = query(
            "select key_sha256, body_sha256, report_id, is_repeated from idempotency_key \
             where key_sha256 = $1",
        )
        .bind(key_sha256)
        .fetch_optional(&self.pool)
        .await?;
        let Some(row) = row else { return Ok(None) };
        Ok(Some(KeyedAnswer {
            key_sha256: row.try_get(0)?,
            body_sha256: row.try_get(1)?,
            report_id: row.try_get(2)?,
            is_repeated: row.try_get::<i64>(3)? == 1,
        }))
    }
}
