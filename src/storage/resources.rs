//! FHIR resources: the current version, every version there was, and the rows that searches read.

use serde_json::Value;

use super::{
    Storage, StorageError, WriteTransaction,
    query::{Row, query},
    resource_writing::fingerprint_of,
    sql_text::SqlText,
};
use crate::fhir::{ResourceType, SearchIndex, stamp};

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

/// A version about to be written.
pub(super) struct Version<'a> {
    pub(super) kind: ResourceType,
    pub(super) id: &'a str,
    pub(super) number: i64,
    /// What made it: `POST`, `PUT`, `PATCH`, `DELETE`.
    pub(super) method: &'static str,
    pub(super) journal_id: &'a str,
    pub(super) at: &'a str,
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
        let fingerprint = fingerprint_of(resource);
        let current = self.find_current(kind, id).await?;
        let current = current.as_ref();
        let known = current.filter(|current| current.json.is_some());
        if known.is_some_and(|known| known.fingerprint == fingerprint) {
            return Ok(Upsert::Unchanged);
        }
        let version = Version {
            kind,
            id,
            number: current.map_or(0, |current| current.version) + 1,
            method: if known.is_some() { "PUT" } else { "POST" },
            journal_id,
            at,
        };
        let created_at = known.map_or(at, |known| &known.created_at);
        self.write_version(&version, resource, created_at, &fingerprint)
            .await?;
        Ok(if known.is_some() {
            Upsert::Updated
        } else {
            Upsert::Created
        })
    }

    /// Writes a version of a resource: stamped, current, searchable.
    pub(super) async fn write_version(
        &mut self,
        version: &Version<'_>,
        resource: &mut Value,
        created_at: &str,
        fingerprint: &str,
    ) -> Result<String, StorageError> {
        stamp(resource, version.number, version.at, created_at);
        let index = SearchIndex::of(version.kind, resource);
        let json = resource.to_string();
        let mut current = SqlText::default();
        current
            .push(
                "insert into resource (resource_type, id, version, created_at, last_updated, fingerprint, \
                 sort_name, is_public, journal_id, json) values (",
            )
            .bind_list([version.kind.as_str(), version.id])
            .push(", ")
            .bind_number(version.number)
            .push(", ")
            .bind_list([created_at, version.at, fingerprint, &index.sort_name])
            .push(", ")
            .bind_number(i64::from(index.is_public))
            .push(", ")
            .bind_list([version.journal_id, &json])
            .push(
                ") on conflict (resource_type, id) do update set version = excluded.version, \
                 last_updated = excluded.last_updated, fingerprint = excluded.fingerprint, \
                 sort_name = excluded.sort_name, is_public = excluded.is_public, \
                 journal_id = excluded.journal_id, json = excluded.json",
            );
        let kept = kept_version(version, index.is_public, &json);
        current.query().execute(&mut *self).await?;
        kept.query().execute(&mut *self).await?;
        self.index_later(version.kind, version.id, version.number > 1, index)
            .await?;
        Ok(json)
    }

    pub(super) async fn insert_version(
        &mut self,
        version: &Version<'_>,
        is_public: bool,
        json: &str,
    ) -> Result<(), StorageError> {
        let kept = kept_version(version, is_public, json);
        kept.query().execute(&mut *self).await?;
        Ok(())
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
        let mut sql = SqlText::default();
        sql.push("select 1 from resource where resource_type = ")
            .bind(kind.as_str());
        sql.push(" and id = ").bind(id);
        Ok(!sql.query().fetch_all(&mut *self).await?.is_empty())
    }
}

/// The statement that keeps a version.
fn kept_version(version: &Version<'_>, is_public: bool, json: &str) -> SqlText {
    let mut kept = SqlText::default();
    kept.push(
        "insert into resource_version (resource_type, id, version, last_updated, is_public, \
         journal_id, json, method) values (",
    )
    .bind_list([version.kind.as_str(), version.id])
    .push(", ")
    .bind_number(version.number)
    .push(", ")
    .bind(version.at)
    .push(", ")
    .bind_number(i64::from(is_public))
    .push(", ")
    .bind_list([version.journal_id, json, version.method])
    .push(")");
    kept
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
        let is_seen = self.find_resource(kind, id, reader).await?.is_some()
            || self.is_deleted(kind, id, reader).await?;
        if !is_seen {
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
        let row = sql.query().fetch_optional(self.by_key()).await?;
        row.map(|row| read_resource(kind, &row)).transpose()
    }

    /// How many resources of that type are kept.
    ///
    /// # Errors
    /// [`StorageError::Database`].
    pub async fn count_resources(&self, kind: ResourceType) -> Result<i64, StorageError> {
        let row = query("select count(*) from resource where resource_type = $1")
            .bind(kind.as_str())
            .fetch_one(&self.pool)
            .await?;
        row.try_get(0)
    }
}

pub(super) fn read_resource(kind: ResourceType, row: &Row) -> Result<StoredResource, StorageError> {
    Ok(StoredResource {
        kind,
        id: row.try_get(0)?,
        version: row.try_get(1)?,
        last_updated: row.try_get(2)?,
        json: row.try_get(3)?,
    })
}
