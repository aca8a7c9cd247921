//! A statement with its values, and what it gives, alike on both engines and however it is run.

use std::borrow::Cow;

use sqlx::{Any, AnyConnection, AnyPool, AssertSqlSafe, Row as _, any::AnyRow};

use super::{StorageError, WriteTransaction, database::Writing, key_reads::KeyReaders};

/// A statement whose values are named `$1`, `$2`… in it, or stand in their order where it has `?`.
#[derive(Debug)]
pub(super) struct Query<'q> {
    text: Cow<'static, str>,
    values: Vec<Bound<'q>>,
    /// Whether each value has one placeholder, in the order of the values.
    is_in_order: bool,
    /// Whether it is worth keeping once it is prepared.
    is_kept: bool,
    /// Whether it may take long: over all rows of a table.
    may_last: bool,
}

/// A value bound to a statement.
#[derive(Clone, Debug)]
pub(super) enum Bound<'q> {
    Text(Cow<'q, str>),
    Number(i64),
    Bytes(Cow<'q, [u8]>),
    NoText,
    NoNumber,
}

/// What a statement that gives no rows did.
#[derive(Clone, Copy, Debug)]
pub(super) struct Done(u64);

/// Who runs a statement.
pub(super) enum Runner<'r> {
    /// Any connection that reads; a statement that writes is a transaction of its own.
    Pool(&'r AnyPool),
    /// Those who read an SQLite file by key.
    File(&'r KeyReaders),
    /// That connection.
    Connection(&'r mut AnyConnection),
    /// A transaction that writes.
    Transaction(&'r mut WriteTransaction),
}

/// A row that a statement gave.
pub(super) enum Row {
    /// Of a connection of the pools.
    Any(AnyRow),
    /// Of the connection that writes to SQLite.
    Sqlite(Vec<rusqlite::types::Value>),
}

/// What can be read of a column.
pub(super) trait Readable<'r>: sqlx::Decode<'r, Any> + sqlx::Type<Any> {
    /// The value as SQLite has it; none when it is of another type.
    fn of_sqlite(value: &'r rusqlite::types::Value) -> Option<Self>;
}

/// A statement of ours.
pub(super) fn query<'q>(text: impl Into<Cow<'static, str>>) -> Query<'q> {
    Query {
        text: text.into(),
        values: Vec::new(),
        is_in_order: false,
        is_kept: true,
        may_last: false,
    }
}

impl<'q> Query<'q> {
    /// A statement that has one placeholder for each of these values, in their order.
    pub(super) fn with_values(text: String, values: Vec<Bound<'q>>, is_kept: bool) -> Self {
        Self {
            text: text.into(),
            values,
            is_in_order: true,
            is_kept,
            may_last: false,
        }
    }

    /// Binds the next value.
    pub(super) fn bind(mut self, value: impl Into<Bound<'q>>) -> Self {
        self.values.push(value.into());
        self
    }

    /// Says that it may take long: others are then not held up by it.
    pub(super) fn that_may_last(mut self) -> Self {
        self.may_last = true;
        self
    }

    /// Whether it may take long.
    pub(super) fn may_last(&self) -> bool {
        self.may_last
    }

    /// Runs it, its rows aside.
    pub(super) async fn execute<'r>(
        self,
        runner: impl Into<Runner<'r>>,
    ) -> Result<Done, StorageError> {
        let done = match runner.into() {
            Runner::Pool(pool) => self.of_sqlx().execute(pool).await?.rows_affected(),
            Runner::File(readers) => {
                readers.rows(&self, 0)?;
                0
            }
            Runner::Connection(connection) => {
                self.of_sqlx().execute(connection).await?.rows_affected()
            }
            Runner::Transaction(transaction) => match &mut transaction.tx {
                Writing::Sqlite(turn) => turn.execute(self).await?,
                Writing::Postgres(postgres, _) => {
                    let done = self.of_sqlx().execute(&mut **postgres).await?;
                    done.rows_affected()
                }
            },
        };
        Ok(Done(done))
    }

    /// Every row.
    pub(super) async fn fetch_all<'r>(
        self,
        runner: impl Into<Runner<'r>>,
    ) -> Result<Vec<Row>, StorageError> {
        let rows = match runner.into() {
            Runner::Pool(pool) => self.of_sqlx().fetch_all(pool).await?,
            Runner::File(readers) => return readers.rows(&self, usize::MAX),
            Runner::Connection(connection) => self.of_sqlx().fetch_all(connection).await?,
            Runner::Transaction(transaction) => match &mut transaction.tx {
                Writing::Sqlite(turn) => return turn.rows(self, usize::MAX).await,
                Writing::Postgres(postgres, _) => self.of_sqlx().fetch_all(&mut **postgres).await?,
            },
        };
        Ok(rows.into_iter().map(Row::Any).collect())
    }

    /// The first row, if there is one.
    pub(super) async fn fetch_optional<'r>(
        self,
        runner: impl Into<Runner<'r>>,
    ) -> Result<Option<Row>, StorageError> {
        let row = match runner.into() {
            Runner::Pool(pool) => self.of_sqlx().fetch_optional(pool).await?,
            Runner::File(readers) => return Ok(readers.rows(&self, 1)?.pop()),
            Runner::Connection(connection) => self.of_sqlx().fetch_optional(connection).await?,
            Runner::Transaction(transaction) => match &mut transaction.tx {
                Writing::Sqlite(turn) => return Ok(turn.rows(self, 1).await?.pop()),
                Writing::Postgres(postgres, _) => {
                    self.of_sqlx().fetch_optional(&mut **postgres).await?
                }
            },
        };
        Ok(row.map(Row::Any))
    }

    /// The first row, which must be there.
    pub(super) async fn fetch_one<'r>(
        self,
        runner: impl Into<Runner<'r>>,
    ) -> Result<Row, StorageError> {
        let row = self.fetch_optional(runner).await?;
        row.ok_or_else(|| sqlx::Error::RowNotFound.into())
    }

    fn of_sqlx(self) -> sqlx::query::Query<'static, Any, <Any as sqlx::Database>::Arguments> {
        let query = match self.text {
            Cow::Borrowed(text) => sqlx::query(text),
            Cow::Owned(text) => sqlx::query(AssertSqlSafe(text)),
        };
        let mut query = query.persistent(self.is_kept);
        for value in self.values {
            query = match value {
                Bound::Text(text) => query.bind(text.into_owned()),
                Bound::Number(number) => query.bind(number),
                Bound::Bytes(bytes) => query.bind(bytes.into_owned()),
                Bound::NoText => query.bind(None::<String>),
                Bound::NoNumber => query.bind(None::<i64>),
            };
        }
        query
    }

    /// Runs it on a connection to SQLite: its first rows, and how many it wrote.
    pub(super) fn run_on_sqlite(
        &self,
        connection: &rusqlite::Connection,
        limit: usize,
    ) -> Result<(Vec<Row>, u64), rusqlite::Error> {
        if self.is_kept {
            self.run_prepared(
                &mut *connection.prepare_cached(&self.text)?,
                connection,
                limit,
            )
        } else {
            self.run_prepared(&mut connection.prepare(&self.text)?, connection, limit)
        }
    }

    fn run_prepared(
        &self,
        statement: &mut rusqlite::Statement<'_>,
        connection: &rusqlite::Connection,
        limit: usize,
    ) -> Result<(Vec<Row>, u64), rusqlite::Error> {
        for place in 1..=statement.parameter_count() {
            let number = if self.is_in_order {
                place
            } else {
                let name = statement.parameter_name(place);
                let number = name.and_then(|name| name.get(1..)?.parse().ok());
                number.unwrap_or(place)
            };
            let value = self.values.get(number - 1);
            let value = value.ok_or(rusqlite::Error::InvalidParameterCount(
                number,
                self.values.len(),
            ))?;
            statement.raw_bind_parameter(place, value)?;
        }
        let columns = statement.column_count();
        let mut found = Vec::new();
        let mut rows = statement.raw_query();
        // What a statement writes is written once its first row is there.
        while let Some(row) = rows.next()?
            && found.len() < limit
        {
            let values = (0..columns).map(|column| row.get(column));
            found.push(Row::Sqlite(values.collect::<Result<_, _>>()?));
        }
        drop(rows);
        Ok((found, connection.changes()))
    }
}

