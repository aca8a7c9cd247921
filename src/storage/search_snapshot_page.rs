//! Answering a search from the snapshot: sets of resources, then the page in its order.

use std::{collections::BTreeMap, sync::Arc};

use roaring::RoaringBitmap;

use super::{
    Reader,
    search_places::Bounds,
    search_snapshot::{Links, SearchSnapshot, is_kept},
};
use crate::fhir::{
    Centre, Criterion, Cursor, CursorKey, Family, ResourceType, SearchQuery, SortBy, TokenTest,
    ValueTest,
};

/// Matches that are sorted rather than met in their order, at the most.
const FEW: u64 = 5_000;

/// A page found in memory.
pub(super) struct FoundPage {
    /// How many match in all.
    pub total: u64,
    /// The matches of the page, and one more when there is one.
    pub keys: Vec<Cursor>,
}

/// True when a search asks about nothing but what is kept here.
pub(super) fn answers(query: &SearchQuery) -> bool {
    let [part] = query.parts.as_slice() else {
        return false;
    };
    let is_ordered = match query.sort.as_slice() {
        [] => true,
        [key] if !key.is_descending => match key.by {
            SortBy::Id | SortBy::Distance => true,
            // The offer alone has one name, and the table its order.
            SortBy::Value("name", _) => part.on == ResourceType::HealthcareService,
            SortBy::LastUpdated | SortBy::Value(..) => false,
        },
        _ => false,
    };
    is_ordered && part.criteria.iter().all(is_answered)
}

fn is_answered(criterion: &Criterion) -> bool {
    match criterion {
        Criterion::All(all) | Criterion::Any(all) => all.iter().all(is_answered),
        Criterion::Not(inner)
        | Criterion::Chain {
            criterion: inner, ..
        }
        | Criterion::ReferredBy {
            criterion: inner, ..
        } => is_answered(inner),
        Criterion::Id(_) => true,
        Criterion::Near(area) => matches!(area.centre, Centre::Point(_)),
        Criterion::Value {
            parameter,
            test,
            is_other: false,
            ..
        } => match test {
            ValueTest::Token(_) | ValueTest::Present(Family::Token) => is_kept(parameter),
            ValueTest::Reference(_) | ValueTest::Present(Family::Reference) => true,
            ValueTest::Text(..)
            | ValueTest::Date(_)
            | ValueTest::Number(_)
            | ValueTest::Present(_) => false,
        },
        Criterion::Value { .. }
        | Criterion::LastUpdated { .. }
        | Criterion::Lineage { .. }
        | Criterion::Word { .. } => false,
    }
}

impl SearchSnapshot {
    /// Those of a type that are there and that the reader may see.
    fn keep_seen(&self, kind: ResourceType, found: RoaringBitmap, reader: Reader) -> RoaringBitmap {
        let Some(table) = self.table(kind) else {
            return RoaringBitmap::new();
        };
        if reader == Reader::Network {
            return found & &table.live;
        }
        let public = found & &table.public;
        if kind != ResourceType::Location {
            return public;
        }
        // A place is seen when it serves an offer that is seen, or none.
        let offers = self.table(ResourceType::HealthcareService);
        let links = offers.and_then(|offers| offers.links.get("location"));
        let is_seen = |place: &u32| {
            let sources = links.map_or(&[][..], |links| links.sources(*place));
            let is_public =
                |offer: &u32| offers.is_some_and(|offers| offers.public.contains(*offer));
            sources.is_empty() || sources.iter().any(is_public)
        };
        public.iter().filter(is_seen).collect()
    }

