//! The mail that carries one report to one professional: the archive, its readable copy, and a few
//! words.

use time::{Date, OffsetDateTime};

use super::mail_body;
use super::mime::{MailWriter, boundary, file_name_parameters};
use super::subject::{cut_label, name_in_capitals, subject, without_accents};
use super::xdm::Action;
use crate::cda::{Document, Header, Patient};
use crate::identifiers::MssanteAddress;

/// Who reads a mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reader {
    /// A professional, or the software of one.
    Professional,
    /// The patient, in *Mon espace santé*.
    Patient,
}

/// What a mail is made of. The same content gives the same bytes.
#[derive(Clone, Debug)]
pub struct DocumentMail<'a> {
    /// Mailbox of the gateway; the envelope must have the same sender, else nobody answers.
    pub from: &'a MssanteAddress,
    /// Words shown before it.
    pub from_label: &'a str,
    /// Mailbox that people answer to, when it is another one.
    pub reply_to: Option<&'a MssanteAddress>,
    /// Who receives it: one mailbox, so that each receipt tells of one recipient.
    pub to: &'a MssanteAddress,
    /// Identifier of the mail, without angle brackets: the same for every attempt.
    pub message_id: &'a str,
    /// Identifier of the mail that carried the version replaced by this one, when known.
    pub replaced_message_id: Option<&'a str>,
    /// When the mail was made; for a repeat, when it was made first.
    pub at: OffsetDateTime,
    /// Product reference number given by the ANS; empty for none.
    pub nil: &'a str,
    /// Telephone for questions; empty for none.
    pub contact_phone: &'a str,
    /// The document, as it was read.
    pub document: &'a Document,
    /// What is to be done with it.
    pub action: Action,
    /// Who reads it.
    pub reader: Reader,
    /// Words of whoever ordered the sending, in place of ours.
    pub words: Option<&'a str>,
    /// `IHE_XDM.zip`.
    pub archive: &'a [u8],
    /// The readable copy.
    pub pdf: &'a [u8],
}

/// Writes the mail. Its length is what the size limit of an operator is compared with.
///
/// **Source:** ANS, Référentiel socle MSSanté #2, ECO.2.1 to 2.4; RFC 5322; RFC 8098, 2.1.
#[must_use]
pub fn write(content: &DocumentMail<'_>) -> Vec<u8> {
    let header = &content.document.header;
    let boundary = boundary(content.message_id);
    let pdf_name = pdf_file_name(header);

    let mut mail = MailWriter::default();
    mail.date_header(content.at);
    mail.mailbox_header("From", Some(content.from_label), content.from.as_str());
    mail.mailbox_header("To", None, content.to.as_str());
    if let Some(reply_to) = content.reply_to {
        mail.mailbox_header("Reply-To", None, reply_to.as_str());
    }
    mail.text_header("Subject", &subject_of(header));
    mail.token_header("Message-ID", &format!("<{}>", content.message_id));
    if let Some(replaced) = content.replaced_message_id {
        mail.token_header("In-Reply-To", &format!("<{replaced}>"));
        mail.token_header("References", &format!("<{replaced}>"));
    }
    mail.mailbox_header("Disposition-Notification-To", None, content.from.as_str());
    mail.token_header(
        "X-MSS-CODECDA",
        header.code.code.as_deref().unwrap_or_default(),
    );
    mail.token_header("X-MSS-INS", ins_mark(&header.patient));
    if !content.nil.is_empty() {
        mail.token_header("X-MSS-NIL", content.nil);
    }
    // A patient can answer nobody but the mailbox that people read.
    if content.reader == Reader::Patient && content.reply_to.is_none() {
        mail.line("X-MSS-MES: FIN");
    }
    mail.line("MIME-Version: 1.0");
    mail.line(&format!(
        "Content-Type: multipart/mixed;\r\n boundary=\"{boundary}\""
    ));
    mail.end_headers();

    mail.open_part(&boundary);
    mail.text_part(&mail_body::text(content, &pdf_name));
    attach(
        &mut mail,
        &boundary,
        "application/zip",
        ARCHIVE_NAME,
        content.archive,
    );
    attach(
        &mut mail,
        &boundary,
        "application/pdf",
        &pdf_name,
        content.pdf,
    );
    mail.close_parts(&boundary);
    mail.into_bytes()
}

