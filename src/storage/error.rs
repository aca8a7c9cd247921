//! What can go wrong between Passerelle and its database.

/// A failure of the database, or a row that is not what the caller counted on.
#[derive(Debug, thiserror::Error)]
pub enum StorageError {
    /// The URL names neither engine.
    #[error("the database URL must start with sqlite:// or postgres://")]
    UnknownEngine,
    /// The database was migrated by a later release.
    #[error(
        "the database holds migration {found}, this release knows {known} at the most: start the release that wrote it, or a later one"
    )]
    SchemaTooNew {
        /// Highest migration in the database.
        found: i64,
        /// Highest migration that this binary knows.
        known: i64,
    },
    /// A migration failed, or one that had run was edited since.
    #[error("the database could not be migrated")]
    Migration(#[source] sqlx::migrate::MigrateError),
    /// The database cannot be reached or opened.
    #[error(
        "the database cannot be opened: check database.url, its rights and that the server runs"
    )]
    Unreachable(#[source] sqlx::Error),
    /// A statement failed.
    #[error("the database refused a statement")]
    Database(#[source] DatabaseError),
    /// What was written could not be made durable: nothing of it was kept.
    #[error("the transaction could not be made durable")]
    NotDurable(#[source] std::sync::Arc<StorageError>),
    /// Whoever was writing for the caller was stopped: it may be written, or not.
    #[error("the writing was interrupted")]
    Interrupted,
    /// A row that had to be there, or a lease that had to be ours, is not.
    #[error("the row is no longer ours to change: {0}")]
    Lost(&'static str),
    /// A value in a row that no release writes.
    #[error("column {column} holds a value that this release does not know")]
    Corrupt {
        /// Column, as `table.column`.
        column: &'static str,
    },
}

/// What the database says of a statement.
#[derive(Debug, thiserror::Error)]
pub enum DatabaseError {
    /// Of one that a connection of a pool ran.
    #[error(transparent)]
    Server(sqlx::Error),
    /// Of one that ran on an SQLite file where it was asked for.
    #[error(transparent)]
    File(rusqlite::Error),
}

impl StorageError {
    /// Whoever had the connection that writes is gone.
    pub(super) fn writer_gone() -> Self {
        Self::Interrupted
    }

    /// True when the same call may pass later.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Unreachable(_) | Self::Database(_) | Self::NotDurable(_) | Self::Interrupted => {
                true
            }
            Self::UnknownEngine
            | Self::SchemaTooNew { .. }
            | Self::Migration(_)
            | Self::Lost(_)
            | Self::Corrupt { .. } => false,
        }
    }
}

impl From<sqlx::Error> for StorageError {
    fn from(error: sqlx::Error) -> Self {
        match error {
            sqlx::Error::PoolTimedOut | sqlx::Error::Io(_) | sqlx::Error::Tls(_) => {
                Self::Unreachable(error)
            }
            other => Self::Database(DatabaseError::Server(other)),
        }
    }
}

impl From<rusqlite::Error> for StorageError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Database(DatabaseError::File(error))
    }
}
