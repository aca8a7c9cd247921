//! The patient and those around.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::identifiers::InsAuthority;

use super::{
    coded::{Coded, InstanceId},
    date::{PartialDate, When},
    organization::{Address, Organization, Telecom},
    people::PersonName,
    wire,
};

/// The patient whose case was discussed. `Debug` shows nothing of it.
///
/// **Source:** ANS, CI-SIS structuration minimale, `recordTarget`; Référentiel INS.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Patient {
    /// National health identity; without it `local_ids` holds at least one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ins: Option<PatientIns>,
    /// Numbers given by establishments (IPP).
    #[serde(
        default,
        deserialize_with = "wire::list",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub local_ids: Vec<InstanceId>,
    /// Family name at birth.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub birth_family_name: Option<String>,
    /// All given names at birth, in the order of the birth certificate.
    #[serde(
        default,
        deserialize_with = "wire::list",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub birth_given_names: Vec<String>,
    /// First given name at birth, which may be composed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_birth_given_name: Option<String>,
    /// Family name in use.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub used_family_name: Option<String>,
    /// Given name in use.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub used_given_name: Option<String>,
    /// Administrative sex.
    pub sex: Sex,
    /// Date of birth.
    pub birth_date: PartialDate,
    /// INSEE code of the commune of birth, `99…` for a country.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub birth_place_insee: Option<String>,
    /// Name of the commune of birth.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub birth_place_city: Option<String>,
    /// Whether the patient has died.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deceased: Option<Deceased>,
    /// Postal addresses.
    #[serde(
        default,
        deserialize_with = "wire::list",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub addresses: Vec<Address>,
    /// Telephones, mail.
    #[serde(
        default,
        deserialize_with = "wire::list",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub telecoms: Vec<Telecom>,
    /// Legal representatives.
    #[serde(
        default,
        deserialize_with = "wire::list",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub guardians: Vec<Guardian>,
}

impl fmt::Debug for Patient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Patient(hidden)")
    }
}

/// Matricule INS as a report carries it, checked by the rules of reports.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PatientIns {
    /// NIR or NIA.
    pub kind: InsKind,
    /// The fifteen characters, key included.
    pub value: String,
    /// Where it was assigned.
    pub environment: InsEnvironment,
}

impl PatientIns {
    /// Who assigned the matricule; there is no NIA outside production.
    #[must_use]
    pub fn authority(&self) -> Option<InsAuthority> {
        match (self.kind, self.environment) {
            (InsKind::Nir, InsEnvironment::Production) => Some(InsAuthority::Nir),
            (InsKind::Nir, InsEnvironment::Test) => Some(InsAuthority::TestNir),
            (InsKind::Nir, InsEnvironment::Demonstration) => Some(InsAuthority::DemonstrationNir),
            (InsKind::Nia, InsEnvironment::Production) => Some(InsAuthority::Nia),
            (InsKind::Nia, InsEnvironment::Test | InsEnvironment::Demonstration) => None,
        }
    }
}

impl fmt::Debug for PatientIns {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PatientIns(hidden, {:?})", self.environment)
    }
}

/// Kind of matricule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InsKind {
    /// Number of the national register.
    Nir,
    /// Number given while the other is awaited.
    Nia,
}

/// Environment of a matricule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InsEnvironment {
    /// Real patients.
    Production,
    /// Invented patients of the test environment.
    Test,
    /// Invented patients of demonstrations.
    Demonstration,
}

/// Administrative sex.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Sex {
    /// Male.
    M,
    /// Female.
    F,
    /// Unknown.
    #[serde(rename = "UN")]
    Unknown,
}

/// Whether and when the patient died.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Deceased {
    /// True when the patient has died.
    pub indicator: bool,
    /// When.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub date: Option<When>,
}

/// Legal representative: a person or an organization, one of the two.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Guardian {
    /// The person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub person: Option<PersonName>,
    /// The organization.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub organization: Option<Organization>,
    /// Postal addresses.
    #[serde(
        default,
        deserialize_with = "wire::list",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub addresses: Vec<Address>,
    /// Telephones, mail.
    #[serde(
        default,
        deserialize_with = "wire::list",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub telecoms: Vec<Telecom>,
}

impl fmt::Debug for Guardian {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Guardian(hidden)")
    }
}

/// Somebody close to the patient.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Relative {
    /// What this person is asked for.
    pub role: RelativeRole,
    /// Kinship, of `JDV_J11`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kinship: Option<Coded>,
    /// Name.
    pub name: PersonName,
    /// Postal addresses.
    #[serde(
        default,
        deserialize_with = "wire::list",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub addresses: Vec<Address>,
    /// Telephones, mail.
    #[serde(
        default,
        deserialize_with = "wire::list",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub telecoms: Vec<Telecom>,
}

impl fmt::Debug for Relative {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Relative(hidden, {:?})", self.role)
    }
}

/// Role of a [`Relative`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RelativeRole {
    /// To warn in an emergency (`ECON`).
    Emergency,
    /// *Personne de confiance* (`NOK`).
    Trusted,
    /// Gave information (`CON`).
    Informant,
    /// *Aidant* (`CAREGIVER`).
    Caregiver,
    /// Helped by the patient (`PAT`).
    HelpedPerson,
}