impl rusqlite::ToSql for Bound<'_> {
    fn to_sql(&self) -> rusqlite::Result<rusqlite::types::ToSqlOutput<'_>> {
        use rusqlite::types::{Null, ToSqlOutput, ValueRef};
        Ok(match self {
            Self::Text(text) => ToSqlOutput::Borrowed(ValueRef::Text(text.as_bytes())),
            Self::Number(number) => ToSqlOutput::from(*number),
            Self::Bytes(bytes) => ToSqlOutput::Borrowed(ValueRef::Blob(bytes)),
            Self::NoText | Self::NoNumber => ToSqlOutput::from(Null),
        })
    }
}

impl Done {
    /// How many rows it wrote.
    pub(super) fn rows_affected(self) -> u64 {
        self.0
    }
}

impl Runner<'_> {
    /// The same one, for one statement more.
    pub(super) fn again(&mut self) -> Runner<'_> {
        match self {
            Self::Pool(pool) => Runner::Pool(pool),
            Self::File(readers) => Runner::File(readers),
            Self::Connection(connection) => Runner::Connection(connection),
            Self::Transaction(transaction) => Runner::Transaction(transaction),
        }
    }
}

impl<'r> From<&'r AnyPool> for Runner<'r> {
    fn from(pool: &'r AnyPool) -> Self {
        Self::Pool(pool)
    }
}

