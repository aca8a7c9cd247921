//! The people of the directory: opening and closing their accounts.

use super::{
    Context,
    governance_acts::{ActError, Deed, enact},
};
use crate::{
    finding::{Bilingual, Finding},
    governance::{Act, Author, Listing, Refusal, Role},
    identifiers::MssanteAddress,
    storage::{Account, StorageError},
};

/// Longest name of a person, in characters.
const MAX_NAME: usize = 100;

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
    if !is_name(name) {
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

/// Names whoever answers for a structure from now on: somebody known by that address, or somebody new.
///
/// # Errors
/// [`ActError`]; an address or a name that is none is [`ActError::Invalid`].
pub async fn name_referent(
    ctx: &Context,
    author: &Author,
    structure: &str,
    seen: i64,
    address: &str,
    name: &str,
) -> Result<Listing, ActError> {
    let name = name.trim();
    let Some(address) = address
        .parse::<MssanteAddress>()
        .ok()
        .filter(|_| is_name(name))
    else {
        return Err(ActError::Invalid(vec![Finding::error(
            "GOV-2-REFERENT",
            "referent",
            Bilingual::new(
                "Il faut un nom et une adresse électronique.",
                "A name and an e-mail address are needed.",
            ),
            Bilingual::new("Corrigez et recommencez.", "Correct it and try again."),
        )]));
    };
    let mut tx = ctx.storage.begin_write().await?;
    tx.take_turn().await?;
    let account = match tx.find_account_at(&address).await? {
        Some(known) if known.closed_at.is_none() => known,
        Some(_) => return Err(Refusal::NotAllowed.into()),
        None => {
            let account = Account {
                id: ctx.ids.next(),
                address,
                name: name.to_owned(),
                role: Role::Referent,
                territory: String::new(),
                closed_at: None,
            };
            tx.insert_account(&account, &ctx.now_text()).await?;
            account
        }
    };
    let deed = Deed {
        structure,
        seen: Some(seen),
        author,
        act: Act::ReplaceReferent {
            referent: account.author().person(),
        },
        application: None,
    };
    let listing = enact(ctx, &mut tx, deed).await?;
    tx.commit().await?;
    Ok(listing)
}

fn is_name(name: &str) -> bool {
    (1..=MAX_NAME).contains(&name.chars().count())
}
