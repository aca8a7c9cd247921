//! Reading our mailbox at the operator's (IMAP).

use std::{collections::HashMap, io, time::Duration};

use async_imap::{Authenticator, Client, Session, types::Flag};
use futures_util::TryStreamExt;

use super::inbox::{InboxMail, MailKey};
use super::login::Login;
use super::tls::{ConnectError, Connection, Dialer, ServerSettings, TlsError};
use crate::config::TlsMode;

/// Mark of a mail that was taken in. Another than `\Seen`: a person who opens a receipt first must not
/// hide it from us.
const TAKEN: &str = "PasserelleTaken";

/// Numbers of mails that are looked through at once: a mailbox may hold millions.
const WINDOW: u32 = 20_000;

/// Bytes of mails that are fetched by one command, but for a mail that is larger alone.
const FETCHED_AT_ONCE: u64 = 16_000_000;

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
    /// The settings say no way to log in.
    #[error(
        "reading a mailbox needs a way to log in: a password, a certificate (external) or a token (xoauth2)"
    )]
    NoCredentials,
    /// The file of the token cannot be read.
    #[error("the token to log in with cannot be read")]
    NoToken(#[source] io::Error),
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
    /// Number that the next mail to arrive will have, as far as we know.
    uid_next: u32,
    /// Every mail below it is taken.
    from: u32,
    /// What marks a mail as taken: ours, or `\Seen` where the operator allows none of our own.
    mark: &'static str,
    can_idle: bool,
}

impl ImapMailbox {
    /// The mailbox of the configured user; reads the certificates, does not connect yet.
    ///
    /// # Errors
    /// When the certificates cannot be used or no way to log in is set.
    pub fn new(settings: ServerSettings) -> Result<Self, ImapError> {
        if settings.login == Login::None {
            return Err(ImapError::NoCredentials);
        }
        Ok(Self {
            dialer: Dialer::new(settings)?,
            open: None,
        })
    }

    /// The oldest mails not taken yet, at most `limit`, each cut after `max_bytes`; fewer when they are
    /// large. Whether somebody has read them changes nothing.
    ///
    /// # Errors
    /// When the server cannot be reached or refuses; the next call connects anew.
    pub async fn fetch_unseen(
        &mut self,
        limit: usize,
        max_bytes: u32,
    ) -> Result<Vec<InboxMail>, ImapError> {
        let mut selected = self.take_open().await?;
        let mails = self.within(selected.fetch(limit, max_bytes)).await?;
        self.open = Some(selected);
        Ok(mails)
    }

    /// Marks mails as taken.
    ///
    /// # Errors
    /// When the server cannot be reached or refuses.
    pub async fn mark_processed(&mut self, keys: &[MailKey]) -> Result<(), ImapError> {
        if keys.is_empty() {
            return Ok(());
        }
        let mut selected = self.take_open().await?;
        self.within(selected.mark(keys)).await?;
        self.open = Some(selected);
        Ok(())
    }

    /// Waits until the server tells of something new, and no longer than `limit`.
    ///
    /// # Errors
    /// When the server cannot be reached or refuses.
    pub async fn wait(&mut self, limit: Duration) -> Result<(), ImapError> {
        let mut selected = self.take_open().await?;
        if !selected.can_idle {
            self.open = Some(selected);
            tokio::time::sleep(limit).await;
            return Ok(());
        }
        let mut idle = selected.session.idle();
        self.within(async { Ok(idle.init().await?) }).await?;
        let (change, _stop) = idle.wait_with_timeout(limit);
        change.await?;
        selected.session = self.within(async { Ok(idle.done().await?) }).await?;
        self.open = Some(selected);
        Ok(())
    }

    /// Says goodbye. Not saying it does no harm.
    pub async fn logout(&mut self) {
        if let Some(mut selected) = self.open.take() {
            let _ = self
                .within(async { Ok(selected.session.logout().await?) })
                .await;
        }
    }

    /// The kept session when it still answers, a new one otherwise.
    async fn take_open(&mut self) -> Result<Selected, ImapError> {
        if let Some(mut kept) = self.open.take()
            && self
                .within(async { Ok(kept.session.noop().await?) })
                .await
                .is_ok()
        {
            return Ok(kept);
        }
        self.within(Selected::open(&self.dialer)).await
    }

    async fn within<T>(
        &self,
        work: impl Future<Output = Result<T, ImapError>>,
    ) -> Result<T, ImapError> {
        tokio::time::timeout(self.dialer.settings.patience.mail, work)
            .await
            .map_err(|_| io::Error::from(io::ErrorKind::TimedOut))?
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
        let mut session = log_in(client, &dialer.settings.login).await?;
        let can_idle = session.capabilities().await?.has_str("IDLE");
        let mailbox = session.select("INBOX").await?;
        let can_mark = mailbox.permanent_flags.iter().any(|flag| match flag {
            Flag::MayCreate => true,
            Flag::Custom(keyword) => keyword.eq_ignore_ascii_case(TAKEN),
            _ => false,
        });
        if !can_mark {
            tracing::warn!(
                "the operator allows no mark of our own: a receipt that a person opens first is missed"
            );
        }
        Ok(Self {
            session,
            uid_validity: mailbox.uid_validity.unwrap_or_default(),
            uid_next: mailbox.uid_next.unwrap_or(1),
            from: 1,
            mark: if can_mark { TAKEN } else { "\\Seen" },
            can_idle,
        })
    }

