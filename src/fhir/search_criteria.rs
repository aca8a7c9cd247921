//! One parameter of a search and its value, understood: names, modifiers, chains, `_has`.
//!
//! **Source:** FHIR R4, 3.1.1.4 and 3.1.1.5; ANS, ROR guide 0.7.0, search.

use super::{
    ResourceType, is_id, parse_reference,
    search_chains::{MAX_STEPS, PART_OF, chain, has, has_line, line_at_end},
    search_criterion::{Criterion, Line, TextMode, TokenTest, ValueTest},
    search_filter_meaning::filter_criterion,
    search_findings::{bad_value, unknown_chain, unknown_modifier, unknown_parameter},
    search_joined::{content, department, is_department_of_offer, member},
    search_near::NearArea,
    search_numbers::number,
    search_parameters::{ParameterKind, SearchParameter, find_parameter},
    search_parsing::{Asking, Refusal},
    search_terms::{Hierarchy, token_tests, tokens_in, typed_identifiers},
    search_values::{date, split, token, unescape},
};

/// Understands one pair of a query.
pub(super) fn criterion(
    asking: &Asking<'_>,
    on: ResourceType,
    name: &str,
    value: &str,
) -> Result<Criterion, Refusal> {
    step(asking, on, name, value, MAX_STEPS, false)
}

/// Understands the end of a chain: there, a hierarchy is that of the structures.
pub(super) fn ended_chain(
    asking: &Asking<'_>,
    on: ResourceType,
    name: &str,
    value: &str,
) -> Result<Criterion, Refusal> {
    step(asking, on, name, value, MAX_STEPS, true)
}

/// The rest of a chain, `steps` references at the most; `is_chained` once one was followed.
pub(super) fn step(
    asking: &Asking<'_>,
    on: ResourceType,
    name: &str,
    value: &str,
    steps: usize,
    is_chained: bool,
) -> Result<Criterion, Refusal> {
    if steps == 0 {
        return Err(unknown_chain(on, name, MAX_STEPS).into());
    }
    if let Some(rest) = name.strip_prefix("_has:") {
        return has(asking, on, name, rest, value, steps);
    }
    if let Some((head, tail)) = name.split_once('.') {
        return chain(asking, on, name, head, tail, value, steps);
    }
    let (base, modifier) = match name.split_once(':') {
        Some((base, modifier)) => (base, Some(modifier)),
        None => (name, None),
    };
    // The national guide writes the hierarchy of the structure at the end of the chain.
    if let Some(line) = line_at_end(on, base, modifier).filter(|_| is_chained) {
        return Ok(Criterion::Lineage {
            on,
            parameter: PART_OF,
            line,
            criterion: Box::new(step(asking, on, base, value, steps - 1, is_chained)?),
        });
    }
    match (base, modifier) {
        ("_filter", None) => filter_criterion(asking, on, value),
        ("_list", None) => member(on, value),
        ("_id" | "_lastUpdated", Some("missing")) => {
            Ok(Criterion::constant(!is_missing(name, value)?))
        }
        ("_id", None) => Ok(Criterion::Id(
            split(value, ',')
                .into_iter()
                .filter(|id| is_id(id))
                .map(str::to_owned)
                .collect(),
        )),
        ("_lastUpdated", None) => Ok(Criterion::LastUpdated {
            on,
            tests: all(value, |one| date(one, asking.now)).ok_or_else(|| bad_date(name))?,
        }),
        ("_content" | "_text", None) => Ok(content(on, value)),
        ("_id" | "_lastUpdated" | "_content" | "_text" | "_filter" | "_list", Some(modifier)) => {
            Err(unknown_modifier(name, modifier, &[]).into())
        }
        _ => {
            let parameter =
                find_parameter(on, base).ok_or_else(|| Box::new(unknown_parameter(on, base)))?;
            of_parameter(asking, parameter, name, modifier, value)
        }
    }
}

