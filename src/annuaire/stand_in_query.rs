//! What the stand-in directory is asked.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use serde_json::Value;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use super::stand_in::known_type;
use crate::fhir::element::{children, text};

/// Resources in a page, unless another number is asked for.
const PAGE: usize = 50;

/// A parameter that the directory does not know.
pub(super) struct UnknownParameter(pub String);

/// A search.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Query {
    /// Type of what is searched.
    pub kind: String,
    /// What it must meet.
    pub conditions: Vec<Condition>,
    /// `_include`s, and `_revinclude`s after `rev:`.
    pub included: Vec<String>,
    /// `_elements`: what is given of each resource; all when it is empty.
    pub elements: Vec<String>,
    /// Resources in a page.
    pub count: usize,
    /// Resources on the pages before.
    pub offset: usize,
    pairs: Vec<(String, String)>,
}

/// A condition; several values: one of them is enough.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Condition {
    /// `identifier`: system, when it matters, and value, when it matters.
    Identifier(Vec<(Option<String>, String)>),
    /// `_id`.
    Id(Vec<String>),
    /// `active`.
    Active(bool),
    /// `mailbox-mss`, from its beginning.
    MailboxStarts(String),
    /// `mailbox-mss:contains`.
    MailboxContains(String),
    /// `mailbox-mss:exact`.
    MailboxIs(String),
    /// `_lastUpdated=ge…` or `gt…`, with an instant or a day.
    UpdatedSince(OffsetDateTime),
}

impl Condition {
    /// Parameters and their types, for the statement of what the server can do.
    pub const PARAMETERS: [(&'static str, &'static str); 5] = [
        ("_id", "token"),
        ("_lastUpdated", "date"),
        ("active", "token"),
        ("identifier", "token"),
        ("mailbox-mss", "string"),
    ];

    fn read(name: &str, value: &str) -> Option<Self> {
        let values = || value.split(',').map(str::to_owned);
        Some(match name {
            "identifier" => Self::Identifier(
                values()
                    .map(|token| match token.split_once('|') {
                        Some((system, value)) => (Some(system.to_owned()), value.to_owned()),
                        None => (None, token),
                    })
                    .collect(),
            ),
            "_id" => Self::Id(values().collect()),
            "active" => Self::Active(value == "true"),
            "mailbox-mss" => Self::MailboxStarts(value.to_ascii_lowercase()),
            "mailbox-mss:contains" => Self::MailboxContains(value.to_ascii_lowercase()),
            "mailbox-mss:exact" => Self::MailboxIs(value.to_owned()),
            "_lastUpdated" => {
                let since = value
                    .strip_prefix("ge")
                    .or_else(|| value.strip_prefix("gt"))?;
                Self::UpdatedSince(instant(since)?)
            }
            _ => return None,
        })
    }

    pub fn holds(&self, resource: &Value) -> bool {
        match self {
            Self::Identifier(tokens) => tokens.iter().any(|(system, value)| {
                children(resource, "identifier").any(|identifier| {
                    system
                        .as_deref()
                        .is_none_or(|system| text(identifier, "system") == Some(system))
                        && (value.is_empty() || text(identifier, "value") == Some(value))
                })
            }),
            Self::Id(ids) => {
                text(resource, "id").is_some_and(|id| ids.iter().any(|asked| asked == id))
            }
            Self::Active(wanted) => {
                (resource.get("active").and_then(Value::as_bool) != Some(false)) == *wanted
            }
            Self::MailboxStarts(value) => {
                emails(resource).any(|email| email.to_ascii_lowercase().starts_with(value))
            }
            Self::MailboxContains(value) => {
                emails(resource).any(|email| email.to_ascii_lowercase().contains(value))
            }
            Self::MailboxIs(value) => emails(resource).any(|email| email == value),
            Self::UpdatedSince(since) => resource
                .get("meta")
                .and_then(|meta| instant(text(meta, "lastUpdated")?))
                .is_some_and(|updated| updated >= *since),
        }
    }
}

/// An instant of RFC 3339, or the beginning of a day.
fn instant(text: &str) -> Option<OffsetDateTime> {
    OffsetDateTime::parse(text, &Rfc3339)
        .or_else(|_| OffsetDateTime::parse(&format!("{text}T00:00:00Z"), &Rfc3339))
        .ok()
}

fn emails(resource: &Value) -> impl Iterator<Item = &str> {
    children(resource, "telecom")
        .filter(|telecom| text(telecom, "system") == Some("email"))
        .filter_map(|telecom| text(telecom, "value"))
}

impl Query {
    /// Reads the parameters of a search.
    pub fn read(kind: &str, pairs: &[(String, String)]) -> Result<Self, UnknownParameter> {
        let mut query = Self {
            kind: kind.to_owned(),
            conditions: Vec::new(),
            included: Vec::new(),
            elements: Vec::new(),
            count: PAGE,
            offset: 0,
            pairs: pairs.to_vec(),
        };
        for (name, value) in pairs {
            match name.as_str() {
                "_count" => query.count = value.parse().unwrap_or(PAGE).max(1),
                "_revinclude" => query.included.push(format!("rev:{value}")),
                "_elements" => query.elements = value.split(',').map(str::to_owned).collect(),
                "_include" => query.included.push(value.clone()),
                "_format" | "_total" | "_pretty" => {}
                _ => query.conditions.push(
                    Condition::read(name, value).ok_or_else(|| UnknownParameter(name.clone()))?,
                ),
            }
        }
        Ok(query)
    }

    /// The opaque word by which the next page is asked for.
    pub fn next_page(&self) -> String {
        let page = (&self.kind, &self.pairs, self.offset + self.count);
        BASE64_URL_SAFE_NO_PAD.encode(serde_json::to_vec(&page).unwrap_or_default())
    }

    /// The page that such a word asks for.
    pub fn resume(token: &str) -> Option<Self> {
        let page = BASE64_URL_SAFE_NO_PAD.decode(token).ok()?;
        let (kind, pairs, offset): (String, Vec<(String, String)>, usize) =
            serde_json::from_slice(&page).ok()?;
        let query = Self::read(known_type(&kind)?, &pairs).ok()?;
        Some(Self { offset, ..query })
    }
}
