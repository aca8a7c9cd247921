//! Opening the database, migrating it, and the transactions in which all writing is done.

use std::{ops, path::Path, time::Duration};

use sqlx::{
    AnyConnection, AnyPool, Connection, Executor, Row,
    any::{AnyPoolOptions, install_default_drivers},
    migrate::{MigrateError, Migrator},
};

use super::{
    StorageError,
    flush_turn::{self, FlushQueue},
    search_memory::SearchMemory,
    search_writing::Unindexed,
    sql_text::SqlText,
    write_turn::{Turn, WriterQueue},
};
use crate::outbox::LineContent;

/// Every migration, in order. Forward only; never edited once released.
static MIGRATIONS: Migrator = sqlx::migrate!("src/storage/migrations");

/// How long a writer waits for its turn on SQLite before it gives up.
const BUSY_TIMEOUT: Duration = Duration::from_secs(30);

/// What a connection to SQLite keeps of the file, in kB: little where much is read beside one
/// another, much where it is written, as what does not fit is written to the disk more than once.
const READING_PAGES: u32 = 2_000;
const WRITING_PAGES: u32 = 32_000;

/// How long a connection to a server is taken for whole after its last use.
const FRESH: Duration = Duration::from_secs(1);

/// Which database stands behind the one SQL text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    /// Embedded, one file.
    Sqlite,
    /// A server, shared by several instances.
    Postgres,
}

/// The database of one region.
#[derive(Clone, Debug)]
pub struct Storage {
    pub(super) pool: AnyPool,
    /// The one connection that writes to SQLite; on PostgreSQL any of them does.
    writing_pool: AnyPool,
    pub(super) engine: Engine,
    writers: WriterQueue,
    flushes: FlushQueue,
    pub(super) memory: SearchMemory,
}

/// A transaction that may write. Dropped without [`WriteTransaction::commit`], it leaves nothing.
pub struct WriteTransaction {
    tx: Writing,
    /// Lines of the delivery ledger that take their place at the end.
    pub(super) lines: Vec<LineContent>,
    /// Resources whose search rows wait.
    pub(super) unindexed: Vec<Unindexed>,
    /// Statements that wait, in their order.
    waiting: Vec<SqlText>,
}

/// Statements that wait at the most.
const WAITING: usize = 16;

/// What a transaction writes through.
pub(super) enum Writing {
    /// A part of what becomes durable together.
    Sqlite(Turn),
    /// A transaction of its own, beside those of others; durable together with those that end beside it.
    Postgres(sqlx::Transaction<'static, sqlx::Any>, FlushQueue),
}

impl ops::Deref for Writing {
    type Target = AnyConnection;

    fn deref(&self) -> &AnyConnection {
        match self {
            Self::Sqlite(turn) => turn,
            Self::Postgres(transaction, _) => transaction,
        }
    }
}

impl ops::DerefMut for Writing {
    fn deref_mut(&mut self) -> &mut AnyConnection {
        match self {
            Self::Sqlite(turn) => turn,
            Self::Postgres(transaction, _) => transaction,
        }
    }
}

impl Engine {
    fn of_url(url: &str) -> Result<Self, StorageError> {
        if url.starts_with("sqlite:") {
            Ok(Self::Sqlite)
        } else if url.starts_with("postgres:") || url.starts_with("postgresql:") {
            Ok(Self::Postgres)
        } else {
            Err(StorageError::UnknownEngine)
        }
    }
}

impl Storage {
    /// Opens the database at `url` (`sqlite://…` or `postgres://…`); a missing SQLite file is made.
    ///
    /// # Errors
    /// [`StorageError::UnknownEngine`] or [`StorageError::Unreachable`].
    pub async fn open(url: &str, max_connections: u32) -> Result<Self, StorageError> {
        install_default_drivers();
        let engine = Engine::of_url(url)?;
        let mut url = url.to_owned();
        if engine == Engine::Sqlite && !url.contains("mode=") {
            url.push_str(if url.contains('?') {
                "&mode=rwc"
            } else {
                "?mode=rwc"
            });
        }
        let pool = options(engine, READING_PAGES)
            .max_connections(max_connections)
            .connect(&url)
            .await
            .map_err(StorageError::Unreachable)?;
        let writing_pool = match engine {
            Engine::Sqlite => options(engine, WRITING_PAGES)
                .max_connections(1)
                .connect_lazy(&url)
                .map_err(StorageError::Unreachable)?,
            Engine::Postgres => pool.clone(),
        };
        Ok(Self {
            flushes: FlushQueue::of(&pool),
            pool,
            writing_pool,
            engine,
            writers: WriterQueue::default(),
            memory: SearchMemory::default(),
        })
    }

    /// Opens the database at `url` when it is there: nothing is made.
    ///
    /// # Errors
    /// As [`Storage::open`].
    pub async fn open_existing(
        url: &str,
        max_connections: u32,
    ) -> Result<Option<Self>, StorageError> {
        if let Some(path) = url.strip_prefix("sqlite:") {
            let path = path.trim_start_matches("//");
            let path = path.split('?').next().unwrap_or(path);
            if !Path::new(path).exists() {
                return Ok(None);
            }
        }
        Self::open(url, max_connections).await.map(Some)
    }

    /// Opens the SQLite file at `path`.
    ///
    /// # Errors
    /// As [`Storage::open`].
    pub async fn open_file(path: &Path) -> Result<Self, StorageError> {
        Self::open(&format!("sqlite://{}", path.display()), 8).await
    }

    /// The engine behind this storage.
    #[must_use]
    pub fn engine(&self) -> Engine {
        self.engine
    }

