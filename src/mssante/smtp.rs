//! Handing mails to the operator (SMTP submission), one connection for many mails.

use std::io;

use super::smtp_session::Session;
use super::tls::{ConnectError, Dialer, ServerSettings, TlsError, connection_error};
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
}

/// A mail that the operator took charge of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accepted {
    /// True when the operator promised delivery reports.
    pub reports_delivery: bool,
    /// Its reply, where its own identifier of the mail often stands.
    pub reply: String,
}

/// Why a mail was not handed over.
#[derive(Debug, thiserror::Error)]
pub enum SendError {
    /// The operator refused it.
    #[error("the operator refused the mail with code {code}")]
    Refused {
        /// SMTP code: 4xx for now, 5xx for good.
        code: u16,
        /// Its words. They may name a mailbox: for the delivery ledger, not for the logs.
        text: String,
    },
    /// No connection, or lost before the whole mail was sent.
    #[error("the operator cannot be reached")]
    Unreachable(#[source] io::Error),
    /// The connection cannot be made safe, or our certificate was refused.
    #[error("no safe connection with the operator")]
    Tls(#[from] TlsError),
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
            Self::Unreachable(_) | Self::Tls(_) | Self::Unknown(_) => true,
            Self::TooLarge { .. } => false,
        }
    }

    /// True when no mail will pass before an operator mends certificates or credentials.
    #[must_use]
    pub fn is_configuration(&self) -> bool {
        match self {
            Self::Refused { code, .. } => matches!(code, 530 | 534 | 535 | 538),
            Self::Tls(_) => true,
            Self::Unreachable(_) | Self::TooLarge { .. } | Self::Unknown(_) => false,
        }
    }
}

impl From<ConnectError> for SendError {
    fn from(error: ConnectError) -> Self {
        match error {
            ConnectError::Tls(error) => Self::Tls(error),
            ConnectError::Io(error) => Self::Unreachable(error),
        }
    }
}

impl From<io::Error> for SendError {
    fn from(error: io::Error) -> Self {
        connection_error(error).into()
    }
}

/// Sends mails to one operator, keeping the connection between two of them.
pub struct SmtpClient {
    dialer: Dialer,
    session: Option<Session>,
}

impl SmtpClient {
    /// A client of that server; reads the certificates, does not connect yet.
    ///
    /// # Errors
    /// When the certificates cannot be used.
    pub fn new(settings: ServerSettings) -> Result<Self, TlsError> {
        Ok(Self {
            dialer: Dialer::new(settings)?,
            session: None,
        })
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
        if let Some(mut kept) = self.session.take()
            && kept.command("NOOP\r\n").await.is_ok()
        {
            return self.send_on(kept, envelope, mail).await;
        }
        let fresh = Session::open(&self.dialer).await?;
        self.send_on(fresh, envelope, mail).await
    }

    /// Says goodbye. Not saying it does no harm.
    pub async fn quit(&mut self) {
        if let Some(mut session) = self.session.take() {
            let _ = session.command("QUIT\r\n").await;
        }
    }

    async fn send_on(
        &mut self,
        mut session: Session,
        envelope: &Envelope<'_>,
        mail: &[u8],
    ) -> Result<Accepted, SendError> {
        let sent = session.send(envelope, mail).await;
        let is_usable = match &sent {
            Ok(_) | Err(SendError::TooLarge { .. }) => true,
            Err(SendError::Refused { code, .. }) => {
                *code != 421 && session.command("RSET\r\n").await.is_ok()
            }
            Err(SendError::Unreachable(_) | SendError::Tls(_) | SendError::Unknown(_)) => false,
        };
        if is_usable {
            self.session = Some(session);
        }
        sent
    }
}

#[cfg(test)]
#[path = "smtp_tests.rs"]
mod tests;
