//! Canonical names of the code systems, value sets and maps that are our own.

/// Base of every name that is our own. One constant, to be replaced when the networks own an
/// address.
macro_rules! sos {
    ($tail:literal) => {
        concat!("https://fhir.passerelle.example/sos", $tail)
    };
}
pub(crate) use sos;

/// Base of the names that are our own, the `{P}` of the documentation.
pub const SOS_BASE: &str = sos!("");
/// Our pivot vocabulary: categories, care types and facets.
pub const SOS_PIVOT: &str = sos!("/CodeSystem/sos-pivot");
/// Base of the vocabularies of the regions; a region's name follows.
pub const REGIONAL_VOCABULARY: &str = sos!("/CodeSystem/region-");
/// Base of our value sets.
pub(super) const VALUE_SET: &str = sos!("/ValueSet/");
/// Base of our maps.
pub(super) const CONCEPT_MAP: &str = sos!("/ConceptMap/");
/// Base of the properties on which a translation may depend: the name of a facet follows.
pub const FACET_PROPERTY: &str = sos!("/facet/");

/// Name of the vocabulary of a region.
#[must_use]
pub fn regional_vocabulary(region: &str) -> String {
    format!("{REGIONAL_VOCABULARY}{region}")
}
