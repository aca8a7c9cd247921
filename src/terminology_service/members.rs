//! The codes of a value set: read off a list in use, or worked out from how a set is composed.
//!
//! **Source:** FHIR R4, 4.9.5, `ValueSet.compose`.

use std::{
    collections::{HashMap, HashSet},
    rc::Rc,
};

use serde_json::Value;

use super::{
    Failure, FailureReason, Parameters, Problem,
    asked_code::asked_version,
    filter::Filter,
    known::{Known, SetRef, with_version},
    problem::shown,
};
use crate::{
    fhir::IssueCode,
    finding::Bilingual,
    terminology::{CodeSystem, Concept, Standing, ValueSet},
};

/// Codes looked at for one question, at the most: sets that include each other multiply.
const MAX_VISITED: usize = 500_000;

/// A code of a set.
#[derive(Clone, Copy)]
pub(super) struct Member<'a> {
    pub(super) system: &'a CodeSystem,
    /// The code, as its system holds it.
    pub(super) concept: &'a Concept,
    /// Its label in the set.
    pub(super) display: &'a str,
    /// What the composition says of it, when it lists it.
    pub(super) listed: Option<&'a Value>,
    pub(super) is_inactive: bool,
}

/// The codes of a set, and the systems and sets that they were taken from.
#[derive(Default)]
pub(super) struct Members<'a> {
    pub(super) list: Vec<Member<'a>>,
    pub(super) used_systems: Vec<&'a CodeSystem>,
    pub(super) used_sets: Vec<String>,
}

/// Working out sets, each once, with a memory of the way.
pub(super) struct Evaluation<'k, 'a> {
    known: &'k Known<'a>,
    /// The question, where it says which versions of the systems it wants.
    asking: Option<&'k Parameters>,
    /// Names of the sets that are being worked out.
    path: Vec<String>,
    done: HashMap<String, Rc<Members<'a>>>,
    visited: usize,
}

impl<'a> Member<'a> {
    /// The code on that day; nothing while it does not exist yet.
    pub(super) fn on(
        known: &Known<'a>,
        system: &'a CodeSystem,
        concept: &'a Concept,
    ) -> Option<Self> {
        let is_inactive = match concept.validity.on(known.day) {
            Standing::InForce => false,
            Standing::Ended(_) => true,
            Standing::NotYet(_) => return None,
        };
        Some(Self {
            system,
            concept,
            display: &concept.display,
            listed: None,
            is_inactive,
        })
    }

    /// Two versions of a system are two systems.
    fn key(&self) -> (&'a str, &'a str, &'a str) {
        (self.system.url(), self.system.version(), &self.concept.code)
    }
}

/// A code of a list in use, as a member of that list on that day.
pub(super) fn held_member<'a>(known: &Known<'a>, listed: &'a Concept) -> Option<Member<'a>> {
    if !listed.validity.is_in_force(known.day) {
        return None;
    }
    let system = known.terminology.code_system(&listed.system)?;
    let member = Member::on(known, system, system.find(&listed.code)?)?;
    Some(Member {
        display: &listed.display,
        ..member
    })
}

impl<'k, 'a> Evaluation<'k, 'a> {
    pub(super) fn new(known: &'k Known<'a>) -> Self {
        Self {
            known,
            asking: None,
            path: Vec::new(),
            done: HashMap::new(),
            visited: 0,
        }
    }

    /// With the versions of the systems that a question wants: `force-system-version` instead of
    /// those that a set names, `system-version` where it names none.
    pub(super) fn asking(known: &'k Known<'a>, parameters: &'k Parameters) -> Self {
        Self {
            asking: Some(parameters),
            ..Self::new(known)
        }
    }

    /// What the question may draw upon.
    pub(super) fn known(&self) -> &'k Known<'a> {
        self.known
    }

