//! Making the search rows of every resource anew, when the search parameters are others than those
//! that they were made for.

use serde_json::Value;
use sha2::{Digest, Sha256};

use super::{Context, progress::Progress};
use crate::{
    fhir::{ResourceType, indexed_parameters},
    storage::StorageError,
};

/// Resources indexed in one transaction.
const BATCH: i64 = 500;

/// Brings the search rows up to `profiles/search/`; returns how many resources were indexed anew.
///
/// # Errors
/// [`StorageError`]; what is done is done, the rest is done at the next call.
pub async fn index_resources(context: &Context) -> Result<usize, StorageError> {
    let wanted = fingerprint();
    let storage = &context.storage;
    if storage.find_index_fingerprint().await?.as_ref() == Some(&wanted) {
        return Ok(0);
    }
    let mut total = 0;
    for kind in ResourceType::ALL {
        total += storage.count_resources(kind).await?;
    }
    let mut progress = Progress::new("the search rows of the directory are made anew", total);
    for kind in ResourceType::ALL {
        let mut after = String::new();
        loop {
            let stored = storage.list_resources_after(kind, &after, BATCH).await?;
            let Some(last) = stored.last() else { break };
            after.clone_from(&last.id);
            let resources: Vec<(&str, Value)> = stored
                .iter()
                .map(|one| {
                    let json = serde_json::from_str(&one.json)
                        .expect("what is kept was written from a JSON value");
                    (one.id.as_str(), json)
                })
                .collect();
            let mut writing = storage.begin_large_write().await?;
            writing.reindex_resources(kind, &resources).await?;
            writing.commit().await?;
            progress.advance(resources.len());
        }
    }
    let mut writing = storage.begin_write().await?;
    writing.note_index(&wanted).await?;
    writing.commit().await?;
    Ok(progress.done)
}

/// What the index is made from, as a hash.
fn fingerprint() -> String {
    let mut hash = Sha256::new();
    for parameter in ResourceType::ALL.into_iter().flat_map(indexed_parameters) {
        hash.update(format!("{parameter:?}\n"));
    }
    hex::encode(hash.finalize())
}
