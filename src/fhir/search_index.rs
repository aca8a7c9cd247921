//! What the search tables keep of a resource, extracted when it is written.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{
    AGE_GROUPS, ResourceType,
    element::{at_path, children, codings, extension, extensions, system_and_code, text},
    parse_reference,
    search_parameters::{SearchParameter, Source, department_of, parameters_of},
    systems,
};
use crate::terminology::fold;

/// Longest text kept in an index, in characters: an index row has a limit of its own.
const MAX_TEXT: usize = 200;
/// Longest word kept, in characters.
const MAX_WORD: usize = 40;
/// Words that tell nothing apart.
const STOP_WORDS: [&str; 24] = [
    "a", "au", "aux", "avec", "ce", "d", "dans", "de", "des", "du", "en", "et", "l", "la", "le",
    "les", "ou", "par", "pour", "s", "sur", "un", "une", "y",
];
/// Index of the category of each care type, for counting; it cannot be asked for in a query.
pub const CATEGORY_GROUP: &str = "sos-category:group";

/// Rows of the search tables for one resource. Sets, so that the same resource gives the same rows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SearchIndex {
    /// (parameter, system, code)
    pub tokens: BTreeSet<(&'static str, String, String)>,
    /// (parameter, folded text, exact text)
    pub strings: BTreeSet<(&'static str, String, String)>,
    /// (parameter, type, id)
    pub references: BTreeSet<(&'static str, ResourceType, String)>,
    /// Words of the resource, folded.
    pub words: BTreeSet<String>,
    /// Name, folded, to sort by.
    pub sort_name: String,
    /// True when anybody may see that the resource exists.
    pub is_public: bool,
}

impl SearchIndex {
    /// Extracts what is searched in a resource of that type.
    #[must_use]
    pub fn of(kind: ResourceType, resource: &Value) -> Self {
        let mut index = Self {
            sort_name: shorten(&fold(text(resource, "name").unwrap_or_default())),
            is_public: is_public(kind, resource),
            ..Self::default()
        };
        for parameter in parameters_of(kind) {
            index.add(parameter, resource);
        }
        index.add_words(kind, resource);
        index
    }

    fn add(&mut self, parameter: &SearchParameter, resource: &Value) {
        let name = parameter.name;
        match parameter.source {
            Source::Identifiers => self.add_identifiers(name, resource),
            Source::Concepts(child) => {
                for concept in at_path(resource, child) {
                    self.add_concept(name, concept);
                }
            }
            Source::CharacteristicOf(system) => {
                for concept in children(resource, "characteristic") {
                    for (found, code) in codings(concept) {
                        if found == system {
                            self.add_token(name, found, code);
                            let category = code.split('-').next().unwrap_or(code);
                            self.add_token(CATEGORY_GROUP, found, category);
                        }
                    }
                }
            }
            Source::ExtensionCoding(url) => {
                for found in extensions(resource, url) {
                    for value in ["valueCoding", "valueCodeableConcept"] {
                        if let Some(concept) = found.get(value) {
                            self.add_concept(name, concept);
                        }
                    }
                }
            }
            Source::AgeGroups => self.add_age_groups(name, resource),
            Source::PatientTypes => {
                for found in extensions(resource, systems::ROR_PATIENT_TYPE) {
                    for part in extensions(found, "supportedPatientInfo") {
                        if let Some(concept) = part.get("valueCodeableConcept") {
                            self.add_concept(name, concept);
                        }
                    }
                }
            }
            Source::Code(child) => match resource.get(child) {
                Some(Value::Bool(value)) => self.add_token(name, "", &value.to_string()),
                Some(Value::String(code)) => self.add_token(name, "", code),
                Some(_) | None => {}
            },
            Source::Texts(paths) => {
                for value in paths.iter().flat_map(|path| at_path(resource, path)) {
                    if let Some(value) = value.as_str() {
                        let row = (name, shorten(&fold(value)), shorten(value));
                        self.strings.insert(row);
                    }
                }
            }
            Source::Reference(child, target) => {
                for reference in children(resource, child) {
                    let found = text(reference, "reference").and_then(parse_reference);
                    if let Some((kind, id)) = found.filter(|(kind, _)| *kind == target) {
                        self.references.insert((name, kind, id.to_owned()));
                    }
                }
            }
            Source::Department => self.add_departments(name, resource),
        }
    }

    fn add_token(&mut self, name: &'static str, system: &str, code: &str) {
        self.tokens.insert((name, shorten(system), shorten(code)));
    }

    /// A `CodeableConcept`, or a `Coding` on its own.
    fn add_concept(&mut self, name: &'static str, concept: &Value) {
        for (system, code) in codings(concept).chain(system_and_code(concept)) {
            self.add_token(name, system, code);
        }
    }

    fn add_identifiers(&mut self, name: &'static str, resource: &Value) {
        let regional = extensions(resource, systems::REGIONAL_IDENTIFIER)
            .filter_map(|found| found.get("valueIdentifier"));
        for identifier in children(resource, "identifier").chain(regional) {
            if let Some(value) = text(identifier, "value") {
                self.add_token(name, text(identifier, "system").unwrap_or_default(), value);
            }
        }
    }

    fn add_age_groups(&mut self, name: &'static str, resource: &Value) {
        let stated: Vec<_> = extensions(resource, systems::SOS_AGE_GROUP)
            .filter_map(|found| system_and_code(found.get("valueCoding")?))
            .collect();
        for (system, code) in &stated {
            self.add_token(name, system, code);
        }
        if !stated.is_empty() {
            return;
        }
        let range = extension(resource, systems::ROR_PATIENT_TYPE)
            .and_then(|found| extension(found, "ageRange"))
            .and_then(|found| found.get("valueRange"));
        let bound = |side: &str| range?.get(side)?.get("value")?.as_u64();
        if let (Some(low), Some(high)) = (bound("low"), bound("high")) {
            for group in AGE_GROUPS {
                if low <= u64::from(group.high) && high >= u64::from(group.low) {
                    self.add_token(name, systems::SOS_PIVOT, group.code);
                }
            }
        }
    }

    fn add_departments(&mut self, name: &'static str, resource: &Value) {
        let of_place = extensions(resource, systems::ROR_COMMUNE_COG);
        let served = extensions(resource, systems::ROR_TERRITORIAL_DIVISION)
            .flat_map(|found| extensions(found, "codeTerritorialDivision"));
        let departments: Vec<_> = of_place
            .chain(served)
            .filter_map(|found| found.get("valueCodeableConcept"))
            .flat_map(codings)
            .filter_map(|(_, code)| department_of(code))
            .collect();
        for department in departments {
            self.add_token(name, "", department);
        }
    }

    fn add_words(&mut self, kind: ResourceType, resource: &Value) {
        let paths: &[&str] = match kind {
            ResourceType::HealthcareService => &[
                "name",
                "comment",
                "specialty.coding.display",
                "characteristic.coding.display",
            ],
            ResourceType::Organization => &["name", "alias", "address.city"],
            ResourceType::Location => &["name", "alias", "address.city", "address.postalCode"],
        };
        let labels = extensions(resource, systems::REGIONAL_LABEL)
            .filter_map(|found| text(found.get("valueCoding")?, "display"));
        let texts = paths
            .iter()
            .flat_map(|path| at_path(resource, path))
            .filter_map(Value::as_str);
        for value in texts.chain(labels) {
            self.words.extend(words(value));
        }
    }
}

/// The words of a text, as the index keeps them: folded, without those that tell nothing apart.
pub fn words(text: &str) -> impl Iterator<Item = String> {
    fold(text)
        .split(' ')
        .filter(|word| !word.is_empty() && !STOP_WORDS.contains(word))
        .map(|word| word.chars().take(MAX_WORD).collect())
        .collect::<Vec<String>>()
        .into_iter()
}

/// What an index keeps of a text.
#[must_use]
pub fn shorten(text: &str) -> String {
    text.chars().take(MAX_TEXT).collect()
}

/// An offer is public when it is active and its unit is not a sensitive one.
fn is_public(kind: ResourceType, resource: &Value) -> bool {
    let is_inactive = resource.get("active") == Some(&Value::Bool(false));
    let is_sensitive = extension(resource, systems::ROR_SENSITIVE_UNIT)
        .is_some_and(|found| found.get("valueBoolean") != Some(&Value::Bool(false)));
    match kind {
        ResourceType::HealthcareService => !is_inactive && !is_sensitive,
        ResourceType::Organization | ResourceType::Location => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn token(index: &SearchIndex, parameter: &str, code: &str) -> bool {
        index
            .tokens
            .iter()
            .any(|(name, _, found)| *name == parameter && found == code)
    }

    #[test]
    fn an_offer_is_found_by_what_it_says_and_by_what_follows_from_it() {
        let index = SearchIndex::of(
            ResourceType::HealthcareService,
            &json!({
                "extension": [
                    {"url": systems::ROR_PATIENT_TYPE, "extension": [{"url": "ageRange", "valueRange":
                        {"low": {"value": 16}, "high": {"value": 30}}}]},
                    {"url": systems::ROR_TERRITORIAL_DIVISION, "extension": [{"url": "codeTerritorialDivision",
                        "valueCodeableConcept": {"coding": [{"system": systems::COMMUNE, "code": "2A004"}]}}]}],
                "active": true,
                "name": "Écoute de l'équipe",
                "identifier": [{"value": "53/1"}],
                "providedBy": {"reference": "Organization/eg-1"},
                "characteristic": [{"coding": [{"system": systems::SOS_PIVOT, "code": "PSY-01"}]}]}),
        );
        for code in ["AGE-ENFANT", "AGE-AJA", "AGE-ADULTE"] {
            assert!(token(&index, "sos-age-group", code), "{code}");
        }
        assert!(!token(&index, "sos-age-group", "AGE-PA"));
        assert!(token(&index, "department", "2A"));
        assert!(token(&index, "identifier", "53/1"));
        assert!(token(&index, "sos-category", "PSY-01"));
        assert!(token(&index, "characteristic", "PSY-01"));
        assert!(token(&index, "active", "true"));
        assert_eq!(index.sort_name, "ecoute de l equipe");
        assert_eq!(index.words.iter().collect::<Vec<_>>(), ["ecoute", "equipe"]);
        assert!(index.is_public);
        assert_eq!(index.references.len(), 1);
    }

    #[test]
    fn a_withdrawn_or_sensitive_offer_is_not_public() {
        let is_public =
            |resource| SearchIndex::of(ResourceType::HealthcareService, &resource).is_public;
        assert!(!is_public(json!({"active": false})));
        assert!(!is_public(json!({"extension": [
            {"url": systems::ROR_SENSITIVE_UNIT, "valueBoolean": true}]})));
        assert!(is_public(json!({})));
    }
}