/// One value of a parameter that its type declares, or a list of values.
pub(super) fn of_parameter(
    asking: &Asking<'_>,
    parameter: &'static SearchParameter,
    name: &str,
    modifier: Option<&str>,
    value: &str,
) -> Result<Criterion, Refusal> {
    if modifier == Some("missing") {
        return missing(parameter, is_missing(name, value)?);
    }
    let value_of = |test| Criterion::value(parameter.on, parameter.name, test);
    match parameter.kind {
        ParameterKind::Token => token_criterion(asking, parameter, name, modifier, value),
        ParameterKind::String => {
            let mode = match modifier {
                None => TextMode::Starts,
                Some("exact") => TextMode::Exact,
                Some("contains") => TextMode::Contains,
                Some(other) => return Err(refused(name, other, &["exact", "contains", "missing"])),
            };
            Ok(value_of(ValueTest::Text(mode, texts(value))))
        }
        ParameterKind::Uri => {
            let (mode, values) = match modifier {
                None => (TextMode::Exact, texts(value)),
                Some("below") => (TextMode::Below, texts(value)),
                Some("above") => {
                    let above = texts(value)
                        .into_iter()
                        .flat_map(|url| addresses_above(&url));
                    (TextMode::Exact, above.collect())
                }
                Some(other) => return Err(refused(name, other, &["above", "below", "missing"])),
            };
            Ok(value_of(ValueTest::Text(mode, values)))
        }
        ParameterKind::Reference => reference_criterion(parameter, name, modifier, value),
        ParameterKind::Date => {
            only_missing(name, modifier)?;
            let tests = all(value, |one| date(one, asking.now)).ok_or_else(|| bad_date(name))?;
            Ok(value_of(ValueTest::Date(tests)))
        }
        ParameterKind::Number | ParameterKind::Quantity => {
            only_missing(name, modifier)?;
            let takes_unit = parameter.kind == ParameterKind::Quantity;
            let tests = all(value, |one| number(one, takes_unit)).ok_or_else(|| {
                bad_value(
                    name,
                    "a number such as 35, ge18 or, for a quantity, le35||a",
                    "un nombre comme 35, ge18 ou, pour une quantité, le35||a",
                )
            })?;
            Ok(value_of(ValueTest::Number(tests)))
        }
        ParameterKind::Special => {
            only_missing(name, modifier)?;
            near(parameter, name, value)
        }
    }
}

fn near(parameter: &SearchParameter, name: &str, value: &str) -> Result<Criterion, Refusal> {
    let read: fn(&str) -> Option<NearArea> = if parameter.name == "near" {
        NearArea::parse
    } else {
        NearArea::parse_commune
    };
    let areas = all(value, read).ok_or_else(|| {
        bad_value(
            name,
            "latitude|longitude|distance|unit, or commune|distance|unit, such as 48.39|-4.49|20|km",
            "latitude|longitude|distance|unité, ou commune|distance|unité, comme 48.39|-4.49|20|km",
        )
    })?;
    let mut areas = areas.into_iter().map(Criterion::Near);
    Ok(match (areas.next(), areas.next()) {
        (Some(one), None) => one,
        (one, two) => Criterion::Any(one.into_iter().chain(two).chain(areas).collect()),
    })
}

fn token_criterion(
    asking: &Asking<'_>,
    parameter: &'static SearchParameter,
    name: &str,
    modifier: Option<&str>,
    value: &str,
) -> Result<Criterion, Refusal> {
    let (on, values) = (parameter.on, split(value, ','));
    let hierarchy = match modifier {
        None | Some("not") => Hierarchy::Flat,
        Some("above") => Hierarchy::Above,
        Some("below") => Hierarchy::Below,
        Some("text") => {
            let test = ValueTest::Text(TextMode::Starts, texts(value));
            return Ok(Criterion::value(on, parameter.texts, test));
        }
        Some("of-type") if parameter.name == "identifier" => {
            let tests = typed_identifiers(&values)
                .ok_or_else(|| bad_value(name, "system|code|value", "système|code|valeur"))?;
            return Ok(Criterion::value(
                on,
                parameter.typed,
                ValueTest::Token(tests),
            ));
        }
        Some(set @ ("in" | "not-in")) => {
            let tests = ValueTest::Token(tokens_in(asking, name, &values)?);
            return Ok(joined(parameter, tests).negated_if(set == "not-in"));
        }
        Some(other) => {
            let mut known = vec!["not", "in", "not-in", "above", "below", "text", "missing"];
            if parameter.name == "identifier" {
                known.push("of-type");
            }
            return Err(refused(name, other, &known));
        }
    };
    let tests = ValueTest::Token(token_tests(asking, parameter, &values, hierarchy)?);
    Ok(joined(parameter, tests).negated_if(modifier == Some("not")))
}

/// A token of the resource, or, for the department of an offer, of its place.
fn joined(parameter: &'static SearchParameter, test: ValueTest) -> Criterion {
    if is_department_of_offer(parameter) {
        department(test)
    } else {
        Criterion::value(parameter.on, parameter.name, test)
    }
}

