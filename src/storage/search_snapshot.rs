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
    pub(super) links: HashMap<&'static str, Links>,
    pub(super) places: Places,
}

/// The references of one parameter, by the numbers of both ends.
#[derive(Default)]
pub(super) struct Links {
    /// The type that they lead to.
    pub(super) target: Option<ResourceType>,
    forward: Vec<Box<[u32]>>,
    back: Vec<Vec<u32>>,
}

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
    fn set(&mut self, source: u32, targets: Vec<u32>) {
        let at = source as usize;
        if self.forward.len() <= at {
            self.forward.resize_with(at + 1, Box::default);
        }
        for target in &targets {
            let at = *target as usize;
            if self.back.len() <= at {
                self.back.resize_with(at + 1, Vec::new);
            }
            self.back[at].push(source);
        }
        self.forward[at] = targets.into();
    }

    pub(super) fn targets(&self, source: u32) -> &[u32] {
        self.forward
            .get(source as usize)
            .map_or(&[], |targets| targets)
    }

    pub(super) fn sources(&self, target: u32) -> &[u32] {
        self.back.get(target as usize).map_or(&[], Vec::as_slice)
    }
}

impl SearchSnapshot {
    /// Takes a resource in as it is now; none when it is no more.
    pub(super) fn put(&mut self, kind: ResourceType, id: &str, rows: Option<ResourceRows>) {
        let mut links: HashMap<&'static str, (ResourceType, Vec<u32>)> = HashMap::new();
        for (parameter, target, target_id) in rows.iter().flat_map(|rows| &rows.links) {
            let number = self.tables.entry(*target).or_default().number(target_id);
            let entry = links.entry(*parameter).or_insert((*target, Vec::new()));
            entry.1.push(number);
        }
        let table = self.tables.entry(kind).or_default();
        let number = table.number(id);
        table.forget(number);
        let Some(rows) = rows else { return };
        table.live.insert(number);
        if rows.is_public {
            table.public.insert(number);
        }
        let name: Arc<str> = rows.name.into();
        table.names[number as usize] = Arc::clone(&name);
        let id = Arc::clone(&table.ids[number as usize]);
        table.by_name.insert((name.is_empty(), name, id), number);
        for (parameter, system, code) in rows.tokens {
            let systems = table
                .tokens
                .entry(parameter)
                .or_default()
                .entry(code.into())
                .or_default();
            match systems.iter_mut().find(|(known, _)| **known == *system) {
                Some((_, resources)) => {
                    resources.insert(number);
                }
                None => systems.push((system.into(), RoaringBitmap::from_iter([number]))),
            }
        }
        if let Some(position) = rows.position {
            table.places.put(number, position);
        }
        for (parameter, (target, targets)) in links {
            let links = table.links.entry(parameter).or_default();
            links.target = Some(target);
            links.set(number, targets);
        }
    }

    /// The resources of a type, when there are some.
    pub(super) fn table(&self, kind: ResourceType) -> Option<&Table> {
        self.tables.get(&kind)
    }
}
