//! The queue of what is to be sent, shared by every worker of every instance: what is due, whose it is,
//! and which destinations wait.
//!
//! A claimed delivery is due again at the end of its lease. One whose claims ended three times without
//! a result is suspected of ending its worker (`interruptions >= 3`, as the index that finds it says). Taking over what another holds is the one
//! thing that the two engines do apart: PostgreSQL passes over rows that somebody locks.

use super::{
    Delivery, Engine, Storage, StorageError, WriteTransaction,
    deliveries::{COLUMNS, delivery_of, purpose_of},
    query::{Row, query},
    sql_text::SqlText,
};
use crate::outbox::Purpose;

/// What stands for "as soon as possible": it sorts before every instant, so that a clock that was set
/// back holds up nothing new.
pub(super) const AT_ONCE: &str = "";

/// A delivery that a worker has claimed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DueDelivery {
    /// Our identifier.
    pub id: String,
    /// Report to send.
    pub report_id: String,
    /// What it tells.
    pub purpose: Purpose,
    /// Where to.
    pub recipient_address: String,
    /// Domain of that address.
    pub destination: String,
    /// `Message-ID` without its brackets.
    pub message_id: String,
    /// Identifier of its archive; `None` in deliveries of releases that fixed none.
    pub submission_id: Option<String>,
    /// Number of this attempt, from 1.
    pub attempts: i64,
    /// Claims in a row that ended without a result, before this one.
    pub interruptions: i64,
    /// When the delivery was created.
    pub created_at: String,
}

/// A destination to which something is due.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DueDestination {
    /// Its domain.
    pub domain: String,
    /// Failures in a row; 0 when it works.
    pub failures: i64,
}

/// A lease: whose, from when, until when.
#[derive(Clone, Copy, Debug)]
pub struct Lease<'a> {
    /// Token of the worker.
    pub token: &'a str,
    /// Now.
    pub now: &'a str,
    /// When others may take over.
    pub until: &'a str,
}

impl Engine {
    /// What is added to the choice of rows, so that several instances do not wait for each other.
    fn skip_locked(self) -> &'static str {
        match self {
            Self::Postgres => "for update skip locked",
            // One writer at a time: nobody else is choosing.
            Self::Sqlite => "",
        }
    }
}

fn due_of(row: &Row) -> Result<DueDelivery, StorageError> {
    Ok(DueDelivery {
        id: row.try_get(0)?,
        report_id: row.try_get(1)?,
        recipient_address: row.try_get(2)?,
        message_id: row.try_get(3)?,
        attempts: row.try_get(4)?,
        created_at: row.try_get(5)?,
        purpose: purpose_of(row, 6)?,
        destination: row.try_get(7)?,
        interruptions: row.try_get::<i64>(8)? - 1,
        submission_id: row.try_get(9)?,
    })
}

impl WriteTransaction {
    /// Makes a destination known.
    pub(super) async fn insert_destination(&mut self, domain: &str) -> Result<(), StorageError> {
        let mut insertion = SqlText::default();
        insertion
            .push("insert into destination (domain, failures, retry_at, updated_at) values (")
            .bind(domain)
            .push(", 0, '', '') on conflict (domain) do nothing");
        insertion.query().execute(&mut *self).await?;
        Ok(())
    }

    /// Failures in a row of a destination that may be tried; `None` when another attempt has told
    /// already that it fails.
    ///
    /// # Errors
    /// [`StorageError::Database`].
    pub async fn failures_of_destination(
        &mut self,
        domain: &str,
        now: &str,
    ) -> Result<Option<i64>, StorageError> {
        let row = query("select failures from destination where domain = $1 and retry_at <= $2")
            .bind(domain)
            .bind(now)
            .fetch_optional(&mut *self)
            .await?;
        row.map(|row| row.try_get(0)).transpose()
    }

    /// Keeps that a destination failed, and until when it waits.
    ///
    /// # Errors
    /// [`StorageError::Database`].
    pub async fn fail_destination(
        &mut self,
        domain: &str,
        reason: &str,
        now: &str,
        retry_at: &str,
    ) -> Result<(), StorageError> {
        query(
            "update destination set failures = failures + 1, reason = $1, retry_at = $2, updated_at = $3 \
             where domain = $4 and retry_at <= $3",
        )
        .bind(reason)
        .bind(retry_at)
        .bind(now)
        .bind(domain)
        .execute(&mut *self)
        .await?;
        Ok(())
    }

