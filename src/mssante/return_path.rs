//! The sender of the envelope, as the last mail server wrote it down.

use mail_parser::{Message, MessageParser};

use crate::identifiers::MssanteAddress;

/// Sender of the envelope of a mail that arrived.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReturnPath {
    /// No server wrote it down.
    Absent,
    /// Nobody: the mail must not be answered.
    Null,
    /// That mailbox.
    Mailbox(MssanteAddress),
    /// Something that is no address.
    Unreadable,
}

impl ReturnPath {
    /// Reads it from a whole mail.
    #[must_use]
    pub fn of_mail(mail: &[u8]) -> Self {
        MessageParser::default()
            .parse_headers(mail)
            .map_or(Self::Absent, |message| Self::of(&message))
    }

    /// Reads it from the first such header: the last server puts its own above what the sender wrote.
    ///
    /// **Source:** RFC 5321, 4.4.
    #[must_use]
    pub fn of(message: &Message<'_>) -> Self {
        let Some((_, value)) = message
            .headers_raw()
            .find(|(name, _)| name.eq_ignore_ascii_case("Return-Path"))
        else {
            return Self::Absent;
        };
        match value.trim().trim_matches(['<', '>']).trim() {
            "" => Self::Null,
            address => address.parse().map_or(Self::Unreadable, Self::Mailbox),
        }
    }
}