fn reference_criterion(
    parameter: &'static SearchParameter,
    name: &str,
    modifier: Option<&str>,
    value: &str,
) -> Result<Criterion, Refusal> {
    let (on, values) = (parameter.on, split(value, ','));
    let named = modifier.and_then(ResourceType::parse);
    let mut targets = parameter.targets;
    if let Some(at) = targets.iter().position(|one| Some(*one) == named) {
        targets = &targets[at..=at];
    }
    let target = *targets
        .first()
        .ok_or_else(|| Box::new(unknown_parameter(on, name)))?;
    let line = match modifier {
        None => None,
        Some(_) if Some(target) == named => None,
        Some("identifier") => {
            let test = |value: &&str| {
                let (system, code) = token(value);
                TokenTest {
                    system,
                    codes: code.map(|code| vec![code]),
                }
            };
            let tests = ValueTest::Token(values.iter().map(test).collect());
            return Ok(Criterion::value(on, parameter.identifiers, tests));
        }
        Some("above") if targets == [target] && has_line(target) => Some(Line::Descendants),
        Some("below") if targets == [target] && has_line(target) => Some(Line::Ancestors),
        Some(other) => {
            let mut known: Vec<&str> = targets.iter().map(|kind| kind.as_str()).collect();
            known.extend(["identifier", "above", "below", "missing"]);
            return Err(refused(name, other, &known));
        }
    };
    // An id alone is that of a resource of any type that the reference may lead to.
    let targets = values
        .into_iter()
        .map(|value| match parse_reference(value) {
            Some((kind, id)) => Some(vec![(kind, id.to_owned())]),
            None => is_id(value).then(|| {
                let kinds = targets.iter();
                kinds.map(|kind| (*kind, value.to_owned())).collect()
            }),
        })
        .collect::<Option<Vec<_>>>()
        .map(|found| found.concat())
        .ok_or_else(|| {
            bad_value(
                name,
                "an id or Type/id",
                "un identifiant ou Type/identifiant",
            )
        })?;
    let Some(line) = line else {
        let test = ValueTest::Reference(targets);
        return Ok(Criterion::value(on, parameter.name, test));
    };
    let ids = targets.into_iter().filter(|(kind, _)| *kind == target);
    Ok(Criterion::Chain {
        on,
        parameter: parameter.name,
        target,
        criterion: Box::new(Criterion::Lineage {
            on: target,
            parameter: PART_OF,
            line,
            criterion: Box::new(Criterion::Id(ids.map(|(_, id)| id).collect())),
        }),
    })
}

/// True or false, as the resource lacks the parameter or not.
fn missing(parameter: &SearchParameter, is_missing: bool) -> Result<Criterion, Refusal> {
    let (on, name) = (parameter.on, parameter.name);
    let family = parameter
        .family()
        .ok_or_else(|| Box::new(unknown_parameter(on, name)))?;
    let present = ValueTest::Present(family);
    let present = if is_department_of_offer(parameter) {
        department(present)
    } else {
        Criterion::value(on, name, present)
    };
    Ok(present.negated_if(is_missing))
}

fn is_missing(name: &str, value: &str) -> Result<bool, Refusal> {
    value
        .parse()
        .map_err(|_| bad_value(name, "true or false", "true ou false").into())
}

fn only_missing(name: &str, modifier: Option<&str>) -> Result<(), Refusal> {
    modifier.map_or(Ok(()), |other| Err(refused(name, other, &["missing"])))
}

fn refused(name: &str, modifier: &str, known: &[&str]) -> Refusal {
    unknown_modifier(name, modifier, known).into()
}

fn texts(value: &str) -> Vec<String> {
    split(value, ',').into_iter().map(unescape).collect()
}

/// Each value of a list, when all of them can be read.
fn all<T>(value: &str, read: impl Fn(&str) -> Option<T>) -> Option<Vec<T>> {
    split(value, ',').into_iter().map(read).collect()
}

/// An address and those above it: what stands before each of its slashes.
fn addresses_above(url: &str) -> Vec<String> {
    let start = url.find("://").map_or(0, |at| at + 3);
    let cuts = url
        .match_indices('/')
        .map(|(at, _)| at)
        .filter(|at| *at >= start);
    let above = cuts.flat_map(|at| [&url[..at], &url[..=at]]);
    let mut found: Vec<String> = above.chain([url]).map(str::to_owned).collect();
    found.dedup();
    found
}

fn bad_date(name: &str) -> Refusal {
    bad_value(
        name,
        "a date such as ge2026-11-23 or lt2026-11-23T08:00:00Z",
        "une date comme ge2026-11-23 ou lt2026-11-23T08:00:00Z",
    )
    .into()
}
