//! A secure mailbox as a `telecom` of the directory describes it.

use std::str::FromStr;

use serde_json::Value;

use crate::{
    fhir::element::{children, code_in, extension, extensions, text},
    finding::Bilingual,
    identifiers::MssanteAddress,
};

/// Extension of an email: which kind it is.
pub(super) const EMAIL_TYPES: [&str; 2] = [
    "https://hl7.fr/ig/fhir/core/StructureDefinition/fr-core-contact-point-email-type",
    "http://interopsante.org/fhir/StructureDefinition/FrTelecomEmailType",
];
/// Extension of a secure mailbox: whose it is.
pub(super) const MAILBOX_METADATA: &str = "https://interop.esante.gouv.fr/ig/fhir/annuaire/StructureDefinition/as-ext-mailbox-mss-metadata";
/// Kinds of mailbox.
pub(super) const MAILBOX_KIND: &str =
    "https://mos.esante.gouv.fr/NOS/TRE_R257-TypeBAL/FHIR/TRE-R257-TypeBAL";

/// Who reads a mailbox.
///
/// **Source:** ANS, NOS, `TRE_R257-TypeBAL`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum MailboxKind {
    /// One practitioner (`PER`).
    Personal,
    /// One practitioner in one practice (`CAB`).
    Practice,
    /// A service or a secretariat: several people (`ORG`).
    Organization,
    /// Software (`APP`).
    Application,
}

/// What a mailbox hangs on in the directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Holder {
    /// `Practitioner`: the physician alone.
    Physician,
    /// `PractitionerRole`: the physician in one place of work.
    Situation,
    /// `Organization`: the place of work.
    Organization,
}

/// A secure mailbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mailbox {
    /// Its address.
    pub address: MssanteAddress,
    /// Who reads it, when the directory says so.
    pub kind: Option<MailboxKind>,
    /// Preference: 1 is the preferred one.
    pub rank: Option<i64>,
    /// What it hangs on.
    pub holder: Holder,
    /// Name of the place of work, or what the box is for.
    pub label: Option<String>,
    /// When the directory last changed what it hangs on, as it writes it.
    pub updated_at: Option<String>,
}

impl Mailbox {
    /// The personal mailbox of a physician, of which nothing but the address is known.
    #[must_use]
    pub fn personal(address: MssanteAddress) -> Self {
        Self {
            address,
            kind: Some(MailboxKind::Personal),
            rank: None,
            holder: Holder::Physician,
            label: None,
            updated_at: None,
        }
    }
}

const KINDS: [(MailboxKind, &str); 4] = [
    (MailboxKind::Personal, "PER"),
    (MailboxKind::Practice, "CAB"),
    (MailboxKind::Organization, "ORG"),
    (MailboxKind::Application, "APP"),
];

const HOLDERS: [(Holder, &str); 3] = [
    (Holder::Physician, "physician"),
    (Holder::Situation, "situation"),
    (Holder::Organization, "organization"),
];

impl MailboxKind {
    /// Its code in `TRE_R257-TypeBAL`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        KINDS
            .iter()
            .find(|(kind, _)| *kind == self)
            .map_or("", |(_, code)| code)
    }

    /// What it means, for people.
    #[must_use]
    pub fn meaning(self) -> Bilingual {
        match self {
            Self::Personal => Bilingual::new("boîte personnelle", "personal mailbox"),
            Self::Practice => Bilingual::new("boîte du cabinet", "mailbox of the practice"),
            Self::Organization => {
                Bilingual::new("boîte de la structure", "mailbox of the organisation")
            }
            Self::Application => Bilingual::new("boîte d'un logiciel", "mailbox of software"),
        }
    }
}

impl Holder {
    /// The word that is stored.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        HOLDERS
            .iter()
            .find(|(holder, _)| *holder == self)
            .map_or("", |(_, word)| word)
    }
}

/// A word that names no kind and no holder of a mailbox.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a word that describes a mailbox")]
pub struct UnknownMailboxWord;

impl FromStr for MailboxKind {
    type Err = UnknownMailboxWord;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        KINDS
            .iter()
            .find(|(_, code)| *code == text)
            .map(|(kind, _)| *kind)
            .ok_or(UnknownMailboxWord)
    }
}

impl FromStr for Holder {
    type Err = UnknownMailboxWord;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        HOLDERS
            .iter()
            .find(|(_, word)| *word == text)
            .map(|(holder, _)| *holder)
            .ok_or(UnknownMailboxWord)
    }
}

/// The secure mailboxes among the `telecom`s of a resource. An e-mail that is not marked as a secure
/// mailbox is an ordinary one, whatever its domain, and is never taken.
///
/// **Source:** ANS, Annuaire Santé guide, datatype profile `as-mailbox-mss`: the email type
/// `MSSANTE` (`TRE_R256`) is compulsory, the metadata are not.
pub(super) fn mailboxes(resource: &Value, holder: Holder) -> Vec<Mailbox> {
    let updated_at = resource
        .get("meta")
        .and_then(|meta| text(meta, "lastUpdated"))
        .map(str::to_owned);
    children(resource, "telecom")
        .filter(|telecom| text(telecom, "system") == Some("email") && is_secure(telecom))
        .filter_map(|telecom| {
            Some(Mailbox {
                address: text(telecom, "value")?.parse().ok()?,
                kind: kind(telecom),
                rank: telecom.get("rank").and_then(Value::as_i64),
                holder,
                label: label(telecom),
                updated_at: updated_at.clone(),
            })
        })
        .collect()
}

fn is_secure(telecom: &Value) -> bool {
    EMAIL_TYPES
        .iter()
        .flat_map(|url| extensions(telecom, url))
        .any(|found| {
            found
                .get("valueCoding")
                .and_then(|coding| text(coding, "code"))
                == Some("MSSANTE")
        })
}

fn kind(telecom: &Value) -> Option<MailboxKind> {
    extensions(telecom, MAILBOX_METADATA)
        .filter_map(|found| extension(found, "type")?.get("valueCodeableConcept"))
        .find_map(|concept| code_in(concept, MAILBOX_KIND)?.parse().ok())
}

fn label(telecom: &Value) -> Option<String> {
    let metadata = extension(telecom, MAILBOX_METADATA)?;
    ["service", "description"].iter().find_map(|name| {
        let words = text(extension(metadata, name)?, "valueString")?.trim();
        (!words.is_empty()).then(|| words.to_owned())
    })
}
