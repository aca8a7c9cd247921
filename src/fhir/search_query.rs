//! A search, understood: what the store answers, whoever asked it.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};

use super::ResourceType;
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
    /// Type searched.
    pub on: ResourceType,
    /// All of these hold for each match.
    pub criteria: Vec<Criterion>,
    /// Order of the matches.
    pub sort: Sort,
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
    /// The pairs that were understood, for the `self` link; the cursor is not one of them.
    pub understood: Vec<(String, String)>,
    /// What was set aside, when the caller asked for leniency.
    pub warnings: Vec<Finding>,
}

/// A condition on a resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Criterion {
    /// Its id is one of these.
    Id(Vec<String>),
    /// It was last updated within one of these.
    LastUpdated {
        /// Type of the resource.
        on: ResourceType,
        /// The ranges, any of which may hold the instant.
        ranges: Vec<InstantRange>,
    },
    /// One of its tokens, or none of them, meets one of the tests.
    Token {
        /// Type that the parameter belongs to.
        on: ResourceType,
        /// Name of the parameter.
        parameter: &'static str,
        /// The tests, any of which may hold.
        tests: Vec<TokenTest>,
        /// True when none may hold.
        is_negated: bool,
    },
    /// One of its texts compares so with one of these.
    Text {
        /// Type that the parameter belongs to.
        on: ResourceType,
        /// Name of the parameter.
        parameter: &'static str,
        /// How texts compare.
        mode: TextMode,
        /// The texts, any of which may match.
        values: Vec<String>,
    },
    /// One of its references points to one of these.
    Reference {
        /// Type that the parameter belongs to.
        on: ResourceType,
        /// Name of the parameter.
        parameter: &'static str,
        /// The targets.
        targets: Vec<(ResourceType, String)>,
    },
    /// One of its references points to a resource of which that holds.
    Chain {
        /// Type that the parameter belongs to.
        on: ResourceType,
        /// Name of the reference parameter.
        parameter: &'static str,
        /// Type of the target.
        target: ResourceType,
        /// What holds of the target.
        criterion: Box<Criterion>,
    },
    /// One of its words starts so.
    Word {
        /// Type of the resource.
        on: ResourceType,
        /// Start of the word, folded.
        start: String,
    },
    /// All of these hold.
    All(Vec<Criterion>),
    /// One of these holds.
    Any(Vec<Criterion>),
}

/// A test of a token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenTest {
    /// The system; any when absent, none when empty.
    pub system: Option<String>,
    /// The code; any when absent.
    pub code: Option<String>,
    /// True when the codes below count too: `APA-01` below `APA`.
    pub with_below: bool,
}

/// How texts compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TextMode {
    /// The text starts so, case and accents aside.
    Starts,
    /// The text holds that, case and accents aside.
    Contains,
    /// The text is that, character for character.
    Exact,
}

/// From an instant, included, to another, excluded; as [`crate::clock::instant_text`] writes them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct InstantRange {
    /// First instant.
    pub from: Option<String>,
    /// First instant after.
    pub before: Option<String>,
}

/// Order of the matches; the id decides between equals.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sort {
    /// What is compared.
    pub key: SortKey,
    /// True for the greatest first.
    pub is_descending: bool,
}

/// What an order compares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SortKey {
    /// The id.
    Id,
    /// The instant of the last update.
    LastUpdated,
    /// The name, case and accents aside.
    Name,
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

/// The last match of a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cursor {
    /// What the order compared of it.
    pub key: String,
    /// Its id.
    pub id: String,
}

impl Sort {
    /// As the query writes it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match (self.key, self.is_descending) {
            (SortKey::Id, false) => "_id",
            (SortKey::Id, true) => "-_id",
            (SortKey::LastUpdated, false) => "_lastUpdated",
            (SortKey::LastUpdated, true) => "-_lastUpdated",
            (SortKey::Name, false) => "name",
            (SortKey::Name, true) => "-name",
        }
    }

    /// Reads what the query writes.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (is_descending, key) = match text.strip_prefix('-') {
            Some(key) => (true, key),
            None => (false, text),
        };
        let key = match key {
            "_id" => SortKey::Id,
            "_lastUpdated" => SortKey::LastUpdated,
            "name" => SortKey::Name,
            _ => return None,
        };
        Some(Self { key, is_descending })
    }
}

impl Cursor {
    /// Opaque text, for the `next` link.
    #[must_use]
    pub fn token(&self, sort: Sort) -> String {
        URL_SAFE_NO_PAD.encode(format!("1\n{}\n{}\n{}", sort.as_str(), self.id, self.key))
    }

    /// Reads a token given for the same order.
    #[must_use]
    pub fn parse(token: &str, sort: Sort) -> Option<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(token).ok()?;
        let text = String::from_utf8(bytes).ok()?;
        let rest = text.strip_prefix("1\n")?;
        let (order, rest) = rest.split_once('\n')?;
        let (id, key) = rest.split_once('\n')?;
        (order == sort.as_str()).then(|| Self {
            key: key.to_owned(),
            id: id.to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_is_read_again_for_the_same_order_only() {
        let by_name = Sort::parse("-name").expect("known");
        let cursor = Cursor {
            key: "a\nb".into(),
            id: "x".into(),
        };
        let token = cursor.token(by_name);
        assert_eq!(Cursor::parse(&token, by_name), Some(cursor));
        assert_eq!(
            Cursor::parse(&token, Sort::parse("name").expect("known")),
            None
        );
        assert_eq!(Cursor::parse("%%%", by_name), None);
    }
}
