//! What a search says in the words of a region or in national codes, in those of the pivot: an offer
//! entered in one region's words is found in another's.

use crate::{
    fhir::{Criterion, Handling, ResourceType, SearchQuery, TokenTest, systems},
    finding::Finding,
    terminology::{Question, Terminology},
};

/// The parameter of categories and care types.
const CATEGORY: &str = "sos-category";
/// The parameter of free text.
const TEXT: &str = "_content";

/// Understands a search on a type. In `sos-category`, codes of a region's vocabulary and national
/// codes stand for the pivot codes that they lead to. A free text that is a word of a region also
/// finds what that word stands for.
///
/// # Errors
/// As [`SearchQuery::parse`].
pub(super) fn understand(
    terminology: &Terminology,
    on: ResourceType,
    pairs: &[(String, String)],
    handling: Handling,
) -> Result<SearchQuery, Vec<Finding>> {
    if on != ResourceType::HealthcareService {
        return SearchQuery::parse(on, pairs, handling);
    }
    let mut plain = Vec::with_capacity(pairs.len());
    let mut texts = Vec::new();
    for (name, value) in pairs {
        let pivots = if name == TEXT {
            pivots_of_word(terminology, value)
        } else {
            Vec::new()
        };
        if name.split(':').next() == Some(CATEGORY) {
            plain.push((name.clone(), in_pivot(terminology, value)));
        } else if pivots.is_empty() {
            plain.push((name.clone(), value.clone()));
        } else {
            texts.push(((name.clone(), value.clone()), pivots));
        }
    }
    let mut query = SearchQuery::parse(on, &plain, handling)?;
    for (pair, pivots) in texts {
        let alone = SearchQuery::parse(on, std::slice::from_ref(&pair), handling)?;
        let of_pivots = Criterion::Token {
            on,
            parameter: CATEGORY,
            tests: pivots.into_iter().map(test).collect(),
            is_negated: false,
        };
        let either = vec![Criterion::All(alone.criteria), of_pivots];
        query.criteria.push(Criterion::Any(either));
        query.understood.push(pair);
    }
    Ok(query)
}

fn test(code: String) -> TokenTest {
    TokenTest {
        system: Some(systems::SOS_PIVOT.to_owned()),
        code: Some(code),
        with_below: true,
    }
}

/// The care that a text is the word of, in any region.
fn pivots_of_word(terminology: &Terminology, text: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for region in terminology.regions() {
        for code in terminology.pivots_of(region, text) {
            let is_care =
                terminology.care_type(code).is_some() || terminology.category(code).is_some();
            if is_care && !found.contains(code) {
                found.push(code.clone());
            }
        }
    }
    found
}

/// The values of a parameter with each code of another vocabulary replaced by its pivot codes; one
/// that leads nowhere stays, and finds nothing.
fn in_pivot(terminology: &Terminology, value: &str) -> String {
    let translated: Vec<String> = value
        .split(',')
        .flat_map(|part| {
            let pivots = part
                .split_once('|')
                .map(|(system, code)| pivots_of_code(terminology, system, code))
                .unwrap_or_default();
            if pivots.is_empty() {
                vec![part.to_owned()]
            } else {
                pivots
            }
        })
        .collect();
    translated.join(",")
}

fn pivots_of_code(terminology: &Terminology, system: &str, code: &str) -> Vec<String> {
    if system.is_empty() || system == systems::SOS_PIVOT {
        return Vec::new();
    }
    let is_region = system.starts_with(systems::REGIONAL_VOCABULARY);
    let answer = terminology.translate(Question {
        system,
        code,
        target_system: Some(systems::SOS_PIVOT),
        said: &[],
    });
    let matches = answer.map(|answer| answer.matches).unwrap_or_default();
    matches
        .iter()
        .filter(|one| is_region || one.equivalence.is_exact())
        .map(|one| format!("{}|{}", systems::SOS_PIVOT, one.code))
        .collect()
}
