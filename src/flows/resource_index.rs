//! Making the search rows of every resource anew, when the search parameters are others than those
//! that they were made for.

use sha2::{Digest, Sha256};

use super::Context;
use crate::{
    fhir::{ResourceType, indexed_parameters},
    storage::StorageError,
};

/// Resources indexed in one transaction.
const BATCH: i64 = 200;

/// Brings the search rows up to `profiles/search/`; returns how many resources were indexed anew.
///
/// # Errors
/// [`StorageError`]; what was done is done, the rest is done at the next call.
pub async fn index_resources(context: &Context) -> Result<usize, StorageError> {
    let wanted = fingerprint();
    let storage = &context.storage;
    if storage.find_index_fingerprint().await?.as_ref() == Some(&wanted) {
        return Ok(0);
    }
    let mut count = 0;
    for kind in ResourceType::ALL {
        let mut after = String::new();
        loop {
            let resources = storage.list_resources_after(kind, &after, BATCH).await?;
            let Some(last) = resources.last() else { break };
            after.clone_from(&last.id);
            let mut writing = storage.begin_write().await?;
            for resource in &resources {
                let json = serde_json::from_str(&resource.json)
                    .expect("what is kept was written from a JSON value");
                writing.reindex_resource(kind, &resource.id, &json).await?;
            }
            writing.commit().await?;
            count += resources.len();
        }
    }
    let mut writing = storage.begin_write().await?;
    writing.note_index(&wanted).await?;
    writing.commit().await?;
    Ok(count)
}

/// What the index is made from, as a hash.
fn fingerprint() -> String {
    let mut hash = Sha256::new();
    for parameter in ResourceType::ALL.into_iter().flat_map(indexed_parameters) {
        hash.update(format!("{parameter:?}\n"));
    }
    hex::encode(hash.finalize())
}
