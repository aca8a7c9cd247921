//! Ids of the resources of a type in memory: each has a number, and a page of them is cut in their order.

use roaring::RoaringBitmap;

use crate::texts::Numbering;

/// The ids of a type.
#[derive(Default)]
pub(super) struct Ids {
    numbering: Numbering,
    /// Numbers below it stand in the order of their ids: those of a directory when it was loaded, and
    /// of what came later under an id that is greater.
    in_order: u32,
    /// The others, in the order of their ids.
    others: Vec<u32>,
}

impl Ids {
    /// The texts of the numbers.
    pub(super) fn numbering(&self) -> &Numbering {
        &self.numbering
    }

    pub(super) fn text(&self, number: u32) -> &str {
        self.numbering.text(number)
    }

    pub(super) fn find(&self, id: &str) -> Option<u32> {
        self.numbering.find(id)
    }

    /// The number of an id; a new one for one that is not known yet.
    pub(super) fn number(&mut self, id: &str) -> u32 {
        let known = self.numbering.len();
        let number = self.numbering.number(id);
        if (number as usize) < known {
            return number;
        }
        let last = self.in_order.checked_sub(1);
        let follows = last.is_none_or(|last| self.text(last) < id);
        if number == self.in_order && follows {
            self.in_order += 1;
        } else {
            let at = self.others.partition_point(|other| self.text(*other) < id);
            self.others.insert(at, number);
        }
        number
    }

    /// The first of these numbers whose ids come after that one, `limit` at the most.
    pub(super) fn first(
        &self,
        among: &RoaringBitmap,
        after: Option<&str>,
        limit: usize,
    ) -> Vec<u32> {
        let start = after.map_or(0, |after| self.in_order_until(after));
        let mut found: Vec<u32> = among.range(start..self.in_order).take(limit).collect();
        let from = after.map_or(0, |after| {
            self.others
                .partition_point(|number| self.text(*number) <= after)
        });
        let others = self.others[from..].iter().copied();
        found.extend(others.filter(|number| among.contains(*number)).take(limit));
        found.sort_unstable_by_key(|number| self.text(*number));
        found.truncate(limit);
        found
    }

    /// How many of those in order come until that id, itself included.
    fn in_order_until(&self, id: &str) -> u32 {
        let (mut low, mut high) = (0, self.in_order);
        while low < high {
            let middle = low.midpoint(high);
            if self.text(middle) <= id {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        low
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_page_stands_in_the_order_of_the_ids(
            loaded in proptest::collection::btree_set("[a-c]{1,3}", 0..20),
            later in proptest::collection::vec("[a-c]{1,3}", 0..20),
            after in proptest::option::of("[a-c]{0,3}"),
            limit in 1_usize..8,
        ) {
            let mut ids = Ids::default();
            let mut all: BTreeSet<String> = BTreeSet::new();
            for id in loaded.into_iter().chain(later) {
                ids.number(&id);
                all.insert(id);
            }
            let among = |id: &&String| id.len() != 2;
            let numbers = all.iter().filter(among).map(|id| ids.find(id).expect("known"));
            let numbers: RoaringBitmap = numbers.collect();
            let found = ids.first(&numbers, after.as_deref(), limit);
            let found: Vec<&str> = found.into_iter().map(|number| ids.text(number)).collect();
            let follows = |id: &&String| after.as_ref().is_none_or(|after| *id > after);
            let expected = all.iter().filter(among).filter(follows).take(limit);
            prop_assert_eq!(found, expected.map(String::as_str).collect::<Vec<_>>());
        }
    }
}
