//! Ages in years, as a range: the national model knows no age group.

/// From the youngest to the oldest age taken care of, both included, in whole years.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct AgeRange {
    pub low: u8,
    pub high: u8,
}

/// Age groups and their bounds. They overlap on purpose: a person of 17 is a child and an AJA.
const GROUPS: [(&str, AgeRange); 4] = [
    ("AGE-ENFANT", AgeRange { low: 0, high: 17 }),
    ("AGE-AJA", AgeRange { low: 15, high: 25 }),
    ("AGE-ADULTE", AgeRange { low: 18, high: 150 }),
    ("AGE-PA", AgeRange { low: 75, high: 150 }),
];

impl AgeRange {
    /// Any age.
    pub const ALL: Self = Self { low: 0, high: 150 };

    /// Reads `18-75`, `18 - 75 ans` or `18+`.
    pub fn parse(cell: &str) -> Option<Self> {
        let text = cell.trim().trim_end_matches("ans").trim_end();
        let (low, high) = match text.strip_suffix('+') {
            Some(low) => (low, "150"),
            None => text.split_once(['-', '–'])?,
        };
        let low = low.trim().parse().ok()?;
        let high = high.trim().parse().ok()?;
        (low <= high && high <= Self::ALL.high).then_some(Self { low, high })
    }

    /// The smallest range that holds these groups.
    pub fn of_groups(groups: &[String]) -> Option<Self> {
        GROUPS
            .iter()
            .filter(|(code, _)| groups.iter().any(|group| group == code))
            .map(|(_, range)| *range)
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
