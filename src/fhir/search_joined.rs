//! Conditions that look beyond the resource itself: words of an offer's structure and place, the
//! department of its place.

use super::{
    ResourceType,
    search_criterion::{Criterion, ValueTest},
    search_index::words,
    search_parameters::{Derivation, SearchParameter},
    search_values::split,
};

/// Words of the resource; for an offer, those of its structure and place count too. Each word may
/// be the start of one.
pub(super) fn content(on: ResourceType, value: &str) -> Criterion {
    let word = |start: String| {
        let own = Criterion::Word {
            on,
            start: start.clone(),
        };
        if on != ResourceType::HealthcareService {
            return own;
        }
        let mut places = vec![own];
        for (parameter, target) in [
            ("organization", ResourceType::Organization),
            ("location", ResourceType::Location),
        ] {
            places.push(Criterion::Chain {
                on,
                parameter,
                target,
                criterion: Box::new(Criterion::Word {
                    on: target,
                    start: start.clone(),
                }),
            });
        }
        Criterion::Any(places)
    };
    Criterion::Any(
        split(value, ',')
            .into_iter()
            .map(|text| Criterion::All(words(text).map(word).collect()))
            .collect(),
    )
}

pub(super) fn is_department_of_offer(parameter: &SearchParameter) -> bool {
    parameter.on == ResourceType::HealthcareService
        && parameter.derivation == Some(Derivation::Department)
}

/// An offer stands in the department of its place, or serves communes of it.
pub(super) fn department(test: ValueTest) -> Criterion {
    let on = ResourceType::HealthcareService;
    let of_place = Criterion::Chain {
        on,
        parameter: "location",
        target: ResourceType::Location,
        criterion: Box::new(Criterion::value(
            ResourceType::Location,
            "department",
            test.clone(),
        )),
    };
    Criterion::Any(vec![Criterion::value(on, "department", test), of_place])
}
