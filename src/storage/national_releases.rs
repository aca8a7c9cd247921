//! Releases of national lists: which one is in force, and its tables.

use super::{Storage, StorageError, WriteTransaction, query::query};

/// A release that was switched to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NationalRelease {
    /// Our identifier; they sort by time.
    pub id: String,
    /// What the operator gave: names of files or of a folder.
    pub label: String,
    /// When it was switched to.
    pub switched_at: String,
    /// When it was undone.
    pub undone_at: Option<String>,
}

/// Identifiers of the releases in force, in one text: it changes with each switch and each undoing.
const EDITION: &str = "select id from national_release where undone_at is null order by id";

impl Storage {
    /// Every release that was switched to, the latest first.
    ///
    /// # Errors
    /// [`StorageError::Database`].
    pub async fn list_national_releases(&self) -> Result<Vec<NationalRelease>, StorageError> {
        let rows = query(
            "select id, label, switched_at, undone_at from national_release order by id desc",
        )
        .fetch_all(&self.pool)
        .await?;
        rows.iter()
            .map(|row| {
                Ok(NationalRelease {
                    id: row.try_get(0)?,
                    label: row.try_get(1)?,
                    switched_at: row.try_get(2)?,
                    undone_at: row.try_get(3)?,
                })
            })
            .collect()
    }

    /// What a release was weighed to change before it was switched to, as JSON: empty for one of
    /// before that was kept. Nothing when there is no such release.
    ///
    /// # Errors
    /// [`StorageError::Database`].
    pub async fn find_release_impact(&self, id: &str) -> Result<Option<String>, StorageError> {
        let row = query("select impact from national_release where id = $1")
            .bind(id)
            .fetch_optional(&self.pool)
            .await?;
        row.map(|row| row.try_get(0)).transpose()
    }

    /// What tells one state of the lists in force from another; empty when no release is.
    ///
    /// # Errors
    /// [`StorageError::Database`].
    pub async fn national_edition(&self) -> Result<String, StorageError> {
        let rows = query(EDITION).fetch_all(&self.pool).await?;
        edition_of(&rows)
    }

    /// The tables of the releases in force, the oldest release first: release, path, content.
    ///
    /// # Errors
    /// [`StorageError::Database`].
    pub async fn list_national_tables(
        &self,
    ) -> Result<Vec<(String, String, Vec<u8>)>, StorageError> {
        let rows = query(
            "select t.release_id, t.path, c.bytes from national_table t \
             join national_release r on r.id = t.release_id \
             join content c on c.sha256 = t.sha256 \
             where r.undone_at is null order by t.release_id, t.path",
        )
        .fetch_all(&self.pool)
        .await?;
        rows.iter()
            .map(|row| Ok((row.try_get(0)?, row.try_get(1)?, row.try_get(2)?)))
            .collect()
    }
}

impl WriteTransaction {
    /// Makes this transaction the only one that changes the lists in force, until it ends, and says
    /// what tells them apart.
    ///
    /// # Errors
    /// [`StorageError::Database`].
    pub async fn lock_national_edition(&mut self) -> Result<String, StorageError> {
        query("update national_change set changes = changes + 1 where id = 1")
            .execute(&mut *self)
            .await?;
        let rows = query(EDITION).fetch_all(&mut *self).await?;
        edition_of(&rows)
    }

    /// Notes a release as switched to, with what it was weighed to change, as JSON.
    ///
    /// # Errors
    /// [`StorageError::Database`].
    pub async fn insert_national_release(
        &mut self,
        release: &NationalRelease,
        impact: &str,
    ) -> Result<(), StorageError> {
        query(
            "insert into national_release (id, label, switched_at, impact) values ($1, $2, $3, $4)",
        )
        .bind(&release.id)
        .bind(&release.label)
        .bind(&release.switched_at)
        .bind(impact)
        .execute(&mut *self)
        .await?;
        Ok(())
    }

    /// Keeps a table of a release.
    ///
    /// # Errors
    /// [`StorageError::Database`].
    pub async fn insert_national_table(
        &mut self,
        release_id: &str,
        path: &str,
        table: &str,
    ) -> Result<(), StorageError> {
        let sha256 = self.insert_content(table.as_bytes()).await?;
        query("insert into national_table (release_id, path, sha256) values ($1, $2, $3)")
            .bind(release_id)
            .bind(path)
            .bind(&sha256)
            .execute(&mut *self)
            .await?;
        Ok(())
    }

    /// Undoes the last release in force; nothing when none is.
    ///
    /// # Errors
    /// [`StorageError::Database`].
    pub async fn undo_national_release(
        &mut self,
        at: &str,
    ) -> Result<Option<NationalRelease>, StorageError> {
        let row = query(
            "update national_release set undone_at = $1 where undone_at is null and id = \
             (select max(id) from national_release where undone_at is null) \
             returning id, label, switched_at",
        )
        .bind(at)
        .fetch_optional(&mut *self)
        .await?;
        row.map(|row| {
            Ok(NationalRelease {
                id: row.try_get(0)?,
                label: row.try_get(1)?,
                switched_at: row.try_get(2)?,
                undone_at: Some(at.to_owned()),
            })
        })
        .transpose()
    }
}

fn edition_of(rows: &[super::query::Row]) -> Result<String, StorageError> {
    let ids: Vec<String> = rows
        .iter()
        .map(|row| row.try_get(0))
        .collect::<Result<_, _>>()?;
    Ok(ids.join(" "))
}
