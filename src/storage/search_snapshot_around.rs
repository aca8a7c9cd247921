//! What stands around a page that was found in memory: what comes along with it, and how far its places are.

use std::collections::{BTreeSet, HashMap};

use super::{SearchPage, search_include::Address, search_snapshot::SearchSnapshot};
use crate::fhir::{Include, ResourceType, SearchQuery};

impl SearchSnapshot {
    /// How far the matches and the included places of a page are, in millimetres.
    pub(super) fn distances(
        &self,
        query: &SearchQuery,
        page: &SearchPage,
    ) -> HashMap<(ResourceType, String), i64> {
        let mut found = HashMap::new();
        let (Some(places), Some(distance)) = (self.table(ResourceType::Location), &query.distance)
        else {
            return found;
        };
        let Some(around) = places.places.around(&distance.area) else {
            return found;
        };
        let links = distance
            .by
            .and_then(|parameter| self.links(distance.on, parameter, ResourceType::Location));
        for one in page.matches.iter().chain(&page.included) {
            let number = self
                .table(one.kind)
                .and_then(|table| table.ids.find(&one.id));
            let Some(number) = number else { continue };
            let own = [number];
            let at: &[u32] = match links {
                Some(links) if one.kind == distance.on => links.targets(number),
                _ if one.kind == ResourceType::Location => &own,
                _ => continue,
            };
            if let Some(mm) = around
                .distance_mm(at)
                .filter(|mm| *mm <= distance.area.radius_mm)
            {
                found.insert((one.kind, one.id.clone()), mm);
            }
        }
        found
    }

    /// What these inclusions, which start from the same type in the same direction, lead to: the first
    /// `limit` in the order of their addresses.
    pub(super) fn linked(&self, includes: &[&Include], ids: &[&str], limit: usize) -> Vec<Address> {
        let mut found = BTreeSet::new();
        for include in includes {
            let Some(links) = self.links(include.on, include.parameter, include.target) else {
                continue;
            };
            let (from, to) = if include.is_reverse {
                (include.target, include.on)
            } else {
                (include.on, include.target)
            };
            let (Some(from), Some(table)) = (self.table(from), self.table(to)) else {
                continue;
            };
            for number in ids.iter().filter_map(|id| from.ids.find(id)) {
                let linked = if include.is_reverse {
                    links.sources(number)
                } else {
                    links.targets(number)
                };
                found.extend(linked.iter().map(|other| (to, table.ids.text(*other))));
            }
        }
        let found = found.into_iter().take(limit);
        found.map(|(kind, id)| (kind, id.to_owned())).collect()
    }
}
