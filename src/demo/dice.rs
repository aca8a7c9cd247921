//! Chance that is the same on every machine.

use rand_chacha::{
    ChaCha8Rng,
    rand_core::{Rng, SeedableRng},
};
use time::{Date, Duration};

/// What the dice are thrown for. Each topic has its own sequence, so that a change in one leaves
/// the others as they were; for the same reason numbers are never given again.
#[derive(Clone, Copy, Debug)]
pub(super) enum Topic {
    Structure = 1,
    Offer = 2,
    Physician = 3,
    Specialist = 4,
    Patient = 5,
    Case = 6,
    Report = 7,
}

/// A sequence of throws: for one seed, one topic and one item, always the same.
///
/// Only the raw words of the generator are used, and reduced here: the sampling of crate `rand`
/// may change between versions, the `ChaCha` stream may not.
pub(super) struct Dice(ChaCha8Rng);

impl Dice {
    /// The dice of the item of that rank.
    pub(super) fn new(seed: u64, topic: Topic, rank: usize) -> Self {
        let mut key = [0; 32];
        key[..8].copy_from_slice(&seed.to_le_bytes());
        key[8..16].copy_from_slice(&(topic as u64).to_le_bytes());
        key[16..24].copy_from_slice(&(rank as u64).to_le_bytes());
        Self(ChaCha8Rng::from_seed(key))
    }

    /// A number under `end`; 0 when `end` is 0.
    pub(super) fn below(&mut self, end: u64) -> u64 {
        let wide = u128::from(self.0.next_u64()) * u128::from(end);
        (wide >> 64) as u64
    }

    /// A number from `low` to `high`, both included.
    pub(super) fn between(&mut self, low: i64, high: i64) -> i64 {
        let span = u64::try_from(high - low + 1).unwrap_or(0);
        low + i64::try_from(self.below(span)).unwrap_or(0)
    }

    /// True `percent` times out of 100.
    pub(super) fn chance(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    /// One of `items`, which must not be empty.
    pub(super) fn pick<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        &items[self.below(items.len() as u64) as usize]
    }

    /// One of `items`, the heavier the likelier; they must not be empty.
    pub(super) fn weighted<'a, T>(&mut self, items: &'a [T], weight: impl Fn(&T) -> u64) -> &'a T {
        let mut left = self.below(items.iter().map(&weight).sum());
        for item in items {
            let own = weight(item);
            if left < own {
                return item;
            }
            left -= own;
        }
        &items[0]
    }

    /// A day from `nearest` to `farthest` days before `day`.
    pub(super) fn day_before(&mut self, day: Date, nearest: i64, farthest: i64) -> Date {
        day - Duration::days(self.between(nearest, farthest))
    }

    /// Sixteen bytes, for an identifier.
    pub(super) fn bytes(&mut self) -> [u8; 16] {
        let mut bytes = [0; 16];
        bytes[..8].copy_from_slice(&self.0.next_u64().to_le_bytes());
        bytes[8..].copy_from_slice(&self.0.next_u64().to_le_bytes());
        bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_throw_is_the_same_for_ever() {
        let mut dice = Dice::new(2026, Topic::Offer, 7);
        let thrown: Vec<u64> = (0..4).map(|_| dice.below(1_000)).collect();
        let mut again = Dice::new(2026, Topic::Offer, 7);
        assert_eq!(
            thrown,
            (0..4).map(|_| again.below(1_000)).collect::<Vec<_>>()
        );
        let mut other = Dice::new(2026, Topic::Offer, 8);
        assert_ne!(
            thrown,
            (0..4).map(|_| other.below(1_000)).collect::<Vec<_>>()
        );
    }

    #[test]
    fn throws_stay_within_bounds_and_reach_both_ends() {
        let mut dice = Dice::new(1, Topic::Case, 0);
        let thrown: Vec<i64> = (0..500).map(|_| dice.between(-1, 2)).collect();
        assert_eq!(
            (thrown.iter().min(), thrown.iter().max()),
            (Some(&-1), Some(&2))
        );
        assert!(!dice.chance(0));
        assert!(dice.chance(100));
    }

    #[test]
    fn what_weighs_nothing_is_never_taken() {
        let mut dice = Dice::new(1, Topic::Case, 1);
        for _ in 0..200 {
            assert_eq!(*dice.weighted(&[0, 3, 0], |weight| *weight), 3);
        }
    }
}
