//! Understanding a search: every pair of the query, or why it is refused.

use time::OffsetDateTime;

use super::{
    ResourceType,
    search_criteria::criterion,
    search_criterion::{Criterion, Family},
    search_cursor::{Cursor, fingerprint},
    search_findings::{bad_sort, bad_value, too_costly, unknown_include, unknown_parameter},
    search_parameters::{find_parameter, references},
    search_query::{
        DEFAULT_COUNT, Distance, Include, MAX_COUNT, SearchPart, SearchQuery, SortBy, SortKey,
    },
    search_values::split,
};
use crate::{
    finding::{Finding, Severity},
    terminology::Terminology,
};

/// Values and conditions of one search, at the most.
const MAX_WEIGHT: usize = 300;
/// Keys of one order, at the most.
const MAX_KEYS: usize = 8;
/// Greatest `_count` that is taken for one; pages are shorter anyway.
const MAX_ASKED: usize = 1_000_000;
/// Pairs that change how a page is shown, and neither what matches nor in which order.
const PRESENTATION: [&str; 12] = [
    "_count",
    "_cursor",
    "_elements",
    "_format",
    "_include",
    "_include:iterate",
    "_pretty",
    "_revinclude",
    "_revinclude:iterate",
    "_summary",
    "_total",
    "_type",
];

/// What is done with a parameter that nobody knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Handling {
    /// The search is refused: an unfiltered answer would be a wrong one.
    Strict,
    /// The parameter is set aside, with a warning.
    Lenient,
}

/// What a search is understood with.
#[derive(Clone, Copy)]
pub struct Asking<'t> {
    /// Code systems and value sets.
    pub terminology: &'t Terminology,
    /// The present instant, for `ap`.
    pub now: OffsetDateTime,
    /// What is done with what nobody knows.
    pub handling: Handling,
}

/// A refusal is boxed: most pairs are understood.
pub(super) type Refusal = Box<Finding>;

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
        asking: &Asking<'_>,
    ) -> Result<Self, Vec<Finding>> {
        Parsing::of(&[on], pairs, asking).run(pairs)
    }

    /// Understands a search on every type, or on those that `_type` names.
    ///
    /// # Errors
    /// As [`SearchQuery::parse`]; only what every type searched knows is known.
    pub fn parse_system(
        pairs: &[(String, String)],
        asking: &Asking<'_>,
    ) -> Result<Self, Vec<Finding>> {
        let mut types = Vec::new();
        for (_, value) in pairs.iter().filter(|(name, _)| name == "_type") {
            for name in value.split(',') {
                let kind = ResourceType::parse(name).ok_or_else(|| {
                    let known = ResourceType::ALL.map(ResourceType::as_str).join(", ");
                    vec![bad_value("_type", &known, &known)]
                })?;
                if !types.contains(&kind) {
                    types.push(kind);
                }
            }
        }
        if types.is_empty() {
            types = ResourceType::ALL.to_vec();
        }
        let mut parsing = Parsing::of(&types, pairs, asking);
        parsing.query.is_system = true;
        parsing.run(pairs)
    }
}

struct Parsing<'a, 't> {
    asking: &'a Asking<'t>,
    query: SearchQuery,
    cursor: Option<String>,
    /// The order as it was asked for: the distance is known at the end only.
    sort: Option<String>,
}

impl<'a, 't> Parsing<'a, 't> {
    fn of(types: &[ResourceType], pairs: &[(String, String)], asking: &'a Asking<'t>) -> Self {
        let part = |on: &ResourceType| SearchPart {
            on: *on,
            criteria: Vec::new(),
        };
        let deciding = pairs
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .filter(|(name, value)| !PRESENTATION.contains(name) && !value.is_empty());
        let types_text = types.iter().map(|kind| ("_type", kind.as_str()));
        Self {
            asking,
            query: SearchQuery {
                parts: types.iter().map(part).collect(),
                is_system: false,
                sort: Vec::new(),
                count: DEFAULT_COUNT,
                after: None,
                has_total: true,
                is_count_only: false,
                includes: Vec::new(),
                distance: None,
                understood: Vec::new(),
                warnings: Vec::new(),
                fingerprint: fingerprint(types_text.chain(deciding)),
            },
            cursor: None,
            sort: None,
        }
    }

