//! What to generate, and how much of it.

use time::{Date, macros::date};

/// Sizes of a demonstration region, and the seed that decides of everything else.
///
/// Two equal plans give the same bytes on every machine. Growing one number leaves the first
/// items of the other lists as they were.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Plan {
    /// Start of the chance.
    pub seed: u64,
    /// Number of structures; at least one.
    pub structures: usize,
    /// Number of offers of supportive care.
    pub offers: usize,
    /// Number of attending physicians; at least one.
    pub physicians: usize,
    /// Number of reports of multidisciplinary meetings.
    pub fiches: usize,
    /// The present day of the region: nothing has happened after it.
    pub reference_day: Date,
}

impl Default for Plan {
    fn default() -> Self {
        Self {
            seed: 2026,
            structures: 400,
            offers: 2_000,
            physicians: 120,
            fiches: 300,
            reference_day: date!(2026 - 09 - 30),
        }
    }
}
