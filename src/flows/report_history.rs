//! The life of a report: its versions, their mails, and what was refused because of them.

use super::Context;
use crate::storage::{Delivery, LedgerLine, Refusal, StorageError, StoredVersion};

/// The life of a report. Holds no datum of a patient.
#[derive(Clone, Debug)]
pub struct ReportHistory {
    /// What its versions share.
    pub set_id: String,
    /// Its versions, the oldest first.
    pub versions: Vec<VersionHistory>,
    /// What contradicted them, the oldest first.
    pub refusals: Vec<Refusal>,
}

/// One version and its mails.
#[derive(Clone, Debug)]
pub struct VersionHistory {
    /// The version.
    pub version: StoredVersion,
    /// Its deliveries, each with what happened to it.
    pub deliveries: Vec<(Delivery, Vec<LedgerLine>)>,
}

/// The life of the report of that identifier, if there is one.
///
/// # Errors
/// [`StorageError`].
pub async fn report_history(
    context: &Context,
    report_id: &str,
) -> Result<Option<ReportHistory>, StorageError> {
    let storage = &context.storage;
    let Some(report) = storage.find_report(report_id).await? else {
        return Ok(None);
    };
    let mut versions = Vec::new();
    for version in storage.list_versions(&report.set_id).await? {
        let mut deliveries = Vec::new();
        for delivery in storage.list_deliveries_of(&version.report.id).await? {
            let events = storage.list_delivery_events(&delivery.id).await?;
            deliveries.push((delivery, events));
        }
        versions.push(VersionHistory {
            version,
            deliveries,
        });
    }
    Ok(Some(ReportHistory {
        refusals: storage.list_refusals_of_set(&report.set_id).await?,
        set_id: report.set_id,
        versions,
    }))
}
