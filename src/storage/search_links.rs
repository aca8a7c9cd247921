//! References in memory, by the numbers of both ends.

/// The references of one parameter to one type.
#[derive(Default)]
pub(super) struct Links {
    forward: Ends,
    back: Ends,
}

/// The other ends of the references of each resource. Most have one, which stands in its place.
#[derive(Default)]
struct Ends {
    places: Vec<u32>,
    several: Vec<Vec<u32>>,
    /// Places of `several` that nobody has any more.
    free: Vec<u32>,
}

/// Nothing at the other end.
const NONE: u32 = u32::MAX;
/// Several, at the place of `several` that the other bits say.
const SEVERAL: u32 = 1 << 31;

impl Ends {
    fn of(&self, number: u32) -> &[u32] {
        match self.places.get(number as usize) {
            None | Some(&NONE) => &[],
            Some(place) if place & SEVERAL != 0 => &self.several[(place & !SEVERAL) as usize],
            Some(one) => std::slice::from_ref(one),
        }
    }

    fn add(&mut self, number: u32, end: u32) {
        let at = number as usize;
        if self.places.len() <= at {
            self.places.resize(at + 1, NONE);
        }
        let place = self.places[at];
        self.places[at] = match place {
            NONE => end,
            _ if place & SEVERAL != 0 => {
                self.several[(place & !SEVERAL) as usize].push(end);
                place
            }
            one => {
                let free = self.free.pop().unwrap_or_else(|| {
                    self.several.push(Vec::new());
                    u32::try_from(self.several.len() - 1).expect("fewer than there are resources")
                });
                self.several[free as usize] = vec![one, end];
                free | SEVERAL
            }
        };
    }

    /// Takes out every reference to that end.
    fn remove(&mut self, number: u32, end: u32) {
        let left: Vec<u32> = self
            .take(number)
            .into_iter()
            .filter(|one| *one != end)
            .collect();
        for one in left {
            self.add(number, one);
        }
    }

    fn take(&mut self, number: u32) -> Vec<u32> {
        let taken = self.of(number).to_vec();
        if let Some(place) = self.places.get_mut(number as usize) {
            if taken.len() > 1 {
                let free = *place & !SEVERAL;
                self.several[free as usize] = Vec::new();
                self.free.push(free);
            }
            *place = NONE;
        }
        taken
    }
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
            let (several, free) = (links.forward.several.len(), links.forward.free.len());
            prop_assert!(several - free <= 6, "places are used again");
        }
    }
}
