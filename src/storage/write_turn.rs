//! SQLite has one writer at a time. Whoever wants to write queues here, and those who queued together
//! become durable together: one wait for the disk serves them all.
//!
//! Each writes in its turn: the first of a group as its transaction, those after it within a savepoint,
//! so that what one undoes leaves the others' work alone. The turn of the one who ends the group comes
//! after all those who were waiting when it began.
//!
//! SQLite keeps what a savepoint may have to undo in memory (`temp_store`), so whoever writes much has
//! a group of its own begin.
//!
//! A statement runs where it is asked for: to hand it over to a thread costs more than most of them do.
//! What waits, for the disk or for another process that writes, does so in a thread for that, and so does a
//! statement that says that it may last.

use std::{path::PathBuf, sync::Arc, time::Duration};

use rusqlite::{Connection, ErrorCode};
use tokio::{
    runtime::{Handle, RuntimeFlavor},
    sync::{Mutex, OwnedMutexGuard, oneshot},
    task::{block_in_place, spawn_blocking, yield_now},
};

use super::{
    StorageError, log_shortening,
    query::{Query, Row},
};

/// How long a writer waits for another process before it gives up.
pub(super) const BUSY_TIMEOUT: Duration = Duration::from_secs(30);
/// Statements of a large part after which others of this process go on for a while.
const IN_A_ROW: usize = 8;
/// Statements that are kept prepared.
const PREPARED: usize = 200;
/// How the connection works: what is committed is on the disk, and what a savepoint may undo in memory.
const SETTINGS: &str = "pragma journal_mode = wal; pragma synchronous = full; pragma foreign_keys = on; \
     pragma cache_size = -8000; pragma temp_store = memory";

/// The queue of the writers of one SQLite file, in this process.
#[derive(Clone, Debug)]
pub(super) struct WriterQueue(Arc<Mutex<Writer>>);

/// The one connection that writes, and those who become durable together.
#[derive(Debug)]
struct Writer {
    file: PathBuf,
    /// Opened when it is first needed, and anew after a failure.
    connection: Option<Connection>,
    stage: Stage,
    log: log_shortening::Log,
    /// Those whose part is written, waiting for the disk.
    waiting: Vec<oneshot::Sender<Result<(), Arc<StorageError>>>>,
}

/// How far the group's transaction is. Kept so that a turn that is dropped at any point leaves
/// behind what the next one must do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// There is none.
    Closed,
    /// Within the first part: the transaction holds nothing else.
    First,
    /// Between two parts.
    Open,
    /// Within a part after others.
    InPart,
}

/// How much a part writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Size {
    /// Some resources, one report.
    Small,
    /// Hundreds of resources.
    Large,
}

/// A turn to write. Dropped before [`Turn::commit`], its part is undone.
pub(super) struct Turn {
    writer: OwnedMutexGuard<Writer>,
    size: Size,
    /// Statements that it ran.
    statements: usize,
}

impl WriterQueue {
    /// The queue of those who write to that file.
    pub fn of(file: PathBuf) -> Self {
        Self(Arc::new(Mutex::new(Writer {
            file,
            connection: None,
            stage: Stage::Closed,
            log: log_shortening::Log::default(),
            waiting: Vec::new(),
        })))
    }

    /// Waits for a turn to write that much.
    pub async fn turn(&self, size: Size) -> Result<Turn, StorageError> {
        let mut turn = self.settled(size).await;
        if size == Size::Large && turn.writer.stage != Stage::Closed {
            // A task of its own, as those who wait are to be told even when the caller is gone.
            let ended = tokio::spawn(async move {
                turn.writer.end_group().await;
                turn
            });
            turn = ended.await.map_err(|_| StorageError::writer_gone())?;
        }
        if turn.writer.stage == Stage::Closed {
            turn.writer.begin().await?;
            let queue = self.clone();
            tokio::spawn(async move { queue.end_group().await });
        }
        Ok(turn)
    }

    /// Makes durable what the group holds, once those are done who waited when it began. Where the log
    /// has become long by that, it is shortened.
    async fn end_group(&self) {
        let mut turn = self.settled(Size::Small).await;
        turn.writer.end_group().await;
        if !turn.writer.log.is_to_be_shortened() {
            return;
        }
        let file = turn.writer.file.clone();
        drop(turn);
        log_shortening::beside(file).await;
        let mut turn = self.settled(Size::Small).await;
        turn.writer.end_group().await;
        turn.writer.shorten_log().await;
    }

    /// The next turn, once what was begun and dropped is undone.
    async fn settled(&self, size: Size) -> Turn {
        let mut writer = Arc::clone(&self.0).lock_owned().await;
        writer.settle();
        Turn {
            writer,
            size,
            statements: 0,
        }
    }

    /// Closes the file, once those who write are done.
    pub async fn close(&self) {
        let mut turn = self.settled(Size::Small).await;
        turn.writer.end_group().await;
        turn.writer.connection = None;
    }
}

impl Turn {
    /// Runs a statement; returns how many rows it wrote.
    pub async fn execute(&mut self, query: Query<'_>) -> Result<u64, StorageError> {
        Ok(self.run(&query, 0).await?.1)
    }

