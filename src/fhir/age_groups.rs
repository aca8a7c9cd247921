//! Age groups of the offers, as ranges of years.

/// A group and its bounds, both included, in whole years.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AgeGroup {
    /// Pivot code.
    pub code: &'static str,
    /// Youngest age.
    pub low: u8,
    /// Oldest age.
    pub high: u8,
}

/// Oldest age that a range can name.
///
/// **Source:** ANS, ROR guide 0.7.0, examples of `ror-healthcareservice-patient-type`.
pub const MAX_AGE: u8 = 150;

/// The groups. They overlap on purpose: a person of 17 is a child and an AJA.
pub const AGE_GROUPS: [AgeGroup; 4] = [
    AgeGroup {
        code: "AGE-ENFANT",
        low: 0,
        high: 17,
    },
    AgeGroup {
        code: "AGE-AJA",
        low: 15,
        high: 25,
    },
    AgeGroup {
        code: "AGE-ADULTE",
        low: 18,
        high: MAX_AGE,
    },
    AgeGroup {
        code: "AGE-PA",
        low: 75,
        high: MAX_AGE,
    },
];
