//! Ages in years, as a range: the national model knows no age group.

use crate::fhir::{AGE_GROUPS, MAX_AGE};

/// From the youngest to the oldest age taken care of, both included, in whole years.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct AgeRange {
    pub low: u8,
    pub high: u8,
}

impl AgeRange {
    /// Any age.
    pub const ALL: Self = Self {
        low: 0,
        high: MAX_AGE,
    };

    /// Reads `18-75`, `18 - 75 ans` or `18+`.
    pub fn parse(cell: &str) -> Option<Self> {
        let text = cell.trim().trim_end_matches("ans").trim_end();
        let (low, high) = match text.strip_suffix('+') {
            Some(low) => (low, None),
            None => text
                .split_once(['-', '–'])
                .map(|(low, high)| (low, Some(high)))?,
        };
        let low = low.trim().parse().ok()?;
        let high = high.map_or(Some(MAX_AGE), |high| high.trim().parse().ok())?;
        (low <= high && high <= Self::ALL.high).then_some(Self { low, high })
    }

    /// The smallest range that holds these groups.
    pub fn of_groups(groups: &[String]) -> Option<Self> {
        AGE_GROUPS
            .iter()
            .filter(|known| groups.iter().any(|group| group == known.code))
            .map(|known| Self {
                low: known.low,
                high: known.high,
            })
            .reduce(|one, other| Self {
                low: one.low.min(other.low),
                high: one.high.max(other.high),
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_read_and_nonsense_is_not() {
        let read = |text| AgeRange::parse(text).map(|range| (range.low, range.high));
        assert_eq!(read("18-75"), Some((18, 75)));
        assert_eq!(read(" 15 – 25 ans "), Some((15, 25)));
        assert_eq!(read("18+"), Some((18, 150)));
        assert_eq!(read("75-18"), None);
        assert_eq!(read("0-400"), None);
        assert_eq!(read("AGE-AJA"), None);
    }

    #[test]
    fn several_groups_give_the_range_that_holds_them_all() {
        let groups = ["AGE-AJA".to_owned(), "AGE-ADULTE".to_owned()];
        let range = AgeRange::of_groups(&groups).expect("known groups");
        assert_eq!((range.low, range.high), (15, 150));
        assert_eq!(AgeRange::of_groups(&[]), None);
    }
}
