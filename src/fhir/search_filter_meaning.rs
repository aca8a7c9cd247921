//! What a `_filter` means: its tree as a condition on a type.
//!
//! **Source:** FHIR R4, 3.1.3.2, the operations.

use super::{
    ResourceType,
    search_chains::{MAX_STEPS, PART_OF, reference_step},
    search_criteria::{criterion, ended_chain, of_parameter},
    search_criterion::{Criterion, TextMode, ValueTest},
    search_filter::{Filter, InvalidFilter, Operator, Path, parse},
    search_findings::{bad_filter, bad_value, too_costly, unknown_chain, unknown_operator},
    search_parameters::{ParameterKind, SearchParameter, find_parameter},
    search_parsing::{Asking, Refusal},
    search_values::{escape, overlapping},
};

/// Understands the value of a `_filter`.
pub(super) fn filter_criterion(
    asking: &Asking<'_>,
    on: ResourceType,
    value: &str,
) -> Result<Criterion, Refusal> {
    match parse(value) {
        Ok(filter) => meaning(asking, on, &filter, MAX_STEPS),
        Err(InvalidFilter::At(place)) => Err(bad_filter(place).into()),
        Err(InvalidFilter::TooLong(limit)) => Err(too_costly(limit).into()),
    }
}

/// The condition, which may follow `steps` references within one another.
fn meaning(
    asking: &Asking<'_>,
    on: ResourceType,
    filter: &Filter,
    steps: usize,
) -> Result<Criterion, Refusal> {
    let read = |filter: &Filter| meaning(asking, on, filter, steps);
    Ok(match filter {
        Filter::And(left, right) => Criterion::All(match read(left)? {
            Criterion::All(mut all) if matches!(**left, Filter::And(..)) => {
                all.push(read(right)?);
                all
            }
            one => vec![one, read(right)?],
        }),
        Filter::Or(left, right) => Criterion::Any(match read(left)? {
            Criterion::Any(mut any) if matches!(**left, Filter::Or(..)) => {
                any.push(read(right)?);
                any
            }
            one => vec![one, read(right)?],
        }),
        Filter::Not(inner) => Criterion::Not(Box::new(read(inner)?)),
        Filter::Parameter(name, _) if name.contains("_filter") => {
            return Err(unknown_operator(name, "=", &[]).into());
        }
        Filter::Parameter(name, value) => criterion(asking, on, name, value)?,
        Filter::Test {
            path,
            operator,
            value,
        } => match path.steps.first() {
            Some((head, _)) if head.starts_with("_has:") => {
                has(asking, on, path, *operator, value)?
            }
            _ => test(asking, on, &path.steps, path, (*operator, value), steps)?,
        },
    })
}

/// A path that begins with those who refer, as an ordinary parameter.
fn has(
    asking: &Asking<'_>,
    on: ResourceType,
    path: &Path,
    operator: Operator,
    value: &str,
) -> Result<Criterion, Refusal> {
    let mut name = String::new();
    for (step, inner) in &path.steps {
        if inner.is_some() {
            return Err(unknown_chain(on, step, MAX_STEPS).into());
        }
        name.push_str(step);
        name.push('.');
    }
    name.push_str(&path.name);
    if operator != Operator::Eq {
        return Err(unknown_operator(&name, operator.as_str(), &["eq"]).into());
    }
    criterion(asking, on, &name, &escape(value))
}

/// Follows the references of a path, then compares.
fn test(
    asking: &Asking<'_>,
    on: ResourceType,
    rest: &[(String, Option<Filter>)],
    path: &Path,
    compared: (Operator, &str),
    steps: usize,
) -> Result<Criterion, Refusal> {
    let Some(((head, inner), rest)) = rest.split_first() else {
        return comparison(asking, on, path, compared.0, compared.1);
    };
    if steps == 0 {
        return Err(unknown_chain(on, head, MAX_STEPS).into());
    }
    let (parameter, target, line) = reference_step(on, head, head)?;
    let mut found = test(asking, target, rest, path, compared, steps - 1)?;
    if let Some(inner) = inner {
        let held = meaning(asking, target, inner, steps - 1)?;
        found = Criterion::All(vec![held, found]);
    }
    if let Some(line) = line {
        found = Criterion::Lineage {
            on: target,
            parameter: PART_OF,
            line,
            criterion: Box::new(found),
        };
    }
    Ok(Criterion::Chain {
        on,
        parameter,
        target,
        criterion: Box::new(found),
    })
}

