//! What anybody does to a listing: dated, signed, never changed afterwards.

use std::str::FromStr;

use serde::{Deserialize, Serialize};
use time::Date;

use super::{Body, Grid};
use crate::finding::Bilingual;

time::serde::format_description!(pub(super) iso_day, Date, "[year]-[month]-[day]");

/// What somebody may do in the directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// Answers for a structure.
    Referent,
    /// Validates for a territory.
    Territorial(Body),
    /// Validates for the region (DSRC).
    Regional,
    /// The calendar, an import.
    System,
}

impl Role {
    /// Word for forms, files and tables.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Referent => "referent",
            Self::Territorial(Body::ThreeC) => "3c",
            Self::Territorial(Body::Dac) => "dac",
            Self::Regional => "dsrc",
            Self::System => "system",
        }
    }

    /// True for those who validate.
    #[must_use]
    pub fn validates(self) -> bool {
        matches!(self, Self::Territorial(_) | Self::Regional)
    }
}

impl FromStr for Role {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        [
            Self::Referent,
            Self::Territorial(Body::ThreeC),
            Self::Territorial(Body::Dac),
            Self::Regional,
            Self::System,
        ]
        .into_iter()
        .find(|role| role.as_str() == text)
        .ok_or(())
    }
}

/// Who does something.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Author {
    /// Identifier of the account.
    pub id: String,
    /// Name of the person.
    pub name: String,
    /// In which role.
    pub role: Role,
    /// Code of the territory of a territorial validator; empty for others.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub territory: String,
}

impl Author {
    /// What happens of itself: the calendar, an import.
    #[must_use]
    pub fn system(name: &str) -> Self {
        Self {
            id: String::new(),
            name: name.to_owned(),
            role: Role::System,
            territory: String::new(),
        }
    }

    /// The person alone.
    #[must_use]
    pub fn person(&self) -> Person {
        Person {
            id: self.id.clone(),
            name: self.name.clone(),
        }
    }
}

/// A person of the directory.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// Identifier of the account.
    pub id: String,
    /// Name.
    pub name: String,
}

/// What decides of the way of an application.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facts {
    /// Name of the structure.
    pub name: String,
    /// Its kind, a pivot code; empty when an import does not say.
    pub kind: String,
    /// Its department.
    pub department: String,
    /// INSEE code of its commune.
    pub insee_code: String,
}

/// Why a structure is delisted at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DelistReason {
    /// The structure closes, or no longer gives this care.
    Closure,
    /// It no longer keeps to the charter.
    CharterEnded,
    /// Decision of the ethics committee.
    Ethics,
}

impl DelistReason {
    /// Every reason.
    pub const ALL: [Self; 3] = [Self::Closure, Self::CharterEnded, Self::Ethics];

    /// Word for forms and files.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Closure => "closure",
            Self::CharterEnded => "charter-ended",
            Self::Ethics => "ethics",
        }
    }

    /// What it is, for people.
    #[must_use]
    pub fn meaning(self) -> Bilingual {
        let (fr, en) = match self {
            Self::Closure => ("fermeture de la structure", "the structure closes"),
            Self::CharterEnded => ("fin de la charte", "the charter ended"),
            Self::Ethics => ("décision d'éthique", "ethics decision"),
        };
        Bilingual::new(fr, en)
    }
}

impl FromStr for DelistReason {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        Self::ALL
            .into_iter()
            .find(|reason| reason.as_str() == text)
            .ok_or(())
    }
}

/// What is done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Act {
    /// Somebody begins an application for a structure.
    Begin {
        /// What is known of it.
        facts: Facts,
    },
    /// The network brings in a structure that it validated before.
    TakeOver {
        /// What is known of it.
        facts: Facts,
        /// When a person last verified it, as the network says.
        #[serde(with = "iso_day::option")]
        verified_on: Option<Date>,
    },
    /// The application, or a substantive change, is handed in.
    Submit {
        /// What is known of the structure now.
        facts: Facts,
    },
    /// A validator finds every criterion met.
    Validate {
        /// What is said of each.
        grid: Grid,
    },
    /// A validator refuses.
    Refuse {
        /// What is said of each criterion.
        grid: Grid,
        /// Why.
        reason: String,
    },
    /// The referent corrects what needs no validation.
    Correct {
        /// Which fields.
        fields: Vec<String>,
    },
    /// A person verified that everything is right.
    Confirm {
        /// How, when it was not the referent.
        note: String,
    },
    /// The referent is asked to verify.
    Ask,
    /// The referent is reminded.
    Remind {
        /// Which reminder, from 1.
        number: u32,
    },
    /// Delisted for want of an answer.
    Lapse,
    /// Delisted at once.
    Delist {
        /// Why.
        reason: DelistReason,
        /// In the author's words.
        note: String,
    },
    /// Somebody else answers for the structure from now on.
    ReplaceReferent {
        /// Who.
        referent: Person,
    },
    /// Somebody says something.
    Comment {
        /// What.
        text: String,
    },
    /// A mail came back from the referent's mailbox.
    MailReturned {
        /// What the mail system says.
        reason: String,
    },
}

impl Act {
    /// Word for files and tables.
    #[must_use]
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Begin { .. } => "begin",
            Self::TakeOver { .. } => "take-over",
            Self::Submit { .. } => "submit",
            Self::Validate { .. } => "validate",
            Self::Refuse { .. } => "refuse",
            Self::Correct { .. } => "correct",
            Self::Confirm { .. } => "confirm",
            Self::Ask => "ask",
            Self::Remind { .. } => "remind",
            Self::Lapse => "lapse",
            Self::Delist { .. } => "delist",
            Self::ReplaceReferent { .. } => "replace-referent",
            Self::Comment { .. } => "comment",
            Self::MailReturned { .. } => "mail-returned",
        }
    }

    /// What it is, for people.
    #[must_use]
    pub fn meaning(&self) -> Bilingual {
        let (fr, en) = match self {
            Self::Begin { .. } => ("candidature commencée", "application begun"),
            Self::TakeOver { .. } => (
                "repris de l'annuaire du réseau",
                "taken over from the network's directory",
            ),
            Self::Submit { .. } => ("dossier déposé", "handed in"),
            Self::Validate { .. } => ("validé", "validated"),
            Self::Refuse { .. } => ("refusé", "refused"),
            Self::Correct { .. } => ("corrigé", "corrected"),
            Self::Confirm { .. } => ("vérifié, tout est exact", "verified, everything is right"),
            Self::Ask => ("vérification demandée", "verification asked for"),
            Self::Remind { .. } => ("relance", "reminder"),
            Self::Lapse => ("retiré faute de réponse", "delisted for want of an answer"),
            Self::Delist { .. } => ("retiré", "delisted"),
            Self::ReplaceReferent { .. } => ("référent remplacé", "referent replaced"),
            Self::Comment { .. } => ("commentaire", "comment"),
            Self::MailReturned { .. } => (
                "un message au référent est revenu",
                "a mail to the referent came back",
            ),
        };
        Bilingual::new(fr, en)
    }
}

/// Something that was done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Number within its listing, from 1.
    pub number: i64,
    /// Instant, as [`crate::clock::instant_text`] writes it.
    pub at: String,
    /// Day, in Paris.
    pub day: Date,
    /// Who.
    pub author: Author,
    /// What.
    pub act: Act,
}