    /// The codes of a set, in their order.
    ///
    /// # Errors
    /// [`Failure`] when the set includes itself, names what is not known, or is too large.
    pub(super) fn members(&mut self, set: SetRef<'a>) -> Result<Rc<Members<'a>>, Failure> {
        let name = set.canonical();
        if let Some(done) = self.done.get(&name) {
            return Ok(Rc::clone(done));
        }
        let members = match set {
            SetRef::Held(held) => self.held(held),
            SetRef::All(system) => self.all(system),
            SetRef::Supplied(resource) => {
                if self.path.contains(&name) {
                    return Err(circular(&self.path, &name));
                }
                self.path.push(name.clone());
                let composed = self.composed(resource);
                self.path.pop();
                composed?
            }
        };
        let members = Rc::new(members);
        self.done.insert(name, Rc::clone(&members));
        Ok(members)
    }

    fn held(&self, set: &'a ValueSet) -> Members<'a> {
        let mut members = Members::default();
        let concepts = set.concepts().iter();
        members.list = concepts
            .filter_map(|concept| held_member(self.known, concept))
            .collect();
        members.note_systems();
        members
    }

    fn all(&self, system: &'a CodeSystem) -> Members<'a> {
        let concepts = system.concepts().iter();
        Members {
            list: concepts
                .filter_map(|concept| Member::on(self.known, system, concept))
                .collect(),
            used_systems: vec![system],
            used_sets: Vec::new(),
        }
    }

    fn composed(&mut self, resource: &'a Value) -> Result<Members<'a>, Failure> {
        let compose = &resource["compose"];
        let parts = |key: &str| compose[key].as_array().map_or(&[][..], Vec::as_slice);
        if parts("include").is_empty() {
            return Err(not_composed(&self.way()));
        }
        let mut members = Members::default();
        let mut seen = HashSet::new();
        for (rank, include) in parts("include").iter().enumerate() {
            let place = format!("ValueSet.compose.include[{rank}]");
            let found = self.part(include, &place, &mut members)?;
            members
                .list
                .extend(found.into_iter().filter(|member| seen.insert(member.key())));
        }
        let mut excluded = HashSet::new();
        for (rank, exclude) in parts("exclude").iter().enumerate() {
            let place = format!("ValueSet.compose.exclude[{rank}]");
            let found = self.part(exclude, &place, &mut members)?;
            excluded.extend(found.iter().map(Member::key));
        }
        let keeps_inactive = compose["inactive"] != false;
        members.list.retain(|member| {
            !excluded.contains(&member.key()) && (keeps_inactive || !member.is_inactive)
        });
        Ok(members)
    }

    /// The codes of one `include` or `exclude`.
    fn part(
        &mut self,
        part: &'a Value,
        place: &str,
        into: &mut Members<'a>,
    ) -> Result<Vec<Member<'a>>, Failure> {
        let mut found: Option<Vec<Member<'a>>> = None;
        if let Some(url) = part["system"].as_str() {
            let own = part["version"].as_str();
            let version = match self.asking {
                Some(parameters) => asked_version(parameters, url, own),
                None => own,
            };
            let of_system = format!("{place}.system");
            let system = self.known.get_system(&of_system, url, version)?;
            into.note_system(system);
            found = Some(self.of_system(system, part, place)?);
        }
        let names = part["valueSet"].as_array().into_iter().flatten();
        for (rank, name) in names.enumerate() {
            let name = name.as_str().unwrap_or_default();
            let of_set = format!("{place}.valueSet[{rank}]");
            let set = self.known.get_value_set(&of_set, name, None)?;
            let imported = self.members(set)?;
            self.visit(imported.list.len())?;
            into.note_set(set.canonical());
            for set in &imported.used_sets {
                into.note_set(set.clone());
            }
            for system in &imported.used_systems {
                into.note_system(system);
            }
            found = Some(match found {
                None => imported.list.clone(),
                Some(mut found) => {
                    let keys: HashSet<_> = imported.list.iter().map(Member::key).collect();
                    found.retain(|member| keys.contains(&member.key()));
                    found
                }
            });
        }
        found.ok_or_else(|| not_composed(&self.way()))
    }

    fn of_system(
        &mut self,
        system: &'a CodeSystem,
        part: &'a Value,
        place: &str,
    ) -> Result<Vec<Member<'a>>, Failure> {
        let known = self.known;
        if let Some(listed) = part["concept"].as_array() {
            self.visit(listed.len())?;
            let members = listed.iter().filter_map(|listed| {
                let concept = system.find(listed["code"].as_str()?)?;
                let member = Member::on(known, system, concept)?;
                Some(Member {
                    display: listed["display"].as_str().unwrap_or(member.display),
                    listed: Some(listed),
                    ..member
                })
            });
            return Ok(members.collect());
        }
        let filters = part["filter"].as_array().into_iter().flatten();
        let filters = filters
            .enumerate()
            .map(|(rank, filter)| {
                let place = format!("{place}.filter[{rank}]");
                Filter::read(system, filter, (&place, &self.way()))
            })
            .collect::<Result<Vec<_>, _>>()?;
        self.visit(system.concepts().len() * (1 + filters.len()))?;
        let holds = |concept: &&Concept| filters.iter().all(|filter| filter.holds(concept));
        let concepts = system.concepts().iter().filter(holds);
        Ok(concepts
            .filter_map(|concept| Member::on(known, system, concept))
            .collect())
    }

    fn visit(&mut self, count: usize) -> Result<(), Failure> {
        self.visited += count;
        if self.visited > MAX_VISITED {
            return Err(too_costly(&self.way()));
        }
        Ok(())
    }

    /// The set that is being worked out, for errors.
    fn way(&self) -> String {
        self.path.last().cloned().unwrap_or_default()
    }
}

impl<'a> Members<'a> {
    /// True when the set draws on several versions of one system.
    pub(super) fn has_several_versions(&self) -> bool {
        let mut urls = HashSet::new();
        let mut systems = self.used_systems.iter();
        !systems.all(|system| urls.insert(system.url()))
    }

    fn note_system(&mut self, system: &'a CodeSystem) {
        if !self
            .used_systems
            .iter()
            .any(|known| std::ptr::eq(*known, system))
        {
            self.used_systems.push(system);
        }
    }

    /// Notes the system of every code.
    pub(super) fn note_systems(&mut self) {
        let mut last: Option<&CodeSystem> = None;
        for rank in 0..self.list.len() {
            let system = self.list[rank].system;
            if !last.is_some_and(|last| std::ptr::eq(last, system)) {
                self.note_system(system);
                last = Some(system);
            }
        }
    }

    fn note_set(&mut self, name: String) {
        if !self.used_sets.contains(&name) {
            self.used_sets.push(name);
        }
    }

    /// `url|version` of each system.
    pub(super) fn system_names(&self) -> impl Iterator<Item = String> {
        self.used_systems.iter().map(|system| {
            let version = super::known::fhir_version(system.version());
            with_version(system.url(), Some(version))
        })
    }
}

fn circular(path: &[String], name: &str) -> Failure {
    let start = path.iter().position(|one| one == name).unwrap_or_default();
    let way: Vec<String> = path[start..].iter().map(|one| shown(one)).collect();
    let way = format!("{} → {}", way.join(" → "), shown(name));
    Failure::one(
        FailureReason::Unprocessable,
        Problem::error(
            "TX-CIRCULAR",
            (IssueCode::Processing, "vs-invalid"),
            "ValueSet.compose",
            Bilingual::new(
                format!("Le jeu de valeurs s'inclut lui-même : {way}."),
                format!("The value set includes itself: {way}."),
            ),
            Bilingual::new(
                "Retirez l'une de ces inclusions.",
                "Take one of these inclusions away.",
            ),
        ),
    )
}

fn not_composed(set: &str) -> Failure {
    let set = shown(set);
    Failure::one(
        FailureReason::Unprocessable,
        Problem::error(
            "TX-COMPOSE",
            (IssueCode::Invalid, "vs-invalid"),
            "ValueSet.compose.include",
            Bilingual::new(
                format!("Le jeu de valeurs « {set} » ne dit pas d'où viennent ses codes."),
                format!("The value set '{set}' does not say where its codes come from."),
            ),
            Bilingual::new(
                "Donnez à chaque include un system ou un valueSet.",
                "Give each include a system or a valueSet.",
            ),
        ),
    )
}

fn too_costly(set: &str) -> Failure {
    let set = shown(set);
    Failure::one(
        FailureReason::Unprocessable,
        Problem::error(
            "TX-TOO-COSTLY",
            (IssueCode::TooCostly, "too-costly"),
            "ValueSet.compose",
            Bilingual::new(
                format!(
                    "Le jeu de valeurs « {set} » demande de parcourir plus de {MAX_VISITED} codes."
                ),
                format!("The value set '{set}' takes more than {MAX_VISITED} codes to work out."),
            ),
            Bilingual::new(
                "Composez-le de moins d'inclusions.",
                "Compose it of fewer inclusions.",
            ),
        ),
    )
}
