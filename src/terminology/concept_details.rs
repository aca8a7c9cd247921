//! What a code system may say of a code beside its label.

use serde_json::Value;

/// Definition, other names and properties of a code.
///
/// **Source:** FHIR R4, `CodeSystem.concept`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ConceptDetails {
    /// What it means, in full.
    pub definition: Option<String>,
    /// Other names, and names in other languages.
    pub designations: Vec<Designation>,
    /// Properties, in their order.
    pub properties: Vec<Property>,
    /// True for a heading that groups codes and is not to be chosen itself.
    pub is_abstract: bool,
}

/// Another name of a code.
#[derive(Clone, Debug, PartialEq)]
pub struct Designation {
    /// Language, as a BCP 47 tag.
    pub language: Option<String>,
    /// What the name is for: a FHIR `Coding`.
    pub purpose: Option<Value>,
    /// The name.
    pub value: String,
}

/// A property of a code.
#[derive(Clone, Debug, PartialEq)]
pub struct Property {
    /// Name of the property.
    pub code: String,
    /// FHIR element that holds the value: `valueCode`, `valueString`…
    pub element: String,
    /// The value.
    pub value: Value,
}

impl Property {
    /// The value as a text, as a filter compares it.
    #[must_use]
    pub fn text(&self) -> String {
        match &self.value {
            Value::String(text) => text.clone(),
            Value::Object(coding) => coding
                .get("code")
                .and_then(Value::as_str)
                .unwrap_or_default()
                .to_owned(),
            other => other.to_string(),
        }
    }
}
