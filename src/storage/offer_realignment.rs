//! How far the offers were brought to the national lists in force.

use super::{Storage, StorageError, WriteTransaction, query::query};
use crate::fhir::ResourceType;

/// State of the last pass that ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RealignmentState {
    /// Lists that every offer was brought to; empty for those without any release.
    pub edition: String,
    /// Day of it; empty before the first pass.
    pub aligned_on: String,
}

/// An offer as a pass finds it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OfferVersion {
    /// Its id.
    pub id: String,
    /// Its current version.
    pub version: i64,
    /// The resource.
    pub json: String,
    /// What a pass noted of that version, when it wrote it.
    pub realigned: Option<RealignedVersion>,
}

/// A version that a pass wrote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RealignedVersion {
    /// The version before.
    pub former_version: i64,
    /// The lists that it was brought to.
    pub edition: String,
}

impl Storage {
    /// Where the offers stand.
    ///
    /// # Errors
    /// [`StorageError::Database`].
    pub async fn realignment_state(&self) -> Result<RealignmentState, StorageError> {
        let row = query("select edition, aligned_on from offer_realignment where id = 1")
            .fetch_one(&self.pool)
            .await?;
        Ok(RealignmentState {
            edition: row.try_get(0)?,
            aligned_on: row.try_get(1)?,
        })
    }
}

impl WriteTransaction {
    /// Takes up the pass towards these lists, or begins it; no other process does until the end of
    /// this transaction. Gives the last offer that was looked at.
    ///
    /// # Errors
    /// [`StorageError::Database`].
    pub async fn take_up_realignment(
        &mut self,
        edition: &str,
        day: &str,
    ) -> Result<String, StorageError> {
        let row = query(
            "update offer_realignment set towards = $1, towards_on = $2, after_id = \
             case when towards = $1 and towards_on = $2 then after_id else '' end \
             where id = 1 returning after_id",
        )
        .bind(edition)
        .bind(day)
        .fetch_one(&mut *self)
        .await?;
        row.try_get(0)
    }

    /// Notes how far the pass is.
    ///
    /// # Errors
    /// [`StorageError::Database`].
    pub async fn note_realignment(&mut self, after_id: &str) -> Result<(), StorageError> {
        query("update offer_realignment set after_id = $1 where id = 1")
            .bind(after_id)
            .execute(&mut *self)
            .await?;
        Ok(())
    }

    /// Ends the pass: every offer was brought to these lists, on that day.
    ///
    /// # Errors
    /// [`StorageError::Database`].
    pub async fn end_realignment(&mut self, edition: &str, day: &str) -> Result<(), StorageError> {
        query(
            "update offer_realignment set edition = $1, aligned_on = $2, towards = '', \
             towards_on = '', after_id = '' where id = 1",
        )
        .bind(edition)
        .bind(day)
        .execute(&mut *self)
        .await?;
        Ok(())
    }

    /// Says that offers were just written with the lists of that edition: where a pass towards others
    /// has ended, or is under way, it is to be made anew. Called in turn, so that no pass runs
    /// beside.
    ///
    /// # Errors
    /// [`StorageError::Database`].
    pub async fn note_offers_written(&mut self, edition: &str) -> Result<(), StorageError> {
        query(
            "update offer_realignment set aligned_on = '', towards = '', towards_on = '', \
             after_id = '' where id = 1 \
             and (edition <> $1 or (towards_on <> '' and towards <> $1))",
        )
        .bind(edition)
        .execute(&mut *self)
        .await?;
        Ok(())
    }

    /// The offers whose ids come after `after`, in the order of their ids.
    ///
    /// # Errors
    /// [`StorageError::Database`].
    pub async fn list_offers_after(
        &mut self,
        after: &str,
        limit: i64,
    ) -> Result<Vec<OfferVersion>, StorageError> {
        let rows = query(
            "select r.id, r.version, r.json, a.former_version, a.edition from resource r \
             left join realigned_offer a on a.id = r.id and a.version = r.version \
             where r.resource_type = $1 and r.id > $2 order by r.id limit $3",
        )
        .bind(ResourceType::HealthcareService.as_str())
        .bind(after)
        .bind(limit)
        .fetch_all(&mut *self)
        .await?;
        rows.iter()
            .map(|row| {
                let former_version: Option<i64> = row.try_get(3)?;
                let edition: Option<String> = row.try_get(4)?;
                let noted = former_version.zip(edition);
                Ok(OfferVersion {
                    id: row.try_get(0)?,
                    version: row.try_get(1)?,
                    json: row.try_get(2)?,
                    realigned: noted.map(|(former_version, edition)| RealignedVersion {
                        former_version,
                        edition,
                    }),
                })
            })
            .collect()
    }

    /// Notes that a pass wrote this version of an offer.
    ///
    /// # Errors
    /// [`StorageError::Database`].
    pub async fn insert_realigned(
        &mut self,
        id: &str,
        version: i64,
        realigned: &RealignedVersion,
    ) -> Result<(), StorageError> {
        query(
            "insert into realigned_offer (id, version, former_version, edition) values ($1, $2, $3, $4)",
        )
        .bind(id)
        .bind(version)
        .bind(realigned.former_version)
        .bind(&realigned.edition)
        .execute(&mut *self)
        .await?;
        Ok(())
    }

    /// What a pass noted of this version of an offer, when it wrote it.
    ///
    /// # Errors
    /// [`StorageError::Database`].
    pub async fn find_realigned(
        &mut self,
        id: &str,
        version: i64,
    ) -> Result<Option<RealignedVersion>, StorageError> {
        let row = query(
            "select former_version, edition from realigned_offer where id = $1 and version = $2",
        )
        .bind(id)
        .bind(version)
        .fetch_optional(&mut *self)
        .await?;
        row.map(|row| {
            Ok(RealignedVersion {
                former_version: row.try_get(0)?,
                edition: row.try_get(1)?,
            })
        })
        .transpose()
    }

    /// An offer as one of its versions had it.
    ///
    /// # Errors
    /// [`StorageError::Database`], also when there is no such version.
    pub async fn get_offer_version(
        &mut self,
        id: &str,
        version: i64,
    ) -> Result<String, StorageError> {
        let row = query(
            "select json from resource_version where resource_type = $1 and id = $2 and version = $3",
        )
        .bind(ResourceType::HealthcareService.as_str())
        .bind(id)
        .bind(version)
        .fetch_one(&mut *self)
        .await?;
        row.try_get(0)
    }
}
