//! `IHE_XDM.zip`: the archive in which a report travels.
//!
//! The clinical document goes in byte for byte; what describes it is derived from it and from the
//! instant of submission, so a repeat has the same bytes.
//!
//! **Source:** IHE ITI TF-2, ITI-32 (XDM); ANS, CI-SIS, *Service d'échange*.

use std::io::{Cursor, Write};

use quick_xml::escape::escape;
use time::OffsetDateTime;
use zip::{CompressionMethod, DateTime, ZipWriter, result::ZipError, write::SimpleFileOptions};

use super::subject::without_accents;
use super::visibility::Marks;
use super::xdm_metadata::{self, DOCUMENT_NAME};
use crate::{
    cda::{Document, Organization},
    terminology::Terminology,
};

pub use super::xdm_facts::{ClassAndFormat, class_and_format, codes_of_archives};
pub use super::xdm_open::{Action, Archive, ArchivedDocument, KnownDocument, OpenError, open};

/// Who is to be called about an archive, as its two text files say.
#[derive(Clone, Copy, Debug)]
pub struct Contact<'a> {
    /// Name of the mailbox or of the secretariat.
    pub label: &'a str,
    /// Telephone; empty for none.
    pub phone: &'a str,
}

/// Why a document cannot be packed.
#[derive(Debug, thiserror::Error)]
pub enum PackError {
    /// The document lacks what the archive must say of it: the `XPath` of each thing missing.
    #[error("the document lacks what an exchange needs: {}", .0.join(", "))]
    Incomplete(Vec<&'static str>),
    /// No class and format are known for documents of that model.
    #[error("documents of this type and model are not exchanged by this gateway")]
    UnknownModel,
    /// The archive cannot be written.
    #[error("the archive cannot be written")]
    Zip(#[from] ZipError),
    /// The archive cannot be written.
    #[error("the archive cannot be written")]
    Write(#[from] std::io::Error),
}

/// What an archive asks to do with a document that is sent for the first time.
#[must_use]
pub fn first_action(document: &Document) -> Action {
    if document.header.replaces().is_some() {
        Action::Replace
    } else {
        Action::Create
    }
}

/// What an archive says beside its document.
#[derive(Clone, Copy)]
pub struct Shipment<'a> {
    /// Whom to call.
    pub contact: Contact<'a>,
    /// When the document was first meant to leave.
    pub submitted_at: OffsetDateTime,
    /// Identifier of the submission, an OID; `None`: derived from the document and the instant.
    pub submission_id: Option<&'a str>,
    /// What is to be done with it.
    pub action: Action,
    /// From whom it is hidden.
    pub marks: Marks,
    /// Where the labels of its codes come from.
    pub terminology: &'a Terminology,
}

/// Packs one document. `cda` is the document as it was received or signed, `document` what was read
/// in it.
///
/// # Errors
/// When the document lacks what the archive must say of it.
pub fn pack(
    document: &Document,
    cda: &[u8],
    shipment: &Shipment<'_>,
) -> Result<Vec<u8>, PackError> {
    let metadata = xdm_metadata::write(document, cda, shipment)?;
    let contact = &shipment.contact;
    let custodian = &document.header.custodian;
    let organization = custodian.name.as_deref().unwrap_or("Organisme");
    let mut zip = ZipWriter::new(Cursor::new(Vec::with_capacity(cda.len() / 4 + 8_192)));
    add(
        &mut zip,
        "INDEX.HTM",
        index(contact.label, organization).as_bytes(),
    )?;
    add(
        &mut zip,
        "README.TXT",
        readme(contact, organization, custodian).as_bytes(),
    )?;
    zip.add_directory("IHE_XDM/", options())?;
    zip.add_directory("IHE_XDM/SUBSET01/", options())?;
    add(
        &mut zip,
        "IHE_XDM/SUBSET01/METADATA.XML",
        metadata.as_bytes(),
    )?;
    add(&mut zip, &format!("IHE_XDM/SUBSET01/{DOCUMENT_NAME}"), cda)?;
    Ok(zip.finish()?.into_inner())
}

type Zip = ZipWriter<Cursor<Vec<u8>>>;

/// A fixed date, so that the same content gives the same bytes.
fn options() -> SimpleFileOptions {
    SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .last_modified_time(DateTime::DEFAULT)
}

fn add(zip: &mut Zip, name: &str, content: &[u8]) -> Result<(), PackError> {
    zip.start_file(name, options())?;
    zip.write_all(content)?;
    Ok(())
}

/// Page that opens the archive. **Source:** IHE ITI TF-2, 3.32.4.1.2.2 (XHTML Basic).
fn index(label: &str, organization: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <!DOCTYPE html PUBLIC \"-//W3C//DTD XHTML Basic 1.1//EN\" \
         \"http://www.w3.org/TR/xhtml-basic/xhtml-basic11.dtd\">\n\
         <html xmlns=\"http://www.w3.org/1999/xhtml\" xml:lang=\"fr\">\n\
         <head><title>Archive de documents de sant\u{e9}</title></head>\n\
         <body>\n<h1>Archive de documents de sant\u{e9}</h1>\n\
         <p>\u{c9}metteur : {}</p>\n<p>Organisme : {}</p>\n\
         <p><a href=\"README.TXT\">Mode d'emploi</a></p>\n\
         <p><a href=\"IHE_XDM/SUBSET01/{DOCUMENT_NAME}\">Document</a></p>\n\
         </body>\n</html>\n",
        escape(label),
        escape(organization)
    )
}

/// Text file that presents the archive: plain ASCII, lines ended by CR LF.
///
/// **Source:** ANS, CI-SIS, *Service d'échange* (blocks of README.TXT); IHE ITI TF-2, ITI-32.
fn readme(contact: &Contact<'_>, organization: &str, custodian: &Organization) -> String {
    let id = custodian
        .id_nat()
        .map(|id| format!(" ({id})"))
        .unwrap_or_default();
    let line = |label: &str, value: &str| match value {
        "" => String::new(),
        value => format!("  {label}: {value}\n"),
    };
    let text = format!(
        "Emetteur:\n{}{}{}{}\
         Application:\n  Nom: Passerelle\n  Version: {}\n  Editeur: Passerelle, logiciel libre\n\
         Instructions:\n  Importer l'archive dans votre logiciel, ou ouvrir INDEX.HTM.\n\
         Arborescence:\n  README.TXT\n  INDEX.HTM\n  IHE_XDM/SUBSET01/METADATA.XML : metadonnees\n  \
         IHE_XDM/SUBSET01/{DOCUMENT_NAME} : document CDA\n",
        line("Nom", contact.label),
        line("Organisme", &format!("{organization}{id}")),
        line("Adresse", &postal_address(custodian)),
        line("Telephone", contact.phone),
        env!("CARGO_PKG_VERSION"),
    );
    without_accents(&text)
        .chars()
        .map(|c| if c.is_ascii() { c } else { '?' })
        .collect::<String>()
        .replace('\n', "\r\n")
}

/// The first address of the organisation on one line; empty for none.
fn postal_address(organization: &Organization) -> String {
    let Some(address) = organization.addresses.first() else {
        return String::new();
    };
    let parts = address.parts.iter().map(|(_, text)| text.as_str());
    let whole: Vec<&str> = parts.chain(address.text.as_deref()).collect();
    whole
        .join(" ")
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
}

#[cfg(test)]
#[path = "xdm_tests.rs"]
mod tests;
