//! Opening the database, migrating it, and the transactions in which all writing is done.

use std::{path::Path, str::FromStr, sync::Arc, time::Duration};

use sqlx::{
    AnyPool, Connection, Executor, Row,
    any::{AnyPoolOptions, install_default_drivers},
    migrate::{MigrateError, Migrator},
    sqlite::SqliteConnectOptions,
};

use super::{
    StorageError,
    flush_turn::{self, FlushQueue},
    key_reads::KeyReaders,
    query::Runner,
    search_memory::SearchMemory,
    search_writing::Unindexed,
    write_turn::{BUSY_TIMEOUT, Size, Turn, WriterQueue},
};
use crate::outbox::LineContent;

/// Every migration, in order. Forward only; never edited once released.
static MIGRATIONS: Migrator = sqlx::migrate!("src/storage/migrations");

/// What a connection that reads keeps of an SQLite file, in kB.
const READING_PAGES: u32 = 2_000;

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
    pub(super) engine: Engine,
    writers: Writers,
    pub(super) memory: SearchMemory,
}

/// How those who write follow one another.
#[derive(Clone, Debug)]
enum Writers {
    /// Through the one connection that writes to the file. Those who read by key have theirs.
    Sqlite(WriterQueue, Arc<KeyReaders>),
    /// Each through a connection of its own, waiting for the disk together.
    Postgres(FlushQueue),
}

/// A transaction that may write. Dropped without [`WriteTransaction::commit`], it leaves nothing.
pub struct WriteTransaction {
    pub(super) tx: Writing,
    /// Lines of the delivery ledger that take their place at the end.
    pub(super) lines: Vec<LineContent>,
    /// Resources whose search rows wait.
    pub(super) unindexed: Vec<Unindexed>,
}

/// What a transaction writes through.
pub(super) enum Writing {
    /// A part of what becomes durable together.
    Sqlite(Turn),
    /// A transaction of its own, beside those of others; durable together with those that end beside it.
    Postgres(sqlx::Transaction<'static, sqlx::Any>, FlushQueue),
}

impl Engine {
    /// Rows that one statement writes: many where each is sent to a server, one where it stays prepared.
    pub(super) fn rows_a_statement(self) -> usize {
        match self {
            Self::Sqlite => 1,
            Self::Postgres => 100,
        }
    }

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
        let pool = options(engine)
            .max_connections(max_connections)
            .connect(&url)
            .await
            .map_err(StorageError::Unreachable)?;
        let writers = match engine {
            Engine::Sqlite => {
                let file =
                    SqliteConnectOptions::from_str(&url).map_err(StorageError::Unreachable)?;
                let file = file.get_filename();
                let readers = KeyReaders::of(file.to_owned());
                Writers::Sqlite(WriterQueue::of(file.to_owned()), Arc::new(readers))
            }
            Engine::Postgres => Writers::Postgres(FlushQueue::of(&pool)),
        };
        Ok(Self {
            pool,
            engine,
            writers,
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
        self.begin(Size::Small).await
    }

    /// Opens a transaction that may write hundreds of resources.
    ///
    /// # Errors
    /// As [`Storage::begin_write`].
    pub async fn begin_large_write(&self) -> Result<WriteTransaction, StorageError> {
        self.begin(Size::Large).await
    }

    async fn begin(&self, size: Size) -> Result<WriteTransaction, StorageError> {
        let tx = match &self.writers {
            Writers::Sqlite(queue, _) => Writing::Sqlite(queue.turn(size).await?),
            Writers::Postgres(flushes) => {
                let transaction = self.pool.begin_with(flush_turn::BEGIN).await?;
                Writing::Postgres(transaction, flushes.clone())
            }
        };
        Ok(WriteTransaction {
            tx,
            lines: Vec::new(),
            unindexed: Vec::new(),
        })
    }

    /// What runs statements that read rows by their keys.
    pub(super) fn by_key(&self) -> Runner<'_> {
        match &self.writers {
            Writers::Sqlite(_, readers) => Runner::File(readers),
            Writers::Postgres(_) => Runner::Pool(&self.pool),
        }
    }

    /// Ends every connection, once those in use are given back.
    pub async fn close(&self) {
        if let Writers::Sqlite(queue, readers) = &self.writers {
            readers.close();
            queue.close().await;
        }
        self.pool.close().await;
    }
}

/// How connections are made and looked after.
fn options(engine: Engine) -> AnyPoolOptions {
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
                             pragma cache_size = -{READING_PAGES}; pragma wal_autocheckpoint = 4000",
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

    /// Makes all that was written here durable, at once.
    ///
    /// # Errors
    /// [`StorageError::Database`]; nothing was written then.
    pub async fn commit(mut self) -> Result<(), StorageError> {
        self.write_indexes().await?;
        self.chain_lines().await?;
        match self.tx {
            Writing::Sqlite(turn) => turn.commit().await,
            Writing::Postgres(transaction, flushes) => {
                transaction.commit().await?;
                flushes.flush().await
            }
        }
    }
}
