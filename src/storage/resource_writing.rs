//! Writing single resources: whose turn it is, what stands there, a new version, a deletion.

use serde_json::Value;
use sha2::{Digest, Sha256};

use super::{
    Engine, Reader, StorageError, WriteTransaction,
    query::{Runner, query},
    resources::Version,
    search_matches::Matches,
    sql_text::SqlText,
};
use crate::fhir::{ResourceType, SearchIndex, SearchQuery};

/// What is derived of a resource before it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Derived {
    /// Hash of what came: the same content makes no new version.
    pub fingerprint: String,
    /// What it is searched by.
    pub index: SearchIndex,
}

impl Derived {
    /// That of a resource whose [content](crate::fhir::content_without_version) this is.
    #[must_use]
    pub fn of(kind: ResourceType, resource: &Value, content: &str) -> Self {
        Self {
            fingerprint: fingerprint_of(content),
            index: SearchIndex::of(kind, resource),
        }
    }
}

/// The hash of a [content](crate::fhir::content_without_version).
pub(super) fn fingerprint_of(content: &str) -> String {
    hex::encode(Sha256::digest(content))
}

/// What stands at an address while it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CurrentResource {
    /// Its last version, deletions included.
    pub version: i64,
    /// When that was.
    pub last_updated: String,
    /// When it was first written.
    pub created_at: String,
    /// Hash of what came; empty when it is deleted.
    pub fingerprint: String,
    /// The resource; none when it is deleted.
    pub json: Option<String>,
}

impl CurrentResource {
    /// What it is searched by; none when it is deleted.
    pub(super) fn index(&self, kind: ResourceType) -> Option<SearchIndex> {
        let json = self.json.as_deref()?;
        let resource = serde_json::from_str(json).ok()?;
        Some(SearchIndex::of(kind, &resource))
    }
}

/// A version that is to be written.
#[derive(Debug)]
pub struct NewVersion<'v> {
    /// Type of the resource.
    pub kind: ResourceType,
    /// Its id.
    pub id: &'v str,
    /// What stands there.
    pub current: Option<&'v CurrentResource>,
    /// What that is searched by, unless it is deleted.
    pub earlier: Option<SearchIndex>,
    /// What is derived of the resource.
    pub derived: Derived,
    /// What makes the version: `POST`, `PUT`, `PATCH`.
    pub method: &'static str,
    /// The arrival that it comes from.
    pub journal_id: &'v str,
    /// When.
    pub at: &'v str,
}

impl WriteTransaction {
    /// Waits until no other transaction writes to the directory; holds the turn until the end. On SQLite
    /// whoever writes has it.
    ///
    /// # Errors
    /// [`StorageError::Database`].
    pub async fn take_turn(&mut self) -> Result<(), StorageError> {
        if self.engine() == Engine::Sqlite {
            return Ok(());
        }
        query("update write_turn set turn = turn + 1 where id = 'directory'")
            .execute(&mut *self)
            .await?;
        Ok(())
    }

    /// What stands at that address now; none when nothing ever did.
    ///
    /// # Errors
    /// [`StorageError::Database`].
    pub async fn find_current(
        &mut self,
        kind: ResourceType,
        id: &str,
    ) -> Result<Option<CurrentResource>, StorageError> {
        let mut sql = SqlText::default();
        sql.push(
            "select last.version, last.last_updated, coalesce(created_at, last.last_updated), \
             coalesce(fingerprint, ''), resource.json from \
             (select resource_type, id, version, last_updated from resource_version where resource_type = ",
        )
        .bind(kind.as_str());
        sql.push(" and id = ").bind(id).push(
            " order by version desc limit 1) last left join resource \
             on resource.resource_type = last.resource_type and resource.id = last.id",
        );
        let rows = sql.query().fetch_all(&mut *self).await?;
        let current = rows.first().map(|row| {
            Ok(CurrentResource {
                version: row.try_get(0)?,
                last_updated: row.try_get(1)?,
                created_at: row.try_get(2)?,
                fingerprint: row.try_get(3)?,
                json: row.try_get(4)?,
            })
        });
        current.transpose()
    }

