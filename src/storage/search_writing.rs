//! The search rows of what a transaction writes: kept until somebody reads them, then written together,
//! where they are others than those of the version before.

use super::{
    StorageError, WriteTransaction,
    search_rows::{Indexed, TABLES},
};
use crate::fhir::{ResourceType, SearchIndex};

/// Resources whose rows wait at the most.
const WAITING: usize = 100;

/// A resource whose search rows wait.
pub(super) struct Unindexed {
    kind: ResourceType,
    id: String,
    /// What it was searched by before; none when it has no rows.
    earlier: Option<SearchIndex>,
    index: SearchIndex,
}

impl WriteTransaction {
    /// Has the search rows of a resource written before anything reads them, in the place of those of
    /// its earlier version.
    ///
    /// # Errors
    /// [`StorageError::Database`].
    pub(super) async fn index_later(
        &mut self,
        kind: ResourceType,
        id: &str,
        earlier: Option<SearchIndex>,
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
                earlier,
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
            for table in &TABLES {
                let is_same = |one: &&Unindexed| {
                    let earlier = one.earlier.as_ref();
                    earlier.is_some_and(|earlier| table.is_same(earlier, &one.index))
                };
                let changed = || group.iter().filter(|one| !is_same(one));
                let replaced = changed().filter(|one| one.earlier.is_some());
                let replaced: Vec<&str> = replaced.map(|one| one.id.as_str()).collect();
                self.delete_rows(table, kind, &replaced).await?;
                let indexed: Vec<Indexed<'_>> =
                    changed().map(|one| (one.id.as_str(), &one.index)).collect();
                self.insert_rows(table, kind, &indexed).await?;
            }
            let ids: Vec<&str> = group.iter().map(|one| one.id.as_str()).collect();
            self.note_changes(kind, &ids).await?;
        }
        Ok(())
    }
}
