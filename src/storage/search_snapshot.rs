//! The search rows that most searches ask about, in memory: tokens, references, positions, names. A
//! search that asks about nothing else is answered from here, in the time that its answer takes
//! and not in that of the directory.
//!
//! Resources have numbers of their own here; a set of resources is a compressed bitmap of them.

use std::collections::HashMap;

use roaring::{MultiOps, RoaringBitmap};

use super::{
    search_ids::Ids, search_links::Links, search_names::Names, search_places::Places,
    search_sets::Sets,
};
use crate::fhir::{Position, ResourceType, TokenTest};

/// The type that is sorted by name from here: the offer, which has one name.
pub(super) const NAMED: ResourceType = ResourceType::HealthcareService;

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
    /// Places that serve offers, of which everybody may see none.
    pub(super) hidden_places: RoaringBitmap,
    pub(super) sets: Sets,
}

/// Each system that has a code, and who has that token.
type Holders = Vec<(Box<str>, RoaringBitmap)>;

/// The resources of one type.
#[derive(Default)]
pub(super) struct Table {
    pub(super) ids: Ids,
    /// Those of the type that is [sorted by name](NAMED).
    pub(super) names: Names,
    pub(super) live: RoaringBitmap,
    pub(super) public: RoaringBitmap,
    /// By parameter and code.
    pub(super) tokens: HashMap<&'static str, HashMap<Box<str>, Holders>>,
    /// By parameter and type that they lead to.
    pub(super) links: HashMap<(&'static str, ResourceType), Links>,
    pub(super) places: Places,
}

/// True for tokens that are kept here: those that many resources share.
pub(super) fn is_kept(parameter: &str) -> bool {
    parameter != "identifier"
        && !parameter.ends_with(":of-type")
        && !parameter.ends_with(":identifier")
}

impl Table {
    fn forget(&mut self, number: u32) {
        if !self.live.remove(number) {
            return;
        }
        self.public.remove(number);
        for systems in self.tokens.values_mut().flat_map(HashMap::values_mut) {
            for (_, resources) in systems {
                resources.remove(number);
            }
        }
        self.places.remove(number);
        for links in self.links.values_mut() {
            links.forget(number);
        }
    }

    pub(super) fn tokens_of(&self, parameter: &str, test: &TokenTest) -> RoaringBitmap {
        let Some(codes) = self.tokens.get(parameter) else {
            return RoaringBitmap::new();
        };
        let has_system = |system: &str| test.system.as_deref().is_none_or(|asked| asked == system);
        let holders: Vec<&Holders> = match &test.codes {
            None => codes.values().collect(),
            Some(asked) => {
                let asked = asked.iter();
                asked.filter_map(|code| codes.get(code.as_str())).collect()
            }
        };
        let systems = holders.into_iter().flatten();
        let tokens = systems.filter(|(system, _)| has_system(system));
        tokens.map(|(_, resources)| resources).union()
    }
}

impl SearchSnapshot {
    /// Takes a resource in as it is now; none when it is no more.
    pub(super) fn put(&mut self, kind: ResourceType, id: &str, rows: Option<ResourceRows>) {
        self.sets.clear();
        let number = self.number(kind, id);
        let left = self.places_of(kind, number);
        let table = self.tables.entry(kind).or_default();
        table.forget(number);
        if kind == NAMED {
            let name = rows.as_ref().map(|rows| &*rows.name);
            table.names.put(table.ids.numbering(), number, name);
        }
        if let Some(rows) = rows {
            self.put_rows(kind, number, &rows);
        }
        let reached = self.places_of(kind, number);
        for place in left.into_iter().chain(reached) {
            self.hide_or_show(place);
        }
    }

    fn put_rows(&mut self, kind: ResourceType, number: u32, rows: &ResourceRows) {
        self.put_resource(kind, number, rows.is_public);
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
        self.tables.entry(kind).or_default().ids.number(id)
    }

    /// That a resource is there, and whether everybody may see it.
    pub(super) fn put_resource(&mut self, kind: ResourceType, number: u32, is_public: bool) {
        let table = self.tables.entry(kind).or_default();
        table.live.insert(number);
        if is_public {
            table.public.insert(number);
        }
    }

    /// The name of a resource, before [`SearchSnapshot::finish`].
    pub(super) fn put_name(&mut self, kind: ResourceType, number: u32, name: &str) {
        if kind == NAMED {
            self.tables
                .entry(kind)
                .or_default()
                .names
                .push(number, name);
        }
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

    /// What follows from all that was put when everything was loaded.
    pub(super) fn finish(&mut self) {
        for table in self.tables.values_mut() {
            table.names.sort(table.ids.numbering());
            table.places.close_up();
            table.links.values_mut().for_each(Links::close_up);
            for systems in table.tokens.values_mut().flat_map(HashMap::values_mut) {
                for (_, resources) in systems {
                    resources.optimize();
                    // A copy has no room to spare.
                    *resources = resources.clone();
                }
            }
        }
        let places = self.table(ResourceType::Location);
        let places = places.map_or(0, |places| places.ids.numbering().len());
        for place in (0..).take(places) {
            self.hide_or_show(place);
        }
    }

    fn offer_places(&self) -> Option<&Links> {
        let (offer, place) = (ResourceType::HealthcareService, ResourceType::Location);
        self.links(offer, "location", place)
    }

    /// The places of an offer.
    fn places_of(&self, kind: ResourceType, number: u32) -> Vec<u32> {
        let is_offer = kind == ResourceType::HealthcareService;
        let links = self.offer_places().filter(|_| is_offer);
        links.map_or_else(Vec::new, |links| links.targets(number).to_vec())
    }

    /// A place is seen when it serves an offer that is seen, or none.
    fn hide_or_show(&mut self, place: u32) {
        let offers = self.table(ResourceType::HealthcareService);
        let served = self
            .offer_places()
            .map_or(&[][..], |links| links.sources(place));
        let is_public = |offer: &u32| offers.is_some_and(|offers| offers.public.contains(*offer));
        if served.is_empty() || served.iter().any(is_public) {
            self.hidden_places.remove(place);
        } else {
            self.hidden_places.insert(place);
        }
    }
}