impl<'r> From<&'r mut AnyConnection> for Runner<'r> {
    fn from(connection: &'r mut AnyConnection) -> Self {
        Self::Connection(connection)
    }
}

impl<'r> From<&'r mut WriteTransaction> for Runner<'r> {
    fn from(transaction: &'r mut WriteTransaction) -> Self {
        Self::Transaction(transaction)
    }
}

impl Row {
    /// What that column holds, from 0.
    pub(super) fn try_get<'r, T: Readable<'r>>(&'r self, column: usize) -> Result<T, StorageError> {
        match self {
            Self::Any(row) => Ok(row.try_get(column)?),
            Self::Sqlite(values) => values
                .get(column)
                .and_then(T::of_sqlite)
                .ok_or_else(|| unreadable(column).into()),
        }
    }
}

fn unreadable(column: usize) -> sqlx::Error {
    sqlx::Error::ColumnDecode {
        index: column.to_string(),
        source: "the column holds a value of another type".into(),
    }
}

impl<'r> Readable<'r> for i64 {
    fn of_sqlite(value: &'r rusqlite::types::Value) -> Option<Self> {
        match value {
            rusqlite::types::Value::Integer(number) => Some(*number),
            _ => None,
        }
    }
}

impl<'r> Readable<'r> for &'r str {
    fn of_sqlite(value: &'r rusqlite::types::Value) -> Option<Self> {
        match value {
            rusqlite::types::Value::Text(text) => Some(text),
            _ => None,
        }
    }
}

impl<'r> Readable<'r> for String {
    fn of_sqlite(value: &'r rusqlite::types::Value) -> Option<Self> {
        <&str>::of_sqlite(value).map(str::to_owned)
    }
}

impl<'r> Readable<'r> for Vec<u8> {
    fn of_sqlite(value: &'r rusqlite::types::Value) -> Option<Self> {
        match value {
            rusqlite::types::Value::Blob(bytes) => Some(bytes.clone()),
            _ => None,
        }
    }
}

impl<'r, T: Readable<'r>> Readable<'r> for Option<T>
where
    Self: sqlx::Decode<'r, Any> + sqlx::Type<Any>,
{
    fn of_sqlite(value: &'r rusqlite::types::Value) -> Option<Self> {
        match value {
            rusqlite::types::Value::Null => Some(None),
            value => T::of_sqlite(value).map(Some),
        }
    }
}

impl<'q> From<&'q str> for Bound<'q> {
    fn from(value: &'q str) -> Self {
        Self::Text(Cow::Borrowed(value))
    }
}

impl<'q> From<String> for Bound<'q> {
    fn from(value: String) -> Self {
        Self::Text(Cow::Owned(value))
    }
}

impl<'q> From<&'q String> for Bound<'q> {
    fn from(value: &'q String) -> Self {
        Self::Text(Cow::Borrowed(value))
    }
}

impl<'q> From<i64> for Bound<'q> {
    fn from(value: i64) -> Self {
        Self::Number(value)
    }
}

impl<'q> From<&'q [u8]> for Bound<'q> {
    fn from(value: &'q [u8]) -> Self {
        Self::Bytes(Cow::Borrowed(value))
    }
}

impl<'q> From<Vec<u8>> for Bound<'q> {
    fn from(value: Vec<u8>) -> Self {
        Self::Bytes(Cow::Owned(value))
    }
}

impl<'q> From<Option<&'q str>> for Bound<'q> {
    fn from(value: Option<&'q str>) -> Self {
        value.map_or(Self::NoText, Into::into)
    }
}

impl<'q> From<Option<String>> for Bound<'q> {
    fn from(value: Option<String>) -> Self {
        value.map_or(Self::NoText, Into::into)
    }
}

impl<'q> From<Option<&'q String>> for Bound<'q> {
    fn from(value: Option<&'q String>) -> Self {
        value.map_or(Self::NoText, Into::into)
    }
}

impl From<Option<i64>> for Bound<'_> {
    fn from(value: Option<i64>) -> Self {
        value.map_or(Self::NoNumber, Into::into)
    }
}
