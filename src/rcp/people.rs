//! Professionals: who wrote, who signed, who took part, who is to be told.

use std::fmt;

use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{self, MapAccess, Visitor, value::MapAccessDeserializer},
};

use super::{
    coded::Coded,
    date::{Moment, Period},
    organization::{Address, Organization, Telecom},
    wire,
};

/// Name of a professional or of a relative.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PersonName {
    /// Family name.
    pub family: String,
    /// Given name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub given: Option<String>,
    /// `M` or `MME`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prefix: Option<String>,
    /// `DR`, `PR`, `MC`, `MG`, `PC` or `PG`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suffix: Option<String>,
}

/// National identifier of a professional (`PS_IdNat`).
///
/// **Source:** ANS, CI-SIS, annex on sources of persons and structures.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProfessionalId {
    /// Which register.
    pub kind: ProfessionalIdKind,
    /// The number; without type digit for `rpps` and `adeli`, with it for `structure_internal`
    /// (`3` + FINESS + `/` + internal number).
    pub value: String,
}

/// Register of a [`ProfessionalId`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProfessionalIdKind {
    /// RPPS, eleven digits.
    Rpps,
    /// ADELI.
    Adeli,
    /// Number within a structure.
    StructureInternal,
}

impl ProfessionalId {
    /// The identifier with its type digit in front.
    #[must_use]
    pub fn id_nat(&self) -> String {
        match self.kind {
            ProfessionalIdKind::Rpps => format!("8{}", self.value),
            ProfessionalIdKind::Adeli => format!("0{}", self.value),
            ProfessionalIdKind::StructureInternal => self.value.clone(),
        }
    }
}

/// A professional.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Professional {
    /// National identifier.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<ProfessionalId>,
    /// Profession or speciality, of `JDV_J01`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub profession: Option<Coded>,
    /// Name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<PersonName>,
    /// Postal addresses.
    #[serde(deserialize_with = "wire::list", skip_serializing_if = "Vec::is_empty")]
    pub addresses: Vec<Address>,
    /// Telephones, mail.
    #[serde(deserialize_with = "wire::list", skip_serializing_if = "Vec::is_empty")]
    pub telecoms: Vec<Telecom>,
    /// Where this person works.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub organization: Option<Organization>,
}

/// Everybody named in a report but the patient and the relatives.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct People {
    /// Who wrote the report.
    pub author: Author,
    /// Who answers for it.
    pub legal_authenticator: LegalAuthenticator,
    /// Coordinator of the meeting.
    pub coordinator: ParticipantEntry,
    /// Who asked for the case to be discussed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub requester: Option<ParticipantEntry>,
    /// Who presented it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub presenter: Option<ParticipantEntry>,
    /// *Médecin traitant*.
    pub attending_physician: AttendingPhysician,
    /// Members who count for the quorum.
    #[serde(
        default,
        deserialize_with = "wire::list",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub quorum_members: Vec<ParticipantEntry>,
    /// Others who were there.
    #[serde(
        default,
        deserialize_with = "wire::list",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub other_attendees: Vec<ParticipantEntry>,
    /// Others who receive the report.
    #[serde(
        default,
        deserialize_with = "wire::list",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub correspondents: Vec<ParticipantEntry>,
}

/// Who wrote the report, when, and as what. On the wire the fields of the professional stand
/// beside the others.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "SignatoryWire", into = "SignatoryWire")]
pub struct Author {
    /// The person.
    pub professional: Professional,
    /// When.
    pub time: Moment,
    /// As what, of `JDV_J47`.
    pub function: Option<Coded>,
    /// Free comment on the author.
    pub comment: Option<String>,
}

/// Who answers for the report, and since when. Flat on the wire, as [`Author`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "SignatoryWire", into = "SignatoryWire")]
pub struct LegalAuthenticator {
    /// The person.
    pub professional: Professional,
    /// When the responsibility was taken.
    pub time: Moment,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SignatoryWire {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    id: Option<ProfessionalId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    profession: Option<Coded>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    name: Option<PersonName>,
    #[serde(
        default,
        deserialize_with = "wire::list",
        skip_serializing_if = "Vec::is_empty"
    )]
    addresses: Vec<Address>,
    #[serde(
        default,
        deserialize_with = "wire::list",
        skip_serializing_if = "Vec::is_empty"
    )]
    telecoms: Vec<Telecom>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    organization: Option<Organization>,
    time: Moment,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    function: Option<Coded>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    comment: Option<String>,
}

impl From<SignatoryWire> for Author {
    fn from(wire: SignatoryWire) -> Self {
        Self {
            professional: Professional {
                id: wire.id,
                profession: wire.profession,
                name: wire.name,
                addresses: wire.addresses,
                telecoms: wire.telecoms,
                organization: wire.organization,
            },
            time: wire.time,
            function: wire.function,
            comment: wire.comment,
        }
    }
}

impl From<Author> for SignatoryWire {
    fn from(author: Author) -> Self {
        Self {
            id: author.professional.id,
            profession: author.professional.profession,
            name: author.professional.name,
            addresses: author.professional.addresses,
            telecoms: author.professional.telecoms,
            organization: author.professional.organization,
            time: author.time,
            function: author.function,
            comment: author.comment,
        }
    }
}