    /// Runs a statement; returns its first rows.
    pub async fn rows(&mut self, query: Query<'_>, limit: usize) -> Result<Vec<Row>, StorageError> {
        Ok(self.run(&query, limit).await?.0)
    }

    async fn run(
        &mut self,
        query: &Query<'_>,
        limit: usize,
    ) -> Result<(Vec<Row>, u64), StorageError> {
        self.statements += 1;
        if self.size == Size::Large && self.statements.is_multiple_of(IN_A_ROW) {
            yield_now().await;
        }
        let writer = &mut *self.writer;
        let connection = writer
            .connection
            .as_ref()
            .ok_or_else(StorageError::writer_gone)?;
        if writer.stage == Stage::Open {
            connection.prepare_cached("savepoint part")?.raw_execute()?;
            writer.stage = Stage::InPart;
        }
        let run = || query.run_on_sqlite(connection, limit);
        let has_threads = || Handle::current().runtime_flavor() == RuntimeFlavor::MultiThread;
        Ok(if query.may_last() && has_threads() {
            block_in_place(run)?
        } else {
            run()?
        })
    }

    /// Ends the part, and waits until it is durable.
    pub async fn commit(mut self) -> Result<(), StorageError> {
        let writer = &mut *self.writer;
        let connection = writer
            .connection
            .as_ref()
            .ok_or_else(StorageError::writer_gone)?;
        if writer.stage == Stage::InPart {
            connection.prepare_cached("release part")?.raw_execute()?;
        }
        writer.stage = Stage::Open;
        let (durable, told) = oneshot::channel();
        writer.waiting.push(durable);
        drop(self);
        told.await
            .unwrap_or_else(|_| Err(Arc::new(StorageError::writer_gone())))
            .map_err(StorageError::NotDurable)
    }
}

impl Writer {
    /// Begins the transaction of a group. Waits for another process that writes, if there is one.
    async fn begin(&mut self) -> Result<(), StorageError> {
        let connection = match self.connection.take() {
            Some(connection) => connection,
            None => open(&self.file)?,
        };
        let connection = match connection.execute_batch(BEGIN) {
            Err(error) if error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy) => {
                let begun = spawn_blocking(move || {
                    connection.busy_timeout(BUSY_TIMEOUT)?;
                    connection.execute_batch(BEGIN)?;
                    connection.busy_timeout(Duration::ZERO)?;
                    Ok::<_, rusqlite::Error>(connection)
                });
                begun.await.map_err(|_| StorageError::writer_gone())??
            }
            begun => {
                begun?;
                connection
            }
        };
        self.connection = Some(connection);
        self.stage = Stage::First;
        Ok(())
    }

    /// Undoes the part of a turn that was dropped; gives the group up when it cannot be.
    fn settle(&mut self) {
        let (undo, then) = match self.stage {
            Stage::Closed | Stage::Open => return,
            Stage::First => ("rollback", Stage::Closed),
            Stage::InPart => ("rollback to part; release part", Stage::Open),
        };
        let undone = match &self.connection {
            Some(connection) => connection.execute_batch(undo).map_err(StorageError::from),
            None => Err(StorageError::writer_gone()),
        };
        match undone {
            Ok(()) => self.stage = then,
            Err(error) => self.give_up(error),
        }
    }

    /// Makes what the group holds durable.
    async fn end_group(&mut self) {
        if self.stage == Stage::Closed {
            return;
        }
        self.stage = Stage::Closed;
        let Some(connection) = self.connection.take() else {
            return self.give_up(StorageError::writer_gone());
        };
        let ended = spawn_blocking(move || {
            connection.execute_batch("commit")?;
            let frames = log_shortening::frames(&connection);
            Ok::<_, rusqlite::Error>((connection, frames))
        });
        match ended.await {
            Ok(Ok((connection, frames))) => {
                self.connection = Some(connection);
                self.log.has_frames(frames);
                self.tell(&Ok(()));
            }
            Ok(Err(error)) => self.give_up(error.into()),
            Err(_) => self.give_up(StorageError::writer_gone()),
        }
    }

    /// Shortens the log by the little that was written while it was shortened beside.
    async fn shorten_log(&mut self) {
        if let Some(connection) = self.connection.take() {
            let shortened = spawn_blocking(move || {
                log_shortening::shorten(&connection);
                connection
            });
            self.connection = shortened.await.ok();
        }
    }

    fn tell(&mut self, outcome: &Result<(), Arc<StorageError>>) {
        for waiting in self.waiting.drain(..) {
            // Whoever no longer waits needs no answer.
            let _ = waiting.send(outcome.clone());
        }
    }

    /// Nothing of the group was written: its connection is closed, which undoes what it held.
    fn give_up(&mut self, error: StorageError) {
        self.connection = None;
        self.stage = Stage::Closed;
        self.tell(&Err(Arc::new(error)));
    }
}

/// How a transaction begins that is going to write.
const BEGIN: &str = "begin immediate";

fn open(file: &PathBuf) -> Result<Connection, StorageError> {
    let connection = Connection::open(file)?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    connection.set_prepared_statement_cache_capacity(PREPARED);
    connection.execute_batch(SETTINGS)?;
    log_shortening::prepare(&connection)?;
    connection.busy_timeout(Duration::ZERO)?;
    Ok(connection)
}