/// Name of the archive, the same in every mail.
pub const ARCHIVE_NAME: &str = "IHE_XDM.zip";

/// Name of the readable copy: day of the act, type of document, birth name, first given name.
///
/// **Source:** ANS, Référentiel socle MSSanté #2, ECO.2.1.6.
#[must_use]
pub fn pdf_file_name(header: &Header) -> String {
    let day = act_day(header).map_or_else(
        || "00000000".to_owned(),
        |date| {
            format!(
                "{:04}{:02}{:02}",
                date.year(),
                u8::from(date.month()),
                date.day()
            )
        },
    );
    let (family, given) = names(&header.patient);
    format!(
        "{day}_{}_{}_{}.pdf",
        cut_label(&safe_for_files(&label(header), '_')),
        safe_for_files(&name_in_capitals(family), '-').replace('_', "-"),
        safe_for_files(&without_accents(given), '-').replace('_', "-"),
    )
}

fn subject_of(header: &Header) -> String {
    let (family, given) = names(&header.patient);
    let born_on = header.patient.birth_time.as_ref().and_then(|t| t.date());
    subject(&label(header), family, given, born_on)
}

/// What the document calls its own type, on one line.
pub(super) fn label(header: &Header) -> String {
    one_line(
        header
            .code
            .display
            .as_deref()
            .or(header.title.as_deref())
            .unwrap_or("Document"),
    )
}

/// Text on one line.
pub(super) fn one_line(text: &str) -> String {
    text.split(|c: char| c.is_whitespace() || c.is_control())
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

/// Birth name and first given name; what stands for them when the document lacks them.
pub(super) fn names(patient: &Patient) -> (&str, &str) {
    let family = patient.birth_family().or_else(|| patient.used_family());
    let given = patient
        .first_birth_given()
        .or_else(|| patient.used_given())
        .or_else(|| patient.birth_givens());
    (family.unwrap_or("INCONNU"), given.unwrap_or("INCONNU"))
}

/// Day of the act that the document reports, else of the document.
pub(super) fn act_day(header: &Header) -> Option<Date> {
    header
        .acts
        .first()
        .and_then(|act| act.low.as_ref())
        .or(header.effective_time.as_ref())
        .and_then(|timestamp| timestamp.date())
}

fn safe_for_files(text: &str, replacement: char) -> String {
    text.chars()
        .map(|c| {
            if c.is_control() || "/\\:*?\"<>|".contains(c) {
                replacement
            } else {
                c
            }
        })
        .collect()
}

/// `O` when the document carries the INS with all the traits that go with it.
///
/// **Source:** ANS, Référentiel socle MSSanté #2, ECO.2.4.2.
pub(super) fn ins_mark(patient: &Patient) -> &'static str {
    if has_whole_ins(patient) { "O" } else { "N" }
}

/// True when the INS is there with its matricule, its authority and the four traits.
#[must_use]
pub fn has_whole_ins(patient: &Patient) -> bool {
    patient.ins().is_some_and(|ins| ins.extension.is_some())
        && patient.birth_family().is_some()
        && (patient.first_birth_given().is_some() || patient.birth_givens().is_some())
        && patient.birth_time.is_some()
        && patient.sex.code.is_some()
}

fn attach(mail: &mut MailWriter, boundary: &str, kind: &str, name: &str, content: &[u8]) {
    mail.open_part(boundary);
    mail.line(&format!(
        "Content-Type: {kind};\r\n {}",
        file_name_parameters("name", name)
    ));
    mail.line(&format!(
        "Content-Disposition: attachment;\r\n {}",
        file_name_parameters("filename", name)
    ));
    mail.line("Content-Transfer-Encoding: base64");
    mail.end_headers();
    mail.base64_body(content);
}

#[cfg(test)]
#[path = "mail_tests.rs"]
mod tests;
