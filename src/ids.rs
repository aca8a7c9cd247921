//! Where new identifiers come from, so that tests can foresee them.

use std::sync::atomic::{AtomicU64, Ordering};

use uuid::Uuid;

/// Source of new identifiers.
#[derive(Debug)]
pub enum Ids {
    /// `UUIDv7`: unique, and sorted by time of creation.
    Random,
    /// 1, 2, 3… written as UUIDs, for tests.
    Counting(AtomicU64),
}

impl Ids {
    /// A new identifier, as lower-case UUID text.
    pub fn next(&self) -> String {
        match self {
            Self::Random => Uuid::now_v7().to_string(),
            Self::Counting(last) => {
                Uuid::from_u128(u128::from(last.fetch_add(1, Ordering::Relaxed) + 1)).to_string()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counted_identifiers_are_foreseeable_and_random_ones_differ() {
        let counting = Ids::Counting(AtomicU64::new(0));
        assert_eq!(counting.next(), "00000000-0000-0000-0000-000000000001");
        assert_eq!(counting.next(), "00000000-0000-0000-0000-000000000002");
        assert_ne!(Ids::Random.next(), Ids::Random.next());
    }
}
