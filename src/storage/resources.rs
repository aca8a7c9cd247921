//! FHIR resources: the current version, every version there was, and the rows that searches read.

use serde_json::Value;

use super::{
    Storage, StorageError, WriteTransaction,
    query::{Row, query},
    resource_writing::{Derived, fingerprint_of},
    sql_text::SqlText,
};
use crate::fhir::{ResourceType, SearchIndex, content_without_version, stamp};

/// Who reads: it decides which resources exist.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
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
        let fingerprint = fingerprint_of(&content_without_version(resource));
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
        let earlier = current.and_then(|current| current.index(kind));
        let derived = Derived {
            fingerprint,
            index: SearchIndex::of(kind, resource),
        };
        self.write_version(&version, resource, created_at, derived, earlier)
            .await?;
        Ok(if known.is_some() {
            Upsert::Updated
        } else {
            Upsert::Created
        })
    }

    /// Writes a version of a resource: stamped, current, searchable. `earlier` is what the version
    /// before is searched by, when there is one that is not a deletion.
    pub(super) async fn write_version(
        &mut self,
        version: &Version<'_>,
        resource: &mut Value,
        created_at: &str,
        Derived { fingerprint, index }: Derived,
        earlier: Option<SearchIndex>,
    ) -> Result<String, StorageError> {
        stamp(resource, version.number, version.at, created_at);
        let json = resource.to_string();
        query(
            "insert into resource (resource_type, id, version, created_at, last_updated, fingerprint, \
             sort_name, is_public, journal_id, json) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) \
             on conflict (resource_type, id) do update set version = excluded.version, \
             last_updated = excluded.last_updated, fingerprint = excluded.fingerprint, \
             sort_name = excluded.sort_name, is_public = excluded.is_public, \
             journal_id = excluded.journal_id, json = excluded.json",
        )
        .bind(version.kind.as_str())
        .bind(version.id)
        .bind(version.number)
        .bind(created_at)
        .bind(version.at)
        .bind(&fingerprint)
        .bind(&index.sort_name)
        .bind(i64::from(index.is_public))
        .bind(version.journal_id)
        .bind(&json)
        .execute(&mut *self)
        .await?;
        self.insert_version(version, index.is_public, &json).await?;
        self.index_later(version.kind, version.id, earlier, index)
            .await?;
        Ok(json)
    }

    pub(super) async fn insert_version(
        &mut self,
        version: &Version<'_>,
        is_public: bool,
        json: &str,
    ) -> Result<(), StorageError> {
        query(
            "insert into resource_version (resource_type, id, version, last_updated, is_public, \
             journal_id, json, method) values ($1, $2, $3, $4, $5, $6, $7, $8)",
        )
        .bind(version.kind.as_str())
        .bind(version.id)
        .bind(version.number)
        .bind(version.at)
        .bind(i64::from(is_public))
        .bind(version.journal_id)
        .bind(json)
        .bind(version.method)
        .execute(self)
        .await?;
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
