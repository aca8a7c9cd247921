//! The types of resource made of the lists and maps, and the search parameters that each takes.
//!
//! **Source:** FHIR R4, search parameters of the three types.

/// The types of resource that the lists and maps are made into.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CatalogueType {
    /// Code systems.
    CodeSystem,
    /// Value sets.
    ValueSet,
    /// Concept maps.
    ConceptMap,
}

/// A search parameter of the three types.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CatalogueParameter {
    /// Its name.
    pub name: &'static str,
    /// Type of FHIR: `token`, `string` or `uri`.
    pub kind: &'static str,
    /// What it means.
    pub documentation: &'static str,
    on: &'static [CatalogueType],
}

use CatalogueType::{CodeSystem as Systems, ConceptMap as Maps, ValueSet as Sets};

const ALL: &[CatalogueType] = &[Systems, Sets, Maps];

const fn parameter(
    name: &'static str,
    kind: &'static str,
    on: &'static [CatalogueType],
    documentation: &'static str,
) -> CatalogueParameter {
    CatalogueParameter {
        name,
        kind,
        documentation,
        on,
    }
}

const PARAMETERS: &[CatalogueParameter] = &[
    parameter("_id", "token", ALL, "Id"),
    parameter("url", "uri", ALL, "Canonical URL, exactly"),
    parameter("version", "token", ALL, "Version"),
    parameter(
        "identifier",
        "token",
        ALL,
        "OID: urn:ietf:rfc:3986|urn:oid:…, or the OID alone",
    ),
    parameter("name", "string", ALL, "Name for programs"),
    parameter("title", "string", ALL, "Title for people"),
    parameter("status", "token", ALL, "draft or active"),
    parameter("publisher", "string", ALL, "Publisher"),
    parameter("code", "token", &[Systems, Sets], "A code that it holds"),
    parameter("system", "uri", &[Systems], "Same as url"),
    parameter("content-mode", "token", &[Systems], "complete or fragment"),
    parameter(
        "reference",
        "uri",
        &[Sets],
        "A code system that the set takes codes from",
    ),
    parameter(
        "source-system",
        "uri",
        &[Maps],
        "Code system that it leads from",
    ),
    parameter(
        "target-system",
        "uri",
        &[Maps],
        "Code system that it leads to",
    ),
    parameter("source-code", "token", &[Maps], "A code that it leads from"),
    parameter("target-code", "token", &[Maps], "A code that it leads to"),
];

impl CatalogueType {
    /// Every type.
    pub const ALL: [Self; 3] = [Self::CodeSystem, Self::ValueSet, Self::ConceptMap];

    /// The FHIR name.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::CodeSystem => "CodeSystem",
            Self::ValueSet => "ValueSet",
            Self::ConceptMap => "ConceptMap",
        }
    }

    /// The type of that name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }

    /// The search parameters that it takes.
    pub fn parameters(self) -> impl Iterator<Item = &'static CatalogueParameter> {
        let is_of_it = move |known: &&CatalogueParameter| known.on.contains(&self);
        PARAMETERS.iter().filter(is_of_it)
    }
}
