//! Handing mails to the operator (SMTP submission), one connection for many mails.

use std::{
    io,
    time::{Duration, Instant},
};

use super::smtp_session::Session;
use super::tls::{ConnectError, Dialer, ServerSettings, TlsError};
use crate::identifiers::MssanteAddress;

/// What is written on the envelope of a mail.
#[derive(Clone, Debug)]
pub struct Envelope<'a> {
    /// Who sends it; absent for an acknowledgement, which nobody may answer.
    pub sender: Option<&'a MssanteAddress>,
    /// Who receives it.
    pub recipient: &'a MssanteAddress,
    /// Identifier that delivery reports repeat: at most 100 characters.
    pub envelope_id: &'a str,
    /// Which reports the servers should send.
    pub reports: Reports,
}

/// Which delivery reports are asked for. **Source:** RFC 3461, 4.1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reports {
    /// Success, failure and delay.
    All,
    /// None: the mail is itself a report.
    Never,
    /// Failure alone: the mail is a notice, and only its return matters.
    Failure,
}

/// A mail that the operator took charge of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accepted {
    /// True when the operator promised delivery reports.
    pub reports_delivery: bool,
    /// Its reply, where its own identifier of the mail often stands.
    pub reply: String,
}

/// How far the talk was when it failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    /// Connecting, greeting, encrypting.
    Greeting,
    /// Logging in.
    LogIn,
    /// Naming the sender.
    Sender,
    /// Naming the recipient.
    Recipient,
    /// Handing over the mail, its verdict included.
    Content,
}

/// Whom a failure concerns: who else would meet it.
///
/// **Source:** RFC 3463, 3: subjects of the enhanced codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// This mail, or its mailbox.
    Mail,
    /// Every mail to the domain of the recipient.
    Destination,
    /// Every mail: the operator is away, or does not know us.
    Operator,
}

/// Why a mail was not handed over.
#[derive(Debug, thiserror::Error)]
pub enum SendError {
    /// The operator refused it.
    #[error("the operator refused the mail with code {code}")]
    Refused {
        /// What it refused.
        phase: Phase,
        /// SMTP code: 4xx for now, 5xx for good.
        code: u16,
        /// Its words. They may name a mailbox: for the delivery ledger, not for the logs.
        text: String,
    },
    /// No connection, or lost before the whole mail was sent.
    #[error("the operator cannot be reached")]
    Unreachable {
        /// How far the talk was.
        phase: Phase,
        /// What happened.
        #[source]
        source: io::Error,
    },
    /// The connection cannot be made safe, or our certificate was refused.
    #[error("no safe connection with the operator")]
    Tls(#[from] TlsError),
    /// We cannot log in: the operator does not offer the way that is set, or our token is missing.
    #[error("cannot log in with {mechanism}: {reason}")]
    LogIn {
        /// What is set.
        mechanism: &'static str,
        /// Why not.
        reason: String,
    },
    /// Larger than the operator takes; nothing was sent.
    #[error("the mail has {size_bytes} bytes and the operator takes {limit_bytes}")]
    TooLarge {
        /// Size of the mail.
        size_bytes: usize,
        /// Largest mail that the operator announced.
        limit_bytes: usize,
    },
    /// The connection was lost after the end of the mail, before the verdict: it may have gone.
    #[error("the connection was lost before the operator's verdict: the mail may have gone")]
    Unknown(#[source] io::Error),
}

impl SendError {
    /// True when the same bytes may pass later.
    ///
    /// After [`Self::Unknown`], wait for a delivery report before sending again.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Refused { code, .. } => *code < 500 || self.is_configuration(),
            Self::Unreachable { .. } | Self::Tls(_) | Self::LogIn { .. } | Self::Unknown(_) => true,
            Self::TooLarge { .. } => false,
        }
    }

    /// True when no mail will pass before somebody mends certificates, credentials or the mailbox at
    /// the operator's.
    #[must_use]
    pub fn is_configuration(&self) -> bool {
        match self {
            Self::Refused { phase, code, .. } => {
                *code >= 500
                    && match phase {
                        Phase::Greeting | Phase::LogIn => true,
                        // What is refused of a sender is its mailbox, but for the size of the mail.
                        Phase::Sender => !matches!(code, 523 | 552),
                        Phase::Recipient | Phase::Content => matches!(code, 530 | 534 | 535 | 538),
                    }
            }
            Self::Tls(_) | Self::LogIn { .. } => true,
            Self::Unreachable { .. } | Self::TooLarge { .. } | Self::Unknown(_) => false,
        }
    }

