//! The people of the directory: referents and validators.

use super::{
    Storage, StorageError, WriteTransaction,
    query::{Row, query},
    recipients::parsed,
};
use crate::{
    governance::{Author, Role},
    identifiers::MssanteAddress,
};

/// A person who may log in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// Our identifier.
    pub id: String,
    /// Where that person is written to, and known by.
    pub address: MssanteAddress,
    /// Name.
    pub name: String,
    /// What that person does.
    pub role: Role,
    /// Code of the territory of a territorial validator; empty for others.
    pub territory: String,
    /// When the account was closed: nothing opens any more.
    pub closed_at: Option<String>,
}

impl Account {
    /// The person as the author of something.
    #[must_use]
    pub fn author(&self) -> Author {
        Author {
            id: self.id.clone(),
            name: self.name.clone(),
            role: self.role,
            territory: self.territory.clone(),
        }
    }
}

const COLUMNS: &str = "id, address, name, role, territory, closed_at";

impl WriteTransaction {
    /// Opens an account.
    ///
    /// # Errors
    /// [`StorageError::Database`], also when the address has one already.
    pub async fn insert_account(
        &mut self,
        account: &Account,
        at: &str,
    ) -> Result<(), StorageError> {
        query(
            "insert into account (id, address, name, role, territory, created_at) values ($1, $2, $3, $4, $5, $6)",
        )
        .bind(&account.id)
        .bind(account.address.as_str())
        .bind(&account.name)
        .bind(account.role.as_str())
        .bind(&account.territory)
        .bind(at)
        .execute(&mut *self)
        .await?;
        Ok(())
    }

    /// The account of that address.
    ///
    /// # Errors
    /// [`StorageError`].
    pub async fn find_account_at(
        &mut self,
        address: &MssanteAddress,
    ) -> Result<Option<Account>, StorageError> {
        let row = query(format!("select {COLUMNS} from account where address = $1"))
            .bind(address.as_str())
            .fetch_optional(&mut *self)
            .await?;
        row.as_ref().map(account_of).transpose()
    }

    /// Gives an account another name, role and territory, and opens it again when it was closed.
    ///
    /// # Errors
    /// [`StorageError::Database`].
    pub async fn update_account(&mut self, account: &Account) -> Result<(), StorageError> {
        query(
            "update account set name = $2, role = $3, territory = $4, closed_at = $5 where id = $1",
        )
        .bind(&account.id)
        .bind(&account.name)
        .bind(account.role.as_str())
        .bind(&account.territory)
        .bind(account.closed_at.as_deref())
        .execute(&mut *self)
        .await?;
        Ok(())
    }

    /// The open accounts of that role: validators to write to.
    ///
    /// # Errors
    /// [`StorageError`].
    pub async fn list_accounts_of(&mut self, role: Role) -> Result<Vec<Account>, StorageError> {
        let rows = query(format!(
            "select {COLUMNS} from account where role = $1 and closed_at is null order by address"
        ))
        .bind(role.as_str())
        .fetch_all(&mut *self)
        .await?;
        rows.iter().map(account_of).collect()
    }
}

impl Storage {
    /// The account of that identifier.
    ///
    /// # Errors
    /// [`StorageError`].
    pub async fn find_account(&self, id: &str) -> Result<Option<Account>, StorageError> {
        let row = query(format!("select {COLUMNS} from account where id = $1"))
            .bind(id)
            .fetch_optional(&self.pool)
            .await?;
        row.as_ref().map(account_of).transpose()
    }

    /// Every account, by role and address.
    ///
    /// # Errors
    /// [`StorageError`].
    pub async fn list_accounts(&self) -> Result<Vec<Account>, StorageError> {
        let rows = query(format!(
            "select {COLUMNS} from account order by role, address"
        ))
        .fetch_all(&self.pool)
        .await?;
        rows.iter().map(account_of).collect()
    }
}

pub(super) fn account_of(row: &Row) -> Result<Account, StorageError> {
    let role: String = row.try_get(3)?;
    Ok(Account {
        id: row.try_get(0)?,
        address: parsed(row, 1, "account.address")?,
        name: row.try_get(2)?,
        role: role.parse().map_err(|()| StorageError::Corrupt {
            column: "account.role",
        })?,
        territory: row.try_get(4)?,
        closed_at: row.try_get(5)?,
    })
}