fn comparison(
    asking: &Asking<'_>,
    on: ResourceType,
    path: &Path,
    operator: Operator,
    value: &str,
) -> Result<Criterion, Refusal> {
    let name = path.name.as_str();
    let listed = escape(value);
    if let Some((base, "above" | "below")) = name.split_once(':')
        && !path.steps.is_empty()
        && !base.starts_with("_has")
    {
        let text = format!("{}{listed}", prefix_of(on, base, operator, name)?);
        return ended_chain(asking, on, name, &text);
    }
    if name.starts_with("_has:") || name.contains(':') {
        let last = name.rsplit(':').next().unwrap_or(name);
        let text = format!("{}{listed}", prefix_of(on, last, operator, name)?);
        return criterion(asking, on, name, &text);
    }
    match (name, operator) {
        ("_id" | "_list", Operator::Eq | Operator::In)
        | ("_content" | "_text", Operator::Eq | Operator::Co) => {
            criterion(asking, on, name, &listed)
        }
        ("_id" | "_list", Operator::Ne) => {
            Ok(criterion(asking, on, name, &listed)?.negated_if(true))
        }
        ("_lastUpdated", Operator::Po) => Ok(Criterion::LastUpdated {
            on,
            tests: vec![overlapping(value).ok_or_else(|| bad_period(name))?],
        }),
        ("_lastUpdated", operator) => {
            let text = format!("{}{listed}", prefix_of(on, name, operator, name)?);
            criterion(asking, on, name, &text)
        }
        ("_id" | "_list" | "_content" | "_text", _) => {
            Err(unknown_operator(name, operator.as_str(), &["eq"]).into())
        }
        _ => match find_parameter(on, name) {
            Some(parameter) => compare(asking, parameter, operator, value),
            None => criterion(asking, on, name, &listed),
        },
    }
}

fn bad_period(name: &str) -> Refusal {
    bad_value(name, "a date", "une date").into()
}

/// The prefix that a comparison is in an ordinary parameter.
fn prefix_of(
    on: ResourceType,
    base: &str,
    operator: Operator,
    name: &str,
) -> Result<&'static str, Refusal> {
    let is_ordered = base == "_lastUpdated"
        || find_parameter(on, base).is_some_and(|parameter| is_ordered(parameter.kind));
    match operator {
        Operator::Eq => Ok(""),
        Operator::Ne
        | Operator::Gt
        | Operator::Lt
        | Operator::Ge
        | Operator::Le
        | Operator::Sa
        | Operator::Eb
        | Operator::Ap
            if is_ordered =>
        {
            Ok(operator.as_str())
        }
        _ => Err(unknown_operator(name, operator.as_str(), &["eq"]).into()),
    }
}

fn is_ordered(kind: ParameterKind) -> bool {
    matches!(
        kind,
        ParameterKind::Date | ParameterKind::Number | ParameterKind::Quantity
    )
}

