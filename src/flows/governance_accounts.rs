//! The people of the directory: opening and closing their accounts.

use super::Context;
use crate::{
    governance::Role,
    identifiers::MssanteAddress,
    storage::{Account, StorageError},
};

/// Why an account is not opened.
#[derive(Debug, thiserror::Error)]
pub enum AccountError {
    /// The person has no name, or too long a one.
    #[error("a name has 1 to 100 characters")]
    Name,
    /// The territory is not one of the rules, or not of that role.
    #[error("{0}: no territory of that role; there are: {1}")]
    Territory(String, String),
    /// The database failed.
    #[error("the database failed")]
    Storage(#[from] StorageError),
}

/// Opens an account, or gives the one of that address another name, role and territory. Returns its id.
///
/// # Errors
/// [`AccountError`].
pub async fn open_account(
    ctx: &Context,
    address: &MssanteAddress,
    name: &str,
    role: Role,
    territory: &str,
) -> Result<String, AccountError> {
    let name = name.trim();
    if name.is_empty() || name.chars().count() > 100 {
        return Err(AccountError::Name);
    }
    check_territory(ctx, role, territory)?;
    let mut tx = ctx.storage.begin_write().await?;
    let known = tx.find_account_at(address).await?;
    let account = Account {
        id: known
            .as_ref()
            .map_or_else(|| ctx.ids.next(), |known| known.id.clone()),
        address: address.clone(),
        name: name.to_owned(),
        role,
        territory: territory.to_owned(),
        closed_at: None,
    };
    match known {
        Some(_) => tx.update_account(&account).await?,
        None => tx.insert_account(&account, &ctx.now_text()).await?,
    }
    tx.commit().await?;
    tracing::info!(
        account.id = account.id,
        role = role.as_str(),
        "account opened"
    );
    Ok(account.id)
}

fn check_territory(ctx: &Context, role: Role, territory: &str) -> Result<(), AccountError> {
    let fits = |body| {
        let of_body = ctx.governance.territories.iter();
        of_body.filter(move |(_, found)| found.body == body)
    };
    match role {
        Role::Territorial(body) if !fits(body).any(|(code, _)| code == territory) => {
            let known: Vec<&str> = fits(body).map(|(code, _)| code.as_str()).collect();
            Err(AccountError::Territory(
                territory.to_owned(),
                known.join(", "),
            ))
        }
        _ => Ok(()),
    }
}

/// Closes the account of that address, with its sessions and links: false when there is none.
///
/// # Errors
/// [`StorageError`].
pub async fn close_account(ctx: &Context, address: &MssanteAddress) -> Result<bool, StorageError> {
    let mut tx = ctx.storage.begin_write().await?;
    let Some(account) = tx.find_account_at(address).await? else {
        return Ok(false);
    };
    let now = ctx.now_text();
    tx.close_doors_of(&account.id, &now).await?;
    let closed = Account {
        closed_at: Some(now),
        ..account
    };
    tx.update_account(&closed).await?;
    tx.commit().await?;
    tracing::info!(account.id = closed.id, "account closed");
    Ok(true)
}
