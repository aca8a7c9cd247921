//! Which of a report's versions counts.

use std::{fmt, str::FromStr};

use crate::finding::Bilingual;

/// What a version is worth among those of its set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Standing {
    /// The newest one: what the board says.
    Current,
    /// A later version came, before or after it.
    Superseded,
    /// Withdrawn by its author; an earlier version does not come back to life.
    Cancelled,
}

/// A version, as the rule needs to know it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Version {
    /// Our identifier of the report; it decides between two versions of the same number.
    pub id: String,
    /// `versionNumber`, from 1.
    pub number: i64,
    /// True when its author withdrew it.
    pub is_cancelled: bool,
}

const STANDINGS: [(Standing, &str); 3] = [
    (Standing::Current, "current"),
    (Standing::Superseded, "superseded"),
    (Standing::Cancelled, "cancelled"),
];

/// What each version of a set is worth, in their order. The order in which they arrived plays no
/// part: only which versions there are, and which were withdrawn.
#[must_use]
pub fn standings(versions: &[Version]) -> Vec<Standing> {
    let newest = versions
        .iter()
        .max_by_key(|version| (version.number, &version.id));
    versions
        .iter()
        .map(|version| {
            if version.is_cancelled {
                Standing::Cancelled
            } else if Some(version) == newest {
                Standing::Current
            } else {
                Standing::Superseded
            }
        })
        .collect()
}

impl Standing {
    /// The word that is stored and shown by the interfaces.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        STANDINGS
            .iter()
            .find(|(standing, _)| *standing == self)
            .map_or("", |(_, word)| word)
    }

    /// What it means, for people.
    #[must_use]
    pub fn meaning(self) -> Bilingual {
        match self {
            Self::Current => Bilingual::new("version en vigueur", "current version"),
            Self::Superseded => Bilingual::new(
                "remplacée par une version suivante",
                "replaced by a later version",
            ),
            Self::Cancelled => Bilingual::new("annulée", "cancelled"),
        }
    }
}

/// A word that names no standing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a standing is current, superseded or cancelled")]
pub struct UnknownStanding;

impl FromStr for Standing {
    type Err = UnknownStanding;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        STANDINGS
            .iter()
            .find(|(_, word)| *word == text)
            .map(|(standing, _)| *standing)
            .ok_or(UnknownStanding)
    }
}

impl fmt::Display for Standing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn version(number: i64, is_cancelled: bool) -> Version {
        Version {
            id: format!("report-{number}"),
            number,
            is_cancelled,
        }
    }

    #[test]
    fn a_cancelled_version_does_not_bring_the_one_before_back() {
        let versions = [version(1, false), version(2, true)];
        assert_eq!(
            standings(&versions),
            [Standing::Superseded, Standing::Cancelled]
        );
    }

    #[test]
    fn a_version_after_a_cancellation_is_current() {
        let versions = [version(3, false), version(2, true), version(1, false)];
        assert_eq!(
            standings(&versions),
            [Standing::Current, Standing::Cancelled, Standing::Superseded]
        );
    }

    #[test]
    fn every_word_is_read_back() {
        for (standing, word) in STANDINGS {
            assert_eq!(word.parse(), Ok(standing));
        }
        assert_eq!("new".parse::<Standing>(), Err(UnknownStanding));
    }

    proptest! {
        #[test]
        fn at_most_one_version_is_current_and_it_is_the_newest(
            cancelled in prop::collection::vec(any::<bool>(), 0..8)
        ) {
            let versions: Vec<Version> = (1..).zip(&cancelled).map(|(number, cancelled)| version(number, *cancelled)).collect();
            let found = standings(&versions);
            let current: Vec<usize> = (0..found.len()).filter(|&at| found[at] == Standing::Current).collect();
            let expected: Vec<usize> = cancelled.last().filter(|cancelled| !**cancelled).map(|_| cancelled.len() - 1).into_iter().collect();
            prop_assert_eq!(current, expected);
        }
    }
}
