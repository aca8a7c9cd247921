//! Names of resources in memory, and the order in which a search by name gives them.

use std::cmp::Ordering;

use crate::texts::{Numbering, Texts};

/// The folded names of the resources of a type, whose ids have the same numbers.
#[derive(Default)]
pub(super) struct Names {
    texts: Texts,
    /// By name, what has none last, then by id.
    order: Vec<u32>,
}

/// Where a resource stands in the order: whether it has no name, its name, its id.
pub(super) type NameKey<'k> = (bool, &'k str, &'k str);

impl Names {
    pub(super) fn get(&self, number: u32) -> &str {
        self.texts.get(number)
    }

    pub(super) fn key<'k>(&'k self, ids: &'k Numbering, number: u32) -> NameKey<'k> {
        let name = self.get(number);
        (name.is_empty(), name, ids.text(number))
    }

    /// Notes the name of a resource that has no place in the order yet, to [`Names::sort`] later.
    pub(super) fn push(&mut self, number: u32, name: &str) {
        self.texts.set(number, name);
        self.order.push(number);
    }

    /// Puts all in their order.
    pub(super) fn sort(&mut self, ids: &Numbering) {
        let mut order = std::mem::take(&mut self.order);
        order.sort_unstable_by(|one, other| self.key(ids, *one).cmp(&self.key(ids, *other)));
        order.shrink_to_fit();
        self.order = order;
    }

    /// Puts a resource where its name has it; none when it is no more.
    pub(super) fn put(&mut self, ids: &Numbering, number: u32, name: Option<&str>) {
        let at = self.find(ids, number);
        if let Ok(at) = at {
            if name == Some(self.get(number)) {
                return;
            }
            self.order.remove(at);
        }
        let Some(name) = name else { return };
        self.texts.set(number, name);
        let at = self.find(ids, number).unwrap_or_else(|at| at);
        self.order.insert(at, number);
    }

    fn find(&self, ids: &Numbering, number: u32) -> Result<usize, usize> {
        let wanted = self.key(ids, number);
        let order = |other: &u32| -> Ordering { self.key(ids, *other).cmp(&wanted) };
        self.order.binary_search_by(order)
    }

    /// All that stand after that key.
    pub(super) fn after(&self, ids: &Numbering, after: Option<NameKey<'_>>) -> &[u32] {
        let start = after.map_or(0, |after| {
            self.order
                .partition_point(|number| self.key(ids, *number) <= after)
        });
        &self.order[start..]
    }
}
