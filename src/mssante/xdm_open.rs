//! Reading an archive that somebody sent: under limits, in memory, trusting nothing it says.

use std::{
    collections::{HashMap, HashSet},
    io::{Cursor, Read},
    sync::Arc,
};

use sha1::{Digest, Sha1};
use zip::ZipArchive;

use super::check_rule::CheckRule;
use super::visibility::{MARKS_SYSTEM, Marks};
use super::xdm_facts::{cx_parts, unique_id};
use super::xdm_metadata::{ACTION_SLOT, scheme};
use super::xdm_submission::{self, Object};
use super::{xdm_coherence, xdm_form, xdm_rules as rules};
use crate::cda::{self, Document, Patient, ReadError};
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
    pub document: Arc<Document>,
    /// What is asked to be done with it.
    pub action: Action,
    /// From whom it is hidden.
    pub marks: Marks,
}

/// A document that was read already: met again byte for byte, it is not read anew.
#[derive(Clone, Copy, Debug)]
pub struct KnownDocument<'a> {
    /// Its bytes.
    pub cda: &'a [u8],
    /// What was read in them.
    pub document: &'a Arc<Document>,
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
    open_with(bytes, limits, None)
}

/// Opens an archive that may hold a known document.
pub(super) fn open_with(
    bytes: &[u8],
    limits: &Archives,
    known: Option<KnownDocument<'_>>,
) -> Result<Archive, OpenError> {
    let files = files(bytes, limits)?;
    let (folder, metadata) = files.metadata().ok_or(OpenError::NoMetadata)?;
    let submission = xdm_submission::read(metadata).map_err(OpenError::Metadata)?;
    // Each entry costs a hash and a reading of its file.
    if submission.entries.len() > limits.max_entries {
        return Err(OpenError::TooLarge);
    }
    let mut archive = Archive {
        documents: Vec::new(),
        findings: xdm_form::check(&files, folder, &submission),
    };
    if submission.entries.is_empty() {
        archive.findings.push(rules::NO_DOCUMENT.at("METADATA.XML"));
    }
    let patient_id = submission.set.identifier(scheme::SET_PATIENT).or_else(|| {
        let first = submission.entries.first()?;
        first.identifier(scheme::PATIENT)
    });
    let mut seen = HashSet::new();
    for (index, entry) in submission.entries.iter().enumerate() {
        let place = format!("METADATA.XML/ExtrinsicObject[{}]", index + 1);
        let entry_patient = entry.identifier(scheme::PATIENT);
        if entry_patient.is_some() && entry_patient != patient_id {
            archive.findings.push(rules::PATIENTS.at(&place));
        }
        let content = entry
            .slot("URI")
            .map(|uri| format!("{folder}{}", uri.to_ascii_uppercase()))
            .filter(|path| seen.insert(path.clone()))
            .and_then(|path| files.get(&path));
        match content {
            Some(content) => take_in(&mut archive, entry, content, known, &place),
            None => archive.findings.push(rules::NO_FILE.at(&place)),
        }
    }
    let mut patients = archive
        .documents
        .iter()
        .map(|document| &document.document.header.patient);
    let first = patients.next();
    if patients.any(|other| first.is_some_and(|first| !is_same_patient(first, other))) {
        archive.findings.push(rules::PATIENTS.at("METADATA.XML"));
    }
    Ok(archive)
}

/// Two documents are of one patient when they share the INS or, lacking one, any identifier.
fn is_same_patient(one: &Patient, other: &Patient) -> bool {
    match (one.ins(), other.ins()) {
        (Some(one), Some(other)) => one == other,
        _ => one.ids.iter().any(|id| other.ids.contains(id)),
    }
}

/// The entries of an archive, in memory.
pub(super) struct Files {
    by_path: HashMap<String, Vec<u8>>,
    /// Their paths, as they are written.
    pub names: Vec<String>,
}

impl Files {
    /// Content of the entry at that path, in capitals.
    pub fn get(&self, path: &str) -> Option<&[u8]> {
        self.by_path.get(path).map(Vec::as_slice)
    }

    /// The metadata and the folder that holds them; the first one in the order of names.
    fn metadata(&self) -> Option<(&str, &[u8])> {
        self.by_path
            .iter()
            .filter_map(|(path, content)| {
                let folder = path.strip_suffix("METADATA.XML")?;
                (folder.starts_with("IHE_XDM/") && folder.matches('/').count() == 2)
                    .then_some((folder, content.as_slice()))
            })
            .min_by_key(|(folder, _)| *folder)
    }
}

/// Reads the entries under limits.
fn files(bytes: &[u8], limits: &Archives) -> Result<Files, OpenError> {
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
    let mut files = Files {
        by_path: HashMap::new(),
        names: Vec::with_capacity(zip.len()),
    };
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
        if content.starts_with(b"PK\x03\x04") {
            return Err(OpenError::Unsafe("an archive within the archive"));
        }
        files.by_path.insert(name.to_ascii_uppercase(), content);
        files.names.push(name);
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
fn take_in(
    archive: &mut Archive,
    entry: &Object,
    content: &[u8],
    known: Option<KnownDocument<'_>>,
    place: &str,
) {
    let mut find = |rule: CheckRule| archive.findings.push(rule.at(place));
    let hash = hex::encode(Sha1::digest(content));
    match entry.slot("hash") {
        Some(said) if said.eq_ignore_ascii_case(&hash) => {}
        _ => find(rules::HASH),
    }
    if entry.slot("size") != Some(content.len().to_string().as_str()) {
        find(rules::SIZE);
    }
    let read = match known {
        Some(known) if known.cda == content => Ok(Arc::clone(known.document)),
        _ => cda::read(content).map(Arc::new),
    };
    let document = match read {
        Ok(document) => document,
        Err(_) if is_self_displaying(content) => return find(rules::SELF_DISPLAYING),
        Err(_) => return find(rules::NOT_CDA),
    };
    let unique = unique_id(&document.header.id);
    if entry.identifier(scheme::UNIQUE_ID) != Some(unique.as_str()) {
        find(rules::UNIQUE_ID);
    }
    let patient = entry.identifier(scheme::PATIENT).and_then(cx_parts);
    let is_same_patient = patient.is_some_and(|(id, root)| {
        let ids = &document.header.patient.ids;
        ids.iter()
            .any(|known| known.root == root && known.extension.as_deref() == Some(id))
    });
    if !is_same_patient {
        find(rules::PATIENT);
    }
    let action = match entry.slot(ACTION_SLOT) {
        None => Action::Create,
        Some("C") => Action::Replace,
        Some("D") => Action::Delete,
        Some(_) => {
            find(rules::ACTION);
            Action::Create
        }
    };
    if action == Action::Replace && document.header.replaces().is_none() {
        find(rules::NO_PARENT);
    }
    xdm_coherence::check(&document, entry, place, &mut archive.findings);
    let marks = entry
        .coded(scheme::CONFIDENTIALITY)
        .filter(|code| code.system.as_deref() == Some(MARKS_SYSTEM));
    archive.documents.push(ArchivedDocument {
        cda: content.to_vec(),
        document,
        action,
        marks: Marks::of_codes(marks.map(|mark| mark.code.as_str())),
    });
}

/// True for an XSLT sheet, in which some software wraps the document that the sheet shows.
fn is_self_displaying(content: &[u8]) -> bool {
    let head = content.get(..content.len().min(8_192)).unwrap_or_default();
    String::from_utf8_lossy(head).contains("<xsl:stylesheet")
}

#[cfg(test)]
#[path = "xdm_open_tests.rs"]
mod tests;
