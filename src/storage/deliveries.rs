//! Deliveries: the outbox's rows, their leases, and the events that are only ever added.

use super::{
    StorageError, WriteTransaction,
    query::{Row, query},
    queue::AT_ONCE,
    sql_text::SqlText,
};
use crate::{
    identifiers::{MssanteAddress, Rpps},
    outbox::{DeliveryEvent, DeliveryState, LineContent, Purpose},
};

/// A delivery to create, in the transaction of its cause.
#[derive(Clone, Debug)]
pub struct NewDelivery<'a> {
    /// Our identifier; also the envelope identifier (RFC 3461).
    pub id: &'a str,
    /// Report to send.
    pub report_id: &'a str,
    /// What it tells.
    pub purpose: Purpose,
    /// RPPS number of the recipient, when known.
    pub recipient_rpps: Option<&'a str>,
    /// Where to; `None` when there is nowhere.
    pub recipient_address: Option<&'a str>,
    /// `Message-ID` without its brackets, the same for every attempt.
    pub message_id: &'a str,
    /// Identifier of its archive, an OID, the same for every attempt.
    pub submission_id: &'a str,
    /// Pending, or undeliverable.
    pub state: DeliveryState,
    /// Why it is undeliverable.
    pub reason: Option<&'a str>,
    /// Now.
    pub at: &'a str,
}

/// A delivery as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// Our identifier.
    pub id: String,
    /// Report it carries.
    pub report_id: String,
    /// What it tells.
    pub purpose: Purpose,
    /// RPPS number of the recipient, when known.
    pub recipient_rpps: Option<String>,
    /// Where to, when there is somewhere.
    pub recipient_address: Option<String>,
    /// `Message-ID` without its brackets.
    pub message_id: String,
    /// Where it stands.
    pub state: DeliveryState,
    /// Why, when it stands badly.
    pub reason: Option<String>,
    /// Attempts so far.
    pub attempts: i64,
    /// Last change.
    pub updated_at: String,
}

/// The result of an event, to write together with the event itself.
#[derive(Clone, Copy, Debug)]
pub struct Step<'a> {
    /// Identifier of the event.
    pub event_id: &'a str,
    /// Now.
    pub at: &'a str,
    /// What happened.
    pub event: DeliveryEvent,
    /// Where the delivery stands after it.
    pub state: DeliveryState,
    /// Why, when it stands badly.
    pub reason: Option<&'a str>,
    /// Evidence.
    pub detail: Option<&'a str>,
    /// The arrival that tells it, when there is one.
    pub journal_id: Option<&'a str>,
    /// SHA-256 of the mail that proves it, sent or received.
    pub evidence_sha256: Option<&'a str>,
    /// When to try again, for a delivery that stays pending.
    pub next_attempt_at: Option<&'a str>,
}

pub(super) const COLUMNS: &str = "delivery.id, delivery.report_id, delivery.recipient_rpps, \
     delivery.recipient_address, delivery.message_id, delivery.state, delivery.reason, \
     delivery.attempts, delivery.updated_at, delivery.purpose";

pub(super) fn state_of(row: &Row, column: usize) -> Result<DeliveryState, StorageError> {
    row.try_get::<String>(column)?
        .parse()
        .map_err(|_| StorageError::Corrupt {
            column: "delivery.state",
        })
}

pub(super) fn delivery_of(row: &Row) -> Result<Delivery, StorageError> {
    Ok(Delivery {
        id: row.try_get(0)?,
        report_id: row.try_get(1)?,
        recipient_rpps: row.try_get(2)?,
        recipient_address: row.try_get(3)?,
        message_id: row.try_get(4)?,
        state: state_of(row, 5)?,
        reason: row.try_get(6)?,
        attempts: row.try_get(7)?,
        updated_at: row.try_get(8)?,
        purpose: purpose_of(row, 9)?,
    })
}

/// What stands after the `@` of an address that was parsed.
fn domain(address: &str) -> &str {
    address
        .rsplit_once('@')
        .map_or(address, |(_, domain)| domain)
}

pub(super) fn purpose_of(row: &Row, column: usize) -> Result<Purpose, StorageError> {
    row.try_get::<String>(column)?
        .parse()
        .map_err(|_| StorageError::Corrupt {
            column: "delivery.purpose",
        })
}