    /// Those of a type of which the condition holds.
    fn holding(&self, kind: ResourceType, criterion: &Criterion, reader: Reader) -> RoaringBitmap {
        let Some(table) = self.table(kind) else {
            return RoaringBitmap::new();
        };
        match criterion {
            Criterion::All(all) => self.all_of(kind, all, reader),
            Criterion::Any(any) => any.iter().fold(RoaringBitmap::new(), |found, one| {
                found | self.holding(kind, one, reader)
            }),
            Criterion::Not(inner) => &table.live - self.holding(kind, inner, reader),
            Criterion::Id(ids) => {
                ids.iter()
                    .filter_map(|id| table.numbers.get(id.as_str()))
                    .copied()
                    .collect::<RoaringBitmap>()
                    & &table.live
            }
            Criterion::Value {
                parameter, test, ..
            } => match test {
                ValueTest::Token(tests) => {
                    tests.iter().fold(RoaringBitmap::new(), |found, test| {
                        found | table.tokens_of(parameter, test)
                    })
                }
                ValueTest::Reference(targets) => {
                    let links = table.links.get(parameter);
                    let numbers = targets.iter().filter_map(|(kind, id)| {
                        links.filter(|links| links.target == Some(*kind))?;
                        self.table(*kind)?.numbers.get(id.as_str()).copied()
                    });
                    sources_of(links, numbers)
                }
                ValueTest::Present(Family::Reference) => {
                    let links = table.links.get(parameter);
                    let has = |number: &u32| {
                        links.is_some_and(|links| !links.targets(*number).is_empty())
                    };
                    table.live.iter().filter(has).collect()
                }
                _ => {
                    let any = TokenTest {
                        system: None,
                        codes: None,
                    };
                    table.tokens_of(parameter, &any)
                }
            },
            Criterion::Chain {
                on,
                parameter,
                target,
                criterion,
            } => {
                let targets = self.holding(*target, criterion, reader);
                // The place of an offer that is seen is seen.
                let is_place = *on == ResourceType::HealthcareService && *parameter == "location";
                let reader = if is_place { Reader::Network } else { reader };
                let targets = self.keep_seen(*target, targets, reader);
                sources_of(table.links.get(parameter), targets.iter())
            }
            Criterion::ReferredBy {
                on,
                parameter,
                criterion,
                ..
            } => {
                let referrers = self.holding(*on, criterion, reader);
                let referrers = self.keep_seen(*on, referrers, reader);
                let links = self.table(*on).and_then(|table| table.links.get(parameter));
                let targets = referrers.iter().filter_map(|one| Some(links?.targets(one)));
                targets.flatten().copied().collect()
            }
            Criterion::Near(area) => table.places.within(area),
            Criterion::LastUpdated { .. } | Criterion::Lineage { .. } | Criterion::Word { .. } => {
                RoaringBitmap::new()
            }
        }
    }

    /// Those of a type of which all conditions hold.
    fn all_of(&self, kind: ResourceType, all: &[Criterion], reader: Reader) -> RoaringBitmap {
        let held = all.iter().map(|one| self.holding(kind, one, reader));
        let everything = || {
            self.table(kind)
                .map(|table| table.live.clone())
                .unwrap_or_default()
        };
        held.reduce(|found, one| found & one)
            .unwrap_or_else(everything)
    }

    /// Everything that matches a search that is [answered here](answers).
    fn matches(&self, query: &SearchQuery, reader: Reader) -> RoaringBitmap {
        let part = &query.parts[0];
        self.keep_seen(
            part.on,
            self.all_of(part.on, &part.criteria, reader),
            reader,
        )
    }

    /// A page of a search that is [answered here](answers).
    pub(super) fn page(&self, query: &SearchQuery, reader: Reader) -> FoundPage {
        let kind = query.parts[0].on;
        let matches = self.matches(query, reader);
        let total = matches.len();
        let Some(table) = self.table(kind) else {
            return FoundPage {
                total,
                keys: Vec::new(),
            };
        };
        let limit = query.count + 1;
        let keys = match query.sort.first().map(|key| key.by) {
            Some(SortBy::Distance) => self.nearest(query, &matches, limit),
            Some(SortBy::Value(..)) => {
                let rows = in_order(&table.by_name, &matches, limit, |number| {
                    let at = number as usize;
                    let name = Arc::clone(&table.names[at]);
                    let order = (name.is_empty(), name, Arc::clone(&table.ids[at]));
                    query
                        .after
                        .as_ref()
                        .is_none_or(|cursor| order > name_of(cursor))
                        .then_some(order)
                });
                let key =
                    |name: &Arc<str>| (!name.is_empty()).then(|| CursorKey::Text(name.to_string()));
                let cursor = |(_, name, id): &(bool, Arc<str>, Arc<str>)| Cursor {
                    keys: vec![key(name)],
                    kind,
                    id: id.to_string(),
                };
                rows.iter().map(cursor).collect()
            }
            _ => {
                let rows = in_order(&table.numbers, &matches, limit, |number| {
                    let id = &table.ids[number as usize];
                    let is_after = query.after.as_ref().is_none_or(|cursor| **id > *cursor.id);
                    is_after.then(|| Arc::clone(id))
                });
                let cursor = |id: &Arc<str>| Cursor {
                    keys: query
                        .sort
                        .iter()
                        .map(|_| Some(CursorKey::Text(id.to_string())))
                        .collect(),
                    kind,
                    id: id.to_string(),
                };
                rows.iter().map(cursor).collect()
            }
        };
        FoundPage { total, keys }
    }

