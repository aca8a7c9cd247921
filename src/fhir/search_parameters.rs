//! What can be searched, as `profiles/search/` says it: the index, the query and the
//! `CapabilityStatement` are made from it.
//!
//! **Source:** ANS, ROR guide 0.7.0, `CapabilityStatement` ror-serveur and its `SearchParameter`s;
//! FHIR R4, 3.1.1. Those that start with `sos-` and `department` are ours.

use serde_json::Value;

use super::{
    Definitions, ResourceType,
    definitions_error::DefinitionsError,
    element::{children, extension, text},
    fhirpath::Expression,
    search_criterion::Family,
    systems,
};

/// How a parameter compares.
///
/// **Source:** FHIR R4, code system `http://hl7.org/fhir/search-param-type`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ParameterKind {
    /// System and code.
    Token,
    /// Text, case and accents aside.
    String,
    /// Another resource.
    Reference,
    /// A date, an instant or a period.
    Date,
    /// A number.
    Number,
    /// A number with its unit.
    Quantity,
    /// An address, whole.
    Uri,
    /// Its own way.
    Special,
}

/// What the index makes of the values, beyond keeping them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Derivation {
    /// The age groups that a range meets, when none is stated.
    AgeGroup,
    /// The department of a commune, instead of it.
    Department,
    /// The words of the texts.
    Words,
}

/// One search parameter of one type.
#[derive(Debug, PartialEq)]
pub struct SearchParameter {
    /// Type searched.
    pub on: ResourceType,
    /// Name in the query.
    pub name: &'static str,
    /// Canonical URL.
    pub url: &'static str,
    /// How it compares.
    pub kind: ParameterKind,
    /// Under which name the index keeps the texts of its tokens.
    pub texts: &'static str,
    /// Under which name the index keeps its identifiers with their type.
    pub typed: &'static str,
    /// Under which name the index keeps the identifiers of its references.
    pub identifiers: &'static str,
    /// Where its values stand.
    pub expression: Expression,
    /// What the index makes of them.
    pub derivation: Option<Derivation>,
    /// Types that a reference points to.
    pub targets: &'static [ResourceType],
    /// What it is for, in English, for the `CapabilityStatement`.
    pub documentation: &'static str,
}

impl ParameterKind {
    fn parse(code: &str) -> Option<Self> {
        Some(match code {
            "token" => Self::Token,
            "string" => Self::String,
            "reference" => Self::Reference,
            "date" => Self::Date,
            "number" => Self::Number,
            "quantity" => Self::Quantity,
            "uri" => Self::Uri,
            "special" => Self::Special,
            _ => return None,
        })
    }

    /// The FHIR code.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Token => "token",
            Self::String => "string",
            Self::Reference => "reference",
            Self::Date => "date",
            Self::Number => "number",
            Self::Quantity => "quantity",
            Self::Uri => "uri",
            Self::Special => "special",
        }
    }
}

impl Derivation {
    fn parse(code: &str) -> Option<Self> {
        Some(match code {
            "age-group" => Self::AgeGroup,
            "department" => Self::Department,
            "words" => Self::Words,
            _ => return None,
        })
    }
}

impl SearchParameter {
    /// Reads a Bundle of `SearchParameter`s. The names live as long as the program.
    pub(super) fn read_bundle(path: &str, content: &str) -> Result<Vec<Self>, DefinitionsError> {
        let bundle: Value =
            serde_json::from_str(content).map_err(|error| DefinitionsError::File {
                file: path.to_owned(),
                reason: error.to_string(),
            })?;
        children(&bundle, "entry")
            .filter_map(|entry| entry.get("resource"))
            .map(|resource| Self::read(path, resource))
            .collect()
    }

    fn read(path: &str, resource: &Value) -> Result<Self, DefinitionsError> {
        let code = text(resource, "code").unwrap_or_default();
        let wrong = |what: &str| DefinitionsError::File {
            file: path.to_owned(),
            reason: format!("{code}: {what}"),
        };
        let required = |name| text(resource, name).ok_or_else(|| wrong(name));
        let kinds_at = |name| {
            let kinds = children(resource, name).filter_map(Value::as_str);
            kinds.filter_map(ResourceType::parse).collect::<Vec<_>>()
        };
        let derivation = extension(resource, systems::SEARCH_DERIVATION)
            .map(|found| text(found, "valueCode").and_then(Derivation::parse));
        let expression = Expression::parse(required("expression")?).map_err(|cause| {
            DefinitionsError::Expression {
                of: code.to_owned(),
                cause,
            }
        })?;
        let forever = |text: &str| -> &'static str { text.to_owned().leak() };
        let kept_as = |what: &str| forever(&format!("{code}:{what}"));
        Ok(Self {
            on: *kinds_at("base").first().ok_or_else(|| wrong("base"))?,
            name: forever(required("code")?),
            url: forever(required("url")?),
            kind: ParameterKind::parse(required("type")?).ok_or_else(|| wrong("type"))?,
            texts: kept_as("text"),
            typed: kept_as("of-type"),
            identifiers: kept_as("identifier"),
            expression,
            derivation: match derivation {
                Some(known) => Some(known.ok_or_else(|| wrong("derivation"))?),
                None => None,
            },
            targets: kinds_at("target").leak(),
            documentation: forever(required("description")?),
        })
    }

    /// Where its values are kept; none for words.
    #[must_use]
    pub fn family(&self) -> Option<Family> {
        if self.derivation == Some(Derivation::Words) {
            return None;
        }
        Some(match self.kind {
            ParameterKind::Token => Family::Token,
            ParameterKind::String | ParameterKind::Uri => Family::Text,
            ParameterKind::Reference => Family::Reference,
            ParameterKind::Date => Family::Date,
            ParameterKind::Number | ParameterKind::Quantity => Family::Number,
            ParameterKind::Special => Family::Position,
        })
    }

    /// True when the systems of its tokens are code systems: not those of identifiers, tags and
    /// labels, which anybody may make up.
    #[must_use]
    pub fn has_code_systems(&self) -> bool {
        self.kind == ParameterKind::Token
            && self.name != "identifier"
            && !self.name.starts_with('_')
    }
}

/// Every parameter that an index is kept for.
pub fn indexed_parameters(on: ResourceType) -> impl Iterator<Item = &'static SearchParameter> {
    Definitions::embedded()
        .search_parameters
        .iter()
        .filter(move |parameter| parameter.on == on)
}

/// The parameters of a type that a query names as they are; words have their own.
pub fn parameters_of(on: ResourceType) -> impl Iterator<Item = &'static SearchParameter> {
    indexed_parameters(on).filter(|parameter| parameter.family().is_some())
}

/// The references between resources, each with a type that it points to.
pub fn references() -> impl Iterator<Item = (&'static SearchParameter, ResourceType)> {
    ResourceType::ALL
        .into_iter()
        .flat_map(parameters_of)
        .flat_map(|parameter| {
            parameter
                .targets
                .iter()
                .map(move |target| (parameter, *target))
        })
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
        for one in ResourceType::ALL.into_iter().flat_map(indexed_parameters) {
            let same = indexed_parameters(one.on).filter(|other| other.name == one.name);
            assert_eq!(same.count(), 1, "{}", one.name);
            assert_eq!(
                !one.targets.is_empty(),
                one.kind == ParameterKind::Reference
            );
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
