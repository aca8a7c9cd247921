//! The journal: what arrived, byte for byte, from where and when.

use sha2::{Digest, Sha256};

use super::{Storage, StorageError, WriteTransaction, query::query};

/// Something that arrived, before anything is made of it.
#[derive(Clone, Copy, Debug)]
pub struct Arrival<'a> {
    /// Identifier of this arrival.
    pub id: &'a str,
    /// The bytes, as they came.
    pub bytes: &'a [u8],
    /// Where from: `http`, `import`, `imap`, …; never a patient datum.
    pub source: &'a str,
    /// Media type, as announced or found.
    pub media_type: &'a str,
    /// When, as [`crate::clock::instant_text`] writes it.
    pub received_at: &'a str,
}

/// What became of an arrival.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JournalOutcome<'a> {
    /// Something was made of it.
    Accepted,
    /// It had come before; nothing was made anew.
    Repeated,
    /// It was refused, for this reason (rule identifiers, never content).
    Refused(&'a str),
}

impl JournalOutcome<'_> {
    fn as_str(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Repeated => "repeated",
            Self::Refused(_) => "refused",
        }
    }
}

impl WriteTransaction {
    /// Stores bytes under their hash, once, and returns it: SHA-256, in lower-case hexadecimal.
    ///
    /// # Errors
    /// [`StorageError::Database`].
    pub async fn insert_content(&mut self, bytes: &[u8]) -> Result<String, StorageError> {
        let sha256 = hex::encode(Sha256::digest(bytes));
        query(
            "insert into content (sha256, size_bytes, bytes) values ($1, $2, $3) \
             on conflict (sha256) do nothing",
        )
        .bind(&sha256)
        .bind(i64::try_from(bytes.len()).unwrap_or(i64::MAX))
        .bind(bytes)
        .execute(self)
        .await?;
        Ok(sha256)
    }

    /// Keeps what arrived, and returns the hash of its bytes.
    ///
    /// # Errors
    /// [`StorageError::Database`].
    pub async fn insert_arrival(
        &mut self,
        arrival: Arrival<'_>,
        outcome: JournalOutcome<'_>,
    ) -> Result<String, StorageError> {
        let sha256 = self.insert_content(arrival.bytes).await?;
        let reason = match outcome {
            JournalOutcome::Refused(reason) => Some(reason),
            JournalOutcome::Accepted | JournalOutcome::Repeated => None,
        };
        query(
            "insert into journal (id, sha256, source, media_type, received_at, outcome, reason) \
             values ($1, $2, $3, $4, $5, $6, $7)",
        )
        .bind(arrival.id)
        .bind(&sha256)
        .bind(arrival.source)
        .bind(arrival.media_type)
        .bind(arrival.received_at)
        .bind(outcome.as_str())
        .bind(reason)
        .execute(self)
        .await?;
        Ok(sha256)
    }
}

impl Storage {
    /// Up to `limit` of the kept contents whose hash stands after `after`, each with the hash that it was
    /// kept under, in the order of the hashes.
    ///
    /// # Errors
    /// [`StorageError::Database`].
    pub async fn list_contents(
        &self,
        after: &str,
        limit: i64,
    ) -> Result<Vec<(String, Vec<u8>)>, StorageError> {
        query("select sha256, bytes from content where sha256 > $1 order by sha256 limit $2")
            .bind(after)
            .bind(limit)
            .fetch_all(&self.pool)
            .await?
            .iter()
            .map(|row| Ok((row.try_get(0)?, row.try_get(1)?)))
            .collect()
    }

    /// The bytes stored under that hash.
    ///
    /// # Errors
    /// [`StorageError::Database`].
    pub async fn find_content(&self, sha256: &str) -> Result<Option<Vec<u8>>, StorageError> {
        let row = query("select bytes from content where sha256 = $1")
            .bind(sha256)
            .fetch_optional(&self.pool)
            .await?;
        row.map(|row| row.try_get(0)).transpose()
    }

    /// How many arrivals ended in each outcome: accepted, repeated, refused.
    ///
    /// # Errors
    /// [`StorageError::Database`].
    pub async fn count_arrivals(&self) -> Result<Vec<(String, i64)>, StorageError> {
        let rows = query("select outcome, count(*) from journal group by outcome order by outcome")
            .fetch_all(&self.pool)
            .await?;
        rows.iter()
            .map(|row| Ok((row.try_get(0)?, row.try_get(1)?)))
            .collect()
    }
}
