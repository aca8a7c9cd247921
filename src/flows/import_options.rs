//! How an import is asked for, how far it is, and why it stops.

use std::{io, path::PathBuf};

use super::import_source::ImportLimits;
use crate::storage::StorageError;

/// How an import reads and where it writes its refusals.
#[derive(Clone, Debug, Default)]
pub struct ImportOptions {
    /// What may be read at once.
    pub limits: ImportLimits,
    /// Where refused records go; beside each file when absent.
    pub refusals_folder: Option<PathBuf>,
}

/// How far an import is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ImportProgress {
    /// Records read so far.
    pub records: u64,
    /// Bytes of these records.
    pub bytes: u64,
    /// Bytes of all files.
    pub total_bytes: u64,
}

/// Why an import stopped before its end.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// A path that was given cannot be listed.
    #[error("{path} cannot be read")]
    Unlisted {
        /// The path.
        path: PathBuf,
        /// Why.
        #[source]
        cause: io::Error,
    },
    /// The database failed; what was committed before stays.
    #[error("the database failed during the import")]
    Storage(#[from] StorageError),
    /// The refused records cannot be written.
    #[error("the file of refused records cannot be written")]
    Refusals(#[source] io::Error),
}
