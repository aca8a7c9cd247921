//! The filters of a composition: which codes of a system they let through.
//!
//! **Source:** FHIR R4, code system `http://hl7.org/fhir/filter-operator`.

use regex::{Regex, RegexBuilder};
use serde_json::Value;

use super::{Failure, FailureReason, Problem, problem::shown};
use crate::{
    fhir::IssueCode,
    finding::Bilingual,
    terminology::{CodeSystem, Concept},
};

/// Memory that a regular expression may take, in bytes.
const MAX_REGEX_BYTES: usize = 200_000;

/// One filter, ready to be asked.
pub(super) struct Filter<'a> {
    system: &'a CodeSystem,
    property: &'a str,
    test: Test<'a>,
}

enum Test<'a> {
    Equals(&'a str),
    /// The code, or below it.
    IsA(&'a str),
    /// Below the code.
    DescendentOf(&'a str),
    IsNotA(&'a str),
    /// The code, or above it.
    Generalizes(&'a str),
    ChildOf(&'a str),
    In(Vec<&'a str>),
    NotIn(Vec<&'a str>),
    Exists(bool),
    Matches(Regex),
}

impl<'a> Filter<'a> {
    /// Reads a filter, which stands at `place` in the set `set`.
    ///
    /// # Errors
    /// [`Failure`] when the operator is not one of R4, or the value does not fit it.
    pub(super) fn read(
        system: &'a CodeSystem,
        filter: &'a Value,
        (place, set): (&str, &str),
    ) -> Result<Self, Failure> {
        let text = |key: &str| filter[key].as_str().unwrap_or_default();
        let (property, operator, value) = (text("property"), text("op"), text("value"));
        let broken = || broken((place, set), system, property, operator, value);
        if property.is_empty() || value.is_empty() {
            return Err(broken());
        }
        let list = || value.split(',').map(str::trim).collect();
        let test = match operator {
            "=" => Test::Equals(value),
            "is-a" => Test::IsA(value),
            "descendent-of" => Test::DescendentOf(value),
            "is-not-a" => Test::IsNotA(value),
            "generalizes" => Test::Generalizes(value),
            "child-of" => Test::ChildOf(value),
            "in" => Test::In(list()),
            "not-in" => Test::NotIn(list()),
            "exists" => Test::Exists(value == "true"),
            "regex" => {
                let whole = format!("^(?:{value})$");
                let regex = RegexBuilder::new(&whole)
                    .size_limit(MAX_REGEX_BYTES)
                    .build();
                Test::Matches(regex.map_err(|_| broken())?)
            }
            _ => return Err(broken()),
        };
        Ok(Self {
            system,
            property,
            test,
        })
    }

    /// True when the code passes.
    pub(super) fn holds(&self, concept: &Concept) -> bool {
        let (system, code) = (self.system, concept.code.as_str());
        match &self.test {
            Test::Equals(wanted) => self.values(concept).iter().any(|value| value == wanted),
            Test::IsA(above) => code == *above || system.is_below(code, above),
            Test::DescendentOf(above) => system.is_below(code, above),
            Test::IsNotA(above) => code != *above && !system.is_below(code, above),
            Test::Generalizes(below) => code == *below || system.is_below(below, code),
            Test::ChildOf(above) => system
                .parent(code)
                .is_some_and(|parent| parent.code == *above),
            Test::In(wanted) => self
                .values(concept)
                .iter()
                .any(|value| wanted.contains(&&**value)),
            Test::NotIn(wanted) => !self
                .values(concept)
                .iter()
                .any(|value| wanted.contains(&&**value)),
            Test::Exists(wanted) => self.values(concept).is_empty() != *wanted,
            Test::Matches(regex) => self
                .values(concept)
                .iter()
                .any(|value| regex.is_match(value)),
        }
    }

    fn values(&self, concept: &Concept) -> Vec<String> {
        match self.property {
            "code" | "concept" => return vec![concept.code.clone()],
            "display" => return vec![concept.display.clone()],
            "parent" => {
                let parent = self.system.parent(&concept.code);
                return parent
                    .map(|parent| parent.code.clone())
                    .into_iter()
                    .collect();
            }
            _ => {}
        }
        let details = self.system.details(&concept.code);
        let properties = details.into_iter().flat_map(|details| &details.properties);
        properties
            .filter(|property| property.code == self.property)
            .map(|property| property.text())
            .collect()
    }
}

fn broken(
    (place, set): (&str, &str),
    system: &CodeSystem,
    property: &str,
    operator: &str,
    value: &str,
) -> Failure {
    let [set, property, operator, value] = [set, property, operator, value].map(shown);
    let system = system.url();
    Failure::one(
        FailureReason::Unprocessable,
        Problem::error(
            "TX-FILTER",
            (IssueCode::Invalid, "vs-invalid"),
            place,
            Bilingual::new(
                format!(
                    "Le filtre « {property} {operator} {value} » du jeu de valeurs « {set} » sur {system} ne peut pas être appliqué."
                ),
                format!(
                    "The filter '{property} {operator} {value}' of the value set '{set}' on {system} cannot be applied."
                ),
            ),
            Bilingual::new(
                "Donnez property, op (=, is-a, descendent-of, is-not-a, generalizes, child-of, in, not-in, exists, regex) et value.",
                "Give property, op (=, is-a, descendent-of, is-not-a, generalizes, child-of, in, not-in, exists, regex) and value.",
            ),
        ),
    )
}
