//! Proving that the delivery ledger is whole: every line in its place, as it was written, and every mail
//! and document that is kept as it came.

use sha2::{Digest, Sha256};

use crate::{
    outbox::{Head, LedgerFault, Verification},
    storage::{Storage, StorageError},
};

/// Lines read at once.
const PAGE: i64 = 1000;

/// Mails and documents read at once: each may have 25 MB.
const CONTENTS: i64 = 8;

/// Faults told at the most: beyond that the ledger was written anew, and the first ones say where.
const MAX_FAULTS: usize = 100;

/// What was found of a ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LedgerState {
    /// The last line that is there.
    pub head: Head,
    /// Mails and documents that were hashed anew.
    pub contents: u64,
    /// What is wrong, the oldest line first, 100 at the most.
    pub faults: Vec<LedgerFault>,
}

/// Reads the whole ledger, in bounded memory. `noted` is a head that somebody wrote down earlier: it
/// proves that nothing was cut off or written anew since.
///
/// # Errors
/// [`StorageError`].
pub async fn verify_ledger(
    storage: &Storage,
    noted: Option<Head>,
) -> Result<LedgerState, StorageError> {
    // Read first: what is written meanwhile stands after it.
    let stored = storage.ledger_head().await?;
    let mut verification = Verification::new(noted);
    let mut faults = Vec::new();
    let mut after = 0;
    'pages: loop {
        let lines = storage.list_ledger(after, PAGE).await?;
        if lines.is_empty() {
            break;
        }
        for line in &lines {
            if line.sequence > stored.sequence {
                break 'pages;
            }
            after = line.sequence;
            verification.check(line, &mut faults);
        }
        if faults.len() > MAX_FAULTS {
            break;
        }
    }
    let head = verification.finish(&stored, &mut faults);
    faults.extend(storage.list_ledger_contradictions(PAGE).await?);
    let contents = verify_contents(storage, &mut faults).await?;
    faults.truncate(MAX_FAULTS);
    Ok(LedgerState {
        head,
        contents,
        faults,
    })
}

/// Hashes every mail and document that is kept; hands back how many there are.
async fn verify_contents(
    storage: &Storage,
    faults: &mut Vec<LedgerFault>,
) -> Result<u64, StorageError> {
    let mut count = 0;
    let mut after = String::new();
    while faults.len() < MAX_FAULTS {
        let page = storage.list_contents(&after, CONTENTS).await?;
        let Some((last, _)) = page.last() else { break };
        after.clone_from(last);
        for (sha256, bytes) in page {
            count += 1;
            if hex::encode(Sha256::digest(&bytes)) != sha256 {
                faults.push(LedgerFault::ContentChanged { sha256 });
            }
        }
    }
    Ok(count)
}
