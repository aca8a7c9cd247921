//! The rows in the order of their names, so that a page of a long list is cut without sorting it.

use super::rows::Rows;

/// Rows sorted by folded name, then id.
#[derive(Clone, Debug, Default)]
pub(super) struct NameOrder {
    rows: Vec<u32>,
    /// Place of each row in `rows`.
    places: Vec<u32>,
}

impl NameOrder {
    /// Takes the rows from `first` on in.
    pub(super) fn add(&mut self, all: &Rows, first: u32) {
        let key = |row: &u32| (all.sort_name(*row), all.id(*row));
        let last = u32::try_from(all.len()).expect("checked when the rows were added");
        let mut new: Vec<u32> = (first..last).collect();
        new.sort_unstable_by_key(|row| key(row));
        let known = std::mem::take(&mut self.rows);
        self.rows.reserve_exact(all.len());
        // Few rows among many: each stretch of known rows is copied whole.
        let mut copied = 0;
        for row in new {
            let place = copied + known[copied..].partition_point(|other| key(other) <= key(&row));
            self.rows.extend_from_slice(&known[copied..place]);
            self.rows.push(row);
            copied = place;
        }
        self.rows.extend_from_slice(&known[copied..]);
        self.places.resize(all.len(), 0);
        for (place, row) in (0..).zip(&self.rows) {
            self.places[*row as usize] = place;
        }
    }

    /// Every row that was ever added, by name.
    pub(super) fn rows(&self) -> impl Iterator<Item = u32> {
        self.rows.iter().copied()
    }

    /// The rows that stand after that name and id.
    pub(super) fn rows_after(&self, all: &Rows, (name, id): (&str, &str)) -> &[u32] {
        let is_before = |row: &u32| (all.sort_name(*row), all.id(*row)) <= (name, id);
        let start = self.rows.partition_point(is_before);
        &self.rows[start..]
    }

    /// Place of a row.
    pub(super) fn place(&self, row: u32) -> u32 {
        self.places[row as usize]
    }
}
