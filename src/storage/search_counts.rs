//! What the directory is searched for, counted by day.

use super::{Storage, StorageError, WriteTransaction, query::query};

/// How often something was searched for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SearchCount {
    /// What was: `search`, `filter`, `need` or `word`.
    pub kind: String,
    /// Which.
    pub value: String,
    /// Searches.
    pub searches: i64,
    /// Those that found nothing.
    pub without_result: i64,
}

impl WriteTransaction {
    /// Adds to the counts of a day, `YYYY-MM-DD`.
    ///
    /// # Errors
    /// [`StorageError::Database`].
    pub async fn add_search_count(
        &mut self,
        counted_on: &str,
        count: &SearchCount,
    ) -> Result<(), StorageError> {
        query(
            "insert into search_count (counted_on, kind, value, searches, without_result) \
             values ($1, $2, $3, $4, $5) on conflict (counted_on, kind, value) do update set \
             searches = search_count.searches + excluded.searches, \
             without_result = search_count.without_result + excluded.without_result",
        )
        .bind(counted_on)
        .bind(&count.kind)
        .bind(&count.value)
        .bind(count.searches)
        .bind(count.without_result)
        .execute(&mut *self)
        .await?;
        Ok(())
    }
}

impl Storage {
    /// The counts of these days, both included, added up; those that found nothing most often first.
    ///
    /// # Errors
    /// [`StorageError::Database`].
    pub async fn list_search_counts(
        &self,
        from: &str,
        to: &str,
    ) -> Result<Vec<SearchCount>, StorageError> {
        let rows = query(
            "select kind, value, cast(sum(searches) as bigint), cast(sum(without_result) as bigint) \
             from search_count where counted_on >= $1 and counted_on <= $2 \
             group by kind, value order by 4 desc, 3 desc, kind, value limit 2000",
        )
        .bind(from)
        .bind(to)
        .fetch_all(&self.pool)
        .await?;
        rows.iter()
            .map(|row| {
                Ok(SearchCount {
                    kind: row.try_get(0)?,
                    value: row.try_get(1)?,
                    searches: row.try_get(2)?,
                    without_result: row.try_get(3)?,
                })
            })
            .collect()
    }
}
