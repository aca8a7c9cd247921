//! Links that open a door once, and sessions that stay open for a while: kept as hashes.

use super::{
    Storage, StorageError, WriteTransaction,
    accounts::{Account, account_of},
    query::query,
};

/// What a link opens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkPurpose {
    /// A session.
    Login,
    /// The confirmation of one structure, and nothing else.
    Confirmation,
}

impl LinkPurpose {
    fn as_str(self) -> &'static str {
        match self {
            Self::Login => "login",
            Self::Confirmation => "confirmation",
        }
    }
}

/// A link to make.
#[derive(Clone, Copy, Debug)]
pub struct NewLink<'a> {
    /// Hash of its token.
    pub token_sha256: &'a str,
    /// Whose it is.
    pub account_id: &'a str,
    /// What it opens.
    pub purpose: LinkPurpose,
    /// For which structure; empty for a login.
    pub structure_id: &'a str,
    /// Now.
    pub at: &'a str,
    /// Until when.
    pub expires_at: &'a str,
}

/// A link that can still be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenLink {
    /// Whose it is.
    pub account: Account,
    /// For which structure; empty for a login.
    pub structure_id: String,
}

/// A session to open.
#[derive(Clone, Copy, Debug)]
pub struct NewSession<'a> {
    /// Hash of its token.
    pub token_sha256: &'a str,
    /// Whose it is.
    pub account_id: &'a str,
    /// How the person was known: `mail-link`.
    pub means: &'a str,
    /// What the forms of this session carry.
    pub form_token: &'a str,
    /// Now.
    pub at: &'a str,
    /// Until when.
    pub expires_at: &'a str,
}

/// A session that is open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenSession {
    /// Whose it is.
    pub account: Account,
    /// What its forms carry.
    pub form_token: String,
}

const LINK: &str = "select a.id, a.address, a.name, a.role, a.territory, a.closed_at, k.structure_id \
     from login_link k join account a on a.id = k.account_id \
     where k.token_sha256 = $1 and k.purpose = $2 and k.used_at is null and k.expires_at > $3 and a.closed_at is null";

impl WriteTransaction {
    /// Makes a link.
    ///
    /// # Errors
    /// [`StorageError::Database`].
    pub async fn insert_link(&mut self, link: NewLink<'_>) -> Result<(), StorageError> {
        query(
            "insert into login_link (token_sha256, account_id, purpose, structure_id, created_at, expires_at) \
             values ($1, $2, $3, $4, $5, $6)",
        )
        .bind(link.token_sha256)
        .bind(link.account_id)
        .bind(link.purpose.as_str())
        .bind(link.structure_id)
        .bind(link.at)
        .bind(link.expires_at)
        .execute(&mut *self)
        .await?;
        Ok(())
    }

    /// Uses a link: it opens nothing afterwards.
    ///
    /// # Errors
    /// [`StorageError`].
    pub async fn use_link(
        &mut self,
        token_sha256: &str,
        purpose: LinkPurpose,
        now: &str,
    ) -> Result<Option<OpenLink>, StorageError> {
        let row = query(LINK)
            .bind(token_sha256)
            .bind(purpose.as_str())
            .bind(now)
            .fetch_optional(&mut *self)
            .await?;
        let Some(row) = row else { return Ok(None) };
        let done =
            query("update login_link set used_at = $2 where token_sha256 = $1 and used_at is null")
                .bind(token_sha256)
                .bind(now)
                .execute(&mut *self)
                .await?;
        if done.rows_affected() != 1 {
            return Ok(None);
        }
        Ok(Some(OpenLink {
            account: account_of(&row)?,
            structure_id: row.try_get(6)?,
        }))
    }

    /// Opens a session.
    ///
    /// # Errors
    /// [`StorageError::Database`].
    pub async fn insert_session(&mut self, session: NewSession<'_>) -> Result<(), StorageError> {
        query(
            "insert into web_session (token_sha256, account_id, means, form_token, created_at, expires_at) \
             values ($1, $2, $3, $4, $5, $6)",
        )
        .bind(session.token_sha256)
        .bind(session.account_id)
        .bind(session.means)
        .bind(session.form_token)
        .bind(session.at)
        .bind(session.expires_at)
        .execute(&mut *self)
        .await?;
        Ok(())
    }

    /// Ends every session of an account, and takes back its links.
    ///
    /// # Errors
    /// [`StorageError::Database`].
    pub async fn close_doors_of(
        &mut self,
        account_id: &str,
        now: &str,
    ) -> Result<(), StorageError> {
        for statement in [
            "update web_session set closed_at = $2 where account_id = $1 and closed_at is null",
            "update login_link set used_at = $2 where account_id = $1 and used_at is null",
        ] {
            query(statement)
                .bind(account_id)
                .bind(now)
                .execute(&mut *self)
                .await?;
        }
        Ok(())
    }
}

impl Storage {
    /// What a link would open, without using it.
    ///
    /// # Errors
    /// [`StorageError`].
    pub async fn find_link(
        &self,
        token_sha256: &str,
        purpose: LinkPurpose,
        now: &str,
    ) -> Result<Option<OpenLink>, StorageError> {
        let row = query(LINK)
            .bind(token_sha256)
            .bind(purpose.as_str())
            .bind(now)
            .fetch_optional(&self.pool)
            .await?;
        row.map(|row| {
            Ok(OpenLink {
                account: account_of(&row)?,
                structure_id: row.try_get(6)?,
            })
        })
        .transpose()
    }

    /// The session of that token, while it is open.
    ///
    /// # Errors
    /// [`StorageError`].
    pub async fn find_session(
        &self,
        token_sha256: &str,
        now: &str,
    ) -> Result<Option<OpenSession>, StorageError> {
        let row = query(
            "select a.id, a.address, a.name, a.role, a.territory, a.closed_at, s.form_token \
             from web_session s join account a on a.id = s.account_id \
             where s.token_sha256 = $1 and s.closed_at is null and s.expires_at > $2 and a.closed_at is null",
        )
        .bind(token_sha256)
        .bind(now)
        .fetch_optional(&self.pool)
        .await?;
        row.map(|row| {
            Ok(OpenSession {
                account: account_of(&row)?,
                form_token: row.try_get(6)?,
            })
        })
        .transpose()
    }

    /// Ends a session.
    ///
    /// # Errors
    /// [`StorageError::Database`].
    pub async fn close_session(&self, token_sha256: &str, now: &str) -> Result<(), StorageError> {
        query(
            "update web_session set closed_at = $2 where token_sha256 = $1 and closed_at is null",
        )
        .bind(token_sha256)
        .bind(now)
        .execute(&self.pool)
        .await?;
        Ok(())
    }
}
