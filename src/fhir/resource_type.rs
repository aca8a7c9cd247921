//! The types of resource that the directory keeps.

/// A type of resource of the directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ResourceType {
    /// A structure.
    Organization,
    /// A place where care is given.
    Location,
    /// An offer.
    HealthcareService,
    /// A person.
    Practitioner,
    /// What a person does in an offer.
    PractitionerRole,
    /// A list of offers, and of what stands around them.
    List,
}

impl ResourceType {
    /// Every type, each after those that it refers to.
    pub const ALL: [Self; 6] = [
        Self::Organization,
        Self::Location,
        Self::HealthcareService,
        Self::Practitioner,
        Self::PractitionerRole,
        Self::List,
    ];

    /// The types that an offer is told with, in the national register as here: all but the lists.
    pub const OF_OFFERS: [Self; 5] = [
        Self::Organization,
        Self::Location,
        Self::HealthcareService,
        Self::Practitioner,
        Self::PractitionerRole,
    ];

    /// The FHIR name.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Organization => "Organization",
            Self::Location => "Location",
            Self::HealthcareService => "HealthcareService",
            Self::Practitioner => "Practitioner",
            Self::PractitionerRole => "PractitionerRole",
            Self::List => "List",
        }
    }

    /// The type of that FHIR name, when the directory keeps it.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }
}

/// True when `text` can be the id of a resource.
///
/// **Source:** FHIR R4, datatype `id`: `[A-Za-z0-9\-\.]{1,64}`.
#[must_use]
pub fn is_id(text: &str) -> bool {
    (1..=64).contains(&text.len())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'.')
}

/// Type and id of a relative or absolute literal reference to a resource of the directory.
///
/// **Source:** FHIR R4, 2.3.0.3, literal references: the last two segments, before any version.
#[must_use]
pub fn parse_reference(reference: &str) -> Option<(ResourceType, &str)> {
    let unversioned = reference
        .split_once("/_history/")
        .map_or(reference, |(head, _)| head);
    let mut segments = unversioned.rsplit('/');
    let id = segments.next().filter(|id| is_id(id))?;
    let kind = ResourceType::parse(segments.next()?)?;
    Some((kind, id))
}

/// Name of the type that a relative or absolute literal reference points to, whatever it is.
///
/// **Source:** FHIR R4, 2.3.0.3.
#[must_use]
pub fn parse_reference_type(reference: &str) -> Option<&str> {
    let unversioned = reference
        .split_once("/_history/")
        .map_or(reference, |(head, _)| head);
    let mut segments = unversioned.rsplit('/');
    segments.next().filter(|id| is_id(id))?;
    segments.next().filter(|name| {
        name.starts_with(|first: char| first.is_ascii_uppercase())
            && name.bytes().all(|byte| byte.is_ascii_alphabetic())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_read_relative_absolute_and_versioned() {
        let expected = Some((ResourceType::Organization, "eg-1"));
        assert_eq!(parse_reference("Organization/eg-1"), expected);
        assert_eq!(
            parse_reference("https://a.invalid/fhir/Organization/eg-1/_history/2"),
            expected
        );
        for text in ["", "eg-1", "Patient/1", "Organization/", "Organization/é"] {
            assert_eq!(parse_reference(text), None, "{text}");
        }
    }
}
