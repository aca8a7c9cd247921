//! What several offers share: the structure that gives them, the place where they are given.

use std::sync::Arc;

use crate::texts::Numbering;

/// Structures, or places, by id, and the one of each row. The first is that of the offers which have
/// none: its id is empty.
#[derive(Clone)]
pub(super) struct Holders<T> {
    ids: Arc<Numbering>,
    /// By the number of the id; none for one that is not shown any more.
    values: Vec<Option<T>>,
    of_rows: Vec<u32>,
}

impl<T: Default> Default for Holders<T> {
    fn default() -> Self {
        let mut holders = Self {
            ids: Arc::default(),
            values: Vec::new(),
            of_rows: Vec::new(),
        };
        holders.put("", T::default());
        holders
    }
}

impl<T> Holders<T> {
    /// Takes one in, as it is now.
    pub(super) fn put(&mut self, id: &str, value: T) {
        let number = self.ids.find(id);
        let number = number.unwrap_or_else(|| Arc::make_mut(&mut self.ids).number(id)) as usize;
        if self.values.len() <= number {
            self.values.resize_with(number + 1, || None);
        }
        self.values[number] = Some(value);
    }

    /// Takes one out.
    pub(super) fn forget(&mut self, id: &str) {
        let number = self.ids.find(id).filter(|_| !id.is_empty());
        if let Some(number) = number {
            self.values[number as usize] = None;
        }
    }

    /// The number of one that is shown.
    pub(super) fn find(&self, id: &str) -> Option<u32> {
        let number = self.ids.find(id);
        number.filter(|number| self.values[*number as usize].is_some())
    }

    /// Its id and what is known of it; those of none when it is not shown.
    pub(super) fn get(&self, number: u32) -> (&str, &T) {
        match &self.values[number as usize] {
            Some(value) => (self.ids.text(number), value),
            None => ("", self.values[0].as_ref().expect("none is always shown")),
        }
    }

    /// All, by number.
    pub(super) fn values(&self) -> impl Iterator<Item = Option<&T>> {
        self.values.iter().map(Option::as_ref)
    }

    /// Notes that of the next row.
    pub(super) fn push_row(&mut self, id: &str) {
        self.of_rows.push(self.find(id).unwrap_or_default());
    }

    /// The number of that of a row.
    pub(super) fn of(&self, row: u32) -> u32 {
        self.of_rows[row as usize]
    }

    /// The rows that have it.
    pub(super) fn rows_of(&self, id: &str) -> impl Iterator<Item = u32> {
        let number = self.ids.find(id);
        let rows = (0..).zip(&self.of_rows);
        let met = rows.filter(move |(_, of)| Some(**of) == number);
        met.map(|(row, _)| row)
    }
}
