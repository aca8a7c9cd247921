//! Answering a search from the snapshot: sets of resources, then the page in its order.

use std::{cmp::Reverse, collections::BinaryHeap, sync::Arc};

use roaring::RoaringBitmap;

use super::{
    Reader,
    search_names::NameKey,
    search_places::Chord,
    search_sets::is_shared,
    search_snapshot::{NAMED, SearchSnapshot, Table, is_kept},
    search_snapshot_links::{follows_links, union},
};
use crate::fhir::{
    Centre, Criterion, Cursor, CursorKey, Family, ResourceType, SearchQuery, SortBy, TokenTest,
    ValueTest,
};

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
            SortBy::Value("name", _) => part.on == NAMED,
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
    pub(super) fn keep_seen(
        &self,
        kind: ResourceType,
        found: &RoaringBitmap,
        reader: Reader,
    ) -> RoaringBitmap {
        let Some(table) = self.table(kind) else {
            return RoaringBitmap::new();
        };
        if reader == Reader::Network {
            return found & &table.live;
        }
        let public = found & &table.public;
        match kind {
            ResourceType::Location => public - &self.hidden_places,
            ResourceType::List => self.keep_seen_lists(&public),
            ResourceType::Organization
            | ResourceType::HealthcareService
            | ResourceType::Practitioner
            | ResourceType::PractitionerRole => public,
        }
    }

    /// A list is seen when all that it refers to is seen.
    fn keep_seen_lists(&self, public: &RoaringBitmap) -> RoaringBitmap {
        let table = self.table(ResourceType::List);
        let links = table.iter().flat_map(|table| &table.links);
        let mut seen = public.clone();
        for ((_, target), links) in links {
            let targets = union(public.iter().map(|list| links.targets(list)));
            let shown = self.keep_seen(*target, &targets, Reader::Public);
            let is_shown = |list: &u32| {
                let mut targets = links.targets(*list).iter();
                targets.all(|target| shown.contains(*target))
            };
            seen = seen.iter().filter(is_shown).collect();
        }
        seen
    }

    /// Those of a type of which the condition holds, as they are known or found now.
    pub(super) fn holding(
        &self,
        kind: ResourceType,
        criterion: &Criterion,
        reader: Reader,
    ) -> Arc<RoaringBitmap> {
        let find = || self.find_holding(kind, criterion, reader);
        if is_shared(criterion) {
            self.sets.get_or((kind, reader), criterion, find)
        } else {
            Arc::new(find())
        }
    }

    fn find_holding(
        &self,
        kind: ResourceType,
        criterion: &Criterion,
        reader: Reader,
    ) -> RoaringBitmap {
        let Some(table) = self.table(kind) else {
            return RoaringBitmap::new();
        };
        match criterion {
            Criterion::All(all) => self.all_of(kind, all, reader),
            Criterion::Any(any) => any.iter().fold(RoaringBitmap::new(), |found, one| {
                found | &*self.holding(kind, one, reader)
            }),
            Criterion::Not(inner) => &table.live - &*self.holding(kind, inner, reader),
            Criterion::Id(ids) => {
                ids.iter()
                    .filter_map(|id| table.ids.find(id))
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
                    let sources = targets.iter().filter_map(|(target, id)| {
                        let links = self.links(kind, parameter, *target)?;
                        let number = self.table(*target)?.ids.find(id)?;
                        Some(links.sources(number))
                    });
                    union(sources)
                }
                ValueTest::Present(Family::Reference) => {
                    let links = table.links.iter();
                    let links: Vec<_> = links.filter(|((name, _), _)| name == parameter).collect();
                    let has = |number: &u32| {
                        links
                            .iter()
                            .any(|(_, links)| !links.targets(*number).is_empty())
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
            Criterion::Chain { .. } | Criterion::ReferredBy { .. } => {
                self.linked_by(kind, criterion, reader, None)
            }
            Criterion::Near(area) => {
                let around = table.places.around(area);
                around.map(|around| around.within()).unwrap_or_default()
            }
            Criterion::LastUpdated { .. } | Criterion::Lineage { .. } | Criterion::Word { .. } => {
                RoaringBitmap::new()
            }
        }
    }

    /// Those of a type of which all conditions hold. References that are not shared are followed last:
    /// few candidates may be left by then.
    fn all_of(&self, kind: ResourceType, all: &[Criterion], reader: Reader) -> RoaringBitmap {
        let is_last = |one: &&Criterion| follows_links(one) && !is_shared(one);
        let (last, first): (Vec<_>, Vec<_>) = all.iter().partition(is_last);
        let held = first.iter().map(|one| self.holding(kind, one, reader));
        let held = held.fold(None, |found: Option<RoaringBitmap>, one| {
            Some(match found {
                Some(found) => found & &*one,
                None => Arc::unwrap_or_clone(one),
            })
        });
        let found = last.iter().fold(held, |found, one| {
            let linked = self.linked_by(kind, one, reader, found.as_ref());
            Some(match found {
                Some(found) => found & linked,
                None => linked,
            })
        });
        found.unwrap_or_else(|| {
            self.table(kind)
                .map(|table| table.live.clone())
                .unwrap_or_default()
        })
    }

    /// Everything that matches a search that is [answered here](answers).
    fn matches(&self, query: &SearchQuery, reader: Reader) -> RoaringBitmap {
        let part = &query.parts[0];
        self.keep_seen(
            part.on,
            &self.all_of(part.on, &part.criteria, reader),
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
                let text = |name: &str| CursorKey::Text(name.to_owned());
                let cursor = |number: u32| Cursor {
                    keys: vec![
                        Some(table.names.get(number))
                            .filter(|name| !name.is_empty())
                            .map(text),
                    ],
                    kind,
                    id: table.ids.text(number).to_owned(),
                };
                let after = query.after.as_ref().map(name_of);
                let numbers = first_by_name(table, &matches, after, limit);
                numbers.into_iter().map(cursor).collect()
            }
            _ => {
                let after = query.after.as_ref().map(|cursor| cursor.id.as_str());
                let numbers = table.ids.first(&matches, after, limit);
                let ids = numbers.into_iter().map(|number| table.ids.text(number));
                let cursor = |id: &str| Cursor {
                    keys: query
                        .sort
                        .iter()
                        .map(|_| Some(CursorKey::Text(id.to_owned())))
                        .collect(),
                    kind,
                    id: id.to_owned(),
                };
                ids.map(cursor).collect()
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
        let Some(around) = places.places.around(&distance.area) else {
            return Vec::new();
        };
        let links = distance
            .by
            .and_then(|parameter| self.links(part.on, parameter, ResourceType::Location));
        let after = query.after.as_ref().map(|cursor| {
            let mm = match cursor.keys.first() {
                Some(Some(CursorKey::Number(mm))) => *mm,
                _ => i64::MAX,
            };
            (mm, cursor.id.as_str())
        });
        // What is surely nearer than the cursor came before.
        let nearer = after.map(|(mm, _)| mm - 1).filter(|mm| *mm >= 0);
        let passed = nearer.map(Chord::surely_within);
        let mut chords = match links {
            Some(_) => None,
            None => around.chords_within(matches),
        }
        .unwrap_or_else(|| {
            let chord = |number: u32| match links {
                Some(links) => around.chord(links.targets(number)),
                None => around.chord(&[number]),
            };
            let chords = matches.iter();
            let chords = chords.filter_map(|number| Some((chord(number)?, number)));
            chords.collect()
        });
        chords.retain(|(chord, _)| passed.is_none_or(|passed| *chord > passed));
        // Only as much of the order is made as the page needs.
        let chords: Vec<Reverse<(Chord, u32)>> = chords.into_iter().map(Reverse).collect();
        let mut rows = BinaryHeap::from(chords);
        let mut nearest: Vec<(i64, &str)> = Vec::with_capacity(limit + 1);
        while let Some(Reverse((chord, number))) = rows.pop() {
            // All that follow are farther than what was found.
            let is_farther = |last: &(i64, &str)| chord.least_mm() > last.0;
            if nearest.len() == limit && nearest.last().is_some_and(is_farther) {
                break;
            }
            let exact = match links {
                Some(links) => around.distance_mm(links.targets(number)),
                None => around.distance_mm(&[number]),
            };
            let Some(mm) = exact else { continue };
            let row = (mm, table.ids.text(number));
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

/// The first matches by name after a key, `limit` at the most. The order of all names is followed
/// until there are enough, unless matches are so rare in it that they are sooner sorted.
fn first_by_name(
    table: &Table,
    matches: &RoaringBitmap,
    after: Option<NameKey<'_>>,
    limit: usize,
) -> Vec<u32> {
    let (count, all) = (matches.len(), table.live.len());
    let ids = table.ids.numbering();
    // One in `all / count` is met.
    if count * count > all * limit as u64 {
        let order = table.names.after(ids, after).iter().copied();
        return order
            .filter(|number| matches.contains(*number))
            .take(limit)
            .collect();
    }
    let keyed = matches
        .iter()
        .map(|number| (table.names.key(ids, number), number));
    let mut rows: Vec<(NameKey<'_>, u32)> = keyed
        .filter(|(key, _)| after.is_none_or(|after| *key > after))
        .collect();
    if rows.len() > limit {
        rows.select_nth_unstable(limit);
        rows.truncate(limit);
    }
    rows.sort_unstable();
    rows.into_iter().map(|(_, number)| number).collect()
}

/// Where a cursor of an order by name stands in it: what has no name comes last.
fn name_of(cursor: &Cursor) -> NameKey<'_> {
    let name = match cursor.keys.first() {
        Some(Some(CursorKey::Text(name))) => name.as_str(),
        _ => "",
    };
    (name.is_empty(), name, &cursor.id)
}
