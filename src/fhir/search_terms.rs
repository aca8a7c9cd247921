//! Tokens of a search with the terminology behind them: hierarchies, value sets, known systems.
//!
//! **Source:** FHIR R4, 3.1.1.5.7, token, and its modifiers.

use std::collections::BTreeMap;

use super::{
    search_criterion::TokenTest,
    search_findings::{unknown_system, unknown_value_set},
    search_parameters::SearchParameter,
    search_parsing::{Asking, Refusal},
    search_values::{split, token, unescape},
};
use crate::terminology::{CodeSystem, Terminology};

/// Which codes of a hierarchy a value means, besides itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Hierarchy {
    /// None.
    Flat,
    /// Those above it.
    Above,
    /// Those below it.
    Below,
}

/// Systems of FHIR itself and of its terminology, of which no list is carried.
const FHIR_SYSTEMS: [&str; 4] = [
    "http://hl7.org/fhir/",
    "http://terminology.hl7.org/",
    "http://loinc.org",
    "http://snomed.info/sct",
];

/// The tokens of a list of values.
pub(super) fn token_tests(
    asking: &Asking<'_>,
    parameter: &SearchParameter,
    values: &[&str],
    hierarchy: Hierarchy,
) -> Result<Vec<TokenTest>, Refusal> {
    let mut tests = Vec::with_capacity(values.len());
    for value in values {
        let (system, code) = token(value);
        if let Some(system) = &system
            && parameter.has_code_systems()
            && !is_known(asking.terminology, system)
        {
            return Err(unknown_system(asking.terminology, parameter.name, system).into());
        }
        tests.extend(with_hierarchy(asking.terminology, system, code, hierarchy));
    }
    Ok(tests)
}

/// The codes of a value set, by system.
pub(super) fn tokens_in(
    asking: &Asking<'_>,
    name: &str,
    values: &[&str],
) -> Result<Vec<TokenTest>, Refusal> {
    let mut by_system: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for value in values {
        let url = unescape(value);
        let terminology = asking.terminology;
        let set = terminology
            .value_set_named(&url)
            .or_else(|| terminology.value_set(url.rsplit('/').next().unwrap_or(&url)))
            .ok_or_else(|| Box::new(unknown_value_set(terminology, name, &url)))?;
        for concept in set.concepts() {
            let system = terminology.code_system(&concept.system);
            let system = system.map_or(concept.system.as_ref(), CodeSystem::url);
            let codes = by_system.entry(system.to_owned()).or_default();
            codes.push(concept.code.clone());
        }
    }
    Ok(by_system
        .into_iter()
        .map(|(system, codes)| TokenTest {
            system: Some(system),
            codes: Some(codes),
        })
        .collect())
}

/// `system|code|value` of identifiers, as the index keeps them.
pub(super) fn typed_identifiers(values: &[&str]) -> Option<Vec<TokenTest>> {
    let read = |value: &&str| match split(value, '|').as_slice() {
        [system, code, number] if !code.is_empty() && !number.is_empty() => Some(TokenTest {
            system: Some(format!("{}|{}", unescape(system), unescape(code))),
            codes: Some(vec![unescape(number)]),
        }),
        _ => None,
    };
    values.iter().map(read).collect()
}

fn is_known(terminology: &Terminology, system: &str) -> bool {
    system.is_empty()
        || terminology.code_system(system).is_some()
        || FHIR_SYSTEMS.iter().any(|known| system.starts_with(known))
        || national_number(system)
            .is_some_and(|number| terminology.code_system_called(number).is_none())
}

/// The number of a national list, from its address: one of those that are not carried may be right.
/// `https://mos.esante.gouv.fr/NOS/TRE_R13-Commune/FHIR/TRE-R13-Commune`
fn national_number(system: &str) -> Option<&str> {
    let rest = system.strip_prefix("https://mos.esante.gouv.fr/NOS/TRE_")?;
    let (name, again) = rest.split_once("/FHIR/TRE-")?;
    (name == again).then_some(())?;
    name.split('-').next()
}

/// The value itself, and what stands above or below it in each system that it may belong to.
fn with_hierarchy(
    terminology: &Terminology,
    system: Option<String>,
    code: Option<String>,
    hierarchy: Hierarchy,
) -> Vec<TokenTest> {
    let mut tests = Vec::new();
    if let Some(code) = code.as_deref().filter(|_| hierarchy != Hierarchy::Flat) {
        let meant: Vec<&CodeSystem> = match system.as_deref() {
            Some(system) => terminology.code_system(system).into_iter().collect(),
            None => terminology.code_systems().iter().collect(),
        };
        for found in meant.into_iter().filter(|system| system.is_hierarchical()) {
            let is_meant = |other: &str| match hierarchy {
                Hierarchy::Flat => false,
                Hierarchy::Above => found.is_below(code, other),
                Hierarchy::Below => found.is_below(other, code),
            };
            let codes = found.concepts().iter().map(|concept| &concept.code);
            let codes: Vec<String> = codes.filter(|other| is_meant(other)).cloned().collect();
            if !codes.is_empty() {
                tests.push(TokenTest {
                    system: Some(found.url().to_owned()),
                    codes: Some(codes),
                });
            }
        }
    }
    tests.push(TokenTest {
        system,
        codes: code.map(|code| vec![code]),
    });
    tests
}
