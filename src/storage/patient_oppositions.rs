//! What patients object to. Kept by their identifiers, which no page and no log shows.

use std::str::FromStr;

use super::{
    Delivery, Storage, StorageError, WriteTransaction,
    deliveries::{COLUMNS, delivery_of},
    query::query,
    recipients::parsed,
};
use crate::outbox::{UnknownWord, Words};

/// What a patient may object to.
///
/// **Source:** ANS, Ségur requirements MSS/va1.20 (the professionals' side) and MSS/va1.22 (the patient's).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OppositionScope {
    /// Reports by secure mail to professionals.
    Professionals,
    /// Reports to the patient's own box.
    Patient,
}

/// That a patient objects, or no longer does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opposition {
    /// Our identifier.
    pub id: String,
    /// To what.
    pub scope: OppositionScope,
    /// False: the patient no longer does.
    pub is_opposed: bool,
    /// Who recorded it.
    pub author: String,
    /// In that person's words.
    pub note: String,
    /// When.
    pub at: String,
}

/// The last word on a scope, of any identifier that the patient of a report has.
pub(super) const OPPOSES: &str = "select 1 from report_key k where k.report_id = $1 and k.kind = 'patient' \
     and (select o.is_opposed from patient_opposition o where o.system = k.system and o.value = k.value \
          and o.scope = $2 order by o.at desc, o.id desc limit 1) = 1 limit 1";

const SCOPES: Words<OppositionScope> = Words(&[
    (OppositionScope::Professionals, "professionals"),
    (OppositionScope::Patient, "patient"),
]);

impl OppositionScope {
    /// The word that is stored.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        SCOPES.of(self)
    }
}

impl FromStr for OppositionScope {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        SCOPES.read(text)
    }
}

impl WriteTransaction {
    /// Keeps what the patient of a report says: false when the report has no identifier of a patient.
    ///
    /// # Errors
    /// [`StorageError::Database`].
    pub async fn insert_opposition(
        &mut self,
        report_id: &str,
        opposition: &Opposition,
    ) -> Result<bool, StorageError> {
        let done = query(
            "insert into patient_opposition (id, system, value, scope, is_opposed, author, note, at) \
             select $2, k.system, k.value, $3, $4, $5, $6, $7 from report_key k \
             where k.report_id = $1 and k.kind = 'patient'",
        )
        .bind(report_id)
        .bind(&opposition.id)
        .bind(opposition.scope.as_str())
        .bind(i64::from(opposition.is_opposed))
        .bind(&opposition.author)
        .bind(&opposition.note)
        .bind(&opposition.at)
        .execute(&mut *self)
        .await?;
        Ok(done.rows_affected() > 0)
    }

    /// True when the patient of that report objects, as this transaction sees it.
    ///
    /// # Errors
    /// [`StorageError::Database`].
    pub async fn opposes(
        &mut self,
        report_id: &str,
        scope: OppositionScope,
    ) -> Result<bool, StorageError> {
        let row = query(OPPOSES)
            .bind(report_id)
            .bind(scope.as_str())
            .fetch_optional(&mut *self)
            .await?;
        Ok(row.is_some())
    }

    /// The deliveries of every current report of the patient of that one which carry a report to
    /// whom the scope names, and have not left: those that wait, or that have nowhere to go.
    ///
    /// # Errors
    /// [`StorageError::Database`] or [`StorageError::Corrupt`].
    pub async fn list_unsent_of_patient(
        &mut self,
        report_id: &str,
        scope: OppositionScope,
    ) -> Result<Vec<Delivery>, StorageError> {
        let purpose = match scope {
            OppositionScope::Professionals => "report",
            OppositionScope::Patient => "patient",
        };
        query(format!(
            "select {COLUMNS} from delivery join report on report.id = delivery.report_id \
             where delivery.purpose = $2 and delivery.state in ('pending', 'undeliverable') \
               and report.standing = 'current' and delivery.report_id in ( \
                   select theirs.report_id from report_key k join report_key theirs on theirs.kind = k.kind \
                      and theirs.system = k.system and theirs.value = k.value \
                    where k.report_id = $1 and k.kind = 'patient') order by delivery.id"
        ))
        .bind(report_id)
        .bind(purpose)
        .fetch_all(&mut *self)
        .await?
        .iter()
        .map(delivery_of)
        .collect()
    }
}

impl Storage {
    /// True when the patient of that report objects.
    ///
    /// # Errors
    /// [`StorageError::Database`].
    pub async fn opposes(
        &self,
        report_id: &str,
        scope: OppositionScope,
    ) -> Result<bool, StorageError> {
        let row = query(OPPOSES)
            .bind(report_id)
            .bind(scope.as_str())
            .fetch_optional(&self.pool)
            .await?;
        Ok(row.is_some())
    }

    /// What the patient of that report said, the latest first.
    ///
    /// # Errors
    /// [`StorageError::Database`] or [`StorageError::Corrupt`].
    pub async fn list_oppositions(&self, report_id: &str) -> Result<Vec<Opposition>, StorageError> {
        query(
            "select distinct o.id, o.scope, o.is_opposed, o.author, o.note, o.at from patient_opposition o \
             join report_key k on k.system = o.system and k.value = o.value \
             where k.report_id = $1 and k.kind = 'patient' order by o.at desc, o.id desc",
        )
        .bind(report_id)
        .fetch_all(&self.pool)
        .await?
        .iter()
        .map(|row| {
            Ok(Opposition {
                id: row.try_get(0)?,
                scope: parsed(row, 1, "patient_opposition.scope")?,
                is_opposed: row.try_get::<i64>(2)? == 1,
                author: row.try_get(3)?,
                note: row.try_get(4)?,
                at: row.try_get(5)?,
            })
        })
        .collect()
    }
}
