//! A mail to the secretariat: how many reports wait, and where to see them. No datum of a patient, and
//! no archive.

use time::OffsetDateTime;

use super::mime::MailWriter;
use crate::identifiers::MssanteAddress;

/// What a notice says.
#[derive(Clone, Copy, Debug)]
pub struct NoticeMail<'a> {
    /// Mailbox of the gateway.
    pub from: &'a MssanteAddress,
    /// Words shown before it.
    pub from_label: &'a str,
    /// To whom.
    pub to: &'a MssanteAddress,
    /// Identifier of the mail, without angle brackets: the same for every attempt.
    pub message_id: &'a str,
    /// When it was made first.
    pub at: OffsetDateTime,
    /// Product reference number; empty for none.
    pub nil: &'a str,
    /// What it is about.
    pub subject: &'a str,
    /// What it says.
    pub text: &'a str,
}

/// Writes the mail.
///
/// **Source:** RFC 5322; RFC 3834, 5 (`Auto-Submitted`); ANS, Référentiel socle MSSanté #2, ECO.2.4.3.
#[must_use]
pub fn write(content: &NoticeMail<'_>) -> Vec<u8> {
    let mut mail = MailWriter::default();
    mail.date_header(content.at);
    mail.mailbox_header("From", Some(content.from_label), content.from.as_str());
    mail.mailbox_header("To", None, content.to.as_str());
    mail.text_header("Subject", content.subject);
    mail.token_header("Message-ID", &format!("<{}>", content.message_id));
    mail.token_header("Auto-Submitted", "auto-generated");
    if !content.nil.is_empty() {
        mail.token_header("X-MSS-NIL", content.nil);
    }
    mail.line("MIME-Version: 1.0");
    mail.text_part(content.text);
    mail.into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    #[test]
    fn a_notice_reads_as_a_plain_mail() {
        let (from, to) = (
            "rcp@reseau.mssante.invalid",
            "secretariat@reseau.mssante.invalid",
        );
        let mail = write(&NoticeMail {
            from: &from.parse().expect("valid"),
            from_label: "Réseau",
            to: &to.parse().expect("valid"),
            message_id: "1@reseau.mssante.invalid",
            at: datetime!(2026-11-23 09:00 UTC),
            nil: "PASSERELLE",
            subject: "Comptes rendus non lus : 3",
            text: "Bonjour,\n\nTrois comptes rendus attendent.",
        });
        insta::assert_snapshot!(String::from_utf8(mail).expect("ASCII").replace('\r', ""));
    }
}
