//! The steps from an application to its publication, for the statistics of the network.

use super::{Storage, StorageError, query::query};

/// Somebody handed an application in, or validated one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicationStep {
    /// The structure.
    pub structure_id: String,
    /// True for the validation that publishes, false for an application.
    pub is_publication: bool,
    /// Day, `YYYY-MM-DD`.
    pub day: String,
}

impl Storage {
    /// The applications and the publications, structure by structure, in their order.
    ///
    /// # Errors
    /// [`StorageError::Database`].
    pub async fn list_publication_steps(&self) -> Result<Vec<PublicationStep>, StorageError> {
        let rows = query(
            "select structure_id, kind, day from listing_event \
             where kind = 'submit' or (kind = 'validate' and author_role = 'dsrc') \
             order by structure_id, number",
        )
        .fetch_all(&self.pool)
        .await?;
        rows.iter()
            .map(|row| {
                Ok(PublicationStep {
                    structure_id: row.try_get(0)?,
                    is_publication: row.try_get::<String>(1)? == "validate",
                    day: row.try_get(2)?,
                })
            })
            .collect()
    }
}
