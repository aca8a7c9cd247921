//! How a target stands to its source.

/// How a target stands to the code that is mapped to it, source first.
///
/// **Source:** FHIR R4, `http://hl7.org/fhir/concept-map-equivalence`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Equivalence {
    /// The definitions are the same.
    Equal,
    /// They mean the same.
    Equivalent,
    /// The target is broader.
    Wider,
    /// The target is broader: the source is one of its kinds.
    Subsumes,
    /// The target covers only a part.
    Narrower,
    /// The target covers only a part: it is one of the kinds of the source.
    Specializes,
    /// They overlap.
    Inexact,
    /// They have something to do with each other.
    RelatedTo,
    /// Nothing says it.
    Unmatched,
    /// They exclude each other.
    Disjoint,
}

impl Equivalence {
    /// Every one, the closest first.
    pub const ALL: [Self; 10] = [
        Self::Equal,
        Self::Equivalent,
        Self::Wider,
        Self::Subsumes,
        Self::Narrower,
        Self::Specializes,
        Self::Inexact,
        Self::RelatedTo,
        Self::Unmatched,
        Self::Disjoint,
    ];

    /// The word of FHIR R4.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Equal => "equal",
            Self::Equivalent => "equivalent",
            Self::Wider => "wider",
            Self::Subsumes => "subsumes",
            Self::Narrower => "narrower",
            Self::Specializes => "specializes",
            Self::Inexact => "inexact",
            Self::RelatedTo => "relatedto",
            Self::Unmatched => "unmatched",
            Self::Disjoint => "disjoint",
        }
    }

    /// Reads the word of FHIR R4.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|known| known.as_str() == word)
    }

    /// How close it is: 0 is the closest.
    #[must_use]
    pub fn rank(self) -> u8 {
        match self {
            Self::Equal | Self::Equivalent => 0,
            Self::Wider | Self::Subsumes => 1,
            Self::Narrower | Self::Specializes => 2,
            Self::Inexact | Self::RelatedTo => 3,
            Self::Unmatched | Self::Disjoint => 4,
        }
    }

    /// True when the target says the same as the source, no more and no less.
    #[must_use]
    pub fn is_exact(self) -> bool {
        self.rank() == 0
    }

    /// True when the target says something of the source.
    #[must_use]
    pub fn is_match(self) -> bool {
        self.rank() < 4
    }

    /// True when the target may be sent as a coding of the source: it says the same, or more
    /// broadly.
    #[must_use]
    pub fn is_published(self) -> bool {
        self.rank() <= 1
    }

    /// How the source stands to the target.
    #[must_use]
    pub fn reversed(self) -> Self {
        match self {
            Self::Wider => Self::Narrower,
            Self::Subsumes => Self::Specializes,
            Self::Narrower => Self::Wider,
            Self::Specializes => Self::Subsumes,
            Self::Equal
            | Self::Equivalent
            | Self::Inexact
            | Self::RelatedTo
            | Self::Unmatched
            | Self::Disjoint => self,
        }
    }

    /// How the end of a way of two legs stands to its start. Broader then narrower, or the other
    /// way round, may have lost what was meant: it is `inexact`.
    #[must_use]
    pub fn then(self, next: Self) -> Self {
        match (self.rank(), next.rank()) {
            (4, _) | (_, 4) => Self::Unmatched,
            (0, 0) => Self::Equivalent,
            (0, _) => next,
            (_, 0) => self,
            (1, 1) => Self::Wider,
            (2, 2) => Self::Narrower,
            _ => Self::Inexact,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn any_equivalence() -> impl Strategy<Value = Equivalence> {
        prop::sample::select(&Equivalence::ALL[..])
    }

    #[test]
    fn each_word_of_the_standard_is_read_back() {
        for equivalence in Equivalence::ALL {
            assert_eq!(Equivalence::parse(equivalence.as_str()), Some(equivalence));
        }
        assert_eq!(Equivalence::parse("Equivalent"), None);
    }

    proptest! {
        #[test]
        fn reversing_twice_changes_nothing(one in any_equivalence()) {
            prop_assert_eq!(one.reversed().reversed(), one);
        }

        #[test]
        fn a_way_is_never_closer_than_its_worst_leg(one in any_equivalence(), other in any_equivalence()) {
            prop_assert!(one.then(other).rank() >= one.rank().max(other.rank()));
        }
    }
}
