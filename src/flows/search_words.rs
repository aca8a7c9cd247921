//! What a search says in the words of a region or in national codes, in those of the pivot: an offer
//! entered in one region's words is found in another's.

use time::Date;

use crate::{
    fhir::{Asking, Criterion, Handling, ResourceType, SearchQuery, TokenTest, ValueTest, systems},
    finding::{Bilingual, Finding},
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
/// As [`SearchQuery::parse`]; also, unless the caller asked for leniency, for a category that no
/// vocabulary knows.
pub(super) fn understand(
    on: ResourceType,
    pairs: &[(String, String)],
    asking: &Asking<'_>,
) -> Result<SearchQuery, Vec<Finding>> {
    if on != ResourceType::HealthcareService {
        return SearchQuery::parse(on, pairs, asking);
    }
    let (terminology, today) = (asking.terminology, asking.now.date());
    let mut plain = Vec::with_capacity(pairs.len());
    let (mut texts, mut unknown) = (Vec::new(), Vec::new());
    for (name, value) in pairs {
        let pivots = if name == TEXT {
            pivots_of_word(terminology, value)
        } else {
            Vec::new()
        };
        if name.split(':').next() == Some(CATEGORY) {
            if asking.handling == Handling::Strict {
                unknown.extend(unknown_codes(terminology, name, value));
            }
            plain.push((name.clone(), in_pivot(terminology, value, today)));
        } else if pivots.is_empty() {
            plain.push((name.clone(), value.clone()));
        } else {
            texts.push(((name.clone(), value.clone()), pivots));
        }
    }
    let parsed = SearchQuery::parse(on, &plain, asking);
    if !unknown.is_empty() {
        unknown.extend(parsed.err().unwrap_or_default());
        return Err(unknown);
    }
    let mut query = parsed?;
    for (pair, pivots) in texts {
        let alone = SearchQuery::parse(on, std::slice::from_ref(&pair), asking)?;
        let words = alone.parts.into_iter().flat_map(|part| part.criteria);
        let words = Criterion::All(words.collect());
        let of_pivots = Criterion::value(on, CATEGORY, test(terminology, &pivots));
        for part in &mut query.parts {
            let either = vec![words.clone(), of_pivots.clone()];
            part.criteria.push(Criterion::Any(either));
        }
        query.understood.push(pair);
    }
    Ok(query)
}

/// One of these codes of the pivot, or what stands below.
fn test(terminology: &Terminology, pivots: &[String]) -> ValueTest {
    let mut codes = pivots.to_vec();
    if let Some(system) = terminology.code_system(systems::SOS_PIVOT) {
        let below = system.concepts().iter().map(|concept| &concept.code);
        codes.extend(
            below
                .filter(|code| pivots.iter().any(|pivot| system.is_below(code, pivot)))
                .cloned(),
        );
    }
    ValueTest::Token(vec![TokenTest {
        system: Some(systems::SOS_PIVOT.to_owned()),
        codes: Some(codes),
    }])
}

/// The care that a text is the word of, in any region.
pub(super) fn pivots_of_word(terminology: &Terminology, text: &str) -> Vec<String> {
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

/// What is said of the values of a parameter that no vocabulary knows.
fn unknown_codes(terminology: &Terminology, name: &str, value: &str) -> Vec<Finding> {
    let is_word_of_an_element = name.contains(":missing") || name.contains(":text");
    if is_word_of_an_element {
        return Vec::new();
    }
    let parts = value.split(',').filter(|part| !part.is_empty());
    parts
        .filter(|part| !is_known(terminology, part))
        .map(|part| unknown_code(terminology, name, part))
        .collect()
}

/// True for a code of the pivot, and for one of the vocabulary that stands before it.
fn is_known(terminology: &Terminology, part: &str) -> bool {
    match part.split_once('|') {
        Some((system, code)) if !system.is_empty() => terminology
            .code_system(system)
            .is_some_and(|known| code.is_empty() || known.find(code).is_some()),
        Some((_, code)) => is_of_pivot(terminology, code),
        None => is_of_pivot(terminology, part),
    }
}

fn is_of_pivot(terminology: &Terminology, code: &str) -> bool {
    let pivot = terminology.code_system(systems::SOS_PIVOT);
    pivot.is_some_and(|pivot| pivot.find(code).is_some())
}

fn unknown_code(terminology: &Terminology, name: &str, part: &str) -> Finding {
    let code = part.rsplit('|').next().unwrap_or(part);
    let categories: Vec<&str> = terminology
        .categories()
        .iter()
        .map(|category| category.code.as_str())
        .collect();
    let categories = categories.join(", ");
    // What the caller wrote is repeated only when it looks like a code: it ends in answers and logs.
    let is_plain = code.len() <= 64
        && code
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte));
    let shown = if is_plain { code } else { "?" };
    Finding::error(
        "SEARCH-CODE",
        name.split(':').next().unwrap_or(CATEGORY),
        Bilingual::new(
            format!(
                "Le code « {shown} » n'est ni du vocabulaire pivot, ni du vocabulaire nommé devant lui."
            ),
            format!(
                "The code \"{shown}\" is neither of the pivot vocabulary nor of the one named before it."
            ),
        ),
        Bilingual::new(
            format!(
                "Catégories : {categories} ; /fhir/ValueSet/sos-care-type/$expand donne les types de soin. Avec Prefer: handling=lenient, un code inconnu ne trouve rien."
            ),
            format!(
                "Categories: {categories}; /fhir/ValueSet/sos-care-type/$expand lists the care types. With Prefer: handling=lenient, an unknown code finds nothing."
            ),
        ),
    )
}

/// The values of a parameter with each code of another vocabulary replaced by its pivot codes; one
/// that leads nowhere stays, and finds nothing.
fn in_pivot(terminology: &Terminology, value: &str, today: Date) -> String {
    let translated: Vec<String> = value
        .split(',')
        .flat_map(|part| {
            let pivots = part
                .split_once('|')
                .map(|(system, code)| pivots_of_code(terminology, system, code, today))
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

fn pivots_of_code(terminology: &Terminology, system: &str, code: &str, today: Date) -> Vec<String> {
    if system.is_empty() || system == systems::SOS_PIVOT {
        return Vec::new();
    }
    let is_region = system.starts_with(systems::REGIONAL_VOCABULARY);
    let answer = terminology.translate(Question {
        system,
        code,
        target_system: Some(systems::SOS_PIVOT),
        said: &[],
        day: today,
    });
    let matches = answer.map(|answer| answer.matches).unwrap_or_default();
    matches
        .iter()
        .filter(|one| is_region || one.equivalence.is_exact())
        .map(|one| format!("{}|{}", systems::SOS_PIVOT, one.code))
        .collect()
}