    fn run(mut self, pairs: &[(String, String)]) -> Result<SearchQuery, Vec<Finding>> {
        let mut refusals = Vec::new();
        for (name, value) in pairs.iter().filter(|(_, value)| !value.is_empty()) {
            match self.pair(name, value) {
                Ok(()) => {
                    if name != "_cursor" {
                        self.query.understood.push((name.clone(), value.clone()));
                    }
                }
                Err(refusal) => refusals.push(*refusal),
            }
        }
        let criteria = self.query.parts.iter().flat_map(|part| &part.criteria);
        if criteria.map(Criterion::weight).sum::<usize>() > MAX_WEIGHT * self.query.parts.len() {
            return Err(vec![too_costly(MAX_WEIGHT)]);
        }
        self.query.distance = distance(&self.query.parts);
        if let Err(refusal) = self.order() {
            refusals.push(*refusal);
        }
        if let Some(text) = &self.cursor {
            let query = &self.query;
            match Cursor::parse(text, &query.fingerprint, &query.sort) {
                Some(cursor) => self.query.after = Some(cursor),
                None => refusals.push(bad_value(
                    "_cursor",
                    "the token of a next link of the same search",
                    "le jeton d'un lien next de la même recherche",
                )),
            }
        }
        if refusals.is_empty() {
            return Ok(self.query);
        }
        if self.asking.handling == Handling::Strict {
            return Err(refusals);
        }
        let as_warning = |refusal| Finding {
            severity: Severity::Warning,
            ..refusal
        };
        self.query.warnings = refusals.into_iter().map(as_warning).collect();
        Ok(self.query)
    }

