//! What can be searched, as data: one table that the index, the query and the `CapabilityStatement`
//! are made from.
//!
//! **Source:** ANS, ROR guide 0.7.0, `CapabilityStatement` ror-serveur and its `SearchParameter`s;
//! FHIR R4, 3.1.1. Those that start with `sos-` and `department` are ours.

use super::{ResourceType, systems};

/// How a parameter compares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ParameterKind {
    /// System and code.
    Token,
    /// Text, case and accents aside.
    String,
    /// Another resource.
    Reference,
}

/// Where the values of a parameter stand in the resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// `Identifier`s, those of an extension of ours included.
    Identifiers,
    /// `CodeableConcept`s or `Coding`s at a dotted path.
    Concepts(&'static str),
    /// The codings of one system within `characteristic`.
    CharacteristicOf(&'static str),
    /// The coding or concept of the extensions of that URL.
    ExtensionCoding(&'static str),
    /// Age groups: those stated, else those that the age range meets.
    AgeGroups,
    /// Publics of the national extension.
    PatientTypes,
    /// A boolean or a code, at a child.
    Code(&'static str),
    /// Texts at dotted paths.
    Texts(&'static [&'static str]),
    /// A literal reference, at a child, to that type.
    Reference(&'static str, ResourceType),
    /// Department of the commune codes of a place, or of the communes that an offer serves.
    Department,
}

/// One search parameter of one type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SearchParameter {
    /// Type searched.
    pub on: ResourceType,
    /// Name in the query.
    pub name: &'static str,
    /// How it compares.
    pub kind: ParameterKind,
    /// Where its values stand.
    pub source: Source,
    /// What it is for, in English, for the `CapabilityStatement`.
    pub documentation: &'static str,
}

use ParameterKind::{Reference, String, Token};
use ResourceType::{HealthcareService, Location, Organization};

const fn parameter(
    on: ResourceType,
    name: &'static str,
    kind: ParameterKind,
    source: Source,
    documentation: &'static str,
) -> SearchParameter {
    SearchParameter {
        on,
        name,
        kind,
        source,
        documentation,
    }
}

/// Every parameter that an index is kept for.
pub const SEARCH_PARAMETERS: &[SearchParameter] = &[
    parameter(
        HealthcareService,
        "_tag",
        Token,
        Source::Concepts("meta.tag"),
        "Region that the data come from (TRE_R30), or any other tag",
    ),
    parameter(
        HealthcareService,
        "identifier",
        Token,
        Source::Identifiers,
        "Number of the offer, national or of the network",
    ),
    parameter(
        HealthcareService,
        "name",
        String,
        Source::Texts(&["name"]),
        "Name of the offer",
    ),
    parameter(
        HealthcareService,
        "active",
        Token,
        Source::Code("active"),
        "Whether the offer is published",
    ),
    parameter(
        HealthcareService,
        "service-category",
        Token,
        Source::Concepts("category"),
        "Kind of offer (TRE_R244)",
    ),
    parameter(
        HealthcareService,
        "service-type",
        Token,
        Source::Concepts("type"),
        "Field of activity (TRE_R227)",
    ),
    parameter(
        HealthcareService,
        "specialty",
        Token,
        Source::Concepts("specialty"),
        "Operational activity (TRE_R211)",
    ),
    parameter(
        HealthcareService,
        "characteristic",
        Token,
        Source::Concepts("characteristic"),
        "Mode of care, modality, act, pivot code: the system tells which",
    ),
    parameter(
        HealthcareService,
        "patient-type",
        Token,
        Source::PatientTypes,
        "Publics (TRE_R239)",
    ),
    parameter(
        HealthcareService,
        "organization",
        Reference,
        Source::Reference("providedBy", Organization),
        "Structure that gives the care",
    ),
    parameter(
        HealthcareService,
        "location",
        Reference,
        Source::Reference("location", Location),
        "Place where it is given",
    ),
    parameter(
        HealthcareService,
        "sos-category",
        Token,
        Source::CharacteristicOf(systems::SOS_PIVOT),
        "Supportive-care category or care type, pivot code; :below holds the care types of a category",
    ),
    parameter(
        HealthcareService,
        "sos-audience",
        Token,
        Source::ExtensionCoding(systems::SOS_AUDIENCE),
        "For whom (PUB-*)",
    ),
    parameter(
        HealthcareService,
        "sos-age-group",
        Token,
        Source::AgeGroups,
        "Age group (AGE-*), stated or met by the age range",
    ),
    parameter(
        HealthcareService,
        "sos-place",
        Token,
        Source::ExtensionCoding(systems::SOS_PLACE),
        "Where the care is given (LIEU-*)",
    ),
    parameter(
        HealthcareService,
        "sos-phase",
        Token,
        Source::ExtensionCoding(systems::SOS_PHASE),
        "When in the pathway (PHA-*)",
    ),
    parameter(
        HealthcareService,
        "sos-access",
        Token,
        Source::ExtensionCoding(systems::SOS_ACCESS),
        "How one gets in (ACC-*)",
    ),
    parameter(
        HealthcareService,
        "sos-pathway",
        Token,
        Source::ExtensionCoding(systems::SOS_PATHWAY),
        "Specific pathway (PAR-*)",
    ),
    parameter(
        HealthcareService,
        "department",
        Token,
        Source::Department,
        "Department of the place or of a commune served: 29, 2A, 971",
    ),
    parameter(
        Organization,
        "_tag",
        Token,
        Source::Concepts("meta.tag"),
        "Region that the data come from (TRE_R30), or any other tag",
    ),
    parameter(
        Organization,
        "identifier",
        Token,
        Source::Identifiers,
        "FINESS, SIRET, idNat_Struct",
    ),
    parameter(
        Organization,
        "name",
        String,
        Source::Texts(&["name", "alias"]),
        "Name of the structure",
    ),
    parameter(
        Organization,
        "active",
        Token,
        Source::Code("active"),
        "Whether the structure is active",
    ),
    parameter(
        Organization,
        "type",
        Token,
        Source::Concepts("type"),
        "Category of the establishment (TRE_R66), legal status (TRE_R72)",
    ),
    parameter(
        Organization,
        "partof",
        Reference,
        Source::Reference("partOf", Organization),
        "Structure that it is part of",
    ),
    parameter(
        Organization,
        "address-postalcode",
        String,
        Source::Texts(&["address.postalCode"]),
        "Postal code",
    ),
    parameter(
        Organization,
        "address-city",
        String,
        Source::Texts(&["address.city"]),
        "Commune, by name",
    ),
    parameter(
        Location,
        "_tag",
        Token,
        Source::Concepts("meta.tag"),
        "Region that the data come from (TRE_R30), or any other tag",
    ),
    parameter(
        Location,
        "identifier",
        Token,
        Source::Identifiers,
        "Number of the place",
    ),
    parameter(
        Location,
        "name",
        String,
        Source::Texts(&["name", "alias"]),
        "Name of the place",
    ),
    parameter(Location, "status", Token, Source::Code("status"), "Status"),
    parameter(
        Location,
        "operational-status",
        Token,
        Source::Concepts("operationalStatus"),
        "Operational status",
    ),
    parameter(
        Location,
        "type",
        Token,
        Source::Concepts("type"),
        "Function of the place (TRE_R343)",
    ),
    parameter(
        Location,
        "organization",
        Reference,
        Source::Reference("managingOrganization", Organization),
        "Structure that manages it",
    ),
    parameter(
        Location,
        "partof",
        Reference,
        Source::Reference("partOf", Location),
        "Place that it is part of",
    ),
    parameter(
        Location,
        "address-postalcode",
        String,
        Source::Texts(&["address.postalCode"]),
        "Postal code; two digits are a department, but for Corsica",
    ),
    parameter(
        Location,
        "address-city",
        String,
        Source::Texts(&["address.city"]),
        "Commune, by name",
    ),
    parameter(
        Location,
        "commune-cog",
        Token,
        Source::ExtensionCoding(systems::ROR_COMMUNE_COG),
        "Commune, by INSEE code (TRE_R13)",
    ),
    parameter(
        Location,
        "department",
        Token,
        Source::Department,
        "Department of the commune: 29, 2A, 971",
    ),
];

/// The parameters of a type.
pub fn parameters_of(on: ResourceType) -> impl Iterator<Item = &'static SearchParameter> {
    SEARCH_PARAMETERS
        .iter()
        .filter(move |parameter| parameter.on == on)
}

/// The parameter of that name.
#[must_use]
pub fn find_parameter(on: ResourceType, name: &str) -> Option<&'static SearchParameter> {
    parameters_of(on).find(|parameter| parameter.name == name)
}

/// Department of an INSEE commune code: the first two characters, three overseas.
///
/// **Source:** INSEE, code officiel géographique.
#[must_use]
pub fn department_of(insee_code: &str) -> Option<&str> {
    let is_overseas = insee_code.starts_with("97") || insee_code.starts_with("98");
    insee_code.get(..if is_overseas { 3 } else { 2 })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_stands_once_a_type() {
        for one in SEARCH_PARAMETERS {
            let same = parameters_of(one.on).filter(|other| other.name == one.name);
            assert_eq!(same.count(), 1, "{}", one.name);
        }
    }

    #[test]
    fn the_department_is_read_in_corsica_and_overseas() {
        assert_eq!(department_of("29019"), Some("29"));
        assert_eq!(department_of("2A004"), Some("2A"));
        assert_eq!(department_of("97105"), Some("971"));
        assert_eq!(department_of("9"), None);
    }
}
