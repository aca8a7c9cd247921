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
    /// Whether its text goes by how much it holds, so that it is not worth keeping when it is prepared.
    varies: bool,
}

#[derive(Debug)]
enum Bound {
    Text(String),
    Number(i64),
    Bytes(Vec<u8>),
    Nothing,
}

impl SqlText {
    /// A statement that begins so.
    pub(super) fn new(text: &str) -> Self {
        Self {
            text: text.to_owned(),
            ..Self::default()
        }
    }

    /// A statement that may wait with others ([`super::WriteTransaction`]): its text is always the same.
    pub(super) fn waiting(engine: Engine) -> Self {
        Self {
            is_nameless: engine == Engine::Sqlite,
            ..Self::default()
        }
    }

    /// A statement of as many values as there are. SQLite looks for a placeholder with a name among all
    /// of those before it, so that a thousand of them cost a million looks: here they have none.
    pub(super) fn of_many_values(engine: Engine) -> Self {
        Self {
            varies: true,
            ..Self::waiting(engine)
        }
    }

    /// Whether its text goes by how much it holds.
    pub(super) fn varies(&self) -> bool {
        self.varies
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

    /// Adds the placeholder of bytes.
    pub(super) fn bind_bytes(&mut self, value: &[u8]) -> &mut Self {
        self.values.push(Bound::Bytes(value.to_vec()));
        self.placeholder()
    }

    /// Adds the placeholder of a text that may be missing.
    pub(super) fn bind_optional(&mut self, value: Option<&str>) -> &mut Self {
        let value = value.map_or(Bound::Nothing, |value| Bound::Text(value.to_owned()));
        self.values.push(value);
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

    /// Adds another statement after this one; the placeholders of both are told apart by their place.
    pub(super) fn then(mut self, next: Self) -> Self {
        self.text.push_str("; ");
        self.text.push_str(&next.text);
        self.values.extend(next.values);
        self.varies |= next.varies;
        self
    }

    /// The query, its values bound.
    pub(super) fn query(self) -> Query<'static, Any, <Any as sqlx::Database>::Arguments> {
        let mut query = sqlx::query(AssertSqlSafe(self.text)).persistent(!self.varies);
        for value in self.values {
            query = match value {
                Bound::Text(text) => query.bind(text),
                Bound::Number(number) => query.bind(number),
                Bound::Bytes(bytes) => query.bind(bytes),
                Bound::Nothing => query.bind(None::<String>),
            };
        }
        query
    }
}
