//! Persons and structures in the header of a clinical document.
//!
//! **Source:** HL7 CDA R2; ANS, CI-SIS, *structuration minimale*.

use std::fmt;

use super::header::{Address, Code, Id, Telecom, Timestamp};

/// OID of the identifiers of professionals (`PS_IdNat`).
pub const PROFESSIONAL_ROOT: &str = "1.2.250.1.71.4.2.1";
/// OID of the identifiers of structures (`Struct_IdNat`).
pub const STRUCTURE_ROOT: &str = "1.2.250.1.71.4.2.2";

/// The patient. `Debug` shows nothing of it.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Patient {
    /// All identifiers, in the order of the document.
    pub ids: Vec<Id>,
    /// Parts of the name, in the order of the document.
    pub names: Vec<NamePart>,
    /// Sex.
    pub sex: Code,
    /// Birth.
    pub birth_time: Option<Timestamp>,
    /// INSEE code of the place of birth.
    pub birth_place_insee: Option<String>,
    /// Name of the place of birth.
    pub birth_place_name: Option<String>,
    /// Postal addresses.
    pub addresses: Vec<Address>,
    /// Telephones, mail.
    pub telecoms: Vec<Telecom>,
}

impl fmt::Debug for Patient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Patient(hidden)")
    }
}

impl Patient {
    /// The identifier that is an INS, whatever its environment.
    #[must_use]
    pub fn ins(&self) -> Option<&Id> {
        self.ids
            .iter()
            .find(|id| crate::identifiers::InsAuthority::from_oid(&id.root).is_some())
    }

    /// First identifier that is not an INS.
    #[must_use]
    pub fn local_id(&self) -> Option<&Id> {
        self.ids
            .iter()
            .find(|id| crate::identifiers::InsAuthority::from_oid(&id.root).is_none())
    }

    /// Family name at birth (`BR`).
    #[must_use]
    pub fn birth_family(&self) -> Option<&str> {
        self.name_part("family", Some("BR"))
    }

    /// First given name at birth (`BR`).
    #[must_use]
    pub fn first_birth_given(&self) -> Option<&str> {
        self.name_part("given", Some("BR"))
    }

    /// All given names at birth, separated by spaces.
    #[must_use]
    pub fn birth_givens(&self) -> Option<&str> {
        self.name_part("given", None)
    }

    /// Family name in use (`CL`).
    #[must_use]
    pub fn used_family(&self) -> Option<&str> {
        self.name_part("family", Some("CL"))
    }

    /// Given name in use (`CL`).
    #[must_use]
    pub fn used_given(&self) -> Option<&str> {
        self.name_part("given", Some("CL"))
    }

    fn name_part(&self, part: &str, qualifier: Option<&str>) -> Option<&str> {
        self.names
            .iter()
            .find(|name| name.part == part && name.qualifier.as_deref() == qualifier)
            .map(|name| name.text.as_str())
    }
}

/// A part of the patient's name.
#[derive(Clone, PartialEq, Eq)]
pub struct NamePart {
    /// `family`, `given`, `prefix` or `suffix`.
    pub part: String,
    /// `BR` at birth, `CL` in use.
    pub qualifier: Option<String>,
    /// The name.
    pub text: String,
}

/// A person, in whatever role, and where this person works.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Person {
    /// Identifiers.
    pub ids: Vec<Id>,
    /// Profession or speciality.
    pub speciality: Code,
    /// Name.
    pub name: PersonName,
    /// Name of the software, when the author is one.
    pub device: Option<String>,
    /// Postal addresses.
    pub addresses: Vec<Address>,
    /// Telephones, mail.
    pub telecoms: Vec<Telecom>,
    /// Where this person works.
    pub organization: Option<Organization>,
    /// Why nothing is said.
    pub null_flavor: Option<String>,
}

impl Person {
    /// National identifier with its type digit (`PS_IdNat`).
    #[must_use]
    pub fn id_nat(&self) -> Option<&str> {
        self.ids
            .iter()
            .find(|id| id.root == PROFESSIONAL_ROOT)
            .and_then(|id| id.extension.as_deref())
    }
}

/// Name of a professional.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PersonName {
    /// Family name.
    pub family: Option<String>,
    /// Given name.
    pub given: Option<String>,
    /// Civility.
    pub prefix: Option<String>,
    /// Title.
    pub suffix: Option<String>,
}

/// A structure.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Organization {
    /// Identifiers.
    pub ids: Vec<Id>,
    /// Name.
    pub name: Option<String>,
    /// Telephones, mail.
    pub telecoms: Vec<Telecom>,
    /// Postal addresses.
    pub addresses: Vec<Address>,
    /// Sector of activity.
    pub sector: Code,
}

impl Organization {
    /// National identifier with its type digit (`Struct_IdNat`).
    #[must_use]
    pub fn id_nat(&self) -> Option<&str> {
        self.ids
            .iter()
            .find(|id| id.root == STRUCTURE_ROOT)
            .and_then(|id| id.extension.as_deref())
    }
}
