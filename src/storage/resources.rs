//! FHIR resources: the current version, every version there was, and the rows that searches read.

use serde_json::Value;
use sha2::{Digest, Sha256};
use sqlx::{Row, any::AnyRow};

use super::{Storage, StorageError, WriteTransaction, sql_text::SqlText};
use crate::fhir::{ResourceType, SearchIndex, content_without_version, stamp};

/// Rows of a search table written by one statement.
const ROWS_A_STATEMENT: usize = 100;

/// Who reads: it decides which resources exist.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reader {
    /// Anybody: published offers only, no sensitive unit.
    Public,
    /// The network itself.
    Network,
}

/// A resource as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredResource {
    /// Its type.
    pub kind: ResourceType,
    /// Its id.
    pub id: String,
    /// Its version, from 1.
    pub version: i64,
    /// When it was written, as [`crate::clock::instant_text`] writes it.
    pub last_updated: String,
    /// The resource.
    pub json: String,
}

/// What became of a resource that was handed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Upsert {
    /// It was not there.
    Created,
    /// It differs from what was there: a new version.
    Updated,
    /// It says what was there already: nothing was written.
    Unchanged,
}

impl WriteTransaction {
    /// Keeps a resource that was checked, under its type and id. The same content as before writes
    /// nothing; else a version is added, stamped with `at`, and the search rows are made anew.
    ///
    /// # Errors
    /// [`StorageError::Database`].
    pub async fn upsert_resource(
        &mut self,
        kind: ResourceType,
        id: &str,
        resource: &mut Value,
        journal_id: &str,
        at: &str,
    ) -> Result<Upsert, StorageError> {
        let fingerprint = hex::encode(Sha256::digest(content_without_version(resource)));
        let known = sqlx::query(
            "select version, created_at, fingerprint from resource where resource_type = $1 and id = $2",
        )
        .bind(kind.as_str())
        .bind(id)
        .fetch_optional(&mut *self.tx)
        .await?;
        let (version, created_at) = match &known {
            Some(row) if row.try_get::<String, _>(2)? == fingerprint => {
                return Ok(Upsert::Unchanged);
            }
            Some(row) => (row.try_get::<i64, _>(0)? + 1, row.try_get(1)?),
            None => (1, at.to_owned()),
        };
        stamp(resource, version, at, &created_at);
        let index = SearchIndex::of(kind, resource);
        let json = resource.to_string();
        sqlx::query(
            "insert into resource (resource_type, id, version, created_at, last_updated, fingerprint, \
             sort_name, is_public, journal_id, json) \
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) \
             on conflict (resource_type, id) do update set version = excluded.version, \
             last_updated = excluded.last_updated, fingerprint = excluded.fingerprint, \
             sort_name = excluded.sort_name, is_public = excluded.is_public, \
             journal_id = excluded.journal_id, json = excluded.json",
        )
        .bind(kind.as_str())
        .bind(id)
        .bind(version)
        .bind(&created_at)
        .bind(at)
        .bind(&fingerprint)
        .bind(&index.sort_name)
        .bind(i64::from(index.is_public))
        .bind(journal_id)
        .bind(&json)
        .execute(&mut *self.tx)
        .await?;
        sqlx::query(
            "insert into resource_version (resource_type, id, version, last_updated, is_public, journal_id, json) \
             values ($1, $2, $3, $4, $5, $6, $7)",
        )
        .bind(kind.as_str())
        .bind(id)
        .bind(version)
        .bind(at)
        .bind(i64::from(index.is_public))
        .bind(journal_id)
        .bind(&json)
        .execute(&mut *self.tx)
        .await?;
        if known.is_some() {
            self.delete_index(kind, id).await?;
        }
        self.insert_index(kind, id, &index).await?;
        Ok(if known.is_some() {
            Upsert::Updated
        } else {
            Upsert::Created
        })
    }

    /// True when a resource of that type and id is kept.
    ///
    /// # Errors
    /// [`StorageError::Database`].
    pub async fn has_resource(
        &mut self,
        kind: ResourceType,
        id: &str,
    ) -> Result<bool, StorageError> {
        let row = sqlx::query("select 1 from resource where resource_type = $1 and id = $2")
            .bind(kind.as_str())
            .bind(id)
            .fetch_optional(&mut *self.tx)
            .await?;
        Ok(row.is_some())
    }

    async fn delete_index(&mut self, kind: ResourceType, id: &str) -> Result<(), StorageError> {
        for statement in [
            "delete from search_token where resource_type = $1 and resource_id = $2",
            "delete from search_string where resource_type = $1 and resource_id = $2",
            "delete from search_reference where resource_type = $1 and resource_id = $2",
            "delete from search_word where resource_type = $1 and resource_id = $2",
        ] {
            sqlx::query(statement)
                .bind(kind.as_str())
                .bind(id)
                .execute(&mut *self.tx)
                .await?;
        }
        Ok(())
    }

    async fn insert_index(
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
        self.insert_rows(head, own, words).await
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
}

impl Storage {
    /// The current version of a resource that the reader may see.
    ///
    /// # Errors
    /// [`StorageError::Database`].
    pub async fn find_resource(
        &self,
        kind: ResourceType,
        id: &str,
        reader: Reader,
    ) -> Result<Option<StoredResource>, StorageError> {
        let found = self.get_resources(kind, &[id.to_owned()], reader).await?;
        Ok(found.into_iter().next())
    }

    /// One version of a resource, when the reader may see that version and the current one.
    ///
    /// # Errors
    /// [`StorageError::Database`].
    pub async fn find_resource_version(
        &self,
        kind: ResourceType,
        id: &str,
        version: i64,
        reader: Reader,
    ) -> Result<Option<StoredResource>, StorageError> {
        if self.find_resource(kind, id, reader).await?.is_none() {
            return Ok(None);
        }
        let mut sql = SqlText::new(
            "select id, version, last_updated, json from resource_version where resource_type = ",
        );
        sql.bind(kind.as_str()).push(" and id = ").bind(id);
        sql.push(" and version = ").bind_number(version);
        if reader == Reader::Public {
            sql.push(" and is_public = 1");
        }
        let row = sql.query().fetch_optional(&self.pool).await?;
        row.map(|row| read_resource(kind, &row)).transpose()
    }

    /// How many resources of that type are kept.
    ///
    /// # Errors
    /// [`StorageError::Database`].
    pub async fn count_resources(&self, kind: ResourceType) -> Result<i64, StorageError> {
        let row = sqlx::query("select count(*) from resource where resource_type = $1")
            .bind(kind.as_str())
            .fetch_one(&self.pool)
            .await?;
        Ok(row.try_get(0)?)
    }
}

pub(super) fn read_resource(
    kind: ResourceType,
    row: &AnyRow,
) -> Result<StoredResource, StorageError> {
    Ok(StoredResource {
        kind,
        id: row.try_get(0)?,
        version: row.try_get(1)?,
        last_updated: row.try_get(2)?,
        json: row.try_get(3)?,
    })
}
