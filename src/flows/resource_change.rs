//! What somebody asks to be changed in the directory, and what became of it.

use serde_json::Value;

use crate::{
    fhir::{Patch, ResourceType},
    finding::Finding,
    storage::StorageError,
};

/// One change asked for.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// Type of the resource.
    pub kind: ResourceType,
    /// What is done.
    pub action: Action,
    /// Version that it must have, of `If-Match`.
    pub if_match: Option<i64>,
    /// Address under which the other entries of a transaction name it.
    pub full_url: Option<String>,
    /// Where the resource stands in what was sent: empty, or `Bundle.entry[2].resource`.
    pub place: String,
}

/// What is done.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// A new resource, unless one meets the condition of `If-None-Exist`.
    Create {
        /// The resource.
        resource: Value,
        /// The condition, decoded pairs of a search.
        if_none_exist: Option<Vec<(String, String)>>,
    },
    /// A resource takes the place of what stands there; nothing may stand there if `is_new_only`.
    Update {
        /// Where.
        target: Target,
        /// The resource.
        resource: Value,
        /// `If-None-Match: *`
        is_new_only: bool,
    },
    /// Parts of what stands there are changed.
    Patch {
        /// Where.
        target: Target,
        /// The parts.
        patch: Patch,
    },
    /// What stands there is taken out.
    Delete {
        /// Where.
        target: Target,
    },
}

/// Which resource is meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// That of this id.
    Id(String),
    /// The only one that meets a search, decoded pairs.
    Search(Vec<(String, String)>),
}

/// What became of a change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// Type of the resource.
    pub kind: ResourceType,
    /// Its id; empty when a conditional deletion met nothing.
    pub id: String,
    /// Its version.
    pub version: i64,
    /// When that was written.
    pub last_updated: String,
    /// The resource as it is kept; none when it is deleted.
    pub json: Option<String>,
    /// What was done.
    pub effect: Effect,
    /// What is worth knowing.
    pub warnings: Vec<Finding>,
}

/// What a change did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// A resource was made.
    Created,
    /// A version was added.
    Updated,
    /// It said what was there already, or the condition met a resource.
    Unchanged,
    /// The resource was taken out, or was not there.
    Deleted,
}

/// Why nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// The resource or the patch is against a rule.
    #[error("against a rule")]
    Invalid(Vec<Finding>),
    /// The request contradicts itself: another id in the resource than in the address.
    #[error("the request cannot be carried out")]
    Malformed(Vec<Finding>),
    /// The condition cannot be searched for.
    #[error("the condition is not supported")]
    UnsupportedCondition(Vec<Finding>),
    /// Nothing stands there.
    #[error("nothing stands there")]
    NotFound,
    /// It stood there and was deleted.
    #[error("it was deleted")]
    Gone,
    /// It changed since it was read, or stands there already.
    #[error("it changed since it was read")]
    PreconditionFailed,
    /// Several resources meet the condition.
    #[error("several resources meet the condition")]
    MultipleMatches,
    /// Another resource stands against it: the same identifier, a reference to it.
    #[error("another resource stands against it")]
    Conflict(Vec<Finding>),
    /// The database failed.
    #[error("the database failed during a write")]
    Storage(#[from] StorageError),
}

impl WriteError {
    /// Rules that were broken, for the journal.
    #[must_use]
    pub fn reason(&self) -> String {
        match self {
            Self::Invalid(findings)
            | Self::Malformed(findings)
            | Self::UnsupportedCondition(findings)
            | Self::Conflict(findings) => super::import_findings::rules_of(findings),
            Self::NotFound => "NOT-FOUND".to_owned(),
            Self::Gone => "GONE".to_owned(),
            Self::PreconditionFailed => "PRECONDITION".to_owned(),
            Self::MultipleMatches => "MULTIPLE-MATCHES".to_owned(),
            Self::Storage(_) => "STORAGE".to_owned(),
        }
    }
}
