//! Message disposition notification (*accusé de lecture*, *accusé d'intégration*): reading what it
//! says, and writing ours.

use mail_parser::{HeaderForm, HeaderValue, Message, MessageParser, MimeHeaders};
use time::OffsetDateTime;

use super::mime::{MailWriter, boundary};
use super::report_fields::{Fields, bare_id};
use super::return_path::ReturnPath;
use crate::identifiers::MssanteAddress;

pub use super::mime::Returned;

/// What became of a document at its recipient's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Disposition {
    /// A person displayed the mail.
    Read,
    /// The recipient's software took the document in.
    Integrated,
    /// The recipient's software refused the document.
    Rejected {
        /// Three-digit reason, 900 to 906 today; unknown ones are kept.
        code: Option<u16>,
        /// What the code means, in the words of the sender.
        label: Option<String>,
    },
    /// Weak or unknown evidence (`dispatched`, `deleted`, a warning): the disposition as it came.
    Other(String),
}

/// Reads the machine part of a disposition notification. Anything but an empty modifier is no plain
/// success.
///
/// **Source:** RFC 8098, 3.2.6; RFC 3798, 3.2.6 (older types); ANS, volet de transmission d'un
/// document CDA par courriel MSSanté, structure of the MDN (both styles of refusal).
pub(super) fn parse_disposition(fields: &Fields) -> Option<Disposition> {
    let whole = fields.get("Disposition")?;
    let after_modes = whole.split_once(';').map_or(whole, |(_, after)| after);
    let (head, tail) = match after_modes.split_once(':') {
        Some((head, tail)) => (head, Some(tail)),
        None => (after_modes, None),
    };
    let (kind, modifier) = match head.split_once('/') {
        Some((kind, modifier)) => (kind, modifier.trim()),
        None => (head, ""),
    };
    let reason = fields
        .get("Error")
        .and_then(coded_reason)
        .or_else(|| tail.and_then(coded_reason))
        .or_else(|| coded_reason(modifier));
    let kind = kind.trim().to_ascii_lowercase();
    let is_error = reason.is_some()
        || fields.get("Error").is_some()
        || tail.is_some()
        || modifier.to_ascii_lowercase().contains("error")
        || matches!(kind.as_str(), "denied" | "failed");
    Some(match (kind.as_str(), modifier.is_empty()) {
        _ if is_error => Disposition::Rejected {
            code: reason.as_ref().map(|(code, _)| *code),
            label: reason.and_then(|(_, label)| label),
        },
        ("processed", true) => Disposition::Integrated,
        ("displayed", true) => Disposition::Read,
        _ => Disposition::Other(whole.to_owned()),
    })
}

/// Reads `902^label^code system…`: the code, and its label when there is one.
pub(super) fn coded_reason(text: &str) -> Option<(u16, Option<String>)> {
    let mut pieces = text.trim().split('^');
    let code = pieces.next()?.trim();
    let code = (code.len() == 3).then(|| code.parse::<u16>().ok())??;
    let label = pieces
        .next()
        .map(str::trim)
        .filter(|label| !label.is_empty())
        .map(str::to_owned);
    Some((code, label))
}

/// What our side made of a mail that it received.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome<'a> {
    /// Every document was taken in.
    Integrated,
    /// A person displayed the mail.
    Read,
    /// A document was refused.
    Rejected {
        /// Reason, from the table of business errors (900 to 906).
        code: u16,
        /// What the code means, in French.
        label: &'a str,
    },
}

/// An answer to a mail that asked for a notification.
#[derive(Clone, Debug)]
pub struct Answer<'a> {
    /// The mail, as it was received.
    pub original: &'a [u8],
    /// Sender of its envelope.
    pub return_path: ReturnPath,
    /// The mailbox that received it, and answers.
    pub recipient: &'a MssanteAddress,
    /// What became of it.
    pub outcome: Outcome<'a>,
    /// Identifier of the answer, without angle brackets.
    pub message_id: &'a str,
    /// When it is written.
    pub at: OffsetDateTime,
    /// Product reference number given by the ANS; empty for none.
    pub nil: &'a str,
    /// Whether the answer carries the whole original or its headers alone.
    pub returned: Returned,
}

/// Why a mail gets no automatic answer. **Source:** RFC 8098, 2.1; RFC 3834, 2.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoAnswer {
    /// No notification was asked for.
    #[error("the mail asks for no notification")]
    NotAsked,
    /// The address to notify is not the one that sent the mail, or is not alone.
    #[error("the address to notify differs from the sender of the envelope: a person must decide")]
    AnotherAddress,
    /// A report, an automatic mail or a mail of a list.
    #[error("automatic mails and reports are never answered")]
    Automatic,
    /// The mail cannot be read.
    #[error("the mail cannot be read")]
    Unreadable,
}

