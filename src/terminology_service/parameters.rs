//! What comes with an operation: the pairs of an address, or a `Parameters` resource.

use serde_json::Value;
use time::{Date, macros::format_description};

use super::{Failure, FailureReason, ParameterKind, ParameterSpec, Problem, problem::shown};
use crate::{
    fhir::{Handling, IssueCode},
    finding::Bilingual,
};

/// The parameters of one question, in their order.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Parameters(Vec<Parameter>);

/// One parameter.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Parameter {
    name: String,
    /// Where it stands, for errors.
    place: String,
    given: Given,
}

#[derive(Clone, Debug, PartialEq)]
enum Given {
    /// From an address: without a type.
    Text(String),
    /// Name of the `value[x]` element, and what it holds.
    Value(String, Value),
    Resource(Value),
    Parts(Parameters),
    Nothing,
}

impl Parameters {
    /// The pairs of an address. How to answer (`_format`, `_pretty`) is not part of the question.
    #[must_use]
    pub fn from_pairs(pairs: &[(String, String)]) -> Self {
        let own = pairs.iter().filter(|(name, value)| {
            !matches!(name.as_str(), "_format" | "_pretty") && !value.is_empty()
        });
        Self(
            own.map(|(name, value)| Parameter {
                name: name.clone(),
                place: shown(name),
                given: Given::Text(value.clone()),
            })
            .collect(),
        )
    }

    /// A `Parameters` resource.
    ///
    /// # Errors
    /// [`Failure`] names the element that does not fit.
    pub fn from_resource(resource: Value) -> Result<Self, Failure> {
        let Value::Object(mut object) = resource else {
            return Err(not_parameters());
        };
        if object.get("resourceType").and_then(Value::as_str) != Some("Parameters") {
            return Err(not_parameters());
        }
        match object.remove("parameter") {
            Some(list) => read_list(list, "Parameters.parameter"),
            None => Ok(Self::default()),
        }
    }

    /// Adds the pairs of the address of a `POST`.
    pub fn extend(&mut self, other: Self) {
        self.0.extend(other.0);
    }

    /// Checks name, type and number of every parameter; with leniency, sets aside those that
    /// nobody knows.
    ///
    /// # Errors
    /// Everything that does not fit.
    pub(super) fn check(
        &mut self,
        specs: &'static [ParameterSpec],
        handling: Handling,
    ) -> Result<(), Failure> {
        let mut errors = Vec::new();
        let mut aside = Vec::new();
        let mut seen: Vec<&str> = Vec::new();
        self.0.retain(|parameter| {
            let spec = specs.iter().find(|spec| spec.name == parameter.name);
            let Some(spec) = spec else {
                aside.push(unknown_parameter(parameter, specs));
                return false;
            };
            if !spec.repeats && seen.contains(&spec.name) {
                errors.push(repeated(parameter));
            }
            seen.push(spec.name);
            errors.extend(parameter.misfits(spec.kind));
            true
        });
        if handling == Handling::Strict {
            errors.append(&mut aside);
        }
        if errors.is_empty() {
            return Ok(());
        }
        Err(Failure {
            reason: FailureReason::Malformed,
            problems: errors,
        })
    }

    fn first(&self, name: &str) -> Option<&Parameter> {
        self.0.iter().find(|parameter| parameter.name == name)
    }

    /// Where a parameter stands; its name when it is absent.
    pub(super) fn place<'p>(&'p self, name: &'p str) -> &'p str {
        self.first(name).map_or(name, |found| &found.place)
    }

