//! What a mail found in our mailbox is: an acknowledgement, a refusal, a document, or a letter that
//! a person must read. Never fails: what cannot be read is kept and shown.

use mail_parser::{HeaderValue, Message, MessageParser, MimeHeaders, PartType};

use super::dsn::{Action, DeliveryReport, RecipientStatus, parse_delivery_status};
use super::mdn::{Disposition, coded_reason, is_automatic, parse_disposition};
use super::report_fields::{bare_id, groups};
use super::subject::PREFIX;

/// A mail of our mailbox, recognised.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReceivedMail {
    /// Its own Message-ID, without angle brackets: the same mail is handled once.
    pub message_id: Option<String>,
    /// Address that wrote it, in lower case: outside the trusted space, it proves nothing.
    pub from: Option<String>,
    /// Mails that it answers, the nearest first: `In-Reply-To`, then `References` from the right.
    pub answers: Vec<String>,
    /// What it says.
    pub receipt: Receipt,
}

/// What a mail of our mailbox says.
///
/// **Source:** RFC 8098 (MDN); RFC 3464 (DSN); ANS, volet de transmission d'un document CDA par
/// courriel MSSanté (courriel standard).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Receipt {
    /// A disposition notification.
    Mdn {
        /// Message-ID of our mail, without angle brackets.
        original_message_id: Option<String>,
        /// Address that we wrote to, in lower case.
        original_recipient: Option<String>,
        /// Address that answers, in lower case; another one when the mail was forwarded.
        final_recipient: Option<String>,
        /// What became of the document.
        disposition: Disposition,
    },
    /// A delivery report of a mail server.
    Dsn(DeliveryReport),
    /// A refusal written as an ordinary mail (*courriel standard*); a person confirms it.
    StandardRefusal {
        /// Message-ID of our mail, without angle brackets.
        original_message_id: Option<String>,
        /// Reason, when the subject or the text gives one.
        code: Option<u16>,
    },
    /// Health documents sent to us.
    Documents,
    /// An answer that a machine wrote: an absence, a change of address.
    AutoReply {
        /// Message-ID of our mail, without angle brackets.
        original_message_id: Option<String>,
    },
    /// A letter: a person reads it.
    HumanMail,
    /// Not a mail that can be read.
    Unreadable,
}

/// Recognises a mail.
#[must_use]
pub fn read(mail: &[u8]) -> ReceivedMail {
    let Some(message) = MessageParser::default().parse(mail) else {
        return ReceivedMail {
            message_id: None,
            from: None,
            answers: Vec::new(),
            receipt: Receipt::Unreadable,
        };
    };
    ReceivedMail {
        message_id: message.message_id().and_then(bare_id),
        from: message
            .from()
            .and_then(|from| from.first())
            .and_then(|from| from.address.as_deref())
            .map(str::to_ascii_lowercase),
        answers: answers(&message),
        receipt: receipt(&message),
    }
}

fn receipt(message: &Message<'_>) -> Receipt {
    if let Some(fields) = report_part(message, "disposition-notification") {
        return notification(message, fields);
    }
    if let Some(fields) = report_part(message, "delivery-status") {
        let (envelope_id, recipients) = parse_delivery_status(fields);
        return Receipt::Dsn(DeliveryReport {
            envelope_id,
            original_message_id: enclosed_message_id(message),
            recipients,
        });
    }
    let subject = message.subject().unwrap_or_default();
    if let Some(code) = refusal_subject(subject) {
        return Receipt::StandardRefusal {
            original_message_id: enclosed_message_id(message)
                .or_else(|| answers(message).into_iter().next()),
            code: code.or_else(|| code_in_text(message)),
        };
    }
    if subject.starts_with(PREFIX) || message.attachments().any(is_document_archive) {
        return Receipt::Documents;
    }
    if is_bounce(message, subject) {
        return Receipt::Dsn(plain_bounce(message));
    }
    if is_automatic(message) {
        return Receipt::AutoReply {
            original_message_id: answers(message).into_iter().next(),
        };
    }
    Receipt::HumanMail
}

fn notification(message: &Message<'_>, fields: &[u8]) -> Receipt {
    let groups = groups(fields);
    let find = |name: &str| groups.iter().find_map(|group| group.get(name));
    let disposition = groups
        .iter()
        .find_map(parse_disposition)
        .unwrap_or_else(|| Disposition::Other(String::new()));
    Receipt::Mdn {
        original_message_id: find("Original-Message-ID")
            .and_then(bare_id)
            .or_else(|| enclosed_message_id(message))
            .or_else(|| answers(message).into_iter().next()),
        original_recipient: groups
            .iter()
            .find_map(|group| group.address("Original-Recipient")),
        final_recipient: groups
            .iter()
            .find_map(|group| group.address("Final-Recipient")),
        disposition: with_reason(disposition, message, find("Failure")),
    }
}