/// Writes the notification. Its envelope must have the null sender, and ask for no report.
///
/// # Errors
/// When the mail must not be answered by a machine.
pub fn write(answer: &Answer<'_>) -> Result<Vec<u8>, NoAnswer> {
    let original = MessageParser::default()
        .parse_headers(answer.original)
        .ok_or(NoAnswer::Unreadable)?;
    let notified = notified_address(&original, &answer.return_path, answer.recipient)?;
    let subject = original.subject().unwrap_or_default();
    let original_id = original.message_id();
    let boundary = boundary(answer.message_id);

    let mut mail = MailWriter::default();
    mail.date_header(answer.at);
    mail.mailbox_header("From", None, answer.recipient.as_str());
    mail.mailbox_header("To", None, notified.as_str());
    mail.token_header("Message-ID", &format!("<{}>", answer.message_id));
    if let Some(id) = original_id {
        mail.token_header("In-Reply-To", &format!("<{id}>"));
        mail.token_header("References", &format!("<{id}>"));
    }
    mail.text_header("Subject", &answer_subject(subject, answer.outcome));
    mail.line("Auto-Submitted: auto-replied");
    if !answer.nil.is_empty() {
        mail.token_header("X-MSS-NIL", answer.nil);
    }
    mail.line("MIME-Version: 1.0");
    mail.line("Content-Type: multipart/report; report-type=disposition-notification;");
    mail.line(&format!(" boundary=\"{boundary}\""));
    mail.end_headers();

    mail.open_part(&boundary);
    mail.text_part(&human_text(answer.outcome));
    mail.open_part(&boundary);
    mail.line("Content-Type: message/disposition-notification");
    mail.end_headers();
    write_fields(&mut mail, answer, &original);
    mail.open_part(&boundary);
    mail.original_part(answer.original, answer.returned, None);
    mail.close_parts(&boundary);
    Ok(mail.into_bytes())
}

/// The address that a machine may notify of what became of a mail that came to `recipient`.
///
/// # Errors
/// When no notification may be sent.
pub fn notified(mail: &[u8], recipient: &MssanteAddress) -> Result<MssanteAddress, NoAnswer> {
    let message = MessageParser::default()
        .parse_headers(mail)
        .ok_or(NoAnswer::Unreadable)?;
    notified_address(&message, &ReturnPath::of(&message), recipient)
}

/// The one address that asked to be notified, when a machine may write to it.
fn notified_address(
    original: &Message<'_>,
    return_path: &ReturnPath,
    recipient: &MssanteAddress,
) -> Result<MssanteAddress, NoAnswer> {
    if is_automatic(original) || *return_path == ReturnPath::Null {
        return Err(NoAnswer::Automatic);
    }
    let asked = original.header_as("Disposition-Notification-To", HeaderForm::Addresses);
    let [asked] = asked.as_slice() else {
        return Err(if asked.is_empty() {
            NoAnswer::NotAsked
        } else {
            NoAnswer::AnotherAddress
        });
    };
    let mut addresses = asked
        .as_address()
        .into_iter()
        .flat_map(|list| list.iter())
        .filter_map(|entry| entry.address.as_deref());
    let (Some(only), None) = (addresses.next(), addresses.next()) else {
        return Err(NoAnswer::AnotherAddress);
    };
    match (only.parse::<MssanteAddress>(), return_path) {
        (Ok(address), _) if address == *recipient => Err(NoAnswer::Automatic),
        (Ok(address), ReturnPath::Mailbox(sender)) if address == *sender => Ok(address),
        _ => Err(NoAnswer::AnotherAddress),
    }
}

/// True for a report, an automatic mail or a mail of a list.
///
/// **Source:** RFC 3834, 2 and 5.
pub(super) fn is_automatic(message: &Message<'_>) -> bool {
    let value = |name: &str| -> Option<String> {
        let value = message.header(name).and_then(HeaderValue::as_text)?;
        Some(value.trim().to_ascii_lowercase())
    };
    let is_submitted = value("Auto-Submitted").is_some_and(|value| value != "no");
    let is_bulk =
        value("Precedence").is_some_and(|value| ["bulk", "list", "junk"].contains(&value.as_str()));
    let is_report = message
        .content_type()
        .is_some_and(|kind| kind.subtype() == Some("report"));
    is_submitted || is_bulk || is_report
}

/// Subject of an answer: the code of a refusal stands before the mark of documents.
pub(super) fn answer_subject(subject: &str, outcome: Outcome<'_>) -> String {
    match outcome {
        Outcome::Integrated | Outcome::Read => subject.to_owned(),
        Outcome::Rejected { code, .. } => {
            format!("[KO Intégration système !][{code}] {subject}")
        }
    }
}

fn human_text(outcome: Outcome<'_>) -> String {
    match outcome {
        Outcome::Integrated => {
            "Le document reçu a été intégré par le logiciel du destinataire.\n".to_owned()
        }
        Outcome::Read => "Le courriel reçu a été affiché par son destinataire.\n".to_owned(),
        Outcome::Rejected { code, label } => format!(
            "Le document reçu n'a pas pu être intégré par le logiciel du destinataire.\n\
             Code : {code}\nMotif : {label}\n"
        ),
    }
}

fn write_fields(mail: &mut MailWriter, answer: &Answer<'_>, original: &Message<'_>) {
    let asked_for = original
        .header("Original-Recipient")
        .and_then(HeaderValue::as_text)
        .map_or_else(
            || format!("rfc822;{}", answer.recipient),
            |value| value.trim().to_owned(),
        );
    mail.line("Reporting-UA: Passerelle");
    mail.token_header("Original-Recipient", &asked_for);
    mail.token_header("Final-Recipient", &format!("rfc822;{}", answer.recipient));
    if let Some(id) = original.message_id().and_then(bare_id) {
        mail.token_header("Original-Message-ID", &format!("<{id}>"));
    }
    match answer.outcome {
        Outcome::Integrated => {
            mail.line("Disposition: automatic-action/MDN-sent-automatically; processed");
        }
        Outcome::Read => mail.line("Disposition: manual-action/MDN-sent-automatically; displayed"),
        Outcome::Rejected { code, label } => {
            mail.line("Disposition: automatic-action/MDN-sent-automatically; processed/error");
            let label: String = label
                .chars()
                .filter(|c| !c.is_control() && !"^|".contains(*c))
                .collect();
            mail.line(&format!(
                "Error: {code}^{label}^applicationErrorCondition|E^Error^errorSeverity"
            ));
        }
    }
    mail.end_headers();
}

#[cfg(test)]
#[path = "mdn_tests.rs"]
mod tests;
