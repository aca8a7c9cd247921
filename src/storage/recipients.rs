//! The local mirror of the national directory: physicians, and where reports reach them.

use std::str::FromStr;

use super::{
    Delivery, Storage, StorageError, WriteTransaction,
    deliveries::{COLUMNS as DELIVERY_COLUMNS, delivery_of},
    query::{Row, query},
};
use crate::{
    identifiers::{MssanteAddress, Rpps},
    outbox::{NoAddress, UnknownWord, Words},
};

/// Whether the directory knows a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Listing {
    /// It was never heard about: the directory is asked.
    Asked,
    /// The directory knows the physician.
    Listed,
    /// The directory knows that the physician no longer practises.
    Inactive,
    /// The directory answered that it does not know the number.
    NotFound,
}

/// A physician as the directory knows them. [`Listing::NotFound`] is not "has none", which is
/// [`Listing::Listed`] without an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recipient {
    /// National number.
    pub rpps: Rpps,
    /// Whether the directory knows it.
    pub listing: Listing,
    /// Family name.
    pub family_name: String,
    /// Given name.
    pub given_name: String,
    /// The secure mailbox that reports go to.
    pub address: Option<MssanteAddress>,
    /// Why there is none.
    pub hindrance: Option<NoAddress>,
    /// Postal address, a line each.
    pub postal_address: String,
    /// Where this was learnt: the name of the directory or file.
    pub source: String,
    /// When it was asked, as [`crate::clock::instant_text`] writes it.
    pub checked_at: String,
    /// When the directory last changed it, as the directory writes it.
    pub updated_at: Option<String>,
    /// When it is to be asked again.
    pub refresh_at: Option<String>,
}

/// A report that waits for an address of its physician.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WaitingDelivery {
    /// The delivery that would carry it.
    pub delivery: Delivery,
    /// Family name that the report gives the physician.
    pub physician_family: Option<String>,
}

const LISTINGS: Words<Listing> = Words(&[
    (Listing::Asked, "asked"),
    (Listing::Listed, "listed"),
    (Listing::Inactive, "inactive"),
    (Listing::NotFound, "not-found"),
]);

const COLUMNS: &str = "rpps, listing, family_name, given_name, address, hindrance, postal_address, \
     source, checked_at, updated_at, refresh_at";

impl Listing {
    /// The word that is stored.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        LISTINGS.of(self)
    }
}

impl FromStr for Listing {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        LISTINGS.read(text)
    }
}

/// A column that holds one of our words, or an address, or a number.
pub(super) fn parsed<T: FromStr>(
    row: &Row,
    index: usize,
    column: &'static str,
) -> Result<T, StorageError> {
    let text: String = row.try_get(index)?;
    text.parse().map_err(|_| StorageError::Corrupt { column })
}

/// The same, of a column that may be empty.
pub(super) fn parsed_if_there<T: FromStr>(
    row: &Row,
    index: usize,
    column: &'static str,
) -> Result<Option<T>, StorageError> {
    let text: Option<String> = row.try_get(index)?;
    text.map(|text| text.parse().map_err(|_| StorageError::Corrupt { column }))
        .transpose()
}

fn recipient_of(row: &Row) -> Result<Recipient, StorageError> {
    Ok(Recipient {
        rpps: parsed(row, 0, "recipient.rpps")?,
        listing: parsed(row, 1, "recipient.listing")?,
        family_name: row.try_get(2)?,
        given_name: row.try_get(3)?,
        address: parsed_if_there(row, 4, "recipient.address")?,
        hindrance: parsed_if_there(row, 5, "recipient.hindrance")?,
        postal_address: row.try_get(6)?,
        source: row.try_get(7)?,
        checked_at: row.try_get(8)?,
        updated_at: row.try_get(9)?,
        refresh_at: row.try_get(10)?,
    })
}

impl WriteTransaction {
    /// Keeps what the directory says of a physician, in place of what it said before.
    ///
    /// # Errors
    /// [`StorageError::Database`].
    pub async fn upsert_recipient(&mut self, recipient: &Recipient) -> Result<(), StorageError> {
        query(
            "insert into recipient (rpps, listing, family_name, given_name, address, hindrance, postal_address, \
             source, checked_at, updated_at, refresh_at) \
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) \
             on conflict (rpps) do update set listing = excluded.listing, family_name = excluded.family_name, \
             given_name = excluded.given_name, address = excluded.address, hindrance = excluded.hindrance, \
             postal_address = excluded.postal_address, source = excluded.source, \
             checked_at = excluded.checked_at, updated_at = excluded.updated_at, \
             refresh_at = excluded.refresh_at",
        )
        .bind(recipient.rpps.as_str())
        .bind(recipient.listing.as_str())
        .bind(&recipient.family_name)
        .bind(&recipient.given_name)
        .bind(recipient.address.as_ref().map(MssanteAddress::as_str))
        .bind(recipient.hindrance.map(NoAddress::as_str))
        .bind(&recipient.postal_address)
        .bind(&recipient.source)
        .bind(&recipient.checked_at)
        .bind(recipient.updated_at.as_deref())
        .bind(recipient.refresh_at.as_deref())
        .execute(&mut *self)
        .await?;
        Ok(())
    }

