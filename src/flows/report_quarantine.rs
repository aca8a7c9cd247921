//! What was refused, for those who must look at it.

use super::{
    Context,
    report_search::{cursor_of, read_cursor},
};
use crate::storage::{Refusal, StorageError};

/// Refusals in a page.
const PAGE: i64 = 100;

/// A page of refusals, the latest first.
#[derive(Clone, Debug)]
pub struct RefusalPage {
    /// The refusals.
    pub refusals: Vec<Refusal>,
    /// Where the next page begins, when there may be one.
    pub cursor: Option<String>,
}

/// Lists what was refused, from where `cursor` says; a cursor that makes no sense starts anew.
///
/// # Errors
/// [`StorageError`].
pub async fn list_refusals(
    context: &Context,
    cursor: Option<&str>,
) -> Result<RefusalPage, StorageError> {
    let before = cursor.and_then(read_cursor);
    let before = before
        .as_ref()
        .map(|(instant, id)| (instant.as_str(), id.as_str()));
    let refusals = context.storage.list_refusals(before, PAGE).await?;
    let is_full = i64::try_from(refusals.len()).is_ok_and(|count| count == PAGE);
    let cursor = refusals
        .last()
        .filter(|_| is_full)
        .map(|last| cursor_of(&last.received_at, &last.journal_id));
    Ok(RefusalPage { refusals, cursor })
}
