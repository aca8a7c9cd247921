//! What every journey is handed: the store, the instant, the identifiers.

use crate::{clock::Clock, ids::Ids, storage::Storage};

/// Everything that a journey needs and does not decide itself.
#[derive(Debug)]
pub struct Context {
    /// The database of the region.
    pub storage: Storage,
    /// The present instant.
    pub clock: Clock,
    /// New identifiers.
    pub ids: Ids,
}
