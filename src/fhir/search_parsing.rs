//! Understanding a search: every pair of the query, or why it is refused.

use super::{
    ResourceType, is_id, parse_reference,
    search_findings::{
        bad_value, too_costly, unknown_chain, unknown_include, unknown_modifier, unknown_parameter,
    },
    search_joined::{content, department, is_department_of_offer},
    search_parameters::{ParameterKind, SearchParameter, find_parameter, references},
    search_query::{
        Criterion, Cursor, DEFAULT_COUNT, Include, MAX_COUNT, SearchQuery, Sort, SortKey, TextMode,
    },
    search_values::{instants, split, token, unescape},
};
use crate::finding::{Finding, Severity};

/// Values and conditions of one search, at the most.
const MAX_WEIGHT: usize = 300;

/// What is done with a parameter that nobody knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Handling {
    /// The search is refused: an unfiltered answer would be a wrong one.
    Strict,
    /// The parameter is set aside, with a warning.
    Lenient,
}

impl SearchQuery {
    /// Understands a search on a type; `pairs` are those of the query, decoded, in order. A pair
    /// without a value is skipped.
    ///
    /// **Source:** FHIR R4, 3.1.1 and 3.2.1.3.
    ///
    /// # Errors
    /// Every parameter, modifier or value that is not supported, each with the nearest known one.
    pub fn parse(
        on: ResourceType,
        pairs: &[(String, String)],
        handling: Handling,
    ) -> Result<Self, Vec<Finding>> {
        let mut parsing = Parsing {
            query: Self {
                on,
                criteria: Vec::new(),
                sort: Sort {
                    key: SortKey::Id,
                    is_descending: false,
                },
                count: DEFAULT_COUNT,
                after: None,
                has_total: true,
                is_count_only: false,
                includes: Vec::new(),
                understood: Vec::new(),
                warnings: Vec::new(),
            },
            cursor: None,
        };
        let mut refusals = Vec::new();
        for (name, value) in pairs.iter().filter(|(_, value)| !value.is_empty()) {
            match parsing.pair(name, value) {
                Ok(()) => {
                    if name != "_cursor" {
                        let pair = (name.clone(), value.clone());
                        parsing.query.understood.push(pair);
                    }
                }
                Err(refusal) => refusals.push(*refusal),
            }
        }
        let mut query = parsing.query;
        if weight_of_all(&query.criteria) > MAX_WEIGHT {
            return Err(vec![too_costly(MAX_WEIGHT)]);
        }
        if let Some(text) = parsing.cursor {
            match Cursor::parse(&text, query.sort) {
                Some(cursor) => query.after = Some(cursor),
                None => refusals.push(bad_value(
                    "_cursor",
                    "the token of a next link",
                    "le jeton d'un lien next",
                )),
            }
        }
        if refusals.is_empty() {
            return Ok(query);
        }
        if handling == Handling::Strict {
            return Err(refusals);
        }
        query.warnings = refusals
            .into_iter()
            .map(|refusal| Finding {
                severity: Severity::Warning,
                ..refusal
            })
            .collect();
        Ok(query)
    }
}

/// How many values and conditions there are: what a database must go through.
fn weight_of_all(criteria: &[Criterion]) -> usize {
    criteria.iter().map(weight).sum()
}

fn weight(criterion: &Criterion) -> usize {
    match criterion {
        Criterion::Id(ids) => ids.len(),
        Criterion::LastUpdated { ranges, .. } => ranges.len(),
        Criterion::Token { tests, .. } => tests.len(),
        Criterion::Text { values, .. } => values.len(),
        Criterion::Reference { targets, .. } => targets.len(),
        Criterion::Chain { criterion, .. } => 1 + weight(criterion),
        Criterion::Word { .. } => 1,
        Criterion::All(all) | Criterion::Any(all) => weight_of_all(all),
    }
}

/// A refusal is boxed: most pairs are understood.
type Refusal = Box<Finding>;

struct Parsing {
    query: SearchQuery,
    cursor: Option<String>,
}