    /// A parameter that is a text of any type.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.first(name)?.text()
    }

    /// Every value of a parameter that is a text.
    pub(super) fn texts<'p>(&'p self, name: &'p str) -> impl Iterator<Item = &'p str> {
        let named = self.0.iter().filter(move |found| found.name == name);
        named.filter_map(Parameter::text)
    }

    /// A boolean, once checked.
    pub(super) fn flag(&self, name: &str) -> Option<bool> {
        match &self.first(name)?.given {
            Given::Text(text) => Some(text == "true"),
            Given::Value(_, value) => value.as_bool(),
            Given::Resource(_) | Given::Parts(_) | Given::Nothing => None,
        }
    }

    /// A number, once checked.
    pub(super) fn number(&self, name: &str) -> Option<usize> {
        match &self.first(name)?.given {
            Given::Text(text) => text.parse().ok(),
            Given::Value(_, value) => value.as_u64().and_then(|number| number.try_into().ok()),
            Given::Resource(_) | Given::Parts(_) | Given::Nothing => None,
        }
    }

    /// A day, once checked.
    pub(super) fn day(&self, name: &str) -> Option<Date> {
        self.text(name).and_then(day)
    }

    /// A `Coding`, a `CodeableConcept` or the like.
    pub(super) fn complex(&self, name: &str) -> Option<&Value> {
        match &self.first(name)?.given {
            Given::Value(_, value) => Some(value),
            Given::Text(_) | Given::Resource(_) | Given::Parts(_) | Given::Nothing => None,
        }
    }

    /// The parts of each parameter of that name.
    pub(super) fn parts<'p>(&'p self, name: &'p str) -> impl Iterator<Item = &'p Self> {
        let named = self.0.iter().filter(move |found| found.name == name);
        named.filter_map(|found| match &found.given {
            Given::Parts(parts) => Some(parts),
            Given::Text(_) | Given::Value(..) | Given::Resource(_) | Given::Nothing => None,
        })
    }

    /// The resources of each parameter of that name, with their place.
    pub(super) fn resources<'p>(
        &'p self,
        name: &'p str,
    ) -> impl Iterator<Item = (&'p str, &'p Value)> {
        let named = self.0.iter().filter(move |found| found.name == name);
        named.filter_map(|found| match &found.given {
            Given::Resource(resource) => Some((found.place.as_str(), resource)),
            Given::Text(_) | Given::Value(..) | Given::Parts(_) | Given::Nothing => None,
        })
    }

    /// Every parameter that is a primitive: name, `value[x]` element and value as a text.
    pub(super) fn primitives(&self) -> impl Iterator<Item = (&str, &str, String)> {
        self.0
            .iter()
            .filter_map(|parameter| match &parameter.given {
                Given::Text(text) => Some((parameter.name.as_str(), "", text.clone())),
                Given::Value(_, Value::Object(_) | Value::Array(_) | Value::Null) => None,
                Given::Value(element, Value::String(text)) => {
                    Some((&parameter.name, element, text.clone()))
                }
                Given::Value(element, other) => Some((&parameter.name, element, other.to_string())),
                Given::Resource(_) | Given::Parts(_) | Given::Nothing => None,
            })
    }
}

impl Parameter {
    fn text(&self) -> Option<&str> {
        match &self.given {
            Given::Text(text) => Some(text),
            Given::Value(_, value) => value.as_str(),
            Given::Resource(_) | Given::Parts(_) | Given::Nothing => None,
        }
    }

    /// Why it is not of that type.
    fn misfits(&self, kind: ParameterKind) -> Option<Problem> {
        let expected = match (&self.given, kind) {
            (_, ParameterKind::Unsupported(instead)) => return Some(not_here(self, instead)),
            (Given::Text(text), kind) => match kind {
                ParameterKind::Boolean if !matches!(text.as_str(), "true" | "false") => {
                    "true | false"
                }
                ParameterKind::Integer if text.parse::<u32>().is_err() => "0, 1, 2…",
                ParameterKind::DateTime if day(text).is_none() => "2026-11-27",
                ParameterKind::Coding
                | ParameterKind::CodeableConcept
                | ParameterKind::Resource(_)
                | ParameterKind::AnyResource
                | ParameterKind::Parts(_) => "POST, Parameters",
                _ => return None,
            },
            (Given::Value(element, value), kind) => {
                let elements = kind.elements();
                let is_fit = elements.contains(&element.as_str())
                    && match kind {
                        ParameterKind::Boolean => value.is_boolean(),
                        ParameterKind::Integer => {
                            value.as_u64().is_some_and(|n| u32::try_from(n).is_ok())
                        }
                        ParameterKind::DateTime => value.as_str().and_then(day).is_some(),
                        ParameterKind::Coding | ParameterKind::CodeableConcept => value.is_object(),
                        _ => value.as_str().is_some_and(|text| !text.is_empty()),
                    };
                if is_fit {
                    return None;
                }
                elements.first().copied().unwrap_or(match kind {
                    ParameterKind::Parts(_) => "part",
                    _ => "resource",
                })
            }
            (Given::Resource(resource), ParameterKind::Resource(of)) => {
                if resource["resourceType"] == of {
                    return None;
                }
                of
            }
            (Given::Resource(_), ParameterKind::AnyResource) => return None,
            (Given::Parts(_), ParameterKind::Parts(_)) => return None,
            (Given::Resource(_) | Given::Parts(_) | Given::Nothing, kind) => {
                kind.elements().first().copied().unwrap_or("resource")
            }
        };
        Some(misfit(self, expected))
    }
}

