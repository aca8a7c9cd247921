//! The search rows that most searches ask about, in memory: tokens, references, positions, names. A
//! search that asks about nothing else is answered from here, in the time that its answer takes
//! and not in that of the directory.
//!
//! Resources have numbers of their own here; a set of resources is a compressed bitmap of them.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use roaring::RoaringBitmap;
use smallvec::SmallVec;

use super::search_places::Places;
use crate::fhir::{Position, ResourceType, TokenTest};

/// What is kept of one resource.
#[derive(Debug, Default)]
pub(super) struct ResourceRows {
    /// Folded name.
    pub name: String,
    /// Whether everybody may see it.
    pub is_public: bool,
    /// Parameter, system, code.
    pub tokens: Vec<(&'static str, String, String)>,
    /// Parameter, type, id.
    pub links: Vec<(&'static str, ResourceType, String)>,
    /// Where it is.
    pub position: Option<Position>,
}

/// The whole directory, as it was after a number of changes.
#[derive(Default)]
pub(super) struct SearchSnapshot {
    pub(super) tables: HashMap<ResourceType, Table>,
}

/// Each system that has a code, and who has that token.
type Holders = Vec<(Box<str>, RoaringBitmap)>;

/// The resources of one type.
#[derive(Default)]
pub(super) struct Table {
    pub(super) ids: Vec<Arc<str>>,
    pub(super) numbers: BTreeMap<Arc<str>, u32>,
    pub(super) names: Vec<Arc<str>>,
    /// By name, what has none last, then id.
    pub(super) by_name: BTreeMap<(bool, Arc<str>, Arc<str>), u32>,
    pub(super) live: RoaringBitmap,
    pub(super) public: RoaringBitmap,
    /// By parameter and code.
    pub(super) tokens: HashMap<&'static str, HashMap<Box<str>, Holders>>,
    /// By parameter and type that they lead to.
    pub(super) links: HashMap<(&'static str, ResourceType), Links>,
    pub(super) places: Places,
}

/// The references of one parameter to one type, by the numbers of both ends.
#[derive(Default)]
pub(super) struct Links {
    forward: Vec<Ends>,
    back: Vec<Ends>,
}

/// The other ends of the references of a resource: few, and beside those of the next resource.
type Ends = SmallVec<[u32; 6]>;

/// True for tokens that are kept here: those that many resources share.
pub(super) fn is_kept(parameter: &str) -> bool {
    parameter != "identifier"
        && !parameter.ends_with(":of-type")
        && !parameter.ends_with(":identifier")
}

impl Table {
    /// The number of that id; a new one for an id that was only referred to so far.
    fn number(&mut self, id: &str) -> u32 {
        if let Some(number) = self.numbers.get(id) {
            return *number;
        }
        let number = u32::try_from(self.ids.len()).expect("fewer resources than a bitmap holds");
        let id: Arc<str> = id.into();
        self.ids.push(Arc::clone(&id));
        self.names.push(Arc::from(""));
        self.numbers.insert(id, number);
        number
    }

    fn forget(&mut self, number: u32) {
        if !self.live.remove(number) {
            return;
        }
        self.public.remove(number);
        let at = number as usize;
        let (name, id) = (Arc::clone(&self.names[at]), Arc::clone(&self.ids[at]));
        self.by_name.remove(&(name.is_empty(), name, id));
        for systems in self.tokens.values_mut().flat_map(HashMap::values_mut) {
            for (_, resources) in systems {
                resources.remove(number);
            }
        }
        self.places.remove(number);
        for links in self.links.values_mut() {
            let Some(targets) = links.forward.get_mut(at).map(std::mem::take) else {
                continue;
            };
            for target in targets {
                links.back[target as usize].retain(|source| *source != number);
            }
        }
    }

    pub(super) fn tokens_of(&self, parameter: &str, test: &TokenTest) -> RoaringBitmap {
        let Some(codes) = self.tokens.get(parameter) else {
            return RoaringBitmap::new();
        };
        let has_system = |system: &str| test.system.as_deref().is_none_or(|asked| asked == system);
        let mut found = RoaringBitmap::new();
        let mut add = |systems: &Holders| {
            for (_, resources) in systems.iter().filter(|(system, _)| has_system(system)) {
                found |= resources;
            }
        };
        match &test.codes {
            None => codes.values().for_each(&mut add),
            Some(asked) => {
                asked
                    .iter()
                    .filter_map(|code| codes.get(code.as_str()))
                    .for_each(&mut add);
            }
        }
        found
    }
}

impl Links {
    /// One more target of a source.
    fn add(&mut self, source: u32, target: u32) {
        let (at, back) = (source as usize, target as usize);
        if self.forward.len() <= at {
            self.forward.resize_with(at + 1, Ends::new);
        }
        if self.back.len() <= back {
            self.back.resize_with(back + 1, Ends::new);
        }
        self.back[back].push(source);
        self.forward[at].push(target);
    }

    pub(super) fn targets(&self, source: u32) -> &[u32] {
        self.forward
            .get(source as usize)
            .map_or(&[], |targets| targets)
    }

    pub(super) fn sources(&self, target: u32) -> &[u32] {
        self.back
            .get(target as usize)
            .map_or(&[], |sources| sources)
    }
}

impl SearchSnapshot {
    /// Takes a resource in as it is now; none when it is no more.
    pub(super) fn put(&mut self, kind: ResourceType, id: &str, rows: Option<ResourceRows>) {
        let number = self.number(kind, id);
        self.tables.entry(kind).or_default().forget(number);
        let Some(rows) = rows else { return };
        self.put_resource(kind, id, &rows.name, rows.is_public);
        for (parameter, system, code) in &rows.tokens {
            self.put_token(kind, parameter, (system, code), &[number]);
        }
        for (parameter, target, target_id) in &rows.links {
            self.put_links(kind, parameter, (*target, target_id), &[number]);
        }
        if let Some(position) = rows.position {
            self.put_position(kind, number, position);
        }
    }

    /// The number of a resource of that type; a new one for an id that is not known yet.
    pub(super) fn number(&mut self, kind: ResourceType, id: &str) -> u32 {
        self.tables.entry(kind).or_default().number(id)
    }

    /// That a resource is there, its folded name, and whether everybody may see it.
    pub(super) fn put_resource(
        &mut self,
        kind: ResourceType,
        id: &str,
        name: &str,
        is_public: bool,
    ) {
        let table = self.tables.entry(kind).or_default();
        let number = table.number(id);
        table.live.insert(number);
        if is_public {
            table.public.insert(number);
        }
        let (name, id): (Arc<str>, _) = (name.into(), Arc::clone(&table.ids[number as usize]));
        table.names[number as usize] = Arc::clone(&name);
        table.by_name.insert((name.is_empty(), name, id), number);
    }

    /// Resources that have this token: its system and its code.
    pub(super) fn put_token(
        &mut self,
        kind: ResourceType,
        parameter: &'static str,
        (system, code): (&str, &str),
        holders: &[u32],
    ) {
        let codes = self
            .tables
            .entry(kind)
            .or_default()
            .tokens
            .entry(parameter)
            .or_default();
        if !codes.contains_key(code) {
            codes.insert(code.into(), Holders::new());
        }
        let systems = codes.get_mut(code).expect("it was put there");
        let known = systems.iter().position(|(known, _)| **known == *system);
        let at = known.unwrap_or_else(|| {
            systems.push((system.into(), RoaringBitmap::new()));
            systems.len() - 1
        });
        systems[at].1.extend(holders);
    }

    /// Resources that refer to this target.
    pub(super) fn put_links(
        &mut self,
        kind: ResourceType,
        parameter: &'static str,
        (target, target_id): (ResourceType, &str),
        sources: &[u32],
    ) {
        let number = self.number(target, target_id);
        let links = self
            .tables
            .entry(kind)
            .or_default()
            .links
            .entry((parameter, target))
            .or_default();
        for source in sources {
            links.add(*source, number);
        }
    }

    /// Where a resource is.
    pub(super) fn put_position(&mut self, kind: ResourceType, number: u32, position: Position) {
        self.tables
            .entry(kind)
            .or_default()
            .places
            .put(number, position);
    }

    /// The resources of a type, when there are some.
    pub(super) fn table(&self, kind: ResourceType) -> Option<&Table> {
        self.tables.get(&kind)
    }
}
