//! A report as FHIR shares it, made of its document each time it is read.

use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use super::{Context, Packing, Registration, rcp_rendering::shared};
use crate::{
    cda, sharing,
    storage::{Report, StorageError},
};

/// A `DocumentReference`, and what HTTP says of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SharedResource {
    /// Its identifier.
    pub id: String,
    /// Its version.
    pub version: i64,
    /// When it changed last, as the tables write it.
    pub last_updated: String,
    /// The resource, as JSON.
    pub json: String,
}

/// What a form of that report says beside its document.
///
/// # Errors
/// [`StorageError`].
pub async fn registered(context: &Context, report: &Report) -> Result<Packing, StorageError> {
    let replaced_id = match &report.replaces_document_id {
        Some(document_id) => context.storage.find_report_id(document_id).await?,
        None => None,
    };
    let registration = Registration {
        id: report.id.clone(),
        standing: report.standing,
        revision: report.revision,
        changed_at: instant(&report.changed_at, "report.changed_at")?,
        replaced_id,
    };
    // The archive is dated by the arrival, so that two readers get the same bytes.
    let received_at = instant(&report.received_at, "report.received_at")?;
    Ok(Packing {
        registration: Some(registration),
        ..context.packing(received_at)
    })
}

fn instant(text: &str, column: &'static str) -> Result<OffsetDateTime, StorageError> {
    OffsetDateTime::parse(text, &Rfc3339).map_err(|_| StorageError::Corrupt { column })
}

/// The `DocumentReference` of that identifier, if there is one; `base_url` is that of the FHIR
/// interface.
///
/// # Errors
/// [`StorageError`].
pub async fn find_document(
    context: &Context,
    id: &str,
    base_url: &str,
) -> Result<Option<SharedResource>, StorageError> {
    match context.storage.find_report(id).await? {
        Some(report) => share(context, report, base_url).await.map(Some),
        None => Ok(None),
    }
}

/// The bytes of the document of that identifier, if there is one.
///
/// # Errors
/// [`StorageError`].
pub async fn find_document_bytes(
    context: &Context,
    id: &str,
) -> Result<Option<Vec<u8>>, StorageError> {
    match context.storage.find_report(id).await? {
        Some(report) => context.storage.find_content(&report.cda_sha256).await,
        None => Ok(None),
    }
}

/// The `DocumentReference` of a report.
pub(super) async fn share(
    context: &Context,
    report: Report,
    base_url: &str,
) -> Result<SharedResource, StorageError> {
    let cda = context.storage.find_content(&report.cda_sha256).await?;
    let cda = cda.ok_or(StorageError::Lost("content"))?;
    let packing = registered(context, &report).await?;
    let url = format!("{base_url}/Binary/{}", report.id);
    let terminology = context.terminology.load();
    let json = tokio::task::spawn_blocking(move || {
        let registration = packing.registration?;
        let document = cda::read(&cda).ok()?;
        let shared = shared(&document, &cda, &registration, packing.submitted_at, &url);
        Some(sharing::document_reference(&shared, &terminology).to_string())
    })
    .await
    .ok()
    .flatten()
    .ok_or(StorageError::Corrupt {
        column: "content.bytes",
    })?;
    Ok(SharedResource {
        id: report.id,
        version: report.revision,
        last_updated: report.changed_at,
        json,
    })
}
