//! Applications that somebody is writing.

use super::{Storage, StorageError, WriteTransaction, listings::read_application, query::query};
use crate::governance::Application;

/// An application under way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    /// Number of its last saving, from 1.
    pub version: i64,
    /// When that was.
    pub updated_at: String,
    /// What it says.
    pub application: Application,
}

impl WriteTransaction {
    /// Saves what somebody writes, over version `seen`; 0 when there was none.
    ///
    /// # Errors
    /// [`StorageError::Lost`] when somebody else saved meanwhile.
    pub async fn save_draft(
        &mut self,
        structure: &str,
        seen: i64,
        author_id: &str,
        application: &Application,
        at: &str,
    ) -> Result<(), StorageError> {
        let json = serde_json::to_string(application).expect("an application holds only texts");
        let done = query(
            "insert into draft_application (structure_id, version, updated_at, author_id, application) \
             values ($1, $2 + 1, $3, $4, $5) \
             on conflict (structure_id) do update set version = excluded.version, updated_at = excluded.updated_at, \
             author_id = excluded.author_id, application = excluded.application \
             where draft_application.version = excluded.version - 1",
        )
        .bind(structure)
        .bind(seen)
        .bind(at)
        .bind(author_id)
        .bind(json)
        .execute(&mut *self)
        .await?;
        if done.rows_affected() == 1 {
            Ok(())
        } else {
            Err(StorageError::Lost("draft_application"))
        }
    }

    /// Forgets what was written: it was handed in.
    ///
    /// # Errors
    /// [`StorageError::Database`].
    pub async fn delete_draft(&mut self, structure: &str) -> Result<(), StorageError> {
        query("delete from draft_application where structure_id = $1")
            .bind(structure)
            .execute(&mut *self)
            .await?;
        Ok(())
    }

    /// What somebody is writing for that structure.
    ///
    /// # Errors
    /// [`StorageError`].
    pub async fn find_draft(&mut self, structure: &str) -> Result<Option<Draft>, StorageError> {
        let row = query(DRAFT)
            .bind(structure)
            .fetch_optional(&mut *self)
            .await?;
        row.map(|row| draft_of(&row)).transpose()
    }
}

const DRAFT: &str =
    "select version, updated_at, application from draft_application where structure_id = $1";

impl Storage {
    /// What somebody is writing for that structure.
    ///
    /// # Errors
    /// [`StorageError`].
    pub async fn find_draft(&self, structure: &str) -> Result<Option<Draft>, StorageError> {
        let row = query(DRAFT)
            .bind(structure)
            .fetch_optional(&self.pool)
            .await?;
        row.map(|row| draft_of(&row)).transpose()
    }
}

fn draft_of(row: &super::query::Row) -> Result<Draft, StorageError> {
    Ok(Draft {
        version: row.try_get(0)?,
        updated_at: row.try_get(1)?,
        application: read_application(&row.try_get::<String>(2)?)?,
    })
}
