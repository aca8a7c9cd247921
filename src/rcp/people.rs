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
    signatories::{Author, LegalAuthenticator},
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
}