    /// What the directory says of that physician, if it was ever asked.
    ///
    /// # Errors
    /// [`StorageError::Database`] or [`StorageError::Corrupt`].
    pub async fn find_recipient(&mut self, rpps: &Rpps) -> Result<Option<Recipient>, StorageError> {
        query(format!("select {COLUMNS} from recipient where rpps = $1"))
            .bind(rpps.as_str())
            .fetch_optional(&mut *self)
            .await?
            .as_ref()
            .map(recipient_of)
            .transpose()
    }

    /// Sets where the reports of a physician go, or why they go nowhere.
    ///
    /// # Errors
    /// [`StorageError::Lost`] when the physician is not in the mirror, else
    /// [`StorageError::Database`].
    pub async fn address_recipient(
        &mut self,
        rpps: &Rpps,
        address: Result<&MssanteAddress, NoAddress>,
    ) -> Result<(), StorageError> {
        let done = query("update recipient set address = $2, hindrance = $3 where rpps = $1")
            .bind(rpps.as_str())
            .bind(address.ok().map(MssanteAddress::as_str))
            .bind(address.err().map(NoAddress::as_str))
            .execute(&mut *self)
            .await?;
        if done.rows_affected() == 1 {
            Ok(())
        } else {
            Err(StorageError::Lost("recipient"))
        }
    }

    /// Has the directory asked about that number as soon as may be; a number that was never heard of
    /// is kept as one that waits for its answer.
    ///
    /// # Errors
    /// [`StorageError::Database`].
    pub async fn ask_for_recipient(&mut self, rpps: &Rpps, at: &str) -> Result<(), StorageError> {
        query(
            "insert into recipient (rpps, listing, family_name, given_name, hindrance, source, checked_at, refresh_at) \
             values ($1, 'asked', '', '', 'directory-awaited', '', $2, $2) \
             on conflict (rpps) do update set refresh_at = excluded.refresh_at",
        )
        .bind(rpps.as_str())
        .bind(at)
        .execute(&mut *self)
        .await?;
        Ok(())
    }

    /// The reports that wait for an address of that physician: those that had nowhere to go, and
    /// those whose mailbox refused them; not those that people closed.
    ///
    /// # Errors
    /// [`StorageError::Database`] or [`StorageError::Corrupt`].
    pub async fn list_waiting_for(
        &mut self,
        rpps: &Rpps,
    ) -> Result<Vec<WaitingDelivery>, StorageError> {
        query(format!(
            "select {DELIVERY_COLUMNS}, report.physician_family \
             from delivery join report on report.id = delivery.report_id \
             where delivery.recipient_rpps = $1 and delivery.purpose = 'report' and report.standing = 'current' \
               and coalesce((select c.way from report_closing c where c.report_id = report.id \
                   order by c.at desc, c.id desc limit 1), 'reopened') = 'reopened' \
               and (delivery.state = 'undeliverable' or (delivery.state = 'failed' and exists ( \
                   select 1 from recipient_mailbox m where m.rpps = delivery.recipient_rpps \
                      and m.address = delivery.recipient_address and m.refused_at is not null))) \
             order by delivery.id"
        ))
        .bind(rpps.as_str())
        .fetch_all(&mut *self)
        .await?
        .iter()
        .map(|row| {
            Ok(WaitingDelivery {
                delivery: delivery_of(row)?,
                physician_family: row.try_get(10)?,
            })
        })
        .collect()
    }
}

impl Storage {
    /// What the mirror holds of that physician.
    ///
    /// # Errors
    /// [`StorageError::Database`] or [`StorageError::Corrupt`].
    pub async fn find_mirrored(&self, rpps: &Rpps) -> Result<Option<Recipient>, StorageError> {
        query(format!("select {COLUMNS} from recipient where rpps = $1"))
            .bind(rpps.as_str())
            .fetch_optional(&self.pool)
            .await?
            .as_ref()
            .map(recipient_of)
            .transpose()
    }

    /// How many physicians the mirror holds, and how many of them have a secure mailbox that reports
    /// can go to.
    ///
    /// # Errors
    /// [`StorageError::Database`].
    pub async fn count_recipients(&self) -> Result<(i64, i64), StorageError> {
        let row = query(
            "select count(*), count(address) from recipient where listing in ('listed', 'inactive')",
        )
        .fetch_one(&self.pool)
        .await?;
        Ok((row.try_get(0)?, row.try_get(1)?))
    }

    /// Takes up to `limit` physicians whose turn it is to be asked about, and puts their next turn at
    /// `until`, so that another instance does not ask the same.
    ///
    /// # Errors
    /// [`StorageError::Database`] or [`StorageError::Corrupt`].
    pub async fn claim_recipients(
        &self,
        now: &str,
        until: &str,
        limit: i64,
    ) -> Result<Vec<Rpps>, StorageError> {
        let mut writing = self.begin_write().await?;
        let rows = query(
            "update recipient set refresh_at = $2 where rpps in ( \
                 select rpps from recipient where refresh_at is null or refresh_at <= $1 \
                  order by coalesce(refresh_at, ''), rpps limit $3) \
               and (refresh_at is null or refresh_at <= $1) returning rpps",
        )
        .bind(now)
        .bind(until)
        .bind(limit)
        .fetch_all(&mut writing)
        .await?;
        let claimed = rows
            .iter()
            .map(|row| parsed(row, 0, "recipient.rpps"))
            .collect::<Result<_, _>>()?;
        writing.commit().await?;
        Ok(claimed)
    }
}
