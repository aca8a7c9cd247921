//! References in memory, by the numbers of both ends.

/// The references of one parameter to one type.
#[derive(Default)]
pub(super) struct Links {
    forward: Ends,
    back: Ends,
}

/// The other ends of the references of each resource. Most have one, which stands in its place; where
/// there are several, they stand in a list.
#[derive(Default)]
struct Ends {
    places: Vec<u32>,
    /// List after list: how many ends, and the ends.
    lists: Vec<u32>,
    /// What is left in `lists` of those that nobody has any more.
    unused: usize,
}

/// Nothing at the other end.
const NONE: u32 = u32::MAX;
/// Several, in the list that begins where the other bits say.
const SEVERAL: u32 = 1 << 31;
/// So much that is unused is left alone.
const FEW: usize = 1_000;

impl Ends {
    fn of(&self, number: u32) -> &[u32] {
        match self.places.get(number as usize) {
            None | Some(&NONE) => &[],
            Some(place) if place & SEVERAL != 0 => {
                let start = (place & !SEVERAL) as usize;
                &self.lists[start + 1..][..self.lists[start] as usize]
            }
            Some(one) => std::slice::from_ref(one),
        }
    }

    fn add(&mut self, number: u32, end: u32) {
        let at = number as usize;
        if self.places.len() <= at {
            self.places.resize(at + 1, NONE);
        }
        let place = self.places[at];
        let start = (place & !SEVERAL) as usize;
        if place == NONE {
            self.places[at] = end;
        } else if place & SEVERAL != 0 && start + 1 + self.of(number).len() == self.lists.len() {
            // The last list has room behind it.
            self.make_room(1);
            self.lists.push(end);
            self.lists[start] += 1;
        } else {
            let mut ends = self.take(number);
            ends.push(end);
            self.put(number, &ends);
        }
    }

    /// Takes out every reference to that end.
    fn remove(&mut self, number: u32, end: u32) {
        let mut ends = self.take(number);
        ends.retain(|one| *one != end);
        self.put(number, &ends);
    }

    /// Gives a resource that has none these ends.
    fn put(&mut self, number: u32, ends: &[u32]) {
        let place = match ends {
            [] => return,
            [one] => *one,
            several => {
                let place = small(self.lists.len()) | SEVERAL;
                self.make_room(1 + several.len());
                self.lists.push(small(several.len()));
                self.lists.extend_from_slice(several);
                place
            }
        };
        self.places[number as usize] = place;
        if self.unused > FEW && self.unused > self.lists.len() / 2 {
            self.close_up();
        }
    }

    /// Has room for so many more, and not for twice as many as there are.
    fn make_room(&mut self, more: usize) {
        let lists = &mut self.lists;
        if lists.capacity() - lists.len() < more {
            lists.reserve_exact(more.max(lists.len() / 8));
        }
    }

    fn take(&mut self, number: u32) -> Vec<u32> {
        let taken = self.of(number).to_vec();
        if taken.len() > 1 {
            self.unused += 1 + taken.len();
        }
        if let Some(place) = self.places.get_mut(number as usize) {
            *place = NONE;
        }
        taken
    }

    /// Leaves out what is unused, and gives back the room that is.
    fn close_up(&mut self) {
        let mut lists = Vec::with_capacity(self.lists.len() - self.unused);
        for place in self.places.iter_mut() {
            if *place != NONE && *place & SEVERAL != 0 {
                let start = (*place & !SEVERAL) as usize;
                let end = start + 1 + self.lists[start] as usize;
                *place = small(lists.len()) | SEVERAL;
                lists.extend_from_slice(&self.lists[start..end]);
            }
        }
        self.lists = lists;
        self.unused = 0;
        self.places.shrink_to_fit();
    }
}

/// A place or a number below [`SEVERAL`].
fn small(number: usize) -> u32 {
    let small = u32::try_from(number).ok();
    small
        .filter(|number| number & SEVERAL == 0)
        .expect("fewer references than that")
}

impl Links {
    /// One more target of a source.
    ///
    /// # Panics
    /// When there are more resources of a type than two thousand million.
    pub(super) fn add(&mut self, source: u32, target: u32) {
        assert!(
            (source | target) & SEVERAL == 0,
            "fewer resources than that"
        );
        self.forward.add(source, target);
        self.back.add(target, source);
    }

    /// Takes out every reference of a source.
    pub(super) fn forget(&mut self, source: u32) {
        for target in self.forward.take(source) {
            self.back.remove(target, source);
        }
    }

    /// Gives back the room that is not used.
    pub(super) fn close_up(&mut self) {
        self.forward.close_up();
        self.back.close_up();
    }

    pub(super) fn targets(&self, source: u32) -> &[u32] {
        self.forward.of(source)
    }

    pub(super) fn sources(&self, target: u32) -> &[u32] {
        self.back.of(target)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use proptest::prelude::*;

    fn sorted(numbers: &[u32]) -> Vec<u32> {
        let set: BTreeSet<u32> = numbers.iter().copied().collect();
        assert_eq!(set.len(), numbers.len(), "none twice");
        set.into_iter().collect()
    }

    #[test]
    fn what_is_unused_is_left_out() {
        let mut links = Links::default();
        for round in 0..10 * FEW as u32 {
            let source = round % 7;
            links.forget(source);
            (0..3).for_each(|target| links.add(source, (round + target) % 9));
        }
        assert!(links.forward.lists.len() + links.back.lists.len() < 6 * FEW);
        assert_eq!(sorted(links.targets(0)).len(), 3);
    }

    proptest! {
        #[test]
        fn both_ends_of_a_reference_know_it(
            changes in proptest::collection::vec((0_u32..6, proptest::collection::btree_set(0_u32..6, 0..5)), 0..60),
        ) {
            let mut links = Links::default();
            let mut expected = vec![BTreeSet::new(); 6];
            for (source, targets) in changes {
                links.forget(source);
                targets.iter().for_each(|target| links.add(source, *target));
                expected[source as usize] = targets;
            }
            for one in 0..6 {
                let targets: Vec<u32> = expected[one as usize].iter().copied().collect();
                prop_assert_eq!(sorted(links.targets(one)), targets);
                let sources: Vec<u32> = (0..6).filter(|source| expected[*source as usize].contains(&one)).collect();
                prop_assert_eq!(sorted(links.sources(one)), sources);
            }
            links.close_up();
            for one in 0..6 {
                let targets: Vec<u32> = expected[one as usize].iter().copied().collect();
                prop_assert_eq!(sorted(links.targets(one)), targets);
            }
        }
    }
}
