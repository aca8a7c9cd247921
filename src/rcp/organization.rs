//! Structures, and how to reach them.

use serde::{Deserialize, Serialize};

use super::{coded::Coded, wire};

/// Postal address: either its parts, or up to seven lines, never both.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[expect(
    missing_docs,
    reason = "each part is named after what the envelope shows"
)]
pub struct Address {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub house_number: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub street_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub street_type: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub additional_locator: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub post_box: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub postal_code: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub city: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub county: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub country: Option<String>,
    #[serde(deserialize_with = "wire::list", skip_serializing_if = "Vec::is_empty")]
    pub lines: Vec<String>,
    /// `H`, `HP`, `HV`, `WP` or `TMP`.
    #[serde(rename = "use", skip_serializing_if = "Option::is_none")]
    pub usage: Option<String>,
}

impl Address {
    /// False when nothing but the use of it is said.
    #[must_use]
    pub fn says_something(&self) -> bool {
        let blank = Self {
            usage: self.usage.clone(),
            ..Self::default()
        };
        *self != blank
    }
}

/// Telephone, fax, mail or web address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Telecom {
    /// With its scheme: `tel:`, `fax:`, `mailto:`, `http:`, `ftp:` or `mllp:`.
    pub value: String,
    /// `H`, `HP`, `HV`, `WP`, `DIR`, `PUB`, `EC`, `MC` or `PG`.
    #[serde(rename = "use", default, skip_serializing_if = "Option::is_none")]
    pub usage: Option<String>,
}

/// A structure: hospital, practice, network.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Organization {
    /// National identifier.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<OrganizationId>,
    /// Name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// How to reach it.
    #[serde(deserialize_with = "wire::list", skip_serializing_if = "Vec::is_empty")]
    pub telecoms: Vec<Telecom>,
    /// Where it stands.
    #[serde(deserialize_with = "wire::list", skip_serializing_if = "Vec::is_empty")]
    pub addresses: Vec<Address>,
    /// Sector of activity, of `JDV_J04`; `ETABLISSEMENT` when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sector: Option<Coded>,
}

/// National identifier of a structure (`Struct_IdNat`).
///
/// **Source:** ANS, CI-SIS, annex on sources of persons and structures.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OrganizationId {
    /// Which register.
    pub kind: OrganizationIdKind,
    /// The number, without its type digit.
    pub value: String,
}

/// Register of an [`OrganizationId`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OrganizationIdKind {
    /// FINESS, nine characters.
    Finess,
    /// SIREN, nine digits.
    Siren,
    /// SIRET, fourteen digits.
    Siret,
    /// Practice known by the RPPS number of its physician.
    CabinetRpps,
    /// Practice known by the ADELI number of its professional.
    CabinetAdeli,
}

impl OrganizationId {
    /// The identifier with its type digit in front.
    #[must_use]
    pub fn id_nat(&self) -> String {
        let digit = match self.kind {
            OrganizationIdKind::CabinetAdeli => '0',
            OrganizationIdKind::Finess => '1',
            OrganizationIdKind::Siren => '2',
            OrganizationIdKind::Siret => '3',
            OrganizationIdKind::CabinetRpps => '4',
        };
        format!("{digit}{}", self.value)
    }
}