    async fn fetch(&mut self, limit: usize, max_bytes: u32) -> Result<Vec<InboxMail>, ImapError> {
        let uids = self.waiting(limit).await?;
        let uids = self.affordable(&uids, max_bytes).await?;
        if uids.is_empty() {
            return Ok(Vec::new());
        }
        let query = format!("(UID BODY.PEEK[]<0.{}>)", u64::from(max_bytes) + 1);
        let mut fetched = self.session.uid_fetch(set_of(&uids), &query).await?;
        let mut mails = Vec::with_capacity(uids.len());
        while let Some(mail) = fetched.try_next().await? {
            if let (Some(uid), Some(body)) = (mail.uid, mail.body()) {
                let key = MailKey(format!("{}/{uid}", self.uid_validity));
                mails.push(InboxMail::new(key, body.to_vec(), max_bytes));
            }
        }
        Ok(mails)
    }

    /// Numbers of the oldest mails that are not taken, at most `limit`.
    async fn waiting(&mut self, limit: usize) -> Result<Vec<u32>, ImapError> {
        let not_taken = match self.mark {
            TAKEN => format!("UNKEYWORD {TAKEN}"),
            _ => "UNSEEN".to_owned(),
        };
        let mut start = self.from;
        let mut waiting = Vec::new();
        loop {
            let is_last = self.uid_next.saturating_sub(start) <= WINDOW;
            let end = start.saturating_add(WINDOW - 1);
            let end = if is_last {
                "*".to_owned()
            } else {
                end.to_string()
            };
            let query = format!("UID {start}:{end} {not_taken}");
            let mut found: Vec<u32> = self.session.uid_search(&query).await?.into_iter().collect();
            // `n:*` names the last mail even when it stands before n.
            found.retain(|uid| *uid >= start);
            found.sort_unstable();
            if let Some(last) = found.last() {
                self.uid_next = self.uid_next.max(last.saturating_add(1));
            }
            if waiting.is_empty() {
                self.from = found.first().copied().unwrap_or(if is_last {
                    self.from.max(self.uid_next)
                } else {
                    start.saturating_add(WINDOW)
                });
            }
            waiting.extend(found);
            if is_last || waiting.len() >= limit {
                waiting.truncate(limit);
                return Ok(waiting);
            }
            start = start.saturating_add(WINDOW);
        }
    }

    /// As many of those mails as may be held in memory at once: one at the least.
    async fn affordable(&mut self, uids: &[u32], max_bytes: u32) -> Result<Vec<u32>, ImapError> {
        if uids.len() <= 1 {
            return Ok(uids.to_vec());
        }
        let mut sizes = HashMap::with_capacity(uids.len());
        let mut fetched = self
            .session
            .uid_fetch(set_of(uids), "(UID RFC822.SIZE)")
            .await?;
        while let Some(mail) = fetched.try_next().await? {
            if let (Some(uid), Some(size)) = (mail.uid, mail.size) {
                sizes.insert(uid, u64::from(size.min(max_bytes)));
            }
        }
        let mut total = 0;
        let taken = uids.iter().copied().enumerate().take_while(|(index, uid)| {
            total += sizes.get(uid).copied().unwrap_or(u64::from(max_bytes));
            *index == 0 || total <= FETCHED_AT_ONCE
        });
        Ok(taken.map(|(_, uid)| uid).collect())
    }

    async fn mark(&mut self, keys: &[MailKey]) -> Result<(), ImapError> {
        let validity = self.uid_validity.to_string();
        let uids = keys
            .iter()
            .map(|key| {
                let (of, uid) = key.0.split_once('/').ok_or(ImapError::StaleKey)?;
                let uid = uid.parse().map_err(|_| ImapError::StaleKey)?;
                (of == validity).then_some(uid).ok_or(ImapError::StaleKey)
            })
            .collect::<Result<Vec<u32>, _>>()?;
        self.session
            .uid_store(set_of(&uids), format!("+FLAGS.SILENT ({})", self.mark))
            .await?
            .try_collect::<Vec<_>>()
            .await?;
        Ok(())
    }
}

/// Logs in the way that is set.
async fn log_in(
    client: Client<Connection>,
    login: &Login,
) -> Result<Session<Connection>, ImapError> {
    let session = match login {
        Login::Plain { user, password } => client.login(user, password).await,
        Login::None => return Err(ImapError::NoCredentials),
        Login::External { .. } | Login::XOauth2 { .. } => {
            let words = login.first_words().map_err(ImapError::NoToken)?;
            client
                .authenticate(login.mechanism(), FirstWords(Some(words)))
                .await
        }
    };
    Ok(session.map_err(|(error, _)| error)?)
}

/// Answers the first challenge; any other one says why we are refused, and wants an empty answer.
struct FirstWords(Option<String>);

impl Authenticator for FirstWords {
    type Response = String;

    fn process(&mut self, _challenge: &[u8]) -> String {
        self.0.take().unwrap_or_default()
    }
}

/// Numbers as a command names them.
fn set_of(uids: &[u32]) -> String {
    let texts: Vec<String> = uids.iter().map(u32::to_string).collect();
    texts.join(",")
}