impl Parsing {
    fn pair(&mut self, name: &str, value: &str) -> Result<(), Refusal> {
        match name {
            "_format" | "_pretty" => {}
            "_cursor" => self.cursor = Some(value.to_owned()),
            "_count" => {
                let count: usize = value
                    .parse()
                    .map_err(|_| bad_value(name, "a number", "un nombre"))?;
                self.query.is_count_only |= count == 0;
                self.query.count = count.clamp(1, MAX_COUNT);
            }
            "_sort" => {
                self.query.sort = Sort::parse(value).ok_or_else(|| {
                    bad_value(
                        name,
                        "one of _id, _lastUpdated, name, with or without -",
                        "l'un de _id, _lastUpdated, name, avec ou sans -",
                    )
                })?;
            }
            "_total" => match value {
                "none" => self.query.has_total = false,
                "accurate" | "estimate" => self.query.has_total = true,
                _ => {
                    return Err(bad_value(
                        name,
                        "none, estimate or accurate",
                        "none, estimate ou accurate",
                    )
                    .into());
                }
            },
            "_summary" => match value {
                "count" => self.query.is_count_only = true,
                // What is answered of each resource is cut when all is found.
                "false" | "true" | "text" | "data" => {}
                _ => {
                    let known = "true, text, data, count, false";
                    return Err(bad_value(name, known, known).into());
                }
            },
            "_elements" => {}
            "_include" | "_include:iterate" => {
                self.include(value, false, name.ends_with(":iterate"))?;
            }
            "_revinclude" | "_revinclude:iterate" => {
                self.include(value, true, name.ends_with(":iterate"))?;
            }
            _ => {
                let criterion = criterion(self.query.on, name, value)?;
                self.query.criteria.push(criterion);
            }
        }
        Ok(())
    }

    /// `Type:parameter`, `Type:parameter:Target`, `Type:*` or `*`.
    fn include(&mut self, value: &str, is_reverse: bool, is_iterated: bool) -> Result<(), Refusal> {
        let parts: Vec<&str> = value.split(':').collect();
        let before = self.query.includes.len();
        for (parameter, target) in references() {
            let meets_matches = if is_reverse {
                target == self.query.on
            } else {
                parameter.on == self.query.on
            };
            let is_named = match parts.as_slice() {
                ["*"] => meets_matches,
                [on, rest @ ..] if *on == parameter.on.as_str() => match rest {
                    [] | ["*"] => true,
                    [name] => *name == parameter.name,
                    [name, kind] => *name == parameter.name && *kind == target.as_str(),
                    _ => false,
                },
                _ => false,
            };
            // The national scenarios include from what was included, without saying `:iterate`.
            let starts_from_included = is_iterated || (!is_reverse && !meets_matches);
            if is_named && (meets_matches || starts_from_included) {
                self.query.includes.push(Include {
                    on: parameter.on,
                    parameter: parameter.name,
                    target,
                    is_reverse,
                    is_iterated: starts_from_included,
                });
            }
        }
        if self.query.includes.len() == before {
            return Err(unknown_include(self.query.on, value, is_reverse).into());
        }
        Ok(())
    }
}

/// The condition that a pair stands for.
fn criterion(on: ResourceType, name: &str, value: &str) -> Result<Criterion, Refusal> {
    if let Some((head, tail)) = name.split_once('.') {
        return chain(on, name, head, tail, value);
    }
    let (base, modifier) = match name.split_once(':') {
        Some((base, modifier)) => (base, Some(modifier)),
        None => (name, None),
    };
    match (base, modifier) {
        ("_id", None) => Ok(Criterion::Id(
            split(value, ',')
                .into_iter()
                .filter(|id| is_id(id))
                .map(str::to_owned)
                .collect(),
        )),
        ("_lastUpdated", None) => split(value, ',')
            .into_iter()
            .map(instants)
            .collect::<Option<Vec<_>>>()
            .map(|ranges| Criterion::LastUpdated { on, ranges })
            .ok_or_else(|| {
                bad_value(
                    name,
                    "a date such as ge2026-11-23 or lt2026-11-23T08:00:00Z",
                    "une date comme ge2026-11-23 ou lt2026-11-23T08:00:00Z",
                )
                .into()
            }),
        ("_content" | "_text", None) => Ok(content(on, value)),
        ("_id" | "_lastUpdated" | "_content" | "_text", Some(modifier)) => {
            Err(unknown_modifier(name, modifier, &[]).into())
        }
        _ => {
            let parameter =
                find_parameter(on, base).ok_or_else(|| Box::new(unknown_parameter(on, base)))?;
            of_parameter(parameter, name, modifier, value)
        }
    }
}

