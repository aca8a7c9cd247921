//! Getting in: a link by mail that opens once, then a session. Tokens are random; the store has their
//! hashes alone.
//!
//! How a person is known is one function, [`open_session`]: another proof than a mailbox (Pro Santé Connect)
//! ends in the same place.

use rand::RngExt;
use sha2::{Digest, Sha256};
use time::Duration;

use super::{
    Context,
    governance_acts::{ActError, Deed, enact},
    governance_notices::insert,
};
use crate::{
    clock::instant_text,
    governance::{Act, Listing, Role},
    identifiers::MssanteAddress,
    storage::{Account, LinkPurpose, NewLink, NewSession, OpenSession, StorageError},
};

/// How long a login link opens.
const LOGIN_LIFE: Duration = Duration::minutes(20);
/// How long a link to confirm opens: beyond the delisting, so that it brings back too.
const CONFIRMATION_LIFE: Duration = Duration::days(90);
/// How long a session stays open.
pub const SESSION_LIFE: Duration = Duration::hours(8);
/// Login links that one mailbox gets in an hour, and all mailboxes together.
const LINKS_AN_HOUR: i64 = 5;
const ALL_LINKS_AN_HOUR: i64 = 200;
/// Longest name of a person.
const MAX_NAME: usize = 100;

/// How a person proved who they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proof {
    /// They read the mailbox of the account.
    MailLink,
}

impl Proof {
    fn as_str(self) -> &'static str {
        match self {
            Self::MailLink => "mail-link",
        }
    }
}

/// A session that was just opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opened {
    /// What the browser keeps.
    pub token: String,
    /// Whose it is.
    pub account: Account,
}

/// What became of a request for a link. The page says the same in every case: it does not tell who has an
/// account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Requested {
    /// A mail is on its way.
    Sent,
    /// Nobody is known there, or the account is closed.
    Unknown,
    /// Too many were asked for.
    TooMany,
}

/// Asks for a login link. Somebody new who gives a name gets an account of a referent, which answers for
/// nothing yet.
///
/// # Errors
/// [`StorageError`].
pub async fn request_link(
    ctx: &Context,
    address: &MssanteAddress,
    new_name: Option<&str>,
) -> Result<Requested, StorageError> {
    let mut tx = ctx.storage.begin_write().await?;
    let since = instant_text(ctx.clock.now() - Duration::HOUR);
    let all = tx.count_governance_notices_of_kind("login", &since).await?;
    let known = tx.find_account_at(address).await?;
    let name = new_name.map(|name| name.trim().chars().take(MAX_NAME).collect::<String>());
    let account = match (known, name) {
        (Some(account), _) if account.closed_at.is_some() => {
            tracing::warn!(
                account.id = account.id,
                "a closed account asked for a login link"
            );
            return Ok(Requested::Unknown);
        }
        (Some(account), _) => account,
        (None, Some(name)) if !name.is_empty() && all < ALL_LINKS_AN_HOUR => {
            let account = Account {
                id: ctx.ids.next(),
                address: address.clone(),
                name,
                role: Role::Referent,
                territory: String::new(),
                closed_at: None,
            };
            tx.insert_account(&account, &ctx.now_text()).await?;
            account
        }
        (None, _) => return Ok(Requested::Unknown),
    };
    let own = tx
        .count_governance_notices(&account.id, "login", &since)
        .await?;
    if own >= LINKS_AN_HOUR || all >= ALL_LINKS_AN_HOUR {
        tracing::warn!(
            account.id = account.id,
            "too many login links were asked for"
        );
        return Ok(Requested::TooMany);
    }
    insert(ctx, &mut tx, &account.id, "login", "").await?;
    tx.commit().await?;
    Ok(Requested::Sent)
}

/// Makes a link that opens `purpose` once, and returns its token.
pub(super) async fn make_link(
    ctx: &Context,
    account_id: &str,
    purpose: LinkPurpose,
    structure: &str,
) -> Result<String, StorageError> {
    let token = new_token();
    let life = match purpose {
        LinkPurpose::Login => LOGIN_LIFE,
        LinkPurpose::Confirmation => CONFIRMATION_LIFE,
    };
    let now = ctx.clock.now();
    let structure_id = match purpose {
        LinkPurpose::Login => "",
        LinkPurpose::Confirmation => structure,
    };
    let mut tx = ctx.storage.begin_write().await?;
    tx.insert_link(NewLink {
        token_sha256: &hash(&token),
        account_id,
        purpose,
        structure_id,
        at: &instant_text(now),
        expires_at: &instant_text(now + life),
    })
    .await?;
    tx.commit().await?;
    Ok(token)
}

