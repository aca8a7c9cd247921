//! Values and the words by which they are stored and shown: one table each way.

/// A word that names no state, purpose or reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a word of the delivery ledger")]
pub struct UnknownWord;

/// Every value of a type, each with its word.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Words<T: 'static>(pub &'static [(T, &'static str)]);

impl<T: Copy + PartialEq> Words<T> {
    /// Every value, in the order of the table.
    pub fn all(self) -> impl Iterator<Item = T> {
        self.0.iter().map(|(value, _)| *value)
    }

    /// The word of a value.
    pub fn of(self, value: T) -> &'static str {
        let found = self.0.iter().find(|(known, _)| *known == value);
        found.map_or("", |(_, word)| word)
    }

    /// The value of a word.
    pub fn read(self, text: &str) -> Result<T, UnknownWord> {
        let found = self.0.iter().find(|(_, word)| *word == text);
        found.map(|(value, _)| *value).ok_or(UnknownWord)
    }
}
