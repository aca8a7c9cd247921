//! SQLite has one writer at a time. Whoever wants to write queues here, and those who queued together
//! become durable together: one wait for the disk serves them all.
//!
//! Each writes within a savepoint, in its turn; what one undoes leaves the others' work alone. The
//! turn of the one who ends the group comes after all those who were waiting when it began.

use std::{ops, sync::Arc};

use sqlx::{Any, AnyConnection, AnyPool, Executor, pool::PoolConnection};
use tokio::sync::{Mutex, OwnedMutexGuard, oneshot};

use super::{StorageError, sql_text::SqlText};

/// The queue of the writers of one SQLite file, in this process.
#[derive(Clone, Debug, Default)]
pub(super) struct WriterQueue(Arc<Mutex<Option<Group>>>);

/// Those who become durable together.
#[derive(Debug)]
struct Group {
    connection: PoolConnection<Any>,
    stage: Stage,
    /// Those whose part is written, waiting for the disk.
    waiting: Vec<oneshot::Sender<Result<(), Arc<sqlx::Error>>>>,
}

/// How far the group's transaction is. Kept so that a turn that is dropped at any point leaves
/// behind what the next one must do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// It may not have begun.
    Beginning,
    /// Between two parts.
    Open,
    /// Within a part.
    InPart,
}

/// A turn to write. Dropped before [`Turn::commit`], its part is undone.
pub(super) struct Turn(OwnedMutexGuard<Option<Group>>);

impl WriterQueue {
    /// Waits for a turn.
    pub async fn turn(&self, pool: &AnyPool) -> Result<Turn, StorageError> {
        let mut turn = Turn(Arc::clone(&self.0).lock_owned().await);
        turn.settle().await;
        if turn.0.is_none() {
            *turn.0 = Some(Group {
                connection: pool.acquire().await?,
                stage: Stage::Beginning,
                waiting: Vec::new(),
            });
            let queue = self.clone();
            tokio::spawn(async move { queue.end_group().await });
            turn.run("begin immediate", Stage::Open).await?;
        }
        Ok(turn)
    }

    /// Makes the group durable, once all who were waiting had their turn.
    async fn end_group(&self) {
        let mut turn = Turn(Arc::clone(&self.0).lock_owned().await);
        turn.settle().await;
        let Some(mut group) = turn.0.take() else {
            return;
        };
        match group.connection.execute("commit").await {
            Ok(_) => group.tell(Ok(())),
            Err(error) => group.give_up(error),
        }
    }
}

impl Turn {
    fn group(&mut self) -> &mut Group {
        self.0.as_mut().expect("a turn begins with a group")
    }

    async fn run(&mut self, statement: &'static str, then: Stage) -> Result<(), sqlx::Error> {
        let group = self.group();
        group.connection.execute(statement).await?;
        group.stage = then;
        Ok(())
    }

    /// Undoes the part of a turn that was dropped; gives the group up when it cannot be.
    async fn settle(&mut self) {
        let stage = self.0.as_ref().map(|group| group.stage);
        let settled = match stage {
            None | Some(Stage::Open) => Ok(()),
            Some(Stage::Beginning) => Err(sqlx::Error::WorkerCrashed),
            Some(Stage::InPart) => {
                self.run("rollback to part; release part", Stage::Open)
                    .await
            }
        };
        if let Err(error) = settled
            && let Some(group) = self.0.take()
        {
            group.give_up(error);
        }
    }

    /// Runs these statements within the part, which begins with the first ones, even when they are none.
    pub async fn write(&mut self, statements: Vec<SqlText>) -> Result<(), sqlx::Error> {
        let group = self.group();
        let begin = (group.stage == Stage::Open).then(|| SqlText::new("savepoint part"));
        group.stage = Stage::InPart;
        let statements = begin.into_iter().chain(statements);
        if let Some(all) = statements.reduce(SqlText::then) {
            all.query().execute(&mut *group.connection).await?;
        }
        Ok(())
    }

    /// Runs these statements, ends the part, and waits until it is durable.
    pub async fn commit(mut self, mut statements: Vec<SqlText>) -> Result<(), StorageError> {
        statements.push(SqlText::new("release part"));
        self.write(statements).await?;
        self.group().stage = Stage::Open;
        let (durable, told) = oneshot::channel();
        self.group().waiting.push(durable);
        drop(self);
        told.await
            .unwrap_or_else(|_| Err(Arc::new(sqlx::Error::WorkerCrashed)))
            .map_err(StorageError::NotDurable)
    }
}

impl Group {
    fn tell(&mut self, outcome: Result<(), Arc<sqlx::Error>>) {
        for waiting in self.waiting.drain(..) {
            // Whoever no longer waits needs no answer.
            let _ = waiting.send(outcome.clone());
        }
    }

    /// Nothing of the group was written: its connection is closed, which undoes what it held.
    fn give_up(mut self, error: sqlx::Error) {
        self.connection.close_on_drop();
        self.tell(Err(Arc::new(error)));
    }
}

impl ops::Deref for Turn {
    type Target = AnyConnection;

    fn deref(&self) -> &AnyConnection {
        &self
            .0
            .as_ref()
            .expect("a turn begins with a group")
            .connection
    }
}

impl ops::DerefMut for Turn {
    fn deref_mut(&mut self) -> &mut AnyConnection {
        &mut self.group().connection
    }
}
