//! Asking what a code becomes in another vocabulary, and the answer.

use time::Date;

use super::{Equivalence, Product, Validity};

/// What is asked.
#[derive(Clone, Copy, Debug)]
pub struct Question<'q> {
    /// Vocabulary of the code: URL, OID, or `urn:oid:` and OID.
    pub system: &'q str,
    /// The code.
    pub code: &'q str,
    /// Vocabulary wanted; without it, every one that the code leads to in one leg.
    pub target_system: Option<&'q str>,
    /// Facet values that are said beside the code (`PUB-PROCHE`): rows may depend on them.
    pub said: &'q [&'q str],
    /// The day on which a code must be in force to come among the first.
    pub day: Date,
}

/// What a code becomes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Translation<'t> {
    /// What holds, the closest first.
    pub matches: Vec<Match<'t>>,
    /// What would hold if more was said: see [`Match::depends_on`].
    pub conditional: Vec<Match<'t>>,
    /// Why there is no match, when there is none.
    pub gap: Option<Gap<'t>>,
}

/// One thing that a code becomes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Match<'t> {
    /// Canonical name of its vocabulary.
    pub system: &'t str,
    /// The code.
    pub code: &'t str,
    /// Its label.
    pub display: &'t str,
    /// How it stands to what was asked.
    pub equivalence: Equivalence,
    /// Why, one reason for each leg.
    pub reasons: Vec<&'t str>,
    /// Name of the map of the last leg.
    pub map: &'t str,
    /// The pivot code that the way goes through, when it has two legs.
    pub via: Option<&'t str>,
    /// Facet values that must be said for it to hold.
    pub depends_on: Vec<&'t str>,
    /// Codes that go with it.
    pub products: &'t [Product],
    /// When the code may be used.
    pub validity: Validity,
}

/// Why a code becomes nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Gap<'t> {
    /// A row says that nothing does, and why.
    Unmatched {
        /// Why.
        reason: &'t str,
    },
    /// No row says anything of this code on the way to that vocabulary.
    NoRow {
        /// Other maps that do say something of it.
        elsewhere: Vec<&'t str>,
    },
}

/// Why a question has no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum QuestionError {
    /// The vocabulary is not one of ours.
    #[error("the code system `{0}` is not known here")]
    UnknownSystem(String),
    /// The vocabulary does not hold the code.
    #[error("`{code}` is not a code of {system}")]
    UnknownCode {
        /// Canonical name of the vocabulary.
        system: String,
        /// What was asked.
        code: String,
    },
    /// The map is not one of ours.
    #[error("the concept map `{0}` is not known here")]
    UnknownMap(String),
    /// The map does not start from that vocabulary.
    #[error("the concept map {map} does not lead from {system}")]
    OtherSource {
        /// Name of the map.
        map: String,
        /// What was asked.
        system: String,
    },
    /// No map leads from one vocabulary to the other.
    #[error("no concept map leads from {system} to {target}")]
    NoWay {
        /// Canonical name of the vocabulary of the code.
        system: String,
        /// Canonical name of the one wanted.
        target: String,
    },
}

/// Which way a map is followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// From its source to its target.
    Forward,
    /// From its target to its source.
    Reverse,
}
