//! Searching the directory: the same for the API and for the pages.

use super::Context;
use crate::{
    fhir::{CATEGORY_GROUP, Handling, ResourceType, SearchQuery},
    finding::Finding,
    storage::{Reader, SearchPage, StorageError},
};

/// Why a search is not answered.
#[derive(Debug, thiserror::Error)]
pub enum SearchError {
    /// Parameters, modifiers or values that are not supported.
    #[error("the search is not supported")]
    Unsupported(Vec<Finding>),
    /// The database failed.
    #[error("the database failed during a search")]
    Storage(#[from] StorageError),
}

/// How many offers there are, by code.
pub type Counts = Vec<(String, i64)>;

/// Answers a search on a type, given as the decoded pairs of its query.
///
/// # Errors
/// [`SearchError`].
pub async fn search(
    ctx: &Context,
    on: ResourceType,
    pairs: &[(String, String)],
    handling: Handling,
    reader: Reader,
) -> Result<(SearchQuery, SearchPage), SearchError> {
    let query = SearchQuery::parse(on, pairs, handling).map_err(SearchError::Unsupported)?;
    let page = ctx.storage.search(&query, reader).await?;
    Ok((query, page))
}

/// How many offers that the public may see meet these pairs: by category, and by department.
///
/// # Errors
/// [`SearchError`].
pub async fn count_offers(
    ctx: &Context,
    for_categories: &[(String, String)],
    for_departments: &[(String, String)],
) -> Result<(Counts, Counts), SearchError> {
    let parse = |pairs| {
        SearchQuery::parse(ResourceType::HealthcareService, pairs, Handling::Lenient)
            .map_err(SearchError::Unsupported)
    };
    let (of_categories, of_departments) = (parse(for_categories)?, parse(for_departments)?);
    let categories = ctx
        .storage
        .count_by_code(&of_categories, Reader::Public, CATEGORY_GROUP)
        .await?;
    let departments = ctx
        .storage
        .count_by_department(&of_departments, Reader::Public)
        .await?;
    Ok((categories, departments))
}
