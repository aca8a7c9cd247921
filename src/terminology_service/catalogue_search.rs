//! Reading and searching the `CodeSystem`, `ValueSet` and `ConceptMap` resources.
//!
//! **Source:** FHIR R4, search parameters of the three types.

use serde_json::Value;
use time::Date;

use super::{
    CatalogueType,
    answering::{find_system, find_value_set},
    map_resource,
    resources::{self, Head, id_of, map_head, own_head, set_head, system_head},
};
use crate::{
    fhir::{
        DEFAULT_COUNT, Handling, MAX_COUNT, bad_value, own_lists, split, unescape,
        unknown_modifier, unknown_name,
    },
    finding::{Finding, Severity},
    terminology::{CodeSystem, ConceptMap, ListKind, Terminology, ValueSet, fold},
};

/// A search, understood.
#[derive(Clone, Debug)]
pub struct CatalogueSearch {
    on: CatalogueType,
    criteria: Vec<Criterion>,
    count: usize,
    is_count_only: bool,
    is_summary: bool,
    after: Option<String>,
    /// The pairs that were understood; the cursor is not one of them.
    pub understood: Vec<(String, String)>,
    /// What was set aside, when the caller asked for leniency.
    pub warnings: Vec<Finding>,
}

#[derive(Clone, Debug)]
struct Criterion {
    name: &'static str,
    mode: Mode,
    /// Any of which may hold.
    values: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mode {
    /// Equal for tokens and URLs.
    Plain,
    Exact,
    Contains,
}

/// A page of matches: id and JSON of each.
#[derive(Clone, Debug, Default)]
pub struct CataloguePage {
    /// All matches there are.
    pub total: usize,
    /// Those of the page.
    pub entries: Vec<(String, String)>,
    /// Where the next page starts, when there is one.
    pub next: Option<String>,
}

/// One of the resources.
#[derive(Clone, Copy)]
enum Listed<'t> {
    System(&'t CodeSystem),
    Set(&'t ValueSet),
    /// A code system or a value set of `profiles/`.
    Own(&'static Value),
    Map(&'t ConceptMap),
}

impl CatalogueSearch {
    /// Understands a search; `pairs` are those of the query, decoded.
    ///
    /// # Errors
    /// Every parameter, modifier or value that is not supported.
    pub fn parse(
        on: CatalogueType,
        pairs: &[(String, String)],
        handling: Handling,
    ) -> Result<Self, Vec<Finding>> {
        let mut search = Self {
            on,
            criteria: Vec::new(),
            count: DEFAULT_COUNT,
            is_count_only: false,
            is_summary: false,
            after: None,
            understood: Vec::new(),
            warnings: Vec::new(),
        };
        let mut refusals = Vec::new();
        for (name, value) in pairs.iter().filter(|(_, value)| !value.is_empty()) {
            match search.pair(name, value) {
                Ok(()) if name == "_cursor" => {}
                Ok(()) => search.understood.push((name.clone(), value.clone())),
                Err(refusal) => refusals.push(*refusal),
            }
        }
        if !refusals.is_empty() && handling == Handling::Strict {
            return Err(refusals);
        }
        let warn = |refusal| Finding {
            severity: Severity::Warning,
            ..refusal
        };
        search.warnings = refusals.into_iter().map(warn).collect();
        Ok(search)
    }

    fn pair(&mut self, name: &str, value: &str) -> Result<(), Box<Finding>> {
        match name {
            "_format" | "_pretty" => {}
            "_cursor" => self.after = Some(value.to_owned()),
            "_count" => {
                let count: usize = value
                    .parse()
                    .map_err(|_| bad_value(name, "a number", "un nombre"))?;
                self.is_count_only |= count == 0;
                self.count = count.clamp(1, MAX_COUNT);
            }
            "_summary" => match value {
                "true" => self.is_summary = true,
                "count" => self.is_count_only = true,
                "false" => {}
                _ => {
                    let expected = "true, count, false";
                    return Err(bad_value(name, expected, expected).into());
                }
            },
            _ => {
                let criterion = self.criterion(name, value)?;
                self.criteria.push(criterion);
            }
        }
        Ok(())
    }

    fn criterion(&self, name: &str, value: &str) -> Result<Criterion, Box<Finding>> {
        let (base, modifier) = match name.split_once(':') {
            Some((base, modifier)) => (base, Some(modifier)),
            None => (name, None),
        };
        let found = self.on.parameters().find(|known| known.name == base);
        let Some(found) = found else {
            let likeness = |known: &&str| strsim::jaro_winkler(known, base);
            let nearest = self.on.parameters().map(|known| known.name);
            let nearest = nearest.max_by(|a, b| likeness(a).total_cmp(&likeness(b)));
            let nearest = nearest.unwrap_or("_id");
            return Err(unknown_name(self.on.as_str(), base, nearest).into());
        };
        let taken: &[&str] = match found.kind {
            "string" => &["exact", "contains"],
            _ => &[],
        };
        let mode = match modifier {
            None => Mode::Plain,
            Some("exact") if !taken.is_empty() => Mode::Exact,
            Some("contains") if !taken.is_empty() => Mode::Contains,
            Some(other) => return Err(unknown_modifier(name, other, taken).into()),
        };
        Ok(Criterion {
            name: found.name,
            mode,
            values: split(value, ',').into_iter().map(unescape).collect(),
        })
    }

    /// The matches in the order of their ids.
    #[must_use]
    pub fn run(&self, terminology: &Terminology, day: Date) -> CataloguePage {
        let mut matches: Vec<(String, Listed<'_>)> = all(terminology, self.on)
            .filter(|listed| {
                let head = listed.head();
                self.criteria
                    .iter()
                    .all(|one| one.holds(terminology, *listed, &head))
            })
            .map(|listed| (listed.head().id, listed))
            .collect();
        matches.sort_by(|(a, _), (b, _)| a.cmp(b));
        let total = matches.len();
        if self.is_count_only {
            return CataloguePage {
                total,
                ..CataloguePage::default()
            };
        }
        if let Some(after) = &self.after {
            matches.retain(|(id, _)| id > after);
        }
        let has_more = matches.len() > self.count;
        matches.truncate(self.count);
        let next = matches
            .last()
            .filter(|_| has_more)
            .map(|(id, _)| id.clone());
        let write = |(id, listed): (String, Listed<'_>)| {
            let json = listed.write(terminology, day, self.is_summary);
            (id, json)
        };
        CataloguePage {
            total,
            entries: matches.into_iter().map(write).collect(),
            next,
        }
    }
}

/// The resource of that type and id, as JSON.
#[must_use]
pub fn read_resource(
    terminology: &Terminology,
    kind: CatalogueType,
    id: &str,
    day: Date,
) -> Option<String> {
    let listed = match kind {
        CatalogueType::CodeSystem => {
            let own = || own_lists("CodeSystem").find(|own| own["id"] == id);
            let system = find_system(terminology, id).map(Listed::System);
            system.or_else(|| own().map(Listed::Own))?
        }
        CatalogueType::ValueSet => {
            let own = || own_lists("ValueSet").find(|own| own["id"] == id);
            let set = find_value_set(terminology, id).map(Listed::Set);
            set.or_else(|| own().map(Listed::Own))?
        }
        CatalogueType::ConceptMap => {
            let mut maps = terminology.concept_maps();
            Listed::Map(maps.find(|map| id_of(map.id()) == id)?)
        }
    };
    Some(listed.write(terminology, day, false))
}

fn all(
    terminology: &Terminology,
    kind: CatalogueType,
) -> Box<dyn Iterator<Item = Listed<'_>> + '_> {
    match kind {
        CatalogueType::CodeSystem => {
            let systems = terminology.code_systems().iter();
            let all = systems.chain(terminology.earlier_code_systems());
            let own = own_lists("CodeSystem").map(Listed::Own);
            Box::new(all.map(Listed::System).chain(own))
        }
        CatalogueType::ValueSet => {
            let sets = terminology.value_sets();
            let sets = sets.filter(|set| set.kind() == ListKind::ValueSet);
            let all = sets.chain(terminology.earlier_value_sets());
            let own = own_lists("ValueSet").map(Listed::Own);
            Box::new(all.map(Listed::Set).chain(own))
        }
        CatalogueType::ConceptMap => Box::new(terminology.concept_maps().map(Listed::Map)),
    }
}

impl<'t> Listed<'t> {
    fn head(self) -> Head<'t> {
        match self {
            Self::System(system) => system_head(system),
            Self::Set(set) => set_head(set),
            Self::Own(set) => own_head(set),
            Self::Map(map) => map_head(map),
        }
    }

    fn write(self, terminology: &Terminology, day: Date, is_summary: bool) -> String {
        let bytes = match self {
            Self::System(system) => resources::code_system(system, day, is_summary),
            Self::Set(set) => resources::value_set(terminology, set, day, is_summary),
            Self::Own(list) => return list.to_string(),
            Self::Map(map) => map_resource::concept_map(terminology, map, is_summary),
        };
        String::from_utf8(bytes).expect("JSON is UTF-8")
    }
}

impl Criterion {
    fn holds(&self, terminology: &Terminology, listed: Listed<'_>, head: &Head<'_>) -> bool {
        self.values
            .iter()
            .any(|value| self.meets(terminology, listed, head, value))
    }

    fn meets(
        &self,
        terminology: &Terminology,
        listed: Listed<'_>,
        head: &Head<'_>,
        value: &str,
    ) -> bool {
        let same_system = |name: &str| {
            let system = terminology.code_system(value);
            name == value || system.is_some_and(|system| system.url() == name)
        };
        // `system|code`, `|code` or `code`.
        let (system, code) = value.rsplit_once('|').unwrap_or(("", value));
        match (self.name, listed) {
            ("_id", _) => head.id == value,
            ("url" | "system", _) => head.url == value,
            ("version", _) => head.version == code,
            ("identifier", _) => head.oid() == Some(code.trim_start_matches("urn:oid:")),
            ("name", _) => self.is_text(&head.name, value),
            ("title", _) => self.is_text(head.title, value),
            ("status", _) => head.status == code,
            ("publisher", _) => self.is_text(head.publisher, value),
            ("code", Listed::System(own)) => {
                own.find(code).is_some() && (system.is_empty() || own.url() == system)
            }
            ("code", Listed::Set(set)) if system.is_empty() => set.find(code).is_some(),
            ("code", Listed::Set(set)) => set.contains(system, code),
            ("content-mode", Listed::System(own)) => {
                (code == "complete") == own.is_complete() && matches!(code, "complete" | "fragment")
            }
            ("reference", Listed::Set(set)) => {
                set.code_systems().iter().any(|names| names.is_named(value))
            }
            ("source-system", Listed::Map(map)) => same_system(map.source_system()),
            ("target-system", Listed::Map(map)) => same_system(map.target_system()),
            ("source-code", Listed::Map(map)) => map.of_source(code).next().is_some(),
            ("target-code", Listed::Map(map)) => map.of_target(code).next().is_some(),
            _ => false,
        }
    }

    /// Case, accents and punctuation aside, unless `:exact`.
    fn is_text(&self, own: &str, value: &str) -> bool {
        match self.mode {
            Mode::Exact => own == value,
            Mode::Plain => fold(own).starts_with(&fold(value)),
            Mode::Contains => fold(own).contains(&fold(value)),
        }
    }
}
