//! Reading an archive that somebody sent: under limits, in memory, trusting nothing it says.

use std::{
    collections::{HashMap, HashSet},
    io::{Cursor, Read},
};

use sha1::{Digest, Sha1};
use zip::ZipArchive;

use super::xdm_facts::unique_id;
use super::xdm_submission::{self, Entry};
use crate::cda::{self, Document, ReadError};
use crate::config::Archives;
use crate::finding::{Bilingual, Finding};

/// An archive that was read.
#[derive(Debug)]
pub struct Archive {
    /// Its clinical documents.
    pub documents: Vec<ArchivedDocument>,
    /// What does not agree in it. With an error among them, nothing of it should be taken in.
    pub findings: Vec<Finding>,
}

/// A clinical document of an archive.
#[derive(Debug)]
pub struct ArchivedDocument {
    /// Its bytes, as they were sent.
    pub cda: Vec<u8>,
    /// What was read in it.
    pub document: Document,
    /// What is asked to be done with it.
    pub action: Action,
}

/// What an archive asks to do with a document.
///
/// **Source:** ANS, CI-SIS, slot `urn:action:extraMetadataSlot`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Keep it: it is new.
    Create,
    /// Keep it in the place of the one it names as its parent.
    Replace,
    /// Withdraw it.
    Delete,
}