    /// Brings the schema up to this release. Does nothing when it is there already.
    ///
    /// # Errors
    /// [`StorageError::SchemaTooNew`] when a later release wrote it, [`StorageError::Migration`], or
    /// [`StorageError::Database`] when the lines of an earlier release cannot be chained.
    pub async fn migrate(&self) -> Result<(), StorageError> {
        MIGRATIONS
            .run(&self.pool)
            .await
            .map_err(|error| match error {
                MigrateError::VersionMissing(found) => StorageError::SchemaTooNew {
                    found,
                    known: Self::latest_migration(),
                },
                other => StorageError::Migration(other),
            })?;
        self.adopt_ledger().await
    }

    /// Brings the schema up to migration `version` and no further, as that release left it.
    ///
    /// # Errors
    /// As [`Storage::migrate`].
    pub async fn migrate_to(&self, version: i64) -> Result<(), StorageError> {
        MIGRATIONS
            .run_to(version, &self.pool)
            .await
            .map_err(StorageError::Migration)
    }

    /// Number of the last migration that the database went through; none when it is empty.
    pub async fn schema_version(&self) -> Option<i64> {
        let row = sqlx::query("select max(version) from _sqlx_migrations")
            .fetch_one(&self.pool)
            .await;
        row.ok()?.try_get(0).ok()
    }

    /// Number of the last migration that this release knows.
    #[must_use]
    pub fn latest_migration() -> i64 {
        MIGRATIONS
            .iter()
            .map(|migration| migration.version)
            .max()
            .unwrap_or(0)
    }

    /// Asks the database for nothing, to know that it answers.
    ///
    /// # Errors
    /// [`StorageError::Unreachable`] or [`StorageError::Database`].
    pub async fn ping(&self) -> Result<(), StorageError> {
        sqlx::query("select 1").execute(&self.pool).await?;
        Ok(())
    }

    /// Opens a transaction that may write.
    ///
    /// On SQLite it waits for the writer's turn. On both engines it becomes durable together with
    /// those that end beside it.
    ///
    /// # Errors
    /// [`StorageError::Unreachable`] or [`StorageError::Database`].
    pub async fn begin_write(&self) -> Result<WriteTransaction, StorageError> {
        let tx = match self.engine {
            Engine::Sqlite => Writing::Sqlite(self.writers.turn(&self.writing_pool).await?),
            Engine::Postgres => {
                let transaction = self.writing_pool.begin_with(flush_turn::BEGIN).await?;
                Writing::Postgres(transaction, self.flushes.clone())
            }
        };
        Ok(WriteTransaction {
            tx,
            lines: Vec::new(),
            unindexed: Vec::new(),
            waiting: Vec::new(),
        })
    }

    /// Ends every connection, once those in use are given back.
    pub async fn close(&self) {
        self.writing_pool.close().await;
        self.pool.close().await;
    }
}

/// How connections are made and looked after, each with that many kB of pages on SQLite.
fn options(engine: Engine, pages: u32) -> AnyPoolOptions {
    AnyPoolOptions::new()
        .acquire_timeout(Duration::from_secs(10))
        // Asking a connection first doubles the way to the server. One that was just used need not be
        // asked, nor one of SQLite, which cannot go stale.
        .test_before_acquire(false)
        .before_acquire(move |connection, rest| {
            Box::pin(async move {
                let may_be_stale = engine == Engine::Postgres && rest.idle_for > FRESH;
                Ok(!may_be_stale || connection.ping().await.is_ok())
            })
        })
        .after_connect(move |connection, _| {
            Box::pin(async move {
                if engine == Engine::Sqlite {
                    connection
                        .execute(sqlx::AssertSqlSafe(format!(
                            "pragma journal_mode = wal; pragma synchronous = full; \
                             pragma foreign_keys = on; pragma busy_timeout = {}; \
                             pragma cache_size = -{pages}; pragma wal_autocheckpoint = 4000",
                            BUSY_TIMEOUT.as_millis()
                        )))
                        .await?;
                }
                Ok(())
            })
        })
}

impl WriteTransaction {
    /// The engine behind this transaction.
    pub(super) fn engine(&self) -> Engine {
        match self.tx {
            Writing::Sqlite(_) => Engine::Sqlite,
            Writing::Postgres(..) => Engine::Postgres,
        }
    }

    /// Has a statement run before the next one that is asked for, and before the end. SQLite runs them in a thread of
    /// its own, and takes over all that wait at once: to hand one over costs more than to run it.
    ///
    /// # Errors
    /// [`StorageError::Database`], of any that waited.
    pub(super) async fn write_later(&mut self, statement: SqlText) -> Result<(), StorageError> {
        self.waiting.push(statement);
        if self.waiting.len() >= WAITING {
            self.connection().await?;
        }
        Ok(())
    }

    /// The connection, once what waits has run.
    ///
    /// # Errors
    /// [`StorageError::Database`], of any that waited.
    pub(super) async fn connection(&mut self) -> Result<&mut AnyConnection, StorageError> {
        let waiting = std::mem::take(&mut self.waiting);
        match &mut self.tx {
            Writing::Sqlite(turn) => turn.write(waiting).await?,
            Writing::Postgres(transaction, _) => {
                for statement in waiting {
                    statement.query().execute(&mut **transaction).await?;
                }
            }
        }
        Ok(&mut self.tx)
    }

    /// Makes all that was written here durable, at once.
    ///
    /// # Errors
    /// [`StorageError::Database`]; nothing was written then.
    pub async fn commit(mut self) -> Result<(), StorageError> {
        self.write_indexes().await?;
        self.chain_lines().await?;
        if self.engine() == Engine::Postgres {
            self.connection().await?;
        }
        match self.tx {
            Writing::Sqlite(turn) => turn.commit(self.waiting).await,
            Writing::Postgres(transaction, flushes) => {
                transaction.commit().await?;
                flushes.flush().await
            }
        }
    }
}
