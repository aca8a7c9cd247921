//! The place in a search where a page ends: opaque to callers, good for the same search only.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{
    ResourceType, is_id,
    search_query::{SortBy, SortKey},
};

/// Form of the tokens.
const VERSION: u8 = 2;
/// Longest token, in bytes.
const MAX_TOKEN: usize = 8_192;

/// The last match of a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cursor {
    /// What the order compared of it, key by key; none where it has no value.
    pub keys: Vec<Option<CursorKey>>,
    /// Its type.
    pub kind: ResourceType,
    /// Its id.
    pub id: String,
}

/// A value that an order compares.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum CursorKey {
    /// A number.
    Number(i64),
    /// A text, by its bytes.
    Text(String),
}

/// What a token says: version, search, keys, type, id.
#[derive(Serialize, Deserialize)]
struct Token(u8, String, Vec<Option<String>>, String, String);

impl CursorKey {
    fn write(&self) -> String {
        match self {
            Self::Number(number) => number.to_string(),
            Self::Text(text) => text.clone(),
        }
    }

    /// Reads what an order compares: a text, or a number.
    fn read(text: String, by: SortBy) -> Option<Self> {
        if by.is_number() {
            return text.parse().ok().map(Self::Number);
        }
        (!text.contains('\0')).then_some(Self::Text(text))
    }
}

impl Cursor {
    /// Opaque text, for the search of that fingerprint.
    #[must_use]
    pub fn token(&self, fingerprint: &str) -> String {
        let token = Token(
            VERSION,
            fingerprint.to_owned(),
            self.keys
                .iter()
                .map(|key| key.as_ref().map(CursorKey::write))
                .collect(),
            self.kind.as_str().to_owned(),
            self.id.clone(),
        );
        let text = serde_json::to_vec(&token).expect("texts and numbers can be written");
        URL_SAFE_NO_PAD.encode(text)
    }

    /// Reads a token given for the search of that fingerprint and order.
    #[must_use]
    pub fn parse(token: &str, fingerprint: &str, sort: &[SortKey]) -> Option<Self> {
        (token.len() <= MAX_TOKEN).then_some(())?;
        let bytes = URL_SAFE_NO_PAD.decode(token).ok()?;
        let Token(version, search, values, kind, id) = serde_json::from_slice(&bytes).ok()?;
        let fits = version == VERSION && search == fingerprint && values.len() == sort.len();
        (fits && is_id(&id)).then_some(())?;
        let keys = values
            .into_iter()
            .zip(sort)
            .map(|(value, key)| match value {
                None => Some(None),
                Some(text) => CursorKey::read(text, key.by).map(Some),
            });
        Some(Self {
            keys: keys.collect::<Option<_>>()?,
            kind: ResourceType::parse(&kind)?,
            id,
        })
    }
}

/// Hash of the pairs that decide which resources match, and in which order.
pub(super) fn fingerprint<'p>(pairs: impl Iterator<Item = (&'p str, &'p str)>) -> String {
    let mut hash = Sha256::new();
    for (name, value) in pairs {
        for text in [name, value] {
            hash.update(text.len().to_le_bytes());
            hash.update(text);
        }
    }
    hex::encode(&hash.finalize()[..12])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fhir::search_criterion::Family;

    #[test]
    fn a_cursor_is_read_again_for_the_same_search_only() {
        let by = |by| SortKey {
            by,
            is_descending: false,
        };
        let sort = [
            by(SortBy::Value("name", Family::Text)),
            by(SortBy::LastUpdated),
            by(SortBy::Distance),
        ];
        let search = fingerprint([("name", "a"), ("_sort", "-name")].into_iter());
        let cursor = Cursor {
            keys: vec![
                Some(CursorKey::Text("a\nb".into())),
                None,
                Some(CursorKey::Number(-3)),
            ],
            kind: ResourceType::Location,
            id: "x".into(),
        };
        let token = cursor.token(&search);
        assert_eq!(Cursor::parse(&token, &search, &sort), Some(cursor));
        assert_eq!(Cursor::parse(&token, &search, &sort[..2]), None);
        let other = fingerprint([("name", "a_sort"), ("", "-name")].into_iter());
        assert_eq!(Cursor::parse(&token, &other, &sort), None);
        let turned = [sort[2], sort[1], sort[0]];
        assert_eq!(Cursor::parse(&token, &search, &turned), None);
        assert_eq!(Cursor::parse("%%%", &search, &sort), None);
        assert_eq!(Cursor::parse(&"A".repeat(10_000), &search, &sort), None);
    }
}
