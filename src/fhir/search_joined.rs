//! Conditions that look beyond the resource itself: words of an offer's structure and place, the
//! department of its place, the lists that a resource stands in.

use super::{
    ResourceType, is_id, parse_reference,
    search_criterion::{Criterion, MEMBER, ValueTest},
    search_findings::{bad_value, functional_list},
    search_index::words,
    search_parameters::{Derivation, SearchParameter},
    search_parsing::Refusal,
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

/// `_list`: a member of one of these lists. Of those that the server would compute itself, none is
/// known: they are about a patient.
///
/// **Source:** FHIR R4, 3.1.1, `_list`, and the page of current resource lists.
pub(super) fn member(on: ResourceType, value: &str) -> Result<Criterion, Refusal> {
    let mut lists = Vec::new();
    for one in split(value, ',') {
        match parse_reference(one) {
            Some((ResourceType::List, id)) => lists.push(id.to_owned()),
            None if is_id(one) => lists.push(one.to_owned()),
            _ if one.starts_with('$') => return Err(functional_list().into()),
            _ => {
                let (en, fr) = ("the id of a list", "l'identifiant d'une liste");
                return Err(bad_value("_list", en, fr).into());
            }
        }
    }
    Ok(Criterion::ReferredBy {
        on: ResourceType::List,
        parameter: MEMBER,
        target: on,
        criterion: Box::new(Criterion::Id(lists)),
    })
}
