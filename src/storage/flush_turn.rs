//! PostgreSQL writes several transactions side by side, and those that ended together become durable
//! together: one wait for the disk serves them all.
//!
//! A transaction is committed without waiting for the disk, so that what it locks, the head of the
//! ledger above all, is free at once. Then a transaction that does wait makes it durable with all
//! those before it, as the log of the database is written in order.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use sqlx::AnyPool;
use tokio::sync::Mutex;

use super::StorageError;

/// How a transaction begins whose commit does not wait for the disk.
pub(super) const BEGIN: &str = "begin; set local synchronous_commit = off";

/// Writes one record, so that its commit waits for the disk.
const FLUSH: &str = "select 1 from pg_logical_emit_message(true, 'passerelle', '')";

/// Those who committed in this process and wait for the disk.
#[derive(Clone, Debug)]
pub(super) struct FlushQueue {
    pool: AnyPool,
    turns: Arc<Turns>,
}

#[derive(Debug, Default)]
struct Turns {
    /// Number of the last one who committed.
    committed: AtomicU64,
    /// Number of the last one whose work is durable. Whoever holds it writes for those who wait.
    durable: Mutex<u64>,
}

impl FlushQueue {
    /// The queue of those who write through that pool.
    pub fn of(pool: &AnyPool) -> Self {
        Self {
            pool: pool.clone(),
            turns: Arc::default(),
        }
    }

    /// Waits until what the caller has committed is durable.
    pub async fn flush(&self) -> Result<(), StorageError> {
        let number = self.turns.committed.fetch_add(1, Ordering::SeqCst) + 1;
        let mut durable = self.turns.durable.lock().await;
        if *durable >= number {
            return Ok(());
        }
        let last = self.turns.committed.load(Ordering::SeqCst);
        sqlx::query(FLUSH)
            .execute(&self.pool)
            .await
            .map_err(|error| StorageError::NotDurable(Arc::new(error.into())))?;
        *durable = last;
        Ok(())
    }
}
