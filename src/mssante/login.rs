//! Logging in at the operator's, for sending and for reading.

use std::{fmt, io, path::PathBuf};

/// How a mailbox says who it is, beside the certificate of its connection.
///
/// **Source:** ANS, Référentiel socle MSSanté #2, ECO.1.2 (certificate alone for the mailbox of an
/// application, Pro Santé Connect token for that of a person); RFC 4616 (PLAIN), RFC 4422 (EXTERNAL).
#[derive(Clone, Default, PartialEq, Eq)]
pub enum Login {
    /// The certificate is enough.
    #[default]
    None,
    /// Name and password.
    Plain {
        /// Name of the account.
        user: String,
        /// Its password.
        password: String,
    },
    /// The certificate proves it, for this mailbox.
    External {
        /// Name of the mailbox; empty: the one that the certificate names.
        user: String,
    },
    /// A token that lives for minutes.
    XOauth2 {
        /// Name of the mailbox.
        user: String,
        /// File of the token, read at each login: whoever renews the token writes it there.
        token_file: PathBuf,
    },
}

impl Login {
    /// Name of the mechanism, as SASL writes it.
    #[must_use]
    pub(super) fn mechanism(&self) -> &'static str {
        match self {
            Self::None => "",
            Self::Plain { .. } => "PLAIN",
            Self::External { .. } => "EXTERNAL",
            Self::XOauth2 { .. } => "XOAUTH2",
        }
    }

    /// What is said first, before any encoding.
    ///
    /// # Errors
    /// When the file of the token cannot be read.
    pub(super) fn first_words(&self) -> io::Result<String> {
        Ok(match self {
            Self::None => String::new(),
            Self::Plain { user, password } => format!("\0{user}\0{password}"),
            Self::External { user } => user.clone(),
            Self::XOauth2 { user, token_file } => {
                let token = std::fs::read_to_string(token_file)?;
                format!("user={user}\x01auth=Bearer {}\x01\x01", token.trim())
            }
        })
    }
}

impl fmt::Debug for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.mechanism())
    }
}