    fn pair(&mut self, name: &str, value: &str) -> Result<(), Refusal> {
        if value.contains('\0') {
            return Err(bad_value("?", "text without NUL", "un texte sans NUL").into());
        }
        match name {
            "_format" | "_pretty" | "_elements" => {}
            "_type" if self.query.is_system => {}
            "_cursor" => self.cursor = Some(value.to_owned()),
            "_count" => {
                let count = value.parse().ok().filter(|count| *count <= MAX_ASKED);
                let count: usize = count.ok_or_else(|| {
                    bad_value(
                        name,
                        "a number, 0 for the total alone",
                        "un nombre, 0 pour le seul total",
                    )
                })?;
                self.query.is_count_only |= count == 0;
                self.query.count = count.clamp(1, MAX_COUNT);
            }
            "_sort" => self.sort = Some(value.to_owned()),
            "_total" => match value {
                "none" => self.query.has_total = false,
                "accurate" | "estimate" => self.query.has_total = true,
                _ => {
                    let (en, fr) = ("none, estimate or accurate", "none, estimate ou accurate");
                    return Err(bad_value(name, en, fr).into());
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
            "_include" | "_include:iterate" => {
                self.include(value, false, name.ends_with(":iterate"))?;
            }
            "_revinclude" | "_revinclude:iterate" => {
                self.include(value, true, name.ends_with(":iterate"))?;
            }
            _ => self.condition(name, value)?,
        }
        Ok(())
    }

    /// A condition holds for every type searched, or is unknown.
    fn condition(&mut self, name: &str, value: &str) -> Result<(), Refusal> {
        let read = |part: &SearchPart| criterion(self.asking, part.on, name, value);
        let criteria: Vec<Criterion> = self
            .query
            .parts
            .iter()
            .map(read)
            .collect::<Result<_, _>>()?;
        for (part, criterion) in self.query.parts.iter_mut().zip(criteria) {
            part.criteria.push(criterion);
        }
        Ok(())
    }

    /// `Type:parameter`, `Type:parameter:Target`, `Type:*` or `*`.
    fn include(&mut self, value: &str, is_reverse: bool, is_iterated: bool) -> Result<(), Refusal> {
        let pattern: Vec<&str> = value.split(':').collect();
        let mut is_known = false;
        for (parameter, target) in references() {
            let start = if is_reverse { target } else { parameter.on };
            let meets_matches = self.query.parts.iter().any(|part| part.on == start);
            let is_named = match pattern.as_slice() {
                ["*"] => meets_matches || is_iterated,
                [on, rest @ ..] if *on == parameter.on.as_str() => match rest {
                    [] | ["*"] => true,
                    [name] => *name == parameter.name,
                    [name, kind] => *name == parameter.name && *kind == target.as_str(),
                    _ => false,
                },
                _ => false,
            };
            // The national scenarios include from what was included, without saying `:iterate`.
            let is_iterated = is_iterated || (!is_reverse && !meets_matches);
            if !is_named || !(meets_matches || is_iterated) {
                continue;
            }
            is_known = true;
            let include = Include {
                on: parameter.on,
                parameter: parameter.name,
                target,
                is_reverse,
                is_iterated,
            };
            if !self.query.includes.contains(&include) {
                self.query.includes.push(include);
            }
        }
        if is_known {
            return Ok(());
        }
        let on = self.query.parts[0].on;
        Err(unknown_include(on, value, is_reverse).into())
    }

    /// The keys of the order: those asked for, or the distance when there is one.
    fn order(&mut self) -> Result<(), Refusal> {
        let Some(text) = self.sort.take() else {
            if self.query.distance.is_some() {
                self.query.sort.push(SortKey {
                    by: SortBy::Distance,
                    is_descending: false,
                });
            }
            return Ok(());
        };
        let names = split(&text, ',');
        if names.len() > MAX_KEYS {
            return Err(too_costly(MAX_KEYS).into());
        }
        let keys = names.into_iter().map(|name| self.key(name));
        self.query.sort = keys.collect::<Result<_, _>>()?;
        Ok(())
    }

    fn key(&self, text: &str) -> Result<SortKey, Refusal> {
        let (is_descending, name) = match text.strip_prefix('-') {
            Some(name) => (true, name),
            None => (false, text),
        };
        let on = self.query.parts[0].on;
        let fault = || Box::new(bad_sort(on, name));
        let by = match name {
            "_id" => SortBy::Id,
            "_lastUpdated" => SortBy::LastUpdated,
            _ if name == "near" || name.ends_with(".near") => {
                let distance = self.query.distance.as_ref().ok_or_else(fault)?;
                let chain = name.strip_suffix(".near");
                if chain.is_some() && chain != distance.by {
                    return Err(fault());
                }
                SortBy::Distance
            }
            _ => {
                let parameter = find_parameter(on, name).ok_or_else(fault)?;
                let is_shared = |part: &SearchPart| find_parameter(part.on, name).is_some();
                if !self.query.parts.iter().all(is_shared) {
                    return Err(unknown_parameter(on, name).into());
                }
                match parameter.family() {
                    None | Some(Family::Position) => return Err(fault()),
                    Some(family) => SortBy::Value(parameter.name, family),
                }
            }
        };
        Ok(SortKey { by, is_descending })
    }
}

/// The only area that a search on one type asks about, of its matches or of what one of their
/// references leads to.
fn distance(parts: &[SearchPart]) -> Option<Distance> {
    let [part] = parts else { return None };
    let mut found = part.criteria.iter().filter_map(|criterion| {
        let (by, area) = match criterion {
            Criterion::Near(area) => (None, area),
            Criterion::Chain {
                parameter,
                criterion,
                ..
            } => match criterion.as_ref() {
                Criterion::Near(area) => (Some(*parameter), area),
                _ => return None,
            },
            _ => return None,
        };
        Some(Distance {
            area: area.clone(),
            on: part.on,
            by,
        })
    });
    let first = found.next()?;
    found.next().is_none().then_some(first)
}

#[cfg(test)]
#[path = "search_parsing_tests.rs"]
mod tests;
