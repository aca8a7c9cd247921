//! A statement written piece by piece, its values bound in the order in which they are named.

use sqlx::{Any, AssertSqlSafe, query::Query};

use super::Engine;

/// A statement under way: text with `$1`, `$2`… and the values for them. Values never enter the
/// text.
#[derive(Debug, Default)]
pub(super) struct SqlText {
    text: String,
    values: Vec<Bound>,
    /// Whether its placeholders are told apart by their place alone.
    is_nameless: bool,
}

#[derive(Debug)]
enum Bound {
    Text(String),
    Number(i64),
}

impl SqlText {
    /// A statement that begins so.
    pub(super) fn new(text: &str) -> Self {
        Self {
            text: text.to_owned(),
            ..Self::default()
        }
    }

    /// A statement of many values. SQLite looks for a placeholder with a name among all of those
    /// before it, so that a thousand of them cost a million looks: here they have none.
    pub(super) fn of_many_values(engine: Engine) -> Self {
        Self {
            is_nameless: engine == Engine::Sqlite,
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
        self.values.push(Bound::Text(value.into()));
        self.placeholder()
    }

    /// Adds the placeholder of a number.
    pub(super) fn bind_number(&mut self, value: i64) -> &mut Self {
        self.values.push(Bound::Number(value));
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
        if self.is_nameless {
            return self.push("?");
        }
        self.text.push('$');
        self.text.push_str(&self.values.len().to_string());
        self
    }

    /// The query, its values bound.
    pub(super) fn query(self) -> Query<'static, Any, <Any as sqlx::Database>::Arguments> {
        let mut query = sqlx::query(AssertSqlSafe(self.text));
        for value in self.values {
            query = match value {
                Bound::Text(text) => query.bind(text),
                Bound::Number(number) => query.bind(number),
            };
        }
        query
    }
}