/// Uses a login link: a session, or nothing when the link is forged, was used, or is too old.
///
/// # Errors
/// [`StorageError`].
pub async fn enter(ctx: &Context, token: &str) -> Result<Option<Opened>, StorageError> {
    let mut tx = ctx.storage.begin_write().await?;
    let now = ctx.now_text();
    let link = tx.use_link(&hash(token), LinkPurpose::Login, &now).await?;
    let Some(link) = link else {
        tracing::warn!("a login link was refused: forged, used before, or too old");
        return Ok(None);
    };
    tx.commit().await?;
    open_session(ctx, link.account, Proof::MailLink)
        .await
        .map(Some)
}

/// Opens a session for a person who proved who they are.
///
/// # Errors
/// [`StorageError`].
pub async fn open_session(
    ctx: &Context,
    account: Account,
    proof: Proof,
) -> Result<Opened, StorageError> {
    let (token, form_token) = (new_token(), new_token());
    let now = ctx.clock.now();
    let mut tx = ctx.storage.begin_write().await?;
    tx.insert_session(NewSession {
        token_sha256: &hash(&token),
        account_id: &account.id,
        means: proof.as_str(),
        form_token: &form_token,
        at: &instant_text(now),
        expires_at: &instant_text(now + SESSION_LIFE),
    })
    .await?;
    tx.commit().await?;
    tracing::info!(
        account.id = account.id,
        means = proof.as_str(),
        "session opened"
    );
    Ok(Opened { token, account })
}

/// The session of a browser, while it is open.
///
/// # Errors
/// [`StorageError`].
pub async fn session_of(ctx: &Context, token: &str) -> Result<Option<OpenSession>, StorageError> {
    ctx.storage
        .find_session(&hash(token), &ctx.now_text())
        .await
}

/// Ends the session of a browser.
///
/// # Errors
/// [`StorageError`].
pub async fn leave(ctx: &Context, token: &str) -> Result<(), StorageError> {
    ctx.storage
        .close_session(&hash(token), &ctx.now_text())
        .await
}

/// Whose structure a link of confirmation speaks of: nothing is used.
///
/// # Errors
/// [`StorageError`].
pub async fn confirmation_of(
    ctx: &Context,
    token: &str,
) -> Result<Option<(Account, Listing)>, StorageError> {
    let found = ctx
        .storage
        .find_link(&hash(token), LinkPurpose::Confirmation, &ctx.now_text())
        .await?;
    let Some(link) = found else { return Ok(None) };
    let events = ctx.storage.list_events(&link.structure_id).await?;
    let listing = Listing::of_events(&link.structure_id, &events);
    Ok(Some((link.account, listing)))
}

/// Uses a link of confirmation: everything is right. None when the link opens nothing.
///
/// # Errors
/// [`ActError`], for one whose structure is another person's by now.
pub async fn confirm_by_link(ctx: &Context, token: &str) -> Result<Option<Listing>, ActError> {
    let mut tx = ctx.storage.begin_write().await?;
    tx.take_turn().await?;
    let now = ctx.now_text();
    let link = tx
        .use_link(&hash(token), LinkPurpose::Confirmation, &now)
        .await?;
    let Some(link) = link else {
        tracing::warn!("a link of confirmation was refused: forged, used before, or too old");
        return Ok(None);
    };
    let deed = Deed {
        structure: &link.structure_id,
        seen: None,
        author: &link.account.author(),
        act: Act::Confirm {
            note: String::new(),
        },
        application: None,
    };
    let listing = enact(ctx, &mut tx, deed).await?;
    tx.commit().await?;
    Ok(Some(listing))
}

/// 256 random bits, in hexadecimal.
fn new_token() -> String {
    hex::encode(rand::rng().random::<[u8; 32]>())
}

fn hash(token: &str) -> String {
    hex::encode(Sha256::digest(token.as_bytes()))
}