impl WriteTransaction {
    /// Creates a delivery, and the first line of its ledger.
    ///
    /// # Errors
    /// [`StorageError::Database`].
    pub async fn insert_delivery(
        &mut self,
        delivery: &NewDelivery<'_>,
    ) -> Result<(), StorageError> {
        let mut insertion = SqlText::default();
        insertion
            .push(
                "insert into delivery (id, report_id, message_id, state, created_at, updated_at, \
                 next_attempt_at, purpose, recipient_rpps, recipient_address, reason, destination, \
                 submission_id, attempts, interruptions) values (",
            )
            .bind_list([
                delivery.id,
                delivery.report_id,
                delivery.message_id,
                delivery.state.as_str(),
                delivery.at,
                delivery.at,
                AT_ONCE,
                delivery.purpose.as_str(),
            ]);
        for value in [
            delivery.recipient_rpps,
            delivery.recipient_address,
            delivery.reason,
            delivery.recipient_address.map(domain),
            Some(delivery.submission_id),
        ] {
            insertion.push(", ").bind_optional(value);
        }
        insertion.push(", 0, 0)");
        insertion.query().execute(&mut *self).await?;
        if let Some(address) = delivery.recipient_address {
            self.insert_destination(domain(address)).await?;
        }
        self.append_line(LineContent {
            id: delivery.id.to_owned(),
            delivery_id: delivery.id.to_owned(),
            at: delivery.at.to_owned(),
            kind: DeliveryEvent::Queued.as_str().to_owned(),
            state: Some(delivery.state.as_str().to_owned()),
            reason: delivery.reason.map(str::to_owned),
            detail: Some(delivery.message_id.to_owned()),
            ..LineContent::default()
        });
        Ok(())
    }

    /// The delivery that was sent under that `Message-ID`, or whose envelope had that identifier.
    ///
    /// # Errors
    /// [`StorageError::Database`] or [`StorageError::Corrupt`].
    pub async fn find_delivery(
        &mut self,
        message_id: &str,
        envelope_id: &str,
    ) -> Result<Option<Delivery>, StorageError> {
        query(format!(
            "select {COLUMNS} from delivery where message_id = $1 or id = $2"
        ))
        .bind(message_id)
        .bind(envelope_id)
        .fetch_optional(&mut *self)
        .await?
        .as_ref()
        .map(delivery_of)
        .transpose()
    }

    /// The delivery of that identifier, as this transaction sees it.
    ///
    /// # Errors
    /// [`StorageError::Lost`] when there is none, else [`StorageError::Database`].
    pub async fn get_delivery(&mut self, id: &str) -> Result<Delivery, StorageError> {
        self.find_delivery("", id)
            .await?
            .ok_or(StorageError::Lost("delivery"))
    }

    /// The deliveries of these identifiers, as this transaction sees them.
    ///
    /// # Errors
    /// [`StorageError::Database`] or [`StorageError::Corrupt`].
    pub async fn list_deliveries(&mut self, ids: &[&str]) -> Result<Vec<Delivery>, StorageError> {
        let mut sql = SqlText::new(&format!("select {COLUMNS} from delivery where id in ("));
        sql.bind_list(ids.iter().copied()).push(")");
        let rows = sql.query().fetch_all(&mut *self).await?;
        rows.iter().map(delivery_of).collect()
    }

    /// Every delivery of the versions of a set, those of the oldest version first.
    ///
    /// # Errors
    /// [`StorageError::Database`] or [`StorageError::Corrupt`].
    pub async fn list_deliveries_of_set(
        &mut self,
        set_id: &str,
    ) -> Result<Vec<Delivery>, StorageError> {
        query(format!(
            "select {COLUMNS} from delivery join report on report.id = delivery.report_id \
             where report.set_id = $1 order by report.version, report.id, delivery.id"
        ))
        .bind(set_id)
        .fetch_all(&mut *self)
        .await?
        .iter()
        .map(delivery_of)
        .collect()
    }

    /// The deliveries to that physician that have nowhere to go.
    ///
    /// # Errors
    /// [`StorageError::Database`] or [`StorageError::Corrupt`].
    pub async fn list_undeliverable(&mut self, rpps: &Rpps) -> Result<Vec<Delivery>, StorageError> {
        query(format!(
            "select {COLUMNS} from delivery where recipient_rpps = $1 and state = 'undeliverable' order by id"
        ))
        .bind(rpps.as_str())
        .fetch_all(&mut *self)
        .await?
        .iter()
        .map(delivery_of)
        .collect()
    }

