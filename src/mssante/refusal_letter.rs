//! *Courriel standard*: a refusal written as an ordinary mail, when no notification may be sent.

use mail_parser::MessageParser;

use super::mail::ARCHIVE_NAME;
use super::mdn::{Answer, NoAnswer, Outcome, answer_subject, is_automatic};
use super::mime::{MailWriter, boundary};
use super::return_path::ReturnPath;
use crate::identifiers::MssanteAddress;

/// Who is told of a refusal by an ordinary mail: whoever wrote the mail.
///
/// # Errors
/// When nobody may be written to.
pub fn addressee(mail: &[u8], recipient: &MssanteAddress) -> Result<MssanteAddress, NoAnswer> {
    let message = MessageParser::default()
        .parse_headers(mail)
        .ok_or(NoAnswer::Unreadable)?;
    if is_automatic(&message) || ReturnPath::of(&message) == ReturnPath::Null {
        return Err(NoAnswer::Automatic);
    }
    let from = message.from().and_then(|from| from.first());
    let address = from
        .and_then(|from| from.address.as_deref()?.parse::<MssanteAddress>().ok())
        .ok_or(NoAnswer::AnotherAddress)?;
    if address == *recipient {
        return Err(NoAnswer::Automatic);
    }
    Ok(address)
}

/// Writes the letter. Its envelope must have the null sender, and ask for no report.
///
/// **Source:** ANS, volet *Transmission d'un document CDA par courriel MSSanté*, structure of the
/// *courriel standard*.
///
/// # Errors
/// When nobody may be written to.
pub fn write(answer: &Answer<'_>) -> Result<Vec<u8>, NoAnswer> {
    let to = addressee(answer.original, answer.recipient)?;
    let original = MessageParser::default()
        .parse_headers(answer.original)
        .ok_or(NoAnswer::Unreadable)?;
    let boundary = boundary(answer.message_id);
    let mut mail = MailWriter::default();
    mail.date_header(answer.at);
    mail.mailbox_header("From", None, answer.recipient.as_str());
    mail.mailbox_header("To", None, to.as_str());
    mail.token_header("Message-ID", &format!("<{}>", answer.message_id));
    if let Some(id) = original.message_id() {
        mail.token_header("In-Reply-To", &format!("<{id}>"));
        mail.token_header("References", &format!("<{id}>"));
    }
    let subject = original.subject().unwrap_or_default();
    mail.text_header("Subject", &answer_subject(subject, answer.outcome));
    mail.line("Auto-Submitted: auto-replied");
    if !answer.nil.is_empty() {
        mail.token_header("X-MSS-NIL", answer.nil);
    }
    mail.line("MIME-Version: 1.0");
    mail.line("Content-Type: multipart/mixed;");
    mail.line(&format!(" boundary=\"{boundary}\""));
    mail.end_headers();
    mail.open_part(&boundary);
    mail.text_part(&words(answer.outcome));
    mail.open_part(&boundary);
    mail.original_part(
        answer.original,
        answer.returned,
        Some("message_original.eml"),
    );
    mail.close_parts(&boundary);
    Ok(mail.into_bytes())
}

fn words(outcome: Outcome<'_>) -> String {
    match outcome {
        Outcome::Rejected { code, label } => format!(
            "Le document reçu n'a pas pu être intégré par le logiciel du destinataire.\n\
             Code : {code}\nMotif : {label}\n\n\
             Que faire : corriger l'archive {ARCHIVE_NAME} ou le document, puis envoyer un nouveau courriel. \
             Le courriel d'origine est joint.\n"
        ),
        Outcome::Integrated | Outcome::Read => "Le document reçu a été intégré.\n".to_owned(),
    }
}