    /// The nearest matches after the cursor, `limit` at the most.
    fn nearest(&self, query: &SearchQuery, matches: &RoaringBitmap, limit: usize) -> Vec<Cursor> {
        let part = &query.parts[0];
        let (Some(table), Some(places), Some(distance)) = (
            self.table(part.on),
            self.table(ResourceType::Location),
            &query.distance,
        ) else {
            return Vec::new();
        };
        let links = distance.by.and_then(|parameter| table.links.get(parameter));
        let (area, places) = (&distance.area, &places.places);
        let bounds = matches.iter().filter_map(|number| {
            let bounds = match links {
                Some(links) => places.bounds(area, links.targets(number)),
                None => places.bounds(area, &[number]),
            };
            bounds.map(|bounds| (bounds, number))
        });
        let after = query.after.as_ref().map(|cursor| {
            let mm = match cursor.keys.first() {
                Some(Some(CursorKey::Number(mm))) => *mm,
                _ => i64::MAX,
            };
            (mm, cursor.id.as_str())
        });
        let mut rows: Vec<(Bounds, u32)> = bounds.collect();
        rows.sort_unstable_by(|(a, _), (b, _)| a.least.total_cmp(&b.least));
        let mut nearest: Vec<(i64, &str)> = Vec::with_capacity(limit + 1);
        for (bounds, number) in rows {
            // All that follow are farther than what was found.
            if nearest.len() == limit
                && nearest.last().is_some_and(|last| is_beyond(bounds, last.0))
            {
                break;
            }
            let exact = match links {
                Some(links) => places.distance_mm(area, links.targets(number)),
                None => places.distance_mm(area, &[number]),
            };
            let Some(mm) = exact else { continue };
            let row = (mm, &*table.ids[number as usize]);
            if after.is_some_and(|after| row <= after) {
                continue;
            }
            let at = nearest.partition_point(|one| *one < row);
            nearest.insert(at, row);
            nearest.truncate(limit);
        }
        nearest
            .into_iter()
            .map(|(mm, id)| Cursor {
                keys: vec![Some(CursorKey::Number(mm))],
                kind: part.on,
                id: id.to_owned(),
            })
            .collect()
    }
}

/// The first matches in an order, `limit` at the most: few are sorted, of many the order is followed
/// until there are enough. `key` gives none for what comes before the page.
fn in_order<K, O: Ord>(
    order: &BTreeMap<K, u32>,
    matches: &RoaringBitmap,
    limit: usize,
    key: impl Fn(u32) -> Option<O>,
) -> Vec<O> {
    if matches.len() > FEW {
        let all = order.values().filter(|number| matches.contains(**number));
        return all.filter_map(|number| key(*number)).take(limit).collect();
    }
    let mut keys: Vec<O> = matches.iter().filter_map(key).collect();
    keys.sort_unstable();
    keys.truncate(limit);
    keys
}

/// Where a cursor of an order by name stands in it: what has no name comes last.
fn name_of(cursor: &Cursor) -> (bool, Arc<str>, Arc<str>) {
    let name: Arc<str> = match cursor.keys.first() {
        Some(Some(CursorKey::Text(name))) => name.as_str().into(),
        _ => Arc::from(""),
    };
    (name.is_empty(), name, cursor.id.as_str().into())
}

/// True when a distance is surely greater than that.
#[expect(clippy::cast_precision_loss, reason = "at most 2 · 10^10")]
fn is_beyond(bounds: Bounds, mm: i64) -> bool {
    bounds.least > mm as f64
}

/// Whatever refers to one of these.
fn sources_of(links: Option<&Links>, targets: impl Iterator<Item = u32>) -> RoaringBitmap {
    let Some(links) = links else {
        return RoaringBitmap::new();
    };
    let mut found: Vec<u32> = targets
        .flat_map(|target| links.sources(target))
        .copied()
        .collect();
    found.sort_unstable();
    found.dedup();
    RoaringBitmap::from_sorted_iter(found).expect("in order, each once")
}