    /// Keeps that a destination works.
    ///
    /// # Errors
    /// [`StorageError::Database`].
    pub async fn clear_destination(&mut self, domain: &str, now: &str) -> Result<(), StorageError> {
        let mut update = SqlText::default();
        update
            .push(
                "update destination set failures = 0, reason = null, retry_at = '', updated_at = ",
            )
            .bind(now)
            .push(" where domain = ")
            .bind(domain)
            .push(" and failures > 0");
        update.query().execute(&mut *self).await?;
        Ok(())
    }

    /// Deliveries that nobody holds, to a destination that is failing, created before `before`, each
    /// with the destination's reason.
    ///
    /// # Errors
    /// [`StorageError::Database`] or [`StorageError::Corrupt`].
    pub async fn list_waiting_too_long(
        &mut self,
        domain: &str,
        now: &str,
        before: &str,
        limit: i64,
    ) -> Result<Vec<(Delivery, String)>, StorageError> {
        let text = format!(
            "select {COLUMNS}, coalesce(destination.reason, 'unreachable') from delivery \
             join destination on destination.domain = delivery.destination \
             where delivery.state = 'pending' and delivery.destination = $1 and destination.failures > 0 \
               and destination.retry_at > $2 and delivery.lease_token is null and delivery.created_at < $3 \
             order by delivery.next_attempt_at, delivery.id limit $4"
        );
        query(text)
            .bind(domain)
            .bind(now)
            .bind(before)
            .bind(limit)
            .fetch_all(&mut *self)
            .await?
            .iter()
            .map(|row| Ok((delivery_of(row)?, row.try_get(10)?)))
            .collect()
    }

    async fn claim(
        &mut self,
        engine: Engine,
        lease: Lease<'_>,
        destination: &str,
        limit: i64,
    ) -> Result<Vec<DueDelivery>, StorageError> {
        let text = format!(
            "with due as materialized (select id from delivery where state = 'pending' and destination = $1 \
                  and next_attempt_at <= $2 and interruptions < 3 order by next_attempt_at, id limit $3 {}) \
             update delivery set lease_token = $4, next_attempt_at = $5, attempts = attempts + 1, \
                    interruptions = interruptions + 1 where id in (select id from due) \
             returning id, report_id, recipient_address, message_id, attempts, created_at, purpose, destination, interruptions, \
             submission_id",
            engine.skip_locked()
        );
        query(text)
            .bind(destination)
            .bind(lease.now)
            .bind(limit)
            .bind(lease.token)
            .bind(lease.until)
            .fetch_all(&mut *self)
            .await?
            .iter()
            .map(due_of)
            .collect()
    }
}

impl Storage {
    /// Destinations that may be tried and to which something is due, in the order of their names.
    ///
    /// # Errors
    /// [`StorageError::Database`].
    pub async fn list_due_destinations(
        &self,
        now: &str,
    ) -> Result<Vec<DueDestination>, StorageError> {
        query(
            "select domain, failures from destination where retry_at <= $1 and exists \
             (select 1 from delivery where state = 'pending' and destination = destination.domain \
                 and next_attempt_at <= $1 and interruptions < 3) order by domain",
        )
        .bind(now)
        .fetch_all(&self.pool)
        .await?
        .iter()
        .map(|row| {
            Ok(DueDestination {
                domain: row.try_get(0)?,
                failures: row.try_get(1)?,
            })
        })
        .collect()
    }

    /// Claims deliveries that are due, at most as many for each destination as `shares` say, the
    /// oldest first. The claim is durable when this returns: no transaction is open while the network
    /// is talked to. Suspects are left to [`Storage::claim_suspect`].
    ///
    /// # Errors
    /// [`StorageError::Database`].
    pub async fn claim_deliveries(
        &self,
        lease: Lease<'_>,
        shares: &[(&str, i64)],
    ) -> Result<Vec<DueDelivery>, StorageError> {
        let mut writing = self.begin_write().await?;
        let mut due = Vec::new();
        for (destination, limit) in shares {
            due.extend(
                writing
                    .claim(self.engine, lease, destination, *limit)
                    .await?,
            );
        }
        writing.commit().await?;
        Ok(due)
    }