/// A refusal whose machine part gives no code: the subject, then the text may give one.
fn with_reason(
    disposition: Disposition,
    message: &Message<'_>,
    failure: Option<&str>,
) -> Disposition {
    match disposition {
        Disposition::Rejected { code: None, label } => {
            let subject = message.subject().unwrap_or_default();
            let named = failure.and_then(coded_reason);
            Disposition::Rejected {
                code: refusal_subject(subject)
                    .flatten()
                    .or_else(|| named.as_ref().map(|(code, _)| *code))
                    .or_else(|| code_in_text(message)),
                label: label.or_else(|| named.and_then(|(_, label)| label)),
            }
        }
        complete => complete,
    }
}

/// Content of the first part of type `message/<subtype>`.
fn report_part<'a>(message: &'a Message<'_>, subtype: &str) -> Option<&'a [u8]> {
    message
        .parts
        .iter()
        .find(|part| {
            part.content_type().is_some_and(|kind| {
                kind.ctype().eq_ignore_ascii_case("message")
                    && kind
                        .subtype()
                        .is_some_and(|found| found.eq_ignore_ascii_case(subtype))
            })
        })
        .map(mail_parser::MessagePart::contents)
}

/// Message-ID of the mail that is enclosed: whole, as headers, or quoted in the text of a bounce.
fn enclosed_message_id(message: &Message<'_>) -> Option<String> {
    message.parts.iter().find_map(|part| match &part.body {
        PartType::Message(inner) => inner.message_id().and_then(bare_id),
        PartType::Text(text)
            if part.content_type().is_some_and(|kind| {
                kind.subtype()
                    .is_some_and(|subtype| subtype.eq_ignore_ascii_case("rfc822-headers"))
            }) =>
        {
            MessageParser::default()
                .parse_headers(text.as_bytes())
                .and_then(|inner| inner.message_id().and_then(bare_id))
        }
        _ => None,
    })
}

fn answers(message: &Message<'_>) -> Vec<String> {
    let ids = |value: &HeaderValue<'_>| -> Vec<String> {
        value
            .as_text_list()
            .unwrap_or_default()
            .iter()
            .filter_map(|id| bare_id(id))
            .collect()
    };
    let mut answers = ids(message.in_reply_to());
    answers.extend(ids(message.references()).into_iter().rev());
    answers.dedup();
    answers
}

/// Recognises the subject of a refusal: the code, if any, between the mark and the first subject.
fn refusal_subject(subject: &str) -> Option<Option<u16>> {
    let (mark, rest) = subject.trim_start().strip_prefix('[')?.split_once(']')?;
    let mark = mark.trim_end_matches([' ', '!']).trim().to_lowercase();
    let is_mark = mark == "ko intégration système"
        || (mark.starts_with("erreur d") && mark.ends_with("intégration"));
    let rest = rest.trim_start();
    let (code, rest) = match rest.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((code, rest)) => (coded_reason(code).map(|(code, _)| code), rest.trim_start()),
        None => (None, rest),
    };
    (is_mark && rest.starts_with(PREFIX)).then_some(code)
}

/// A code such as `902^` in the text meant for people.
fn code_in_text(message: &Message<'_>) -> Option<u16> {
    let text = message.body_text(0)?;
    text.split_whitespace()
        .filter_map(|word| {
            let (head, _) = word.split_once('^')?;
            let digits = head.get(head.len().checked_sub(3)?..)?;
            digits.starts_with('9').then(|| digits.parse().ok())?
        })
        .next()
}

/// True for an attachment that is an archive of documents, by its name.
pub(super) fn is_document_archive(part: &mail_parser::MessagePart<'_>) -> bool {
    part.attachment_name()
        .is_some_and(|name| name.eq_ignore_ascii_case("IHE_XDM.zip"))
}

/// Bounces that are not reports: null return path or the mail system's own address.
fn is_bounce(message: &Message<'_>, subject: &str) -> bool {
    let from_system = message
        .from()
        .and_then(|from| from.first())
        .and_then(|from| from.address.as_deref())
        .is_some_and(|address| address.to_ascii_lowercase().starts_with("mailer-daemon@"));
    from_system || subject.eq_ignore_ascii_case("Undelivered Mail Returned to Sender")
}

/// A bounce without details: failed, for a reason that is not said.
fn plain_bounce(message: &Message<'_>) -> DeliveryReport {
    let quoted_id = || {
        let text = message.body_text(0)?;
        text.lines().find_map(|line| {
            let (name, value) = line.trim_start_matches(['>', ' ']).split_once(':')?;
            name.eq_ignore_ascii_case("Message-ID")
                .then(|| bare_id(value))?
        })
    };
    DeliveryReport {
        envelope_id: None,
        original_message_id: enclosed_message_id(message)
            .or_else(quoted_id)
            .or_else(|| answers(message).into_iter().next()),
        recipients: vec![RecipientStatus {
            original_recipient: None,
            final_recipient: message
                .header("X-Failed-Recipients")
                .and_then(HeaderValue::as_text)
                .map(|address| address.trim().to_ascii_lowercase()),
            action: Action::Failed,
            status: None,
            diagnostic: None,
            will_retry_until: None,
        }],
    }
}

#[cfg(test)]
#[path = "receipt_tests.rs"]
mod tests;