impl TryFrom<SignatoryWire> for LegalAuthenticator {
    type Error = &'static str;

    fn try_from(wire: SignatoryWire) -> Result<Self, Self::Error> {
        let author = Author::from(wire);
        if author.function.is_some() || author.comment.is_some() {
            return Err("the legal authenticator has no function and no comment");
        }
        Ok(Self {
            professional: author.professional,
            time: author.time,
        })
    }
}

impl From<LegalAuthenticator> for SignatoryWire {
    fn from(authenticator: LegalAuthenticator) -> Self {
        Author {
            professional: authenticator.professional,
            time: authenticator.time,
            function: None,
            comment: None,
        }
        .into()
    }
}

/// A professional in one of the roles of the meeting.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ParticipantEntry {
    /// The person.
    pub professional: Professional,
    /// Free comment on the person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
    /// When this person took part.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time: Option<ParticipantTime>,
}

/// An instant, or a span of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ParticipantTime {
    /// At that instant.
    At(Moment),
    /// From, to.
    During(Period),
}

impl ParticipantTime {
    /// False for a span without start nor end.
    pub(super) fn says_something(&self) -> bool {
        match self {
            Self::At(_) => true,
            Self::During(period) => period.start.is_some() || period.end.is_some(),
        }
    }
}

impl Serialize for ParticipantTime {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::At(moment) => moment.serialize(serializer),
            Self::During(period) => period.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for ParticipantTime {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct TimeVisitor;

        impl<'de> Visitor<'de> for TimeVisitor {
            type Value = ParticipantTime;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an instant, or an object with start and end")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<ParticipantTime, E> {
                text.parse().map(ParticipantTime::At).map_err(E::custom)
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<ParticipantTime, A::Error> {
                Period::deserialize(MapAccessDeserializer::new(map)).map(ParticipantTime::During)
            }
        }

        deserializer.deserialize_any(TimeVisitor)
    }
}

/// The *médecin traitant*: known, or known to be absent, or not known. Never silent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AttendingPhysician {
    /// The patient has one.
    Known(Box<ParticipantEntry>),
    /// The patient has declared none (`"none"`).
    None,
    /// Nobody asked, or the answer is lost (`"unknown"`).
    Unknown,
}

impl AttendingPhysician {
    /// The physician, when known.
    #[must_use]
    pub fn known(&self) -> Option<&ParticipantEntry> {
        match self {
            Self::Known(entry) => Some(entry),
            Self::None | Self::Unknown => None,
        }
    }
}

impl Serialize for AttendingPhysician {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Known(entry) => entry.serialize(serializer),
            Self::None => serializer.serialize_str("none"),
            Self::Unknown => serializer.serialize_str("unknown"),
        }
    }
}

impl<'de> Deserialize<'de> for AttendingPhysician {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct PhysicianVisitor;

        impl<'de> Visitor<'de> for PhysicianVisitor {
            type Value = AttendingPhysician;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a participant, \"none\" or \"unknown\"")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<AttendingPhysician, E> {
                match text {
                    "none" => Ok(AttendingPhysician::None),
                    "unknown" => Ok(AttendingPhysician::Unknown),
                    _ => Err(E::custom("expected a participant, \"none\" or \"unknown\"")),
                }
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<AttendingPhysician, A::Error> {
                ParticipantEntry::deserialize(MapAccessDeserializer::new(map))
                    .map(|entry| AttendingPhysician::Known(Box::new(entry)))
            }
        }

        deserializer.deserialize_any(PhysicianVisitor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_attending_physician_is_known_absent_or_unknown() {
        let read = |text| serde_json::from_str::<AttendingPhysician>(text);
        assert_eq!(read("\"none\"").expect("none"), AttendingPhysician::None);
        assert_eq!(
            read("\"unknown\"").expect("unknown"),
            AttendingPhysician::Unknown
        );
        assert!(
            read(r#"{"professional":{"name":{"family":"X"}}}"#)
                .expect("known")
                .known()
                .is_some()
        );
        assert!(read("null").is_err());
        assert!(read("\"perhaps\"").is_err());
        assert!(read(r#"{"professional":{"nom":"X"}}"#).is_err());
    }

    #[test]
    fn author_and_authenticator_are_flat_on_the_wire() {
        let text = r#"{"name":{"family":"X"},"time":"2026-05-20T15:51:51+02:00"}"#;
        let author: Author = serde_json::from_str(text).expect("author");
        assert_eq!(serde_json::to_string(&author).expect("json"), text);
        let authenticator: LegalAuthenticator = serde_json::from_str(text).expect("authenticator");
        assert_eq!(serde_json::to_string(&authenticator).expect("json"), text);
        let with_comment = r#"{"time":"2026-05-20T15:51:51+02:00","comment":"x"}"#;
        assert!(serde_json::from_str::<Author>(with_comment).is_ok());
        assert!(serde_json::from_str::<LegalAuthenticator>(with_comment).is_err());
    }
}
