//! A statement written piece by piece, its values bound in the order in which they are named.

use std::fmt::Write;

use super::query::{Bound, Query};

/// A statement under way: text with `$1`, `$2`… and the values for them. Values never enter the
/// text.
#[derive(Debug)]
pub(super) struct SqlText {
    text: String,
    values: Vec<Bound<'static>>,
    /// Whether its text goes by how much it holds, so that it is not worth keeping when it is prepared.
    varies: bool,
}

/// Bytes of text, and values: most statements need no more.
const ROOM: (usize, usize) = (512, 12);

impl Default for SqlText {
    fn default() -> Self {
        let (text, values) = ROOM;
        Self {
            text: String::with_capacity(text),
            values: Vec::with_capacity(values),
            varies: false,
        }
    }
}

impl SqlText {
    /// A statement that begins so.
    pub(super) fn new(text: &str) -> Self {
        let mut sql = Self::default();
        sql.push(text);
        sql
    }

    /// A statement about some things of the many that one may be about: full ones have one text, which
    /// is worth keeping when it is prepared.
    pub(super) fn of_values(some: usize, many: usize) -> Self {
        Self {
            varies: some < many,
            ..Self::default()
        }
    }

    /// Adds text of ours.
    pub(super) fn push(&mut self, text: &str) -> &mut Self {
        self.text.push_str(text);
        self
    }

    /// Adds the placeholder of a text.
    pub(super) fn bind(&mut self, value: impl Into<String>) -> &mut Self {
        self.values.push(Bound::from(value.into()));
        self.placeholder()
    }

    /// Adds the placeholder of a number.
    pub(super) fn bind_number(&mut self, value: i64) -> &mut Self {
        self.values.push(Bound::Number(value));
        self.placeholder()
    }

    /// Adds the placeholder of a text that may be missing.
    pub(super) fn bind_optional(&mut self, value: Option<&str>) -> &mut Self {
        self.values.push(value.map(str::to_owned).into());
        self.placeholder()
    }

    /// Adds `$1, $2, …` for these texts.
    pub(super) fn bind_list<S: Into<String>>(
        &mut self,
        values: impl IntoIterator<Item = S>,
    ) -> &mut Self {
        for (rank, value) in values.into_iter().enumerate() {
            if rank > 0 {
                self.push(", ");
            }
            self.bind(value);
        }
        self
    }

    fn placeholder(&mut self) -> &mut Self {
        write!(self.text, "${}", self.values.len()).expect("a text takes what it is given");
        self
    }

    /// The query, its values bound.
    pub(super) fn query(self) -> Query<'static> {
        Query::with_values(self.text, self.values, !self.varies)
    }
}
