//! What the search tables keep of a resource, extracted when it is written, as `profiles/search/`
//! says.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{
    AGE_GROUPS, ResourceType,
    confidentiality::is_for_everybody,
    element::{children, codings, extension, system_and_code, text},
    fhirpath_eval::Evaluation,
    fhirpath_value::Item,
    parse_reference,
    search_index_values::{millionths, period},
    search_near::Position,
    search_parameters::{
        Derivation, ParameterKind, SearchParameter, department_of, indexed_parameters,
    },
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

/// Rows of the search tables for one resource. Sets, so that the same resource gives the same rows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SearchIndex {
    /// (parameter, system, code)
    pub tokens: BTreeSet<(&'static str, String, String)>,
    /// (parameter, folded text, exact text)
    pub strings: BTreeSet<(&'static str, String, String)>,
    /// (parameter, type, id)
    pub references: BTreeSet<(&'static str, ResourceType, String)>,
    /// (parameter, first instant, first instant after), as [`crate::clock::instant_text`] writes
    /// them; empty: open.
    pub dates: BTreeSet<(&'static str, String, String)>,
    /// (parameter, value in millionths, system of the unit, code of the unit)
    pub quantities: BTreeSet<(&'static str, i64, String, String)>,
    /// Where the place is.
    pub position: Option<Position>,
    /// Words of the resource, folded.
    pub words: BTreeSet<String>,
    /// Name, folded, to sort by.
    pub sort_name: String,
    /// True when anybody may see that the resource exists.
    pub is_public: bool,
}

impl SearchIndex {
    /// Extracts what is searched in a resource of that type. What [`stamp`](super::stamp) adds to it is not.
    #[must_use]
    pub fn of(kind: ResourceType, resource: &Value) -> Self {
        let mut index = Self {
            sort_name: shorten(&fold(text(resource, "name").unwrap_or_default())),
            is_public: is_public(kind, resource),
            ..Self::default()
        };
        for parameter in indexed_parameters(kind) {
            let found = Evaluation { resource }.find(&parameter.expression);
            index.add(parameter, &found);
        }
        index
    }

    fn add(&mut self, parameter: &'static SearchParameter, found: &[Item<'_>]) {
        let name = parameter.name;
        match parameter.derivation {
            Some(Derivation::AgeGroup) => return self.add_age_groups(name, found),
            Some(Derivation::Department) => return self.add_departments(name, found),
            Some(Derivation::Words) => {
                let texts = found.iter().filter_map(Item::text);
                return self.words.extend(texts.flat_map(words));
            }
            None => {}
        }
        for item in found {
            self.add_item(parameter, item);
        }
    }

    fn add_item(&mut self, parameter: &'static SearchParameter, item: &Item<'_>) {
        let name = parameter.name;
        match parameter.kind {
            ParameterKind::Token => {
                self.add_tokens(name, item);
                self.add_token_texts(parameter, item);
            }
            ParameterKind::String | ParameterKind::Uri => {
                if let Some(value) = item.text() {
                    let row = (name, shorten(&fold(value)), shorten(value));
                    self.strings.insert(row);
                }
            }
            ParameterKind::Reference => {
                let reference = item.node().and_then(|node| text(node.value, "reference"));
                let identifier = item.node().and_then(|node| node.value.get("identifier"));
                if let Some(number) = identifier.and_then(|found| text(found, "value")) {
                    let system = identifier.and_then(|found| text(found, "system"));
                    self.add_token(parameter.identifiers, system.unwrap_or_default(), number);
                }
                if let Some((kind, id)) = reference.and_then(parse_reference)
                    && parameter.targets.contains(&kind)
                {
                    self.references.insert((name, kind, id.to_owned()));
                }
            }
            ParameterKind::Date => {
                if let Some((from, before)) = item.node().and_then(|node| period(node.value)) {
                    self.dates.insert((name, from, before));
                }
            }
            ParameterKind::Number | ParameterKind::Quantity => self.add_quantity(name, item),
            ParameterKind::Special => {
                let at = |side| item.node()?.value.get(side)?.as_f64();
                if let (Some(latitude), Some(longitude)) = (at("latitude"), at("longitude")) {
                    self.position = Position::of_degrees(latitude, longitude);
                }
            }
        }
    }

    fn add_token(&mut self, name: &'static str, system: &str, code: &str) {
        self.tokens.insert((name, shorten(system), shorten(code)));
    }

    /// The tokens of a `CodeableConcept`, a `Coding`, an `Identifier`, a code, a text or a boolean.
    fn add_tokens(&mut self, name: &'static str, item: &Item<'_>) {
        let Some(value) = item.node().map(|node| node.value).filter(|v| v.is_object()) else {
            if let Some(code) = item.to_text() {
                self.add_token(name, "", &code);
            }
            return;
        };
        for (system, code) in codings(value).chain(system_and_code(value)) {
            self.add_token(name, system, code);
        }
        if let Some(number) = text(value, "value") {
            self.add_token(name, text(value, "system").unwrap_or_default(), number);
        }
    }

    /// The texts of a token, for `:text`, and the type of an identifier, for `:of-type`.
    fn add_token_texts(&mut self, parameter: &'static SearchParameter, item: &Item<'_>) {
        let Some(value) = item.node().map(|node| node.value).filter(|v| v.is_object()) else {
            return;
        };
        let kind = value.get("type").filter(|_| value.get("value").is_some());
        let concepts = [Some(value), kind].into_iter().flatten();
        for text in concepts.flat_map(|concept| {
            let displays = children(concept, "coding").filter_map(|coding| text(coding, "display"));
            let own = ["text", "display"].map(|name| text(concept, name));
            displays.chain(own.into_iter().flatten())
        }) {
            let row = (parameter.texts, shorten(&fold(text)), shorten(text));
            self.strings.insert(row);
        }
        if let (Some(kind), Some(number)) = (kind, text(value, "value")) {
            for (system, code) in codings(kind) {
                self.add_token(parameter.typed, &format!("{system}|{code}"), number);
            }
        }
    }

    fn add_quantity(&mut self, name: &'static str, item: &Item<'_>) {
        let Some(value) = item.node().map(|node| node.value) else {
            return;
        };
        let number = value.get("value").unwrap_or(value);
        if let Some(number) = millionths(number) {
            let unit = text(value, "code").or_else(|| text(value, "unit"));
            let system = text(value, "system").unwrap_or_default();
            let row = (
                name,
                number,
                shorten(system),
                shorten(unit.unwrap_or_default()),
            );
            self.quantities.insert(row);
        }
    }

    /// The groups that are stated, else those that an age range meets.
    fn add_age_groups(&mut self, name: &'static str, found: &[Item<'_>]) {
        let values = || found.iter().filter_map(Item::node).map(|node| node.value);
        let stated: Vec<_> = values().filter_map(system_and_code).collect();
        for (system, code) in &stated {
            self.add_token(name, system, code);
        }
        if !stated.is_empty() {
            return;
        }
        for range in values() {
            let bound = |side: &str| range.get(side)?.get("value")?.as_f64();
            let (Some(low), Some(high)) = (bound("low"), bound("high")) else {
                continue;
            };
            for group in AGE_GROUPS {
                if low <= f64::from(group.high) && high >= f64::from(group.low) {
                    self.add_token(name, systems::SOS_PIVOT, group.code);
                }
            }
        }
    }

    fn add_departments(&mut self, name: &'static str, found: &[Item<'_>]) {
        let concepts = found.iter().filter_map(Item::node);
        for (_, code) in concepts.flat_map(|node| codings(node.value)) {
            if let Some(department) = department_of(code) {
                self.add_token(name, "", department);
            }
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

/// An offer is public when it is active and its unit is not a sensitive one; people are known to the
/// network alone. A list is public when its level of confidentiality says so: it is seen then as far
/// as all that it refers to is.
fn is_public(kind: ResourceType, resource: &Value) -> bool {
    let is_inactive = resource.get("active") == Some(&Value::Bool(false));
    let is_sensitive = extension(resource, systems::ROR_SENSITIVE_UNIT)
        .is_some_and(|found| found.get("valueBoolean") != Some(&Value::Bool(false)));
    match kind {
        ResourceType::HealthcareService => !is_inactive && !is_sensitive,
        ResourceType::Organization | ResourceType::Location => true,
        ResourceType::Practitioner | ResourceType::PractitionerRole => false,
        ResourceType::List => is_for_everybody(resource),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fhir::stamp;
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
                "resourceType": "HealthcareService",
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
    fn what_a_version_is_stamped_with_is_not_searched_here() {
        for kind in ResourceType::ALL {
            let mut resource = json!({"resourceType": kind.as_str(), "id": "one"});
            let before = SearchIndex::of(kind, &resource);
            stamp(
                &mut resource,
                2,
                "2026-11-23T08:00:00.000Z",
                "2026-01-01T00:00:00.000Z",
            );
            assert_eq!(
                SearchIndex::of(kind, &resource),
                before,
                "the index is made before the version is known: {kind:?}"
            );
        }
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