    /// True when the delivery was meant for that address before it was given another one.
    ///
    /// # Errors
    /// [`StorageError::Database`].
    pub async fn was_addressed_to(
        &mut self,
        id: &str,
        address: &str,
    ) -> Result<bool, StorageError> {
        let row = query("select 1 from delivery_address where delivery_id = $1 and address = $2")
            .bind(id)
            .bind(address.to_ascii_lowercase())
            .fetch_optional(&mut *self)
            .await?;
        Ok(row.is_some())
    }

    /// Gives a delivery its address, in place of the one that it had.
    ///
    /// # Errors
    /// [`StorageError::Lost`] when there is no such delivery, else [`StorageError::Database`].
    pub async fn address_delivery(
        &mut self,
        id: &str,
        address: &MssanteAddress,
    ) -> Result<(), StorageError> {
        query(
            "insert into delivery_address (delivery_id, address) \
             select id, lower(recipient_address) from delivery where id = $1 and recipient_address is not null \
             on conflict (delivery_id, address) do nothing",
        )
        .bind(id)
        .execute(&mut *self)
        .await?;
        let done =
            query("update delivery set recipient_address = $1, destination = $2 where id = $3")
                .bind(address.as_str())
                .bind(address.domain())
                .bind(id)
                .execute(&mut *self)
                .await?;
        if done.rows_affected() != 1 {
            return Err(StorageError::Lost("delivery"));
        }
        self.insert_destination(address.domain()).await
    }

    /// Writes an event and the state that it leads to, from the state that the caller read. With
    /// `lease_token`, only while that lease holds the delivery, and the lease ends.
    ///
    /// # Errors
    /// [`StorageError::Lost`] when the state has changed or the lease is no longer ours, else
    /// [`StorageError::Database`].
    pub async fn record_step(
        &mut self,
        delivery: &Delivery,
        lease_token: Option<&str>,
        step: Step<'_>,
    ) -> Result<(), StorageError> {
        let done = query(
            "update delivery set state = $1, reason = $2, updated_at = $3, \
             next_attempt_at = coalesce($4, next_attempt_at), lease_token = nullif(lease_token, $6), \
             interruptions = case when $6 = '' then interruptions else 0 end \
             where id = $5 and state = $7 and ($6 = '' or lease_token = $6)",
        )
        .bind(step.state.as_str())
        .bind(step.reason)
        .bind(step.at)
        .bind(step.next_attempt_at)
        .bind(&delivery.id)
        .bind(lease_token.unwrap_or_default())
        .bind(delivery.state.as_str())
        .execute(&mut *self)
        .await?;
        if done.rows_affected() != 1 {
            return Err(StorageError::Lost("delivery"));
        }
        self.append_line(LineContent {
            id: step.event_id.to_owned(),
            delivery_id: delivery.id.clone(),
            at: step.at.to_owned(),
            kind: step.event.as_str().to_owned(),
            state: Some(step.state.as_str().to_owned()),
            reason: step.reason.map(str::to_owned),
            detail: step.detail.map(str::to_owned),
            journal_id: step.journal_id.map(str::to_owned),
            evidence_sha256: step.evidence_sha256.map(str::to_owned),
        });
        Ok(())
    }

    /// Keeps that an inbound mail was dealt with: false when it had been already.
    ///
    /// # Errors
    /// [`StorageError::Database`].
    pub async fn insert_inbound_mail(
        &mut self,
        message_key: &str,
        journal_id: &str,
        kind: &str,
        delivery_id: Option<&str>,
        at: &str,
    ) -> Result<bool, StorageError> {
        let done = query(
            "insert into inbound_mail (message_key, journal_id, kind, delivery_id, received_at) \
             values ($1, $2, $3, $4, $5) on conflict (message_key) do nothing",
        )
        .bind(message_key)
        .bind(journal_id)
        .bind(kind)
        .bind(delivery_id)
        .bind(at)
        .execute(&mut *self)
        .await?;
        Ok(done.rows_affected() == 1)
    }
}
