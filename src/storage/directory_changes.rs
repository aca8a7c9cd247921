//! Up to when the changes of the national directory are known, and whom they concern.

use super::{Storage, StorageError, WriteTransaction, query::query, sql_text::SqlText};
use crate::identifiers::Rpps;

/// Keys in one statement.
const KEYS: usize = 500;

/// The turn to ask the directory what changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangesTurn {
    /// Up to when its changes are known; none: they were never asked for.
    pub reached_at: Option<String>,
}

impl Storage {
    /// Takes the turn to ask `source` what changed, when it has come at `now`; other instances have it
    /// at `until` at the earliest.
    ///
    /// # Errors
    /// [`StorageError::Database`].
    pub async fn claim_directory_changes(
        &self,
        source: &str,
        now: &str,
        until: &str,
    ) -> Result<Option<ChangesTurn>, StorageError> {
        let row = query(
            "update directory_changes set next_at = $3 where source = $1 and next_at <= $2 returning reached_at",
        )
        .bind(source)
        .bind(now)
        .bind(until)
        .fetch_optional(&self.pool)
        .await?;
        row.map(|row| {
            Ok(ChangesTurn {
                reached_at: row.try_get(0)?,
            })
        })
        .transpose()
    }
}

impl WriteTransaction {
    /// Keeps where a physician works, in place of what was known.
    ///
    /// # Errors
    /// [`StorageError::Database`].
    pub async fn replace_places(
        &mut self,
        rpps: &Rpps,
        places: &[String],
    ) -> Result<(), StorageError> {
        query("delete from recipient_place where rpps = $1")
            .bind(rpps.as_str())
            .execute(&mut *self)
            .await?;
        for place in places {
            query(
                "insert into recipient_place (rpps, place) values ($1, $2) on conflict do nothing",
            )
            .bind(rpps.as_str())
            .bind(place)
            .execute(&mut *self)
            .await?;
        }
        Ok(())
    }

    /// Has those of the mirror asked about at `at` whose number is one of these, or who work at one of
    /// these places. Returns how many they are.
    ///
    /// # Errors
    /// [`StorageError::Database`].
    pub async fn ask_for_changed(
        &mut self,
        numbers: &[String],
        places: &[String],
        at: &str,
    ) -> Result<u64, StorageError> {
        let by_number = ("rpps in (", ")");
        let by_place = (
            "rpps in (select rpps from recipient_place where place in (",
            "))",
        );
        let mut asked = 0;
        for (keys, (before, after)) in [(numbers, by_number), (places, by_place)] {
            for some in keys.chunks(KEYS) {
                let mut text = SqlText::new("update recipient set refresh_at = ");
                text.bind(at);
                text.push(" where (refresh_at is null or refresh_at > ")
                    .bind(at);
                text.push(") and ").push(before);
                text.bind_list(some.iter().cloned()).push(after);
                asked += text.query().execute(&mut *self).await?.rows_affected();
            }
        }
        Ok(asked)
    }

    /// Has everybody asked about at `at` whom `source` knows. Returns how many they are.
    ///
    /// # Errors
    /// [`StorageError::Database`].
    pub async fn ask_for_all(&mut self, source: &str, at: &str) -> Result<u64, StorageError> {
        let done = query(
            "update recipient set refresh_at = $2 where source = $1 and refresh_at > $2 \
               and listing in ('listed', 'inactive')",
        )
        .bind(source)
        .bind(at)
        .execute(&mut *self)
        .await?;
        Ok(done.rows_affected())
    }

    /// Notes that nothing changed until `at` of whom `source` knows, was asked about since `since`, and
    /// is not to be asked about now.
    ///
    /// # Errors
    /// [`StorageError::Database`].
    pub async fn confirm_unchanged(
        &mut self,
        source: &str,
        since: &str,
        at: &str,
    ) -> Result<(), StorageError> {
        query(
            "update recipient set checked_at = $3 where source = $1 and checked_at >= $2 and checked_at < $3 \
               and refresh_at > $3 and listing in ('listed', 'inactive')",
        )
        .bind(source)
        .bind(since)
        .bind(at)
        .execute(&mut *self)
        .await?;
        Ok(())
    }

    /// Notes that the changes of `source` are known up to `reached_at`, and when to ask again.
    ///
    /// # Errors
    /// [`StorageError::Database`].
    pub async fn reach_directory_changes(
        &mut self,
        source: &str,
        reached_at: &str,
        next_at: &str,
    ) -> Result<(), StorageError> {
        query("update directory_changes set reached_at = $2, next_at = $3 where source = $1")
            .bind(source)
            .bind(reached_at)
            .bind(next_at)
            .execute(&mut *self)
            .await?;
        Ok(())
    }
}
