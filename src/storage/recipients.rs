//! The local mirror of the physicians' secure addresses.

use sqlx::Row;

use super::{Storage, StorageError, WriteTransaction};
use crate::identifiers::{MssanteAddress, Rpps};

/// A physician as the directory knows them. Not in this table is "not found"; in it without an
/// address is "has none".
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recipient {
    /// National number.
    pub rpps: Rpps,
    /// Family name.
    pub family_name: String,
    /// Given name.
    pub given_name: String,
    /// Secure mailbox, when the physician has one.
    pub address: Option<MssanteAddress>,
    /// Where this was learnt: the name of the directory or file.
    pub source: String,
    /// When, as [`crate::clock::instant_text`] writes it.
    pub checked_at: String,
}

impl WriteTransaction {
    /// Keeps what the directory says of a physician, in place of what it said before.
    ///
    /// # Errors
    /// [`StorageError::Database`].
    pub async fn upsert_recipient(&mut self, recipient: &Recipient) -> Result<(), StorageError> {
        sqlx::query(
            "insert into recipient (rpps, family_name, given_name, address, source, checked_at) \
             values ($1, $2, $3, $4, $5, $6) \
             on conflict (rpps) do update set family_name = excluded.family_name, \
             given_name = excluded.given_name, address = excluded.address, \
             source = excluded.source, checked_at = excluded.checked_at",
        )
        .bind(recipient.rpps.as_str())
        .bind(&recipient.family_name)
        .bind(&recipient.given_name)
        .bind(recipient.address.as_ref().map(MssanteAddress::as_str))
        .bind(&recipient.source)
        .bind(&recipient.checked_at)
        .execute(&mut *self.tx)
        .await?;
        Ok(())
    }

    /// What the directory says of that physician, if it knows them.
    ///
    /// # Errors
    /// [`StorageError::Database`] or [`StorageError::Corrupt`].
    pub async fn find_recipient(&mut self, rpps: &Rpps) -> Result<Option<Recipient>, StorageError> {
        let row = sqlx::query(
            "select family_name, given_name, address, source, checked_at from recipient where rpps = $1",
        )
        .bind(rpps.as_str())
        .fetch_optional(&mut *self.tx)
        .await?;
        let Some(row) = row else { return Ok(None) };
        let address = row
            .try_get::<Option<String>, _>(2)?
            .map(|text| {
                text.parse().map_err(|_| StorageError::Corrupt {
                    column: "recipient.address",
                })
            })
            .transpose()?;
        Ok(Some(Recipient {
            rpps: rpps.clone(),
            family_name: row.try_get(0)?,
            given_name: row.try_get(1)?,
            address,
            source: row.try_get(3)?,
            checked_at: row.try_get(4)?,
        }))
    }
}

impl Storage {
    /// How many physicians the mirror holds, and how many of them have a secure mailbox.
    ///
    /// # Errors
    /// [`StorageError::Database`].
    pub async fn count_recipients(&self) -> Result<(i64, i64), StorageError> {
        let row = sqlx::query("select count(*), count(address) from recipient")
            .fetch_one(&self.pool)
            .await?;
        Ok((row.try_get(0)?, row.try_get(1)?))
    }
}
