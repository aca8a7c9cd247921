//! The operations, and the parameters that each takes.

/// An operation on a code system, a value set or a map.
///
/// **Source:** FHIR R4, `CodeSystem`, `ValueSet` and `ConceptMap`, operations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// What is known of a code.
    Lookup,
    /// Whether a code is one of a code system.
    ValidateInSystem,
    /// How two codes of a hierarchy stand to each other.
    Subsumes,
    /// The codes of a value set.
    Expand,
    /// Whether a code is one of a value set.
    ValidateInSet,
    /// What a code becomes in another vocabulary.
    Translate,
}

/// A parameter that an operation takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ParameterSpec {
    /// Its name.
    pub name: &'static str,
    /// Its type.
    pub kind: ParameterKind,
    /// True when it may stand several times.
    pub repeats: bool,
}

/// Type of a parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ParameterKind {
    /// `code`
    Code,
    /// `uri`, `url` or `canonical`
    Uri,
    /// `string`
    String,
    /// `boolean`
    Boolean,
    /// `integer`, not negative
    Integer,
    /// `dateTime` or `date`: a whole day at the least
    DateTime,
    /// `Coding`
    Coding,
    /// `CodeableConcept`
    CodeableConcept,
    /// A resource of that type.
    Resource(&'static str),
    /// A resource of any of the three types.
    AnyResource,
    /// Parts.
    Parts(&'static [ParameterSpec]),
    /// Of R4, but not answered here; the text says what to do instead.
    Unsupported(&'static str),
}

use ParameterKind::{
    AnyResource, Boolean, Code, CodeableConcept, Coding, DateTime, Integer, Parts, Resource,
    String as Text, Unsupported, Uri,
};

const fn one(name: &'static str, kind: ParameterKind) -> ParameterSpec {
    ParameterSpec {
        name,
        kind,
        repeats: false,
    }
}

const fn many(name: &'static str, kind: ParameterKind) -> ParameterSpec {
    ParameterSpec {
        name,
        kind,
        repeats: true,
    }
}

const LOOKUP: &[ParameterSpec] = &[
    one("code", Code),
    one("system", Uri),
    one("version", Text),
    one("coding", Coding),
    one("date", DateTime),
    one("displayLanguage", Code),
    many("property", Code),
    many("tx-resource", AnyResource),
];

const VALIDATE_IN_SYSTEM: &[ParameterSpec] = &[
    one("url", Uri),
    one("codeSystem", Resource("CodeSystem")),
    one("code", Code),
    one("version", Text),
    one("display", Text),
    one("coding", Coding),
    one("codeableConcept", CodeableConcept),
    one("date", DateTime),
    one("abstract", Boolean),
    one("displayLanguage", Code),
    one("lenient-display-validation", Boolean),
    many("tx-resource", AnyResource),
];

const SUBSUMES: &[ParameterSpec] = &[
    one("codeA", Code),
    one("codeB", Code),
    one("system", Uri),
    one("version", Text),
    one("codingA", Coding),
    one("codingB", Coding),
    many("tx-resource", AnyResource),
];

const EXPAND: &[ParameterSpec] = &[
    one("url", Uri),
    one("valueSet", Resource("ValueSet")),
    one("valueSetVersion", Text),
    one("context", Unsupported("url")),
    one("contextDirection", Unsupported("url")),
    one("filter", Text),
    one("date", DateTime),
    one("offset", Integer),
    one("count", Integer),
    one("includeDesignations", Boolean),
    many("designation", Text),
    one("includeDefinition", Boolean),
    one("activeOnly", Boolean),
    one("excludeNested", Boolean),
    one("excludeNotForUI", Boolean),
    one("excludePostCoordinated", Boolean),
    one("displayLanguage", Code),
    many("exclude-system", Uri),
    many("system-version", Uri),
    many("check-system-version", Uri),
    many("force-system-version", Uri),
    many("tx-resource", AnyResource),
];

const VALIDATE_IN_SET: &[ParameterSpec] = &[
    one("url", Uri),
    one("context", Unsupported("url")),
    one("valueSet", Resource("ValueSet")),
    one("valueSetVersion", Text),
    one("code", Code),
    one("system", Uri),
    one("systemVersion", Text),
    one("display", Text),
    one("coding", Coding),
    one("codeableConcept", CodeableConcept),
    one("date", DateTime),
    one("abstract", Boolean),
    one("displayLanguage", Code),
    one("inferSystem", Boolean),
    one("activeOnly", Boolean),
    one("lenient-display-validation", Boolean),
    one("valueset-membership-only", Boolean),
    many("system-version", Uri),
    many("check-system-version", Uri),
    many("force-system-version", Uri),
    many("tx-resource", AnyResource),
];

const DEPENDENCY: &[ParameterSpec] = &[one("element", Uri), one("concept", CodeableConcept)];

const TRANSLATE: &[ParameterSpec] = &[
    one("url", Uri),
    one("conceptMap", Resource("ConceptMap")),
    one("conceptMapVersion", Text),
    one("code", Code),
    one("system", Uri),
    one("version", Text),
    one("source", Uri),
    one("coding", Coding),
    one("codeableConcept", CodeableConcept),
    one("target", Uri),
    one("targetsystem", Uri),
    many("dependency", Parts(DEPENDENCY)),
    one("reverse", Boolean),
    many("tx-resource", AnyResource),
];

impl Operation {
    /// Every operation.
    pub const ALL: [Self; 6] = [
        Self::Lookup,
        Self::ValidateInSystem,
        Self::Subsumes,
        Self::Expand,
        Self::ValidateInSet,
        Self::Translate,
    ];

    /// The operation of that name on that type of resource.
    #[must_use]
    pub fn find(on: &str, name: &str) -> Option<Self> {
        let is_it = |known: &Self| known.resource_type() == on && known.name() == name;
        Self::ALL.into_iter().find(is_it)
    }

    /// The type of resource that it is asked of.
    #[must_use]
    pub fn resource_type(self) -> &'static str {
        match self {
            Self::Lookup | Self::ValidateInSystem | Self::Subsumes => "CodeSystem",
            Self::Expand | Self::ValidateInSet => "ValueSet",
            Self::Translate => "ConceptMap",
        }
    }

    /// Its name, as it stands in an address: `$lookup`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Lookup => "$lookup",
            Self::ValidateInSystem | Self::ValidateInSet => "$validate-code",
            Self::Subsumes => "$subsumes",
            Self::Expand => "$expand",
            Self::Translate => "$translate",
        }
    }

    /// Canonical URL of its definition.
    #[must_use]
    pub fn definition(self) -> String {
        let name = self.name().trim_start_matches('$');
        let on = self.resource_type();
        format!("http://hl7.org/fhir/OperationDefinition/{on}-{name}")
    }

    /// The parameters that it takes.
    #[must_use]
    pub fn parameters(self) -> &'static [ParameterSpec] {
        match self {
            Self::Lookup => LOOKUP,
            Self::ValidateInSystem => VALIDATE_IN_SYSTEM,
            Self::Subsumes => SUBSUMES,
            Self::Expand => EXPAND,
            Self::ValidateInSet => VALIDATE_IN_SET,
            Self::Translate => TRANSLATE,
        }
    }
}

impl ParameterKind {
    /// The `value[x]` elements that hold it in a `Parameters` resource; none for a resource or
    /// parts.
    #[must_use]
    pub fn elements(self) -> &'static [&'static str] {
        match self {
            Code => &["valueCode"],
            Uri => &["valueUri", "valueCanonical", "valueUrl"],
            Text => &["valueString", "valueCode"],
            Boolean => &["valueBoolean"],
            Integer => &["valueInteger"],
            DateTime => &["valueDateTime", "valueDate"],
            Coding => &["valueCoding"],
            CodeableConcept => &["valueCodeableConcept"],
            Resource(_) | AnyResource | Parts(_) | Unsupported(_) => &[],
        }
    }
}
