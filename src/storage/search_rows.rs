//! The rows that searches read, made of each resource when it is written, and made anew for all when
//! the search parameters change.

use serde_json::Value;
use sqlx::Row;

use super::{
    Storage, StorageError, StoredResource, WriteTransaction, resources::read_resource,
    sql_text::SqlText,
};
use crate::fhir::{ResourceType, SearchIndex};

/// Rows of a search table written by one statement.
const ROWS_A_STATEMENT: usize = 100;
/// Key of the row that says what they were made for.
const STATE: &str = "resources";

impl WriteTransaction {
    pub(super) async fn delete_index(
        &mut self,
        kind: ResourceType,
        id: &str,
    ) -> Result<(), StorageError> {
        for statement in [
            "delete from search_token where resource_type = $1 and resource_id = $2",
            "delete from search_string where resource_type = $1 and resource_id = $2",
            "delete from search_reference where resource_type = $1 and resource_id = $2",
            "delete from search_word where resource_type = $1 and resource_id = $2",
            "delete from search_date where resource_type = $1 and resource_id = $2",
            "delete from search_quantity where resource_type = $1 and resource_id = $2",
            "delete from search_position where resource_type = $1 and resource_id = $2",
        ] {
            sqlx::query(statement)
                .bind(kind.as_str())
                .bind(id)
                .execute(&mut *self.tx)
                .await?;
        }
        Ok(())
    }

    pub(super) async fn insert_index(
        &mut self,
        kind: ResourceType,
        id: &str,
        index: &SearchIndex,
    ) -> Result<(), StorageError> {
        let own = [kind.as_str(), id];
        let tokens = index
            .tokens
            .iter()
            .map(|(parameter, system, code)| vec![*parameter, system, code]);
        let head = "insert into search_token (resource_type, resource_id, parameter, system, code)";
        self.insert_rows(head, own, tokens).await?;
        let strings = index
            .strings
            .iter()
            .map(|(parameter, value, exact)| vec![*parameter, value, exact]);
        let head =
            "insert into search_string (resource_type, resource_id, parameter, value, exact)";
        self.insert_rows(head, own, strings).await?;
        let references = index
            .references
            .iter()
            .map(|(parameter, target, id)| vec![*parameter, target.as_str(), id]);
        let head = "insert into search_reference \
                    (resource_type, resource_id, parameter, target_type, target_id)";
        self.insert_rows(head, own, references).await?;
        let words = index.words.iter().map(|word| vec![word.as_str()]);
        let head = "insert into search_word (resource_type, resource_id, word)";
        self.insert_rows(head, own, words).await?;
        let dates = index
            .dates
            .iter()
            .map(|(parameter, from, before)| vec![*parameter, from, before]);
        let head =
            "insert into search_date (resource_type, resource_id, parameter, starts_at, ends_at)";
        self.insert_rows(head, own, dates).await?;
        self.insert_numbers(own, index).await
    }

    async fn insert_numbers(
        &mut self,
        own: [&str; 2],
        index: &SearchIndex,
    ) -> Result<(), StorageError> {
        for (parameter, value, system, code) in &index.quantities {
            let mut sql = SqlText::new(
                "insert into search_quantity (resource_type, resource_id, parameter, system, code, value) values (",
            );
            sql.bind_list(own.into_iter().chain([*parameter, system, code]));
            sql.push(", ").bind_number(*value).push(")");
            sql.query().execute(&mut *self.tx).await?;
        }
        if let Some(position) = index.position {
            let mut sql = SqlText::new(
                "insert into search_position (resource_type, resource_id, latitude, longitude) values (",
            );
            sql.bind_list(own);
            sql.push(", ").bind_number(position.latitude);
            sql.push(", ").bind_number(position.longitude).push(")");
            sql.query().execute(&mut *self.tx).await?;
        }
        Ok(())
    }

    /// Inserts rows that all start with the same two values.
    async fn insert_rows<'r>(
        &mut self,
        head: &str,
        own: [&str; 2],
        rows: impl Iterator<Item = Vec<&'r str>>,
    ) -> Result<(), StorageError> {
        let rows: Vec<_> = rows.collect();
        for chunk in rows.chunks(ROWS_A_STATEMENT) {
            let mut sql = SqlText::new(head);
            for (rank, row) in chunk.iter().enumerate() {
                sql.push(if rank == 0 { " values (" } else { ", (" });
                sql.bind_list(own.iter().chain(row).copied()).push(")");
            }
            sql.query().execute(&mut *self.tx).await?;
        }
        Ok(())
    }

    /// Makes the search rows of a resource anew.
    ///
    /// # Errors
    /// [`StorageError::Database`].
    pub async fn reindex_resource(
        &mut self,
        kind: ResourceType,
        id: &str,
        resource: &Value,
    ) -> Result<(), StorageError> {
        let index = SearchIndex::of(kind, resource);
        sqlx::query(
            "update resource set sort_name = $1, is_public = $2 where resource_type = $3 and id = $4",
        )
        .bind(&index.sort_name)
        .bind(i64::from(index.is_public))
        .bind(kind.as_str())
        .bind(id)
        .execute(&mut *self.tx)
        .await?;
        self.delete_index(kind, id).await?;
        self.insert_index(kind, id, &index).await?;
        self.note_change(kind, id).await
    }

    /// Notes for which search parameters every row was made.
    ///
    /// # Errors
    /// [`StorageError::Database`].
    pub async fn note_index(&mut self, fingerprint: &str) -> Result<(), StorageError> {
        sqlx::query(
            "insert into search_state (id, fingerprint) values ($1, $2) \
             on conflict (id) do update set fingerprint = excluded.fingerprint",
        )
        .bind(STATE)
        .bind(fingerprint)
        .execute(&mut *self.tx)
        .await?;
        Ok(())
    }
}

impl Storage {
    /// For which search parameters every row was made, when it is known.
    ///
    /// # Errors
    /// [`StorageError::Database`].
    pub async fn find_index_fingerprint(&self) -> Result<Option<String>, StorageError> {
        let row = sqlx::query("select fingerprint from search_state where id = $1")
            .bind(STATE)
            .fetch_optional(&self.pool)
            .await?;
        Ok(row.map(|row| row.try_get(0)).transpose()?)
    }

    /// The next resources of a type by id, whoever may see them.
    ///
    /// # Errors
    /// [`StorageError::Database`].
    pub async fn list_resources_after(
        &self,
        kind: ResourceType,
        after: &str,
        limit: i64,
    ) -> Result<Vec<StoredResource>, StorageError> {
        let rows = sqlx::query(
            "select id, version, last_updated, json from resource \
             where resource_type = $1 and id > $2 order by id limit $3",
        )
        .bind(kind.as_str())
        .bind(after)
        .bind(limit)
        .fetch_all(&self.pool)
        .await?;
        rows.iter().map(|row| read_resource(kind, row)).collect()
    }
}