fn of_parameter(
    parameter: &'static SearchParameter,
    name: &str,
    modifier: Option<&str>,
    value: &str,
) -> Result<Criterion, Refusal> {
    let (on, values) = (parameter.on, split(value, ','));
    match parameter.kind {
        ParameterKind::Token => {
            let (is_negated, with_below) = match modifier {
                None => (false, false),
                Some("not") => (true, false),
                Some("below") => (false, true),
                Some(other) => return Err(unknown_modifier(name, other, &["not", "below"]).into()),
            };
            let own = Criterion::Token {
                on,
                parameter: parameter.name,
                tests: values
                    .iter()
                    .map(|value| token(value, with_below))
                    .collect(),
                is_negated,
            };
            Ok(if is_department_of_offer(parameter) {
                department(own, is_negated)
            } else {
                own
            })
        }
        ParameterKind::String => {
            let mode = match modifier {
                None => TextMode::Starts,
                Some("exact") => TextMode::Exact,
                Some("contains") => TextMode::Contains,
                Some(other) => {
                    return Err(unknown_modifier(name, other, &["exact", "contains"]).into());
                }
            };
            Ok(Criterion::Text {
                on,
                parameter: parameter.name,
                mode,
                values: values.into_iter().map(unescape).collect(),
            })
        }
        ParameterKind::Reference => {
            let target = parameter
                .target
                .ok_or_else(|| Box::new(unknown_parameter(on, name)))?;
            if let Some(modifier) = modifier.filter(|modifier| *modifier != target.as_str()) {
                return Err(unknown_modifier(name, modifier, &[target.as_str()]).into());
            }
            let targets = values
                .into_iter()
                .map(|value| match parse_reference(value) {
                    Some((kind, id)) => Some((kind, id.to_owned())),
                    None => is_id(value).then(|| (target, value.to_owned())),
                })
                .collect::<Option<Vec<_>>>()
                .ok_or_else(|| {
                    bad_value(
                        name,
                        "an id or Type/id",
                        "un identifiant ou Type/identifiant",
                    )
                })?;
            Ok(Criterion::Reference {
                on,
                parameter: parameter.name,
                targets,
            })
        }
        ParameterKind::Date
        | ParameterKind::Number
        | ParameterKind::Quantity
        | ParameterKind::Uri
        | ParameterKind::Special => Err(unknown_parameter(on, name).into()),
    }
}

/// `organization.name` or `organization:Organization.name`: one level.
fn chain(
    on: ResourceType,
    name: &str,
    head: &str,
    tail: &str,
    value: &str,
) -> Result<Criterion, Refusal> {
    let (base, kind) = match head.split_once(':') {
        Some((base, kind)) => (base, Some(kind)),
        None => (head, None),
    };
    let parameter =
        find_parameter(on, base).ok_or_else(|| Box::new(unknown_parameter(on, base)))?;
    let target = parameter
        .target
        .ok_or_else(|| Box::new(unknown_chain(on, name)))?;
    if kind.is_some_and(|kind| kind != target.as_str()) || tail.contains('.') {
        return Err(unknown_chain(on, name).into());
    }
    Ok(Criterion::Chain {
        on,
        parameter: parameter.name,
        target,
        criterion: Box::new(criterion(target, tail, value)?),
    })
}

#[cfg(test)]
#[path = "search_parsing_tests.rs"]
mod tests;
