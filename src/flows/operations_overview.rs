//! What operators see at a glance: how much is stored, where the deliveries stand, what came last.

use super::Context;
use crate::{
    fhir::ResourceType,
    storage::{RecentReport, StateCount, StorageError},
};

/// Reports shown as the latest.
const RECENT: i64 = 25;

/// The state of the service. Holds no datum of a patient.
#[derive(Clone, Debug)]
pub struct Overview {
    /// Structures of the directory.
    pub structures: i64,
    /// Offers of the directory.
    pub offers: i64,
    /// RCP reports stored.
    pub reports: i64,
    /// Deliveries in each state, for each reason.
    pub deliveries: Vec<StateCount>,
    /// Physicians in the mirror of the directory.
    pub physicians: i64,
    /// Those of them who have a secure mailbox.
    pub physicians_with_mailbox: i64,
    /// Arrivals by outcome: accepted, repeated, refused.
    pub arrivals: Vec<(String, i64)>,
    /// The latest reports.
    pub recent: Vec<RecentReport>,
}

/// Reads the state of the service.
///
/// # Errors
/// [`StorageError`].
pub async fn overview(context: &Context) -> Result<Overview, StorageError> {
    let storage = &context.storage;
    let (physicians, physicians_with_mailbox) = storage.count_recipients().await?;
    Ok(Overview {
        structures: storage.count_resources(ResourceType::Organization).await?,
        offers: storage
            .count_resources(ResourceType::HealthcareService)
            .await?,
        reports: storage.count_reports().await?,
        deliveries: storage.count_deliveries().await?,
        physicians,
        physicians_with_mailbox,
        arrivals: storage.count_arrivals().await?,
        recent: storage.list_recent_reports(RECENT).await?,
    })
}
