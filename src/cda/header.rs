//! The header of a clinical document: who, whom, when, what.
//!
//! **Source:** HL7 CDA R2; ANS, CI-SIS, *structuration minimale*.

use std::fmt;

use super::header_people::{Organization, Patient, Person};

/// Header of a clinical document.
#[derive(Clone, PartialEq, Eq)]
pub struct Header {
    /// Identifier of this version.
    pub id: Id,
    /// Identifier common to all versions.
    pub set_id: Option<Id>,
    /// `versionNumber`.
    pub version: Option<i64>,
    /// Models that the document says it follows.
    pub template_ids: Vec<Id>,
    /// Type of document.
    pub code: Code,
    /// Title.
    pub title: Option<String>,
    /// When the document was made.
    pub effective_time: Option<Timestamp>,
    /// How confidential it is.
    pub confidentiality: Code,
    /// As `fr-FR`.
    pub language: Option<String>,
    /// Earlier documents.
    pub parents: Vec<ParentDocument>,
    /// Of whom.
    pub patient: Patient,
    /// By whom.
    pub authors: Vec<Author>,
    /// Who answers for it.
    pub legal_authenticator: Option<LegalAuthenticator>,
    /// Who keeps it.
    pub custodian: Custodian,
    /// Others, in the order of the document.
    pub participants: Vec<Participant>,
    /// What it reports (`documentationOf`), in the order of the document.
    pub acts: Vec<Act>,
    /// Orders that it fulfils.
    pub orders: Vec<Id>,
    /// In which encounter.
    pub encounter: Option<Encounter>,
}

/// What a document says of the *médecin traitant*.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Attending<'a> {
    /// Named.
    Known(&'a Participant),
    /// The patient has none (`nullFlavor` `NA`).
    None,
    /// Not known (any other `nullFlavor`).
    Unknown,
    /// The document does not say.
    Absent,
}

impl Header {
    /// The *médecin traitant*: participant `INF` of function `PCP`.
    ///
    /// **Source:** ANS, volet CANCER-FRCP 2022.01.
    #[must_use]
    pub fn attending_physician(&self) -> Attending<'_> {
        let Some(participant) = self.participants.iter().find(|participant| {
            participant.type_code == "INF" && participant.function.code.as_deref() == Some("PCP")
        }) else {
            return Attending::Absent;
        };
        match participant.person.null_flavor.as_deref() {
            None => Attending::Known(participant),
            Some("NA") => Attending::None,
            Some(_) => Attending::Unknown,
        }
    }

    /// First participant of that type and function; `None` as function asks for one without code.
    #[must_use]
    pub fn participant(&self, type_code: &str, function: Option<&str>) -> Option<&Participant> {
        self.participants.iter().find(|participant| {
            participant.type_code == type_code && participant.function.code.as_deref() == function
        })
    }

    /// The document that this one replaces (`RPLC`).
    #[must_use]
    pub fn replaces(&self) -> Option<&ParentDocument> {
        self.parents
            .iter()
            .find(|parent| parent.type_code == "RPLC")
    }

    /// Version of the model under that `templateId` root, empty when it gives none.
    #[must_use]
    pub fn model_version(&self, root: &str) -> Option<&str> {
        self.template_ids
            .iter()
            .find(|id| id.root == root)
            .map(|id| id.extension.as_deref().unwrap_or_default())
    }
}

/// `II`: OID or UUID, and identifier within it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Id {
    /// OID or UUID; empty when the document gives none.
    pub root: String,
    /// Identifier within `root`.
    pub extension: Option<String>,
}

/// `root`, or `root^extension`, as XDS writes unique identifiers.
impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.root)?;
        match &self.extension {
            Some(extension) => write!(f, "^{extension}"),
            None => Ok(()),
        }
    }
}

/// `CD` or `CE`. All absent when the document has no such element.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Code {
    /// The code.
    pub code: Option<String>,
    /// OID of its system.
    pub system: Option<String>,
    /// Name of its system.
    pub system_name: Option<String>,
    /// Label.
    pub display: Option<String>,
    /// Why there is no code.
    pub null_flavor: Option<String>,
    /// What the author wrote.
    pub original_text: Option<String>,
}

/// `TS` as the document writes it: digits, then an offset when known.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Timestamp(pub String);

/// An earlier document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParentDocument {
    /// `RPLC`, `APND` or `XFRM`.
    pub type_code: String,
    /// Its identifier.
    pub id: Id,
    /// Its version.
    pub version: Option<i64>,
}

/// Who keeps the document.
pub type Custodian = Organization;

/// Who wrote the document, when, and as what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Author {
    /// As what.
    pub function: Code,
    /// When.
    pub time: Option<Timestamp>,
    /// Who.
    pub person: Person,
}

/// Who answers for the document, and since when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LegalAuthenticator {
    /// Since when.
    pub time: Option<Timestamp>,
    /// Who.
    pub person: Person,
}

/// A participant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Participant {
    /// Kind of participation, as `INF`.
    pub type_code: String,
    /// Function; its `original_text` is the comment on the person.
    pub function: Code,
    /// Instant, or start.
    pub time: Option<Timestamp>,
    /// Who.
    pub person: Person,
}

/// An act that the document reports.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Act {
    /// What.
    pub code: Code,
    /// Start.
    pub low: Option<Timestamp>,
    /// End.
    pub high: Option<Timestamp>,
    /// Who did it.
    pub performer: Option<Person>,
}

/// The encounter, here the meeting.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Encounter {
    /// Its identifiers.
    pub ids: Vec<Id>,
    /// Kind.
    pub code: Code,
    /// Start.
    pub low: Option<Timestamp>,
    /// End.
    pub high: Option<Timestamp>,
    /// Identifiers of the establishment.
    pub facility_ids: Vec<Id>,
    /// Kind of establishment.
    pub facility_type: Code,
    /// Name of the establishment.
    pub facility_name: Option<String>,
    /// Address of the establishment.
    pub facility_address: Option<Address>,
}

impl Encounter {
    /// Identifier under that root.
    #[must_use]
    pub fn id_under(&self, root: &str) -> Option<&str> {
        self.ids
            .iter()
            .find(|id| id.root == root)
            .and_then(|id| id.extension.as_deref())
    }
}

/// `AD`: parts in the order of the document.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Address {
    /// As `H` or `WP`.
    pub usage: Option<String>,
    /// Name of the part (as `postalCode`) and its text.
    pub parts: Vec<(String, String)>,
    /// Text outside any part.
    pub text: Option<String>,
    /// Why nothing is said.
    pub null_flavor: Option<String>,
}

impl Address {
    /// Text of the first part of that name.
    #[must_use]
    pub fn part(&self, name: &str) -> Option<&str> {
        self.parts
            .iter()
            .find(|(part, _)| part == name)
            .map(|(_, text)| text.as_str())
    }
}

/// `TEL`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Telecom {
    /// With its scheme, as `mailto:`.
    pub value: Option<String>,
    /// As `H` or `WP`.
    pub usage: Option<String>,
}