/// Compares the values of a parameter.
fn compare(
    asking: &Asking<'_>,
    parameter: &'static SearchParameter,
    operator: Operator,
    value: &str,
) -> Result<Criterion, Refusal> {
    let name = parameter.name;
    let listed = escape(value);
    let plain = |modifier, text: &str| of_parameter(asking, parameter, name, modifier, text);
    let text = |mode| {
        let test = ValueTest::Text(mode, vec![value.to_owned()]);
        Ok(Criterion::value(parameter.on, name, test))
    };
    if operator == Operator::Pr {
        let is_missing = match value {
            "true" => "false",
            "false" => "true",
            other => other,
        };
        return plain(Some("missing"), is_missing);
    }
    match (parameter.kind, operator) {
        (ParameterKind::String, Operator::Eq) => text(TextMode::Equal),
        (ParameterKind::String, Operator::Ne) => Ok(other(text(TextMode::Equal)?)),
        (ParameterKind::String | ParameterKind::Uri, Operator::Co) => text(TextMode::Contains),
        (ParameterKind::String | ParameterKind::Uri, Operator::Sw) => text(TextMode::Starts),
        (ParameterKind::String | ParameterKind::Uri, Operator::Ew) => text(TextMode::Ends),
        (ParameterKind::String, Operator::Gt | Operator::Sa) => text(TextMode::After),
        (ParameterKind::String, Operator::Ge) => text(TextMode::FromOn),
        (ParameterKind::String, Operator::Lt | Operator::Eb) => text(TextMode::Before),
        (ParameterKind::String, Operator::Le) => text(TextMode::UpTo),
        (ParameterKind::Token, Operator::In) => plain(Some("in"), &listed),
        (ParameterKind::Token, Operator::Ni) => plain(Some("not-in"), &listed),
        (ParameterKind::Token, Operator::Ss) | (ParameterKind::Uri, Operator::Ss) => {
            plain(Some("below"), &listed)
        }
        (ParameterKind::Token, Operator::Sb) | (ParameterKind::Uri, Operator::Sb) => {
            plain(Some("above"), &listed)
        }
        (ParameterKind::Token, Operator::Co) => Ok(Criterion::value(
            parameter.on,
            parameter.texts,
            ValueTest::Text(TextMode::Contains, vec![value.to_owned()]),
        )),
        (ParameterKind::Reference, Operator::Re) => plain(None, &listed),
        (ParameterKind::Date, Operator::Po) => {
            let test = overlapping(value).ok_or_else(|| bad_period(name))?;
            Ok(Criterion::value(
                parameter.on,
                name,
                ValueTest::Date(vec![test]),
            ))
        }
        (kind, operator) if is_ordered(kind) => {
            let prefix = prefix_of(parameter.on, name, operator, name)?;
            plain(None, &format!("{prefix}{listed}"))
        }
        (
            ParameterKind::Token
            | ParameterKind::Uri
            | ParameterKind::Reference
            | ParameterKind::Special,
            Operator::Eq,
        ) => plain(None, &listed),
        (ParameterKind::Token | ParameterKind::Uri | ParameterKind::Reference, Operator::Ne) => {
            Ok(other(plain(None, &listed)?))
        }
        (kind, operator) => {
            Err(unknown_operator(name, operator.as_str(), operators_of(kind)).into())
        }
    }
}

/// The condition that one of the values fails the test.
fn other(criterion: Criterion) -> Criterion {
    match criterion {
        Criterion::Value {
            on,
            parameter,
            test,
            is_other,
        } => Criterion::Value {
            on,
            parameter,
            test,
            is_other: !is_other,
        },
        joined => joined.negated_if(true),
    }
}

/// The comparisons that the values of a kind take.
fn operators_of(kind: ParameterKind) -> &'static [&'static str] {
    match kind {
        ParameterKind::Token => &["eq", "ne", "in", "ni", "ss", "sb", "co", "pr"],
        ParameterKind::String => &["eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le", "pr"],
        ParameterKind::Reference => &["eq", "ne", "re", "pr"],
        ParameterKind::Date => &[
            "eq", "ne", "gt", "ge", "lt", "le", "sa", "eb", "ap", "po", "pr",
        ],
        ParameterKind::Number | ParameterKind::Quantity => {
            &["eq", "ne", "gt", "ge", "lt", "le", "sa", "eb", "ap", "pr"]
        }
        ParameterKind::Uri => &["eq", "ne", "co", "sw", "ew", "ss", "sb", "pr"],
        ParameterKind::Special => &["eq", "pr"],
    }
}
