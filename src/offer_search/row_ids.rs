//! The last row of each offer, by id.

use std::hash::{BuildHasher, RandomState};

use hashbrown::{HashTable, hash_table::Entry};

use super::rows::Rows;

/// Rows by the ids that stand in them.
#[derive(Clone, Default)]
pub(super) struct RowIds {
    rows: HashTable<u32>,
    hasher: RandomState,
}

impl RowIds {
    /// Takes a row in, in place of the one that its offer had.
    pub(super) fn put(&mut self, all: &Rows, row: u32) {
        let id = all.id(row);
        let hash = |row: &u32| self.hasher.hash_one(all.id(*row));
        let is_it = |other: &u32| all.id(*other) == id;
        match self.rows.entry(self.hasher.hash_one(id), is_it, hash) {
            Entry::Occupied(mut known) => *known.get_mut() = row,
            Entry::Vacant(free) => {
                free.insert(row);
            }
        }
    }

    /// The row of an offer.
    pub(super) fn find(&self, all: &Rows, id: &str) -> Option<u32> {
        let is_it = |row: &u32| all.id(*row) == id;
        self.rows.find(self.hasher.hash_one(id), is_it).copied()
    }
}