    /// Ids of the resources that meet a query, two at the most, whoever may see them.
    ///
    /// # Errors
    /// [`StorageError::Database`].
    pub async fn find_matches(&mut self, query: &SearchQuery) -> Result<Vec<String>, StorageError> {
        self.write_indexes().await?;
        let engine = self.engine();
        let runner = &mut Runner::from(&mut *self);
        let matches = Matches::prepare(runner, engine, query, Reader::Network).await?;
        let mut sql = SqlText::default();
        matches.push_head(&mut sql);
        sql.push("select r.id");
        matches.push_first(&mut sql);
        sql.push(" order by r.id limit 2");
        let rows = sql.query().that_may_last().fetch_all(&mut *self).await?;
        rows.iter().map(|row| row.try_get(0)).collect()
    }

    /// A resource of that type that carries that identifier, other than `id`.
    ///
    /// # Errors
    /// [`StorageError::Database`].
    pub async fn find_identified(
        &mut self,
        kind: ResourceType,
        system: &str,
        value: &str,
        id: &str,
    ) -> Result<Option<String>, StorageError> {
        self.write_indexes().await?;
        let mut sql = SqlText::default();
        sql.push("select resource_id from search_token where resource_type = ")
            .bind(kind.as_str());
        sql.push(" and parameter = 'identifier' and code = ")
            .bind(value);
        sql.push(" and system = ").bind(system);
        sql.push(" and resource_id <> ").bind(id).push(" limit 1");
        let rows = sql.query().fetch_all(&mut *self).await?;
        rows.first().map(|row| row.try_get(0)).transpose()
    }

    /// Resources that refer to that one, ten at the most: type, id.
    ///
    /// # Errors
    /// [`StorageError::Database`].
    pub async fn find_referrers(
        &mut self,
        kind: ResourceType,
        id: &str,
    ) -> Result<Vec<(String, String)>, StorageError> {
        self.write_indexes().await?;
        let mut sql = SqlText::default();
        sql.push(
            "select distinct resource_type, resource_id from search_reference where target_type = ",
        )
        .bind(kind.as_str());
        sql.push(" and target_id = ")
            .bind(id)
            .push(" order by resource_type, resource_id limit 10");
        let rows = sql.query().fetch_all(&mut *self).await?;
        rows.iter()
            .map(|row| Ok((row.try_get(0)?, row.try_get(1)?)))
            .collect()
    }

    /// Writes the next version of a resource that was checked. Returns it as it is kept: its JSON.
    ///
    /// # Errors
    /// [`StorageError::Database`].
    pub async fn put_resource(
        &mut self,
        new: NewVersion<'_>,
        resource: &mut Value,
    ) -> Result<String, StorageError> {
        let current = new.current;
        let version = Version {
            kind: new.kind,
            id: new.id,
            number: current.map_or(0, |current| current.version) + 1,
            method: new.method,
            journal_id: new.journal_id,
            at: new.at,
        };
        let created_at = current.map_or(new.at, |current| current.created_at.as_str());
        self.write_version(&version, resource, created_at, new.derived, new.earlier)
            .await
    }

    /// Deletes a resource: a version that says so, and no row that a search reads.
    ///
    /// # Errors
    /// [`StorageError::Database`].
    pub async fn delete_resource(
        &mut self,
        kind: ResourceType,
        id: &str,
        version: i64,
        journal_id: &str,
        at: &str,
    ) -> Result<(), StorageError> {
        self.write_indexes().await?;
        let row =
            query("delete from resource where resource_type = $1 and id = $2 returning is_public")
                .bind(kind.as_str())
                .bind(id)
                .fetch_one(&mut *self)
                .await?;
        let deletion = Version {
            kind,
            id,
            number: version,
            method: "DELETE",
            journal_id,
            at,
        };
        let is_public = row.try_get::<i64>(0)? == 1;
        self.insert_version(&deletion, is_public, "").await?;
        self.delete_all_rows(kind, id).await?;
        self.note_changes(kind, &[id]).await
    }
}