/// Why an archive is not opened at all.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Not a ZIP archive, or a damaged one.
    #[error("this is not a whole ZIP archive")]
    NotZip(#[source] zip::result::ZipError),
    /// More than what is taken: size, number of entries, or what they would become.
    #[error("the archive is larger than what is taken")]
    TooLarge,
    /// A name that leads out of the archive, an encrypted entry, a link, or the same name twice.
    #[error("the archive holds an entry that is not safe to read: {0}")]
    Unsafe(&'static str),
    /// No metadata.
    #[error("the archive holds no IHE_XDM/…/METADATA.XML")]
    NoMetadata,
    /// Metadata that are not XML.
    #[error("METADATA.XML cannot be read")]
    Metadata(#[source] ReadError),
}

impl OpenError {
    /// The same as a finding, for whoever sent the archive.
    #[must_use]
    pub fn finding(&self) -> Finding {
        let (rule, fr, fr_cure, en_cure) = match self {
            Self::NotZip(_) => (
                "XDM-ZIP",
                "ce n'est pas une archive ZIP entière",
                "envoyez IHE_XDM.zip tel qu'il a été produit",
                "send IHE_XDM.zip as it was made",
            ),
            Self::TooLarge => (
                "XDM-LIMIT",
                "l'archive dépasse ce qui est accepté (taille, nombre de fichiers, ou taille une fois décompressée)",
                "envoyez une archive qui ne porte que le compte rendu et ses métadonnées",
                "send an archive that carries the report and its metadata only",
            ),
            Self::Unsafe(_) => (
                "XDM-UNSAFE",
                "l'archive contient une entrée dangereuse à lire (chemin, lien, chiffrement ou nom répété)",
                "produisez l'archive sans cette entrée",
                "make the archive without that entry",
            ),
            Self::NoMetadata => (
                "XDM-METADATA",
                "l'archive ne contient pas IHE_XDM/…/METADATA.XML",
                "produisez une archive selon le profil IHE XDM",
                "make the archive as the IHE XDM profile says",
            ),
            Self::Metadata(_) => (
                "XDM-METADATA",
                "METADATA.XML ne peut pas être lu",
                "corrigez METADATA.XML",
                "mend METADATA.XML",
            ),
        };
        Finding::error(
            rule,
            "IHE_XDM.zip",
            Bilingual::new(fr, self.to_string()),
            Bilingual::new(fr_cure, en_cure),
        )
    }
}

/// Opens an archive: names in any case, missing folders and foreign files are accepted. What it may
/// cost is bounded by `limits`.
///
/// # Errors
/// When it is not safe or makes no sense; what merely does not agree becomes findings.
pub fn open(bytes: &[u8], limits: &Archives) -> Result<Archive, OpenError> {
    let files = files(bytes, limits)?;
    let (folder, metadata) = files
        .iter()
        .find_map(|(path, content)| {
            let folder = path.strip_suffix("METADATA.XML")?;
            (folder.starts_with("IHE_XDM/") && folder.matches('/').count() == 2)
                .then_some((folder, content))
        })
        .ok_or(OpenError::NoMetadata)?;
    let submission = xdm_submission::read(metadata).map_err(OpenError::Metadata)?;
    let mut archive = Archive {
        documents: Vec::new(),
        findings: Vec::new(),
    };
    if submission.entries.is_empty() {
        archive.findings.push(Rule::NoDocument.at("METADATA.XML"));
    }
    let patient_id = submission.patient_id.or_else(|| {
        submission
            .entries
            .first()
            .and_then(|entry| entry.patient_id.clone())
    });
    for (index, entry) in submission.entries.iter().enumerate() {
        let place = format!("METADATA.XML/ExtrinsicObject[{}]", index + 1);
        if entry.patient_id.is_some() && entry.patient_id != patient_id {
            archive.findings.push(Rule::Patients.at(&place));
        }
        let content = entry
            .uri
            .as_ref()
            .and_then(|uri| files.get(&format!("{folder}{}", uri.to_ascii_uppercase())));
        match content {
            Some(content) => take_in(&mut archive, entry, content, &place),
            None => archive.findings.push(Rule::NoFile.at(&place)),
        }
    }
    Ok(archive)
}

/// Entries by their paths in capitals, in memory.
fn files(bytes: &[u8], limits: &Archives) -> Result<HashMap<String, Vec<u8>>, OpenError> {
    if bytes.len() > limits.max_bytes {
        return Err(OpenError::TooLarge);
    }
    let mut zip = ZipArchive::new(Cursor::new(bytes)).map_err(OpenError::NotZip)?;
    if zip.len() > limits.max_entries {
        return Err(OpenError::TooLarge);
    }
    if zip.has_duplicate_names() {
        return Err(OpenError::Unsafe("the same name twice"));
    }
    let archive_bytes = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
    let grown = archive_bytes.saturating_mul(limits.max_ratio);
    let mut room = limits.max_total_bytes.min(grown.saturating_add(1_048_576));
    let mut files = HashMap::new();
    let mut seen = HashSet::new();
    for index in 0..zip.len() {
        let entry = zip.by_index(index).map_err(|error| match error {
            zip::result::ZipError::UnsupportedArchive(_)
            | zip::result::ZipError::InvalidPassword => OpenError::Unsafe("encrypted"),
            other => OpenError::NotZip(other),
        })?;
        let name = entry.name().map_err(OpenError::NotZip)?.into_owned();
        check_name(&name)?;
        if entry.is_symlink() {
            return Err(OpenError::Unsafe("a link"));
        }
        if !seen.insert(name.to_uppercase()) {
            return Err(OpenError::Unsafe("the same name twice"));
        }
        if entry.is_dir() {
            continue;
        }
        let mut content = Vec::new();
        // What the archive says of its sizes is not believed: reading stops at the limit.
        let read = entry
            .take(room.saturating_add(1))
            .read_to_end(&mut content)
            .map_err(|error| OpenError::NotZip(error.into()))?;
        room = room
            .checked_sub(u64::try_from(read).unwrap_or(u64::MAX))
            .ok_or(OpenError::TooLarge)?;
        files.insert(name.to_ascii_uppercase(), content);
    }
    Ok(files)
}

fn check_name(name: &str) -> Result<(), OpenError> {
    let leads_out = name.starts_with('/')
        || name.contains(['\\', ':', '\0'])
        || name.split('/').any(|step| step == "..");
    if leads_out {
        Err(OpenError::Unsafe("a name that leads out of the archive"))
    } else {
        Ok(())
    }
}

/// Checks a document against what the metadata say of it, and keeps it when it can be read.
fn take_in(archive: &mut Archive, entry: &Entry, content: &[u8], place: &str) {
    let mut find = |rule: Rule| archive.findings.push(rule.at(place));
    let hash = hex::encode(Sha1::digest(content));
    match &entry.hash {
        Some(said) if said.eq_ignore_ascii_case(&hash) => {}
        _ => find(Rule::Hash),
    }
    if entry.size.as_deref() != Some(content.len().to_string().as_str()) {
        find(Rule::Size);
    }
    let document = match cda::read(content) {
        Ok(document) => document,
        Err(_) => return find(Rule::NotCda),
    };
    if entry.unique_id.as_deref() != Some(unique_id(&document.header.id).as_str()) {
        find(Rule::UniqueId);
    }
    let is_same_patient = entry
        .patient_id
        .as_deref()
        .and_then(cx)
        .is_some_and(|(id, root)| {
            let ids = &document.header.patient.ids;
            ids.iter()
                .any(|known| known.root == root && known.extension.as_deref() == Some(id))
        });
    if !is_same_patient {
        find(Rule::Patient);
    }
    let action = match entry.action.as_deref() {
        None => Action::Create,
        Some("C") => Action::Replace,
        Some("D") => Action::Delete,
        Some(_) => {
            find(Rule::Action);
            Action::Create
        }
    };
    if action == Action::Replace && document.header.replaces().is_none() {
        find(Rule::NoParent);
    }
    archive.documents.push(ArchivedDocument {
        cda: content.to_vec(),
        document,
        action,
    });
}

/// Identifier and assigning authority of `id^^^&root&ISO^type`.
fn cx(value: &str) -> Option<(&str, &str)> {
    let mut components = value.split('^');
    let id = components.next()?;
    let authority = components.nth(2)?;
    let root = authority.split('&').nth(1)?;
    Some((id, root))
}

/// What may not agree in an archive.
#[derive(Clone, Copy)]
enum Rule {
    NoDocument,
    NoFile,
    Hash,
    Size,
    NotCda,
    UniqueId,
    Patient,
    Patients,
    Action,
    NoParent,
}

impl Rule {
    /// The finding at that place: always an error, for such an archive was damaged or forged.
    fn at(self, place: &str) -> Finding {
        let (rule, fr, en) = match self {
            Self::NoDocument => (
                "XDM-DOCUMENT",
                "l'archive n'annonce aucun document",
                "the archive announces no document",
            ),
            Self::NoFile => (
                "XDM-URI",
                "le fichier annoncé n'est pas dans l'archive",
                "the file announced is not in the archive",
            ),
            Self::Hash => (
                "XDM-HASH",
                "l'empreinte annoncée n'est pas celle du fichier",
                "the hash announced is not that of the file",
            ),
            Self::Size => (
                "XDM-SIZE",
                "la taille annoncée n'est pas celle du fichier",
                "the size announced is not that of the file",
            ),
            Self::NotCda => (
                "XDM-CDA",
                "le fichier n'est pas un document CDA lisible",
                "the file is not a CDA document that can be read",
            ),
            Self::UniqueId => (
                "XDM-ID",
                "l'identifiant annoncé n'est pas celui du document",
                "the identifier announced is not that of the document",
            ),
            Self::Patient => (
                "XDM-PATIENT",
                "le patient annoncé n'est pas celui du document",
                "the patient announced is not that of the document",
            ),
            Self::Patients => (
                "XDM-PATIENTS",
                "les documents de l'archive ne concernent pas le même patient",
                "the documents of the archive are not of the same patient",
            ),
            Self::Action => (
                "XDM-ACTION",
                "l'action demandée n'est ni un remplacement ni une suppression",
                "the action asked for is neither a replacement nor a deletion",
            ),
            Self::NoParent => (
                "XDM-PARENT",
                "un remplacement est demandé, mais le document ne dit pas lequel il remplace",
                "a replacement is asked for, but the document names none that it replaces",
            ),
        };
        Finding::error(
            rule,
            place,
            Bilingual::new(fr, en),
            Bilingual::new(
                "demander à l'émetteur une archive correcte",
                "ask the sender for a correct archive",
            ),
        )
    }
}

#[cfg(test)]
#[path = "xdm_open_tests.rs"]
mod tests;
