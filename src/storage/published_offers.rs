//! What the search of the public reads: published offers by the page, and what changed since.
//!
//! Whether an offer is published is one column, `resource.is_public`, which the index of the offer
//! gives when it is written.

use super::{
    Reader, Storage, StorageError, StoredResource, query::query, resources::read_resource,
    sql_text::SqlText,
};
use crate::fhir::ResourceType;

/// How far the directory has come. Two equal ones mean that nothing was written in between.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DirectoryState {
    /// Turns that writers took.
    pub turn: i64,
    /// Instant of the last version; empty when there is none.
    pub last_updated: String,
}

/// A resource that changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangedResource {
    /// Its type.
    pub kind: ResourceType,
    /// Its id.
    pub id: String,
    /// The version that was written.
    pub version: i64,
}

impl Storage {
    /// How far the directory has come.
    ///
    /// # Errors
    /// [`StorageError::Database`].
    pub async fn directory_state(&self) -> Result<DirectoryState, StorageError> {
        let row = query(
            "select turn, (select coalesce(max(last_updated), '') from resource_version) \
             from write_turn where id = 'directory'",
        )
        .fetch_one(&self.pool)
        .await?;
        Ok(DirectoryState {
            turn: row.try_get(0)?,
            last_updated: row.try_get(1)?,
        })
    }

    /// The versions of offers, structures and places that were written at that instant or later,
    /// deletions included.
    ///
    /// # Errors
    /// [`StorageError::Database`].
    pub async fn list_directory_changes(
        &self,
        since: &str,
    ) -> Result<Vec<ChangedResource>, StorageError> {
        let mut changes = Vec::new();
        for kind in [
            ResourceType::Organization,
            ResourceType::Location,
            ResourceType::HealthcareService,
        ] {
            let rows = query(
                "select id, max(version) from resource_version \
                 where resource_type = $1 and last_updated >= $2 group by id",
            )
            .bind(kind.as_str())
            .bind(since)
            .fetch_all(&self.pool)
            .await?;
            for row in rows {
                changes.push(ChangedResource {
                    kind,
                    id: row.try_get(0)?,
                    version: row.try_get(1)?,
                });
            }
        }
        Ok(changes)
    }

    /// Published offers whose id comes after that one, by id.
    ///
    /// # Errors
    /// [`StorageError::Database`].
    pub async fn list_published_offers(
        &self,
        after: &str,
        limit: usize,
    ) -> Result<Vec<StoredResource>, StorageError> {
        let kind = ResourceType::HealthcareService;
        let mut sql = SqlText::new(
            "select id, version, last_updated, json from resource where resource_type = ",
        );
        sql.bind(kind.as_str()).push(" and id > ").bind(after);
        sql.push(" and is_public = 1 order by id limit ");
        sql.bind_number(i64::try_from(limit).unwrap_or(i64::MAX));
        let rows = sql.query().fetch_all(&self.pool).await?;
        rows.iter().map(|row| read_resource(kind, row)).collect()
    }

    /// Those of these resources that the public may see.
    ///
    /// # Errors
    /// [`StorageError::Database`].
    pub async fn get_published(
        &self,
        kind: ResourceType,
        ids: &[String],
    ) -> Result<Vec<StoredResource>, StorageError> {
        self.get_resources(kind, ids, Reader::Public).await
    }
}
