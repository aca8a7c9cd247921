//! A mail that carries health documents, checked in its three layers: what its headers say, what the
//! metadata of its archive say, what the documents say.
//!
//! Used before a mail of ours leaves, when one arrives, and by `passerelle validate`.

use mail_parser::{Message, MessageParser, MessagePart, MimeHeaders};
use memchr::memmem;

use super::mail_headers;
use super::mail_rules as rules;
use super::mail_subject;
use super::receipt::is_document_archive;
use super::xdm::{Archive, ArchivedDocument, KnownDocument, OpenError};
use super::xdm_open::open_with;
use crate::config::Archives;
use crate::finding::Finding;
use crate::identifiers::MssanteAddress;

/// A mail of documents that was checked.
#[derive(Debug)]
pub struct CheckedMail {
    /// Its archive, when there is one that can be opened.
    pub archive: Option<Archive>,
    /// The bytes of that archive; empty without one.
    pub archive_bytes: Vec<u8>,
    /// What is not as agreed in the mail itself.
    pub form: Vec<Finding>,
    /// What contradicts another layer.
    pub coherence: Vec<Finding>,
    /// Why the archive is missing or not opened.
    pub unopened: Option<Finding>,
}

impl CheckedMail {
    /// Every finding: of the mail, of the three layers together, of the archive.
    pub fn findings(&self) -> impl Iterator<Item = &Finding> {
        let archive = self.archive.iter().flat_map(|archive| &archive.findings);
        let unopened = self.unopened.iter();
        unopened
            .chain(&self.coherence)
            .chain(archive)
            .chain(&self.form)
    }
}

/// Checks a mail that should carry documents; what its archive may cost is bounded by `limits`.
#[must_use]
pub fn check(mail: &[u8], limits: &Archives) -> CheckedMail {
    check_with(mail, limits, None)
}

/// Checks a mail that was written around a document, which is not read anew when the mail carries it
/// byte for byte.
#[must_use]
pub fn check_written(mail: &[u8], limits: &Archives, known: KnownDocument<'_>) -> CheckedMail {
    check_with(mail, limits, Some(known))
}

fn check_with(mail: &[u8], limits: &Archives, known: Option<KnownDocument<'_>>) -> CheckedMail {
    let mut checked = CheckedMail {
        archive: None,
        archive_bytes: Vec::new(),
        form: Vec::new(),
        coherence: Vec::new(),
        unopened: None,
    };
    let Some(message) = MessageParser::default().parse(mail) else {
        checked.unopened = Some(rules::UNREADABLE.at(""));
        return checked;
    };
    let archives: Vec<&MessagePart<'_>> = message
        .attachments()
        .filter(|part| is_document_archive(part))
        .collect();
    match archives.as_slice() {
        [archive] => match open_with(archive.contents(), limits, known) {
            Ok(opened) => {
                checked.archive = Some(opened);
                checked.archive_bytes = archive.contents().to_vec();
            }
            Err(error) => checked.unopened = Some(OpenError::finding(&error)),
        },
        _ => checked.unopened = Some(rules::NO_ARCHIVE.at("IHE_XDM.zip")),
    }
    let documents = checked
        .archive
        .as_ref()
        .map_or(&[][..], |archive| &archive.documents);
    mail_headers::check(
        &message,
        mail,
        documents,
        &mut checked.form,
        &mut checked.coherence,
    );
    check_attachments(&message, documents, &mut checked.form);
    if !documents.is_empty() {
        mail_subject::check(
            &message,
            documents,
            &mut checked.form,
            &mut checked.coherence,
        );
        check_recipient(&message, documents, &mut checked.coherence);
    }
    checked
}

/// One readable copy for each document, whole, named as agreed.
fn check_attachments(
    message: &Message<'_>,
    documents: &[ArchivedDocument],
    form: &mut Vec<Finding>,
) {
    let copies: Vec<&MessagePart<'_>> = message.attachments().filter(|part| is_pdf(part)).collect();
    if copies.len() != documents.len() {
        form.push(rules::PDF.at("attachment"));
    }
    for copy in copies {
        let content = copy.contents();
        // `pdfaid:part` is written as an element or as an attribute.
        let is_archival = [&b"<pdfaid:part>1<"[..], b"pdfaid:part=\"1\""]
            .iter()
            .any(|words| memmem::find(content, words).is_some());
        if !content.starts_with(b"%PDF-") || !is_archival {
            form.push(rules::PDF_KIND.at("attachment"));
        }
        let name = copy.attachment_name().unwrap_or_default();
        if !is_copy_name(name) {
            form.push(rules::PDF_NAME.at("attachment/filename"));
        }
    }
    let are_encoded = message
        .attachments()
        .filter(|part| !part.is_message())
        .all(|part| {
            part.content_transfer_encoding()
                .is_some_and(|encoding| encoding.eq_ignore_ascii_case("base64"))
        });
    if !are_encoded {
        form.push(rules::ENCODING.at("attachment"));
    }
}

fn is_pdf(part: &MessagePart<'_>) -> bool {
    let is_kind = part.content_type().is_some_and(|kind| {
        kind.subtype()
            .is_some_and(|subtype| subtype.eq_ignore_ascii_case("pdf"))
    });
    is_kind
        || part
            .attachment_name()
            .is_some_and(|name| name.to_ascii_lowercase().ends_with(".pdf"))
}

/// `AAAAMMJJ_type_NOM_prenom[_dossier].pdf`. **Source:** ECO.2.1.6.
fn is_copy_name(name: &str) -> bool {
    let Some(stem) = name.strip_suffix(".pdf") else {
        return false;
    };
    let mut pieces = stem.split('_');
    let is_day = pieces
        .next()
        .is_some_and(|day| day.len() == 8 && day.bytes().all(|byte| byte.is_ascii_digit()));
    let rest: Vec<&str> = pieces.collect();
    // The label may itself hold underscores: the names are the last two or three pieces.
    let label = stem.split_once('_').map_or("", |(_, label)| label);
    let names = rest
        .iter()
        .rev()
        .take(2)
        .map(|piece| piece.chars().count())
        .sum::<usize>();
    let label_length = label.chars().count().saturating_sub(names + 2);
    is_day
        && rest.len() >= 3
        && rest.iter().rev().take(2).all(|piece| !piece.is_empty())
        && (1..=40).contains(&label_length)
        && !name.contains(|c: char| c.is_control() || "/\\:*?\"<>|".contains(c))
}

/// A document is not mailed to somebody whom it is hidden from, nor to another patient's box.
fn check_recipient(
    message: &Message<'_>,
    documents: &[ArchivedDocument],
    coherence: &mut Vec<Finding>,
) {
    let to = message
        .to()
        .and_then(|to| to.first())
        .and_then(|to| to.address.as_deref())
        .and_then(|address| address.parse::<MssanteAddress>().ok());
    let matricule = to.as_ref().and_then(MssanteAddress::patient_matricule);
    let is_patient = to.as_ref().is_some_and(MssanteAddress::is_patient);
    for document in documents {
        let is_hidden = if is_patient {
            document.marks.is_hidden_from_patient
        } else {
            document.marks.is_masked
        };
        if is_hidden {
            coherence.push(rules::HIDDEN.at("To"));
        }
        let ins = document.document.header.patient.ins();
        if is_patient && ins.and_then(|ins| ins.extension.as_deref()) != matricule {
            coherence.push(rules::PATIENT_BOX.at("To"));
        }
    }
}
