//! Reading rows of an SQLite file by their keys, where it is asked for: that takes microseconds, and to
//! hand it over to a thread takes more. What may read for long is for the pool, which has threads for it.

use std::{path::PathBuf, sync::Mutex};

use rusqlite::{Connection, OpenFlags};

use super::{
    StorageError,
    query::{Query, Row},
    write_turn::BUSY_TIMEOUT,
};

/// Statements that a connection keeps prepared.
const PREPARED: usize = 50;
/// What a connection keeps of the file, in kB: the upper pages of the trees of a large directory.
const PAGES: i64 = 8_000;

/// Connections that read an SQLite file, as many as read at once.
#[derive(Debug)]
pub(super) struct KeyReaders {
    file: PathBuf,
    idle: Mutex<Vec<Connection>>,
}

impl KeyReaders {
    /// Those of that file; none is opened before it is needed.
    pub fn of(file: PathBuf) -> Self {
        Self {
            file,
            idle: Mutex::default(),
        }
    }

    /// The first rows that a statement gives.
    pub fn rows(&self, query: &Query<'_>, limit: usize) -> Result<Vec<Row>, StorageError> {
        let connection = match self.take() {
            Some(connection) => connection,
            None => self.open()?,
        };
        let (rows, _) = query.run_on_sqlite(&connection, limit)?;
        if let Ok(mut idle) = self.idle.lock() {
            idle.push(connection);
        }
        Ok(rows)
    }

    /// Closes those that nobody reads through.
    pub fn close(&self) {
        while self.take().is_some() {}
    }

    fn take(&self) -> Option<Connection> {
        self.idle.lock().ok()?.pop()
    }

    fn open(&self) -> Result<Connection, StorageError> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(&self.file, flags)?;
        connection.busy_timeout(BUSY_TIMEOUT)?;
        connection.set_prepared_statement_cache_capacity(PREPARED);
        connection.pragma_update(None, "cache_size", -PAGES)?;
        Ok(connection)
    }
}
