//! Deliveries as they are shown: their history, their counts, the latest ones.

use super::{
    Delivery, Storage, StorageError,
    deliveries::{COLUMNS, delivery_of, state_of},
    query::query,
};
use crate::outbox::DeliveryState;

/// A line of a delivery's history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LedgerLine {
    /// When.
    pub at: String,
    /// What happened, in the ledger's words.
    pub kind: String,
    /// Evidence: an answer of the operator, a disposition; never a patient datum.
    pub detail: Option<String>,
}

/// How many deliveries stand in a state, for a reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StateCount {
    /// Where they stand.
    pub state: DeliveryState,
    /// Why, when they stand badly.
    pub reason: Option<String>,
    /// How many.
    pub count: i64,
}

/// A report and where its delivery stands, for a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecentReport {
    /// Our identifier of the report.
    pub id: String,
    /// Title of the document: network, board; no datum of the patient.
    pub board: String,
    /// Version, from 1.
    pub version: i64,
    /// When it arrived.
    pub received_at: String,
    /// Where its delivery stands.
    pub state: DeliveryState,
    /// Why, when it stands badly.
    pub reason: Option<String>,
    /// Attempts so far.
    pub attempts: i64,
}

impl Storage {
    /// The delivery that carries that report.
    ///
    /// # Errors
    /// [`StorageError::Database`] or [`StorageError::Corrupt`].
    pub async fn find_delivery_of(
        &self,
        report_id: &str,
    ) -> Result<Option<Delivery>, StorageError> {
        query(format!(
            "select {COLUMNS} from delivery where report_id = $1 and purpose = 'report'"
        ))
        .bind(report_id)
        .fetch_optional(&self.pool)
        .await?
        .as_ref()
        .map(delivery_of)
        .transpose()
    }

    /// Every delivery of that report: the report itself, then the word that it is cancelled.
    ///
    /// # Errors
    /// [`StorageError::Database`] or [`StorageError::Corrupt`].
    pub async fn list_deliveries_of(&self, report_id: &str) -> Result<Vec<Delivery>, StorageError> {
        query(format!(
            "select {COLUMNS} from delivery where report_id = $1 order by purpose desc"
        ))
        .bind(report_id)
        .fetch_all(&self.pool)
        .await?
        .iter()
        .map(delivery_of)
        .collect()
    }

    /// What happened to a delivery, the oldest line first.
    ///
    /// # Errors
    /// [`StorageError::Database`].
    pub async fn list_delivery_events(
        &self,
        delivery_id: &str,
    ) -> Result<Vec<LedgerLine>, StorageError> {
        query("select at, kind, detail from ledger_line where delivery_id = $1 order by sequence")
            .bind(delivery_id)
            .fetch_all(&self.pool)
            .await?
            .iter()
            .map(|row| {
                Ok(LedgerLine {
                    at: row.try_get(0)?,
                    kind: row.try_get(1)?,
                    detail: row.try_get(2)?,
                })
            })
            .collect()
    }

    /// The latest `limit` reports, each with where its delivery stands.
    ///
    /// # Errors
    /// [`StorageError::Database`] or [`StorageError::Corrupt`].
    pub async fn list_recent_reports(&self, limit: i64) -> Result<Vec<RecentReport>, StorageError> {
        query(
            "select r.id, r.board, r.version, r.received_at, d.state, d.reason, d.attempts \
             from report r join delivery d on d.report_id = r.id and d.purpose = 'report' order by r.received_at desc, r.id desc limit $1",
        )
        .bind(limit)
        .fetch_all(&self.pool)
        .await?
        .iter()
        .map(|row| {
            Ok(RecentReport {
                id: row.try_get(0)?,
                board: row.try_get(1)?,
                version: row.try_get(2)?,
                received_at: row.try_get(3)?,
                state: state_of(row, 4)?,
                reason: row.try_get(5)?,
                attempts: row.try_get(6)?,
            })
        })
        .collect()
    }

    /// How many deliveries stand in each state, for each reason.
    ///
    /// # Errors
    /// [`StorageError::Database`] or [`StorageError::Corrupt`].
    pub async fn count_deliveries(&self) -> Result<Vec<StateCount>, StorageError> {
        query(
            "select state, reason, count(*) from delivery group by state, reason order by state, reason",
        )
        .fetch_all(&self.pool)
        .await?
        .iter()
        .map(|row| Ok(StateCount { state: state_of(row, 0)?, reason: row.try_get(1)?, count: row.try_get(2)? }))
        .collect()
    }
}