    /// Claims the oldest due delivery that was interrupted several times: it may be what ends its
    /// worker, so it is sent alone.
    ///
    /// # Errors
    /// [`StorageError::Database`].
    pub async fn claim_suspect(
        &self,
        lease: Lease<'_>,
    ) -> Result<Option<DueDelivery>, StorageError> {
        let mut writing = self.begin_write().await?;
        let text = format!(
            "with due as materialized (select id from delivery where state = 'pending' and interruptions >= 3 \
                  and next_attempt_at <= $1 order by next_attempt_at, id limit 1 {}) \
             update delivery set lease_token = $2, next_attempt_at = $3, attempts = attempts + 1, \
                    interruptions = interruptions + 1 where id in (select id from due) \
             returning id, report_id, recipient_address, message_id, attempts, created_at, purpose, destination, interruptions, \
             submission_id",
            self.engine.skip_locked()
        );
        let due = query(text)
            .bind(lease.now)
            .bind(lease.token)
            .bind(lease.until)
            .fetch_optional(&mut writing)
            .await?
            .as_ref()
            .map(due_of)
            .transpose()?;
        writing.commit().await?;
        Ok(due)
    }

    /// True when a suspect is due.
    ///
    /// # Errors
    /// [`StorageError::Database`].
    pub async fn has_suspects(&self, now: &str) -> Result<bool, StorageError> {
        let row = query(
            "select 1 from delivery where state = 'pending' and interruptions >= 3 and next_attempt_at <= $1 limit 1",
        )
        .bind(now)
        .fetch_optional(&self.pool)
        .await?;
        Ok(row.is_some())
    }

    /// Keeps what a worker holds for longer. Hands back how many that is.
    ///
    /// # Errors
    /// [`StorageError::Database`].
    pub async fn renew_leases(&self, token: &str, until: &str) -> Result<u64, StorageError> {
        let mut writing = self.begin_write().await?;
        let done = query(
            "update delivery set next_attempt_at = $1 where lease_token = $2 and state = 'pending'",
        )
        .bind(until)
        .bind(token)
        .execute(&mut writing)
        .await?;
        writing.commit().await?;
        Ok(done.rows_affected())
    }

    /// Hands back what a worker claimed and did not begin, so that another one need not wait: the
    /// delivery `id`, or all of them.
    ///
    /// # Errors
    /// [`StorageError::Database`].
    pub async fn release_deliveries(
        &self,
        token: &str,
        id: Option<&str>,
    ) -> Result<u64, StorageError> {
        let mut writing = self.begin_write().await?;
        let done = query(
            "update delivery set lease_token = null, next_attempt_at = '', attempts = attempts - 1, \
             interruptions = interruptions - 1 where lease_token = $1 and ($2 = '' or id = $2)",
        )
        .bind(token)
        .bind(id.unwrap_or_default())
        .execute(&mut writing)
        .await?;
        writing.commit().await?;
        Ok(done.rows_affected())
    }

    /// Makes due at once what waits for an instant after `latest`, or is held until after
    /// `latest_lease`, which no wait and no lease reaches: the clock was ahead when it was written. Hands
    /// back how many deliveries that is.
    ///
    /// # Errors
    /// [`StorageError::Database`].
    pub async fn bring_forward(
        &self,
        latest: &str,
        latest_lease: &str,
    ) -> Result<u64, StorageError> {
        let mut writing = self.begin_write().await?;
        let done = query(
            "update delivery set next_attempt_at = '' where state = 'pending' and (next_attempt_at > $1 \
             or (lease_token is not null and next_attempt_at > $2))",
        )
        .bind(latest)
        .bind(latest_lease)
        .execute(&mut writing)
        .await?;
        query("update destination set retry_at = '' where retry_at > $1")
            .bind(latest)
            .execute(&mut writing)
            .await?;
        writing.commit().await?;
        Ok(done.rows_affected())
    }
}
