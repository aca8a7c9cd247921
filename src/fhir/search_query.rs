//! A search, understood: what the store answers, whoever asked it.

use super::{
    ResourceType,
    search_criterion::{Criterion, Family, MEMBER},
    search_cursor::Cursor,
    search_near::NearArea,
};
use crate::finding::Finding;

/// Entries of a page, when the query does not say.
pub const DEFAULT_COUNT: usize = 50;
/// Entries of a page, at the most.
///
/// **Source:** ANS, ROR guide 0.7.0, `_count`.
pub const MAX_COUNT: usize = 200;

/// A search whose every part was understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SearchQuery {
    /// The types searched, each with what holds of its matches; one, but for a search on all.
    pub parts: Vec<SearchPart>,
    /// True for a search on the whole directory, whatever types it names.
    pub is_system: bool,
    /// Order of the matches, the first key first; the id decides between equals.
    pub sort: Vec<SortKey>,
    /// Matches of a page.
    pub count: usize,
    /// Where the page starts: after that match.
    pub after: Option<Cursor>,
    /// Whether the matches are counted.
    pub has_total: bool,
    /// Whether only their number is asked for.
    pub is_count_only: bool,
    /// What comes along with the matches.
    pub includes: Vec<Include>,
    /// The point from which distances are told, when there is one.
    pub distance: Option<Distance>,
    /// The pairs that were understood, for the `self` link; the cursor is not one of them.
    pub understood: Vec<(String, String)>,
    /// What was set aside, when the caller asked for leniency.
    pub warnings: Vec<Finding>,
    /// Hash of what decides which resources match and in which order: a cursor is good for one.
    pub fingerprint: String,
}

/// A type that is searched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SearchPart {
    /// The type.
    pub on: ResourceType,
    /// All of these hold for each match.
    pub criteria: Vec<Criterion>,
}

/// From an instant, included, to another, excluded; as [`crate::clock::instant_text`] writes them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct InstantRange {
    /// First instant.
    pub from: Option<String>,
    /// First instant after.
    pub before: Option<String>,
}

/// A key of an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SortKey {
    /// What is compared.
    pub by: SortBy,
    /// True for the greatest first. What has no value comes last either way.
    pub is_descending: bool,
}

/// What an order compares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SortBy {
    /// The id.
    Id,
    /// The instant of the last update.
    LastUpdated,
    /// The distance that the search asks about.
    Distance,
    /// The least value of a parameter, or the greatest for a descending order.
    Value(&'static str, Family),
}

impl SortBy {
    /// True when numbers are compared, not texts.
    #[must_use]
    pub fn is_number(self) -> bool {
        matches!(self, Self::Distance | Self::Value(_, Family::Number))
    }
}

/// From where distances are told, and to what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Distance {
    /// The area that the search asks about.
    pub area: NearArea,
    /// The type whose matches have a distance.
    pub on: ResourceType,
    /// The reference that leads to the place; none when the match is the place.
    pub by: Option<&'static str>,
}

/// What comes along with the matches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Include {
    /// Type that holds the reference.
    pub on: ResourceType,
    /// Name of the reference parameter.
    pub parameter: &'static str,
    /// Type that the reference points to.
    pub target: ResourceType,
    /// False for what the matches refer to, true for what refers to them.
    pub is_reverse: bool,
    /// True when what was included counts as a match for this one.
    pub is_iterated: bool,
}

impl SearchQuery {
    /// The type searched, when it is one.
    #[must_use]
    pub fn only_type(&self) -> Option<ResourceType> {
        match self.parts.as_slice() {
            [part] => Some(part.on),
            _ => None,
        }
    }

    /// Ids of the lists whose members are asked for by `_list`.
    #[must_use]
    pub fn lists(&self) -> Vec<&str> {
        let mut found = Vec::new();
        for criterion in self.parts.iter().flat_map(|part| &part.criteria) {
            if let Criterion::ReferredBy {
                parameter: MEMBER,
                criterion,
                ..
            } = criterion
                && let Criterion::Id(ids) = criterion.as_ref()
            {
                found.extend(ids.iter().map(String::as_str));
            }
        }
        found.sort_unstable();
        found.dedup();
        found
    }

    /// True when nothing is asked of the matches.
    #[must_use]
    pub fn is_unconditional(&self) -> bool {
        self.parts.iter().all(|part| part.criteria.is_empty())
    }

    /// Opaque text for a match of this search, for the `next` link.
    #[must_use]
    pub fn token(&self, cursor: &Cursor) -> String {
        cursor.token(&self.fingerprint)
    }
}