/// The day of a `date` or `dateTime` that names a whole day.
pub(super) fn day(text: &str) -> Option<Date> {
    let (head, rest) = text.split_at_checked(10)?;
    let format = format_description!("[year]-[month]-[day]");
    let is_whole = rest.is_empty() || rest.starts_with('T');
    Date::parse(head, format).ok().filter(|_| is_whole)
}

fn read_list(list: Value, path: &str) -> Result<Parameters, Failure> {
    let Value::Array(items) = list else {
        return Err(not_parameters());
    };
    let read = items.into_iter().enumerate();
    read.map(|(rank, item)| read_one(item, format!("{path}[{rank}]")))
        .collect::<Result<_, _>>()
        .map(Parameters)
}

fn read_one(item: Value, place: String) -> Result<Parameter, Failure> {
    let Value::Object(object) = item else {
        return Err(not_parameters());
    };
    let mut name = String::new();
    let mut given = Given::Nothing;
    for (key, value) in object {
        match (key.as_str(), value) {
            ("name", Value::String(text)) => name = text,
            ("resource", value) => given = Given::Resource(value),
            ("part", value) => given = Given::Parts(read_list(value, &format!("{place}.part"))?),
            (element, value) if element.starts_with("value") => given = Given::Value(key, value),
            _ => {}
        }
    }
    if name.is_empty() {
        return Err(not_parameters());
    }
    Ok(Parameter { name, place, given })
}

fn not_parameters() -> Failure {
    Failure::one(
        FailureReason::Malformed,
        Problem::error(
            "TX-PARAMETERS",
            (IssueCode::Structure, "invalid-data"),
            "Parameters",
            Bilingual::new(
                "Le corps n'est pas une ressource Parameters bien formée.",
                "The body is not a well-formed Parameters resource.",
            ),
            Bilingual::new(
                "Envoyez {\"resourceType\":\"Parameters\",\"parameter\":[{\"name\":…,\"value…\":…}]}.",
                "Send {\"resourceType\":\"Parameters\",\"parameter\":[{\"name\":…,\"value…\":…}]}.",
            ),
        ),
    )
}

fn unknown_parameter(parameter: &Parameter, specs: &[ParameterSpec]) -> Problem {
    let name = shown(&parameter.name);
    let likeness = |known: &str| strsim::jaro_winkler(known, &name);
    let nearest = specs
        .iter()
        .map(|spec| spec.name)
        .max_by(|a, b| likeness(a).total_cmp(&likeness(b)))
        .unwrap_or_default();
    Problem::error(
        "TX-PARAMETER",
        (IssueCode::NotSupported, ""),
        &parameter.place,
        Bilingual::new(
            format!("Le paramètre « {name} » n'est pas connu de cette opération."),
            format!("Parameter '{name}' is not known to this operation."),
        ),
        Bilingual::new(
            format!(
                "Le plus proche est « {nearest} » ; Prefer: handling=lenient met de côté ce qui n'est pas connu."
            ),
            format!(
                "The nearest is '{nearest}'; Prefer: handling=lenient sets aside what is not known."
            ),
        ),
    )
}

fn misfit(parameter: &Parameter, expected: &str) -> Problem {
    let name = shown(&parameter.name);
    Problem::error(
        "TX-VALUE",
        (IssueCode::Value, "invalid-data"),
        &parameter.place,
        Bilingual::new(
            format!("La valeur du paramètre « {name} » n'est pas du type attendu."),
            format!("The value of parameter '{name}' is not of the expected type."),
        ),
        Bilingual::new(
            format!("Attendu : {expected}."),
            format!("Expected: {expected}."),
        ),
    )
}

fn repeated(parameter: &Parameter) -> Problem {
    let name = shown(&parameter.name);
    Problem::error(
        "TX-REPEATED",
        (IssueCode::Value, "invalid-data"),
        &parameter.place,
        Bilingual::new(
            format!("Le paramètre « {name} » figure deux fois."),
            format!("Parameter '{name}' stands twice."),
        ),
        Bilingual::new("Gardez-en un seul.", "Keep one."),
    )
}

fn not_here(parameter: &Parameter, instead: &str) -> Problem {
    let name = shown(&parameter.name);
    Problem::error(
        "TX-UNSUPPORTED",
        (IssueCode::NotSupported, "not-supported"),
        &parameter.place,
        Bilingual::new(
            format!("Le paramètre « {name} » n'est pas pris en charge ici."),
            format!("Parameter '{name}' is not supported here."),
        ),
        Bilingual::new(
            format!("Utilisez « {instead} »."),
            format!("Use '{instead}'."),
        ),
    )
}
