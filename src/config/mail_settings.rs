//! The settings of the mailbox that sends and of the one that answers come to.

use std::path::PathBuf;

use serde::Deserialize;

/// `[mail]`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mail {
    /// Mailbox that sends; empty: nothing is sent.
    pub from: String,
    /// Words shown before it.
    pub from_label: String,
    /// Telephone given in the mail; empty: none.
    pub contact_phone: String,
    /// Mailbox that answers of people go to; empty: none.
    pub reply_to: String,
    /// Product reference number.
    pub nil: String,
    /// Domains that may be written to.
    pub trusted_domains: Vec<String>,
    /// Largest mail sent, in bytes.
    pub max_mail_bytes: usize,
    /// Submission.
    pub smtp: Smtp,
    /// Receipts.
    pub inbox: Inbox,
}

/// `[mail.smtp]`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Smtp {
    /// Host of the operator; empty: none.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the connection is protected.
    pub tls: TlsMode,
    /// Authorities trusted.
    pub ca_file: PathBuf,
    /// Certificate chain of the mailbox.
    pub client_certificate_file: PathBuf,
    /// Its key.
    pub client_key_file: PathBuf,
    /// How to log in.
    pub sasl: Sasl,
    /// Account, when the operator asks for one.
    pub user: String,
    /// File of its password.
    pub password_file: PathBuf,
    /// File of its token.
    pub token_file: PathBuf,
    /// Mails a minute; 0: no limit.
    pub rate_per_minute: u32,
    /// Mails on one connection.
    pub max_mails_per_connection: u32,
    /// Longest wait for the answer to a command, in seconds.
    pub command_timeout_seconds: u64,
    /// Longest wait for the verdict on a mail, in seconds.
    pub verdict_timeout_seconds: u64,
}

/// `[governance.relay]`: the ordinary mailbox that writes to referents and validators outside the trusted
/// domains. These mails hold no health datum.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Relay {
    /// Mailbox that sends; empty: no relay.
    pub from: String,
    /// Words shown before it.
    pub from_label: String,
    /// Submission.
    pub smtp: Smtp,
    /// Where mails that come back are read.
    pub inbox: Inbox,
}

/// How to log in at the operator's, beside the certificate.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum Sasl {
    /// With a name and a password, when a name is given.
    Plain,
    /// By the certificate.
    External,
    /// With a token.
    XOauth2,
}

/// How a connection to the operator is protected.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum TlsMode {
    /// Begins in clear, then `STARTTLS`; without it nothing is said.
    StartTls,
    /// TLS from the first byte.
    Implicit,
    /// Clear: refused unless the server is on this machine.
    #[serde(rename = "none")]
    PlainLoopback,
}

/// `[mail.inbox]`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Inbox {
    /// Where receipts are read.
    pub kind: InboxKind,
    /// Host of the operator.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the connection is protected.
    pub tls: TlsMode,
    /// Authorities trusted.
    pub ca_file: PathBuf,
    /// Certificate chain of the mailbox.
    pub client_certificate_file: PathBuf,
    /// Its key.
    pub client_key_file: PathBuf,
    /// How to log in.
    pub sasl: Sasl,
    /// Account.
    pub user: String,
    /// File of its password.
    pub password_file: PathBuf,
    /// File of its token.
    pub token_file: PathBuf,
    /// Folder of the Maildir.
    pub path: PathBuf,
    /// How often it is read, in seconds.
    pub poll_seconds: u64,
}

/// Where receipts are read.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum InboxKind {
    /// Nowhere: no receipt is ever seen.
    None,
    /// The operator's IMAP server.
    Imap,
    /// A folder that a local server delivers to.
    Maildir,
}