    /// Whom it concerns.
    #[must_use]
    pub fn scope(&self) -> Scope {
        match self {
            Self::Refused { phase, code, text } => match phase {
                _ if self.is_configuration() || *code == 421 => Scope::Operator,
                Phase::Greeting | Phase::LogIn => Scope::Operator,
                Phase::Sender if *code < 500 => Scope::Operator,
                Phase::Recipient if *code < 500 && is_about_destination(text) => Scope::Destination,
                Phase::Sender | Phase::Recipient | Phase::Content => Scope::Mail,
            },
            Self::Unreachable { phase, .. } => match phase {
                Phase::Greeting | Phase::LogIn | Phase::Sender => Scope::Operator,
                Phase::Recipient => Scope::Destination,
                Phase::Content => Scope::Mail,
            },
            Self::Tls(_) | Self::LogIn { .. } => Scope::Operator,
            Self::TooLarge { .. } | Self::Unknown(_) => Scope::Mail,
        }
    }
}

/// True when the words begin with an enhanced code about the way to the recipient's domain: bad
/// system address (4.1.2), mail system (4.3.x), network and routing (4.4.x).
fn is_about_destination(text: &str) -> bool {
    ["4.1.2", "4.3.", "4.4."]
        .iter()
        .any(|code| text.starts_with(code))
}

impl From<ConnectError> for SendError {
    fn from(error: ConnectError) -> Self {
        match error {
            ConnectError::Tls(error) => Self::Tls(error),
            ConnectError::Io(source) => Self::Unreachable {
                phase: Phase::Greeting,
                source,
            },
        }
    }
}

/// A connection that rested longer than this is tried before it carries a mail.
const FRESH: Duration = Duration::from_secs(5);

/// Sends mails to one operator, keeping the connection between two of them.
pub struct SmtpClient {
    dialer: Dialer,
    kept: Option<Kept>,
    max_mails: u32,
}

/// A connection that is kept for the next mail.
struct Kept {
    session: Session,
    mails: u32,
    since: Instant,
}

impl SmtpClient {
    /// A client of that server; reads the certificates, does not connect yet.
    ///
    /// # Errors
    /// When the certificates cannot be used.
    pub fn new(settings: ServerSettings) -> Result<Self, TlsError> {
        Ok(Self {
            dialer: Dialer::new(settings)?,
            kept: None,
            max_mails: u32::MAX,
        })
    }

    /// Ends each connection after that many mails, as some operators want it.
    #[must_use]
    pub fn with_max_mails(mut self, max_mails: u32) -> Self {
        self.max_mails = max_mails.max(1);
        self
    }

    /// Hands one mail over. A connection left from an earlier mail is used again; when it has died
    /// since, a new one is opened.
    ///
    /// # Errors
    /// Says what happened, and through [`SendError::is_transient`] whether to try again.
    pub async fn send(
        &mut self,
        envelope: &Envelope<'_>,
        mail: &[u8],
    ) -> Result<Accepted, SendError> {
        if let Some(kept) = self.living().await {
            match self.send_on(kept, envelope, mail).await {
                // It had died while it rested: nothing of the mail was taken.
                Err(SendError::Unreachable {
                    phase: Phase::Sender,
                    ..
                }) => {}
                // RFC 5321, 3.8: the server closes a connection that rested, or carried enough.
                Err(SendError::Refused {
                    phase: Phase::Sender,
                    code: 421,
                    ..
                }) => {}
                sent => return sent,
            }
        }
        let fresh = Kept {
            session: Session::open(&self.dialer).await?,
            mails: 0,
            since: Instant::now(),
        };
        self.send_on(fresh, envelope, mail).await
    }

    /// The connection that was kept, when it still answers.
    async fn living(&mut self) -> Option<Kept> {
        let mut kept = self.kept.take()?;
        if kept.mails >= self.max_mails {
            let _ = kept.session.command("QUIT\r\n").await;
            return None;
        }
        if kept.since.elapsed() > FRESH && kept.session.command("NOOP\r\n").await.is_err() {
            return None;
        }
        Some(kept)
    }

    /// Says goodbye. Not saying it does no harm.
    pub async fn quit(&mut self) {
        if let Some(mut kept) = self.kept.take() {
            let _ = kept.session.command("QUIT\r\n").await;
        }
    }

    async fn send_on(
        &mut self,
        mut kept: Kept,
        envelope: &Envelope<'_>,
        mail: &[u8],
    ) -> Result<Accepted, SendError> {
        let sent = kept.session.send(envelope, mail).await;
        let is_usable = match &sent {
            Ok(_) | Err(SendError::TooLarge { .. }) => true,
            Err(SendError::Refused { code, .. }) => {
                *code != 421 && kept.session.command("RSET\r\n").await.is_ok()
            }
            Err(
                SendError::Unreachable { .. }
                | SendError::Tls(_)
                | SendError::LogIn { .. }
                | SendError::Unknown(_),
            ) => false,
        };
        if is_usable {
            kept.mails += 1;
            kept.since = Instant::now();
            self.kept = Some(kept);
        }
        sent
    }
}

#[cfg(test)]
#[path = "smtp_tests.rs"]
mod tests;
