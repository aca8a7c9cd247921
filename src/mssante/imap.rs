//! Reading our mailbox at the operator's (IMAP).

use std::{io, time::Duration};

use async_imap::{Client, Session};
use futures_util::TryStreamExt;

use super::inbox::{InboxMail, MailKey};
use super::tls::{ConnectError, Connection, Dialer, ServerSettings, TlsError};
use crate::config::TlsMode;

/// Longest wait for the answer to one command, the transfer of a mail included.
const COMMAND_TIMEOUT: Duration = Duration::from_secs(300);

/// Why the mailbox at the operator's cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ImapError {
    /// The connection cannot be made safe.
    #[error("no safe connection with the operator")]
    Tls(#[from] TlsError),
    /// No connection.
    #[error("the operator cannot be reached")]
    Unreachable(#[from] io::Error),
    /// The server refused a command, or cannot be understood.
    #[error("the server refused the command")]
    Refused(#[source] async_imap::error::Error),
    /// The settings name no mailbox to log in to.
    #[error("reading a mailbox needs `username` and `password`")]
    NoCredentials,
    /// The key is of another mailbox, or of this one before it was made anew.
    #[error("the mailbox was made anew: this mail is known by another number now")]
    StaleKey,
}

impl From<ConnectError> for ImapError {
    fn from(error: ConnectError) -> Self {
        match error {
            ConnectError::Tls(error) => Self::Tls(error),
            ConnectError::Io(error) => Self::Unreachable(error),
        }
    }
}

impl From<async_imap::error::Error> for ImapError {
    fn from(error: async_imap::error::Error) -> Self {
        match error {
            async_imap::error::Error::Io(error) => super::tls::connection_error(error).into(),
            other => Self::Refused(other),
        }
    }
}

/// A mailbox at the operator's. The connection is kept from one reading to the next.
pub struct ImapMailbox {
    dialer: Dialer,
    open: Option<Selected>,
}

/// A session in which the mailbox is open.
struct Selected {
    session: Session<Connection>,
    uid_validity: u32,
}

impl ImapMailbox {
    /// The mailbox of the configured user; reads the certificates, does not connect yet.
    ///
    /// # Errors
    /// When the certificates cannot be used or no user is named.
    pub fn new(settings: ServerSettings) -> Result<Self, ImapError> {
        if settings.username.is_none() || settings.password.is_none() {
            return Err(ImapError::NoCredentials);
        }
        Ok(Self {
            dialer: Dialer::new(settings)?,
            open: None,
        })
    }

    /// The oldest mails not marked as seen, at most `limit`, each cut after `max_bytes`.
    ///
    /// # Errors
    /// When the server cannot be reached or refuses; the next call connects anew.
    pub async fn fetch_unseen(
        &mut self,
        limit: usize,
        max_bytes: u32,
    ) -> Result<Vec<InboxMail>, ImapError> {
        let mut selected = self.take_open().await?;
        let mails = within(selected.fetch_unseen(limit, max_bytes)).await?;
        self.open = Some(selected);
        Ok(mails)
    }

    /// Marks a mail as seen.
    ///
    /// # Errors
    /// When the server cannot be reached or refuses.
    pub async fn mark_processed(&mut self, key: &MailKey) -> Result<(), ImapError> {
        let mut selected = self.take_open().await?;
        within(selected.mark_seen(key)).await?;
        self.open = Some(selected);
        Ok(())
    }

    /// Says goodbye. Not saying it does no harm.
    pub async fn logout(&mut self) {
        if let Some(mut selected) = self.open.take() {
            let _ = within(async { Ok(selected.session.logout().await?) }).await;
        }
    }

    /// The kept session when it still answers, a new one otherwise.
    async fn take_open(&mut self) -> Result<Selected, ImapError> {
        if let Some(mut kept) = self.open.take()
            && within(async { Ok(kept.session.noop().await?) })
                .await
                .is_ok()
        {
            return Ok(kept);
        }
        within(Selected::open(&self.dialer)).await
    }
}

impl Selected {
    async fn open(dialer: &Dialer) -> Result<Self, ImapError> {
        let mut client = Client::new(dialer.connect().await?);
        client
            .read_response()
            .await?
            .ok_or(io::ErrorKind::UnexpectedEof)
            .map_err(io::Error::from)?;
        if dialer.settings.tls == TlsMode::StartTls {
            client.run_command_and_check_ok("STARTTLS", None).await?;
            client = Client::new(dialer.upgrade(client.into_inner()).await?);
        }
        let username = dialer.settings.username.as_deref().unwrap_or_default();
        let password = dialer.settings.password.as_deref().unwrap_or_default();
        let mut session = client
            .login(username, password)
            .await
            .map_err(|(error, _)| error)?;
        let mailbox = session.select("INBOX").await?;
        Ok(Self {
            session,
            uid_validity: mailbox.uid_validity.unwrap_or_default(),
        })
    }

    async fn fetch_unseen(
        &mut self,
        limit: usize,
        max_bytes: u32,
    ) -> Result<Vec<InboxMail>, ImapError> {
        let mut uids: Vec<u32> = self
            .session
            .uid_search("UNSEEN")
            .await?
            .into_iter()
            .collect();
        uids.sort_unstable();
        uids.truncate(limit);
        let query = format!("(UID BODY.PEEK[]<0.{}>)", u64::from(max_bytes) + 1);
        let mut mails = Vec::with_capacity(uids.len());
        for uid in uids {
            let fetched: Vec<_> = self
                .session
                .uid_fetch(uid.to_string(), &query)
                .await?
                .try_collect()
                .await?;
            let body = fetched
                .iter()
                .find(|mail| mail.uid == Some(uid))
                .and_then(|mail| mail.body());
            if let Some(body) = body {
                let key = MailKey(format!("{}/{uid}", self.uid_validity));
                mails.push(InboxMail::new(key, body.to_vec(), max_bytes));
            }
        }
        Ok(mails)
    }

    async fn mark_seen(&mut self, key: &MailKey) -> Result<(), ImapError> {
        let uid = key
            .0
            .split_once('/')
            .filter(|(validity, _)| *validity == self.uid_validity.to_string())
            .map(|(_, uid)| uid)
            .ok_or(ImapError::StaleKey)?;
        self.session
            .uid_store(uid, "+FLAGS.SILENT (\\Seen)")
            .await?
            .try_collect::<Vec<_>>()
            .await?;
        Ok(())
    }
}

async fn within<T>(work: impl Future<Output = Result<T, ImapError>>) -> Result<T, ImapError> {
    tokio::time::timeout(COMMAND_TIMEOUT, work)
        .await
        .map_err(|_| io::Error::from(io::ErrorKind::TimedOut))?
}
