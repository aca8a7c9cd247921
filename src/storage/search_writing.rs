//! The search rows of what a transaction writes: kept until somebody reads them, then written together.

use super::{StorageError, WriteTransaction, search_rows::Indexed};
use crate::fhir::{ResourceType, SearchIndex};

/// Resources whose rows wait at the most.
const WAITING: usize = 100;

/// A resource whose search rows wait.
pub(super) struct Unindexed {
    kind: ResourceType,
    id: String,
    /// Whether rows of an earlier version are there.
    has_rows: bool,
    index: SearchIndex,
}

impl WriteTransaction {
    /// Has the search rows of a resource written before anything reads them, in the place of those of
    /// its earlier version when `has_rows`.
    ///
    /// # Errors
    /// [`StorageError::Database`].
    pub(super) async fn index_later(
        &mut self,
        kind: ResourceType,
        id: &str,
        has_rows: bool,
        index: SearchIndex,
    ) -> Result<(), StorageError> {
        let waiting = self.unindexed.iter_mut();
        match waiting
            .filter(|one| one.kind == kind)
            .find(|one| one.id == id)
        {
            Some(waiting) => waiting.index = index,
            None => self.unindexed.push(Unindexed {
                kind,
                id: id.to_owned(),
                has_rows,
                index,
            }),
        }
        if self.unindexed.len() >= WAITING {
            self.write_indexes().await?;
        }
        Ok(())
    }

    /// Writes the search rows that wait, and notes whose changed.
    ///
    /// # Errors
    /// [`StorageError::Database`].
    pub(super) async fn write_indexes(&mut self) -> Result<(), StorageError> {
        let mut waiting = std::mem::take(&mut self.unindexed);
        waiting.sort_by_key(|one| one.kind);
        for group in waiting.chunk_by(|one, next| one.kind == next.kind) {
            let kind = group[0].kind;
            let replaced = group.iter().filter(|one| one.has_rows);
            let replaced: Vec<&str> = replaced.map(|one| one.id.as_str()).collect();
            if !replaced.is_empty() {
                self.delete_indexes(kind, &replaced).await?;
            }
            let indexed: Vec<Indexed<'_>> = group
                .iter()
                .map(|one| (one.id.as_str(), &one.index))
                .collect();
            self.insert_indexes(kind, &indexed).await?;
            let ids: Vec<&str> = group.iter().map(|one| one.id.as_str()).collect();
            self.note_changes(kind, &ids).await?;
        }
        Ok(())
    }
}
