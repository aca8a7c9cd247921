//! Bulk exports: asked for, prepared beside the requests, fetched in files, taken out again.
//!
//! **Source:** Bulk Data Access STU2 (2.0.0).

use serde_json::{Value, json};
use time::Duration;

use super::{
    Context, directory_search::asking, search_words::understand, write_references::pairs_of,
};
use crate::{
    clock::instant_text,
    fhir::{ExportRequest, Handling, ResourceType, SearchQuery, View, cut},
    finding::Finding,
    storage::{ExportJob, ExportProgress, StorageError},
};

/// How long an instance may take to prepare an export before another one does.
const LEASE: Duration = Duration::minutes(15);
/// Resources of a file read at once.
const LINES_A_PAGE: i64 = 500;
/// Parameters that say nothing of which resources are meant.
const RESULT_PARAMETERS: [&str; 8] = [
    "_include",
    "_revinclude",
    "_sort",
    "_count",
    "_total",
    "_summary",
    "_elements",
    "_cursor",
];

/// Why an export is not taken on.
#[derive(Debug, thiserror::Error)]
pub enum BulkExportError {
    /// Parameters or searches that are not understood.
    #[error("the export is not supported")]
    Unsupported(Vec<Finding>),
    /// As many as may be are kept already.
    #[error("too many exports are kept")]
    TooMany,
    /// The database failed.
    #[error("the database failed during an export")]
    Storage(#[from] StorageError),
}

/// An export whose files are read.
#[derive(Clone, Debug)]
pub struct ExportReading {
    job_id: String,
    kind: ResourceType,
    is_deleted: bool,
    view: View,
    after: Option<String>,
}

/// Keeps an export that is asked for by that address with these decoded pairs; tells its id.
///
/// # Errors
/// [`BulkExportError`].
pub async fn request_export(
    ctx: &Context,
    url: &str,
    pairs: &[(String, String)],
) -> Result<String, BulkExportError> {
    let request = ExportRequest::parse(pairs).map_err(BulkExportError::Unsupported)?;
    queries(ctx, &request).map_err(BulkExportError::Unsupported)?;
    let now = ctx.clock.now();
    let job = ExportJob {
        id: ctx.ids.next(),
        progress: ExportProgress::Pending,
        request_url: url.to_owned(),
        request: serde_json::to_string(pairs).expect("pairs of texts are JSON"),
        transaction_time: String::new(),
        expires_at: instant_text(now + Duration::hours(ctx.exports.keep_hours)),
    };
    let most = ctx.exports.max_kept;
    if !ctx
        .storage
        .insert_export(&job, &instant_text(now), most)
        .await?
    {
        return Err(BulkExportError::TooMany);
    }
    Ok(job.id)
}

/// The searches whose matches are exported.
fn queries(ctx: &Context, request: &ExportRequest) -> Result<Vec<SearchQuery>, Vec<Finding>> {
    let terminology = ctx.terminology.load();
    let mut found = Vec::new();
    let mut findings = Vec::new();
    for kind in &request.types {
        let of_type = request.filters.iter().filter(|(of, _)| of == kind);
        let mut searches: Vec<_> = of_type.map(|(_, query)| pairs_of(query)).collect();
        if searches.is_empty() {
            searches.push(Vec::new());
        }
        for mut pairs in searches {
            let is_of_result = |(name, _): &(String, String)| {
                RESULT_PARAMETERS.contains(&name.split(':').next().unwrap_or(name))
            };
            if pairs.iter().any(is_of_result) {
                findings.push(ExportRequest::not_a_filter());
            }
            if let Some(since) = request.since.as_ref().filter(|_| !request.is_complete) {
                pairs.push(("_lastUpdated".to_owned(), format!("ge{since}")));
            }
            match understand(*kind, &pairs, &asking(ctx, &terminology, Handling::Strict)) {
                Ok(query) => found.push(query),
                Err(faults) => findings.extend(faults),
            }
        }
    }
    if findings.is_empty() {
        Ok(found)
    } else {
        Err(findings)
    }
}

/// Prepares the export that waits longest: notes which versions it holds. False when none waits.
///
/// # Errors
/// [`StorageError`]; a failure that no later try can pass is noted on the export.
pub async fn prepare_next_export(ctx: &Context) -> Result<bool, StorageError> {
    let now = ctx.clock.now();
    let (now, until) = (instant_text(now), instant_text(now + LEASE));
    let Some(job) = ctx.storage.claim_export(&now, &until).await? else {
        return Ok(false);
    };
    match prepare(ctx, &job).await {
        Err(error) if !error.is_transient() => {
            tracing::error!(export.id = %job.id, error = &error as &dyn std::error::Error, "an export could not be prepared");
            let mut tx = ctx.storage.begin_write().await?;
            tx.end_export(&job.id, ExportProgress::Failed, "").await?;
            tx.commit().await?;
        }
        outcome => outcome?,
    }
    Ok(true)
}

async fn prepare(ctx: &Context, job: &ExportJob) -> Result<(), StorageError> {
    let request = read_request(job);
    let queries = queries(ctx, &request).unwrap_or_default();
    let mut tx = ctx.storage.begin_large_write().await?;
    // In turn: what has an earlier instant is written, what is written later has this one or a later.
    tx.take_turn().await?;
    let transaction_time = ctx.now_text();
    for query in &queries {
        tx.export_matches(&job.id, query).await?;
    }
    if request.is_complete {
        tx.export_associated(&job.id).await?;
    }
    if let Some(since) = &request.since {
        if request.is_complete {
            tx.keep_exported_since(&job.id, since).await?;
        }
        let mut types = request.types.clone();
        if request.is_complete {
            types.extend(ResourceType::OF_OFFERS);
        }
        types.sort_unstable();
        types.dedup();
        for kind in types {
            tx.export_deletions(&job.id, kind, since).await?;
        }
    }
    let is_wanted = tx
        .end_export(&job.id, ExportProgress::Ready, &transaction_time)
        .await?;
    if is_wanted {
        tx.commit().await?;
    }
    Ok(())
}

fn read_request(job: &ExportJob) -> ExportRequest {
    let pairs: Vec<(String, String)> =
        serde_json::from_str(&job.request).expect("what is kept was written from pairs");
    ExportRequest::parse(&pairs).expect("what is kept was understood")
}

/// An export that has not expired.
///
/// # Errors
/// [`StorageError`].
pub async fn find_export(ctx: &Context, id: &str) -> Result<Option<ExportJob>, StorageError> {
    ctx.storage.find_export(id, &ctx.now_text()).await
}

/// Which files an export that is ready has, as its manifest tells them; `address` makes the address
/// of a file of its name.
///
/// # Errors
/// [`StorageError`].
pub async fn export_manifest(
    ctx: &Context,
    job: &ExportJob,
    needs_token: bool,
    address: impl Fn(&str) -> String,
) -> Result<Value, StorageError> {
    let files = ctx.storage.list_export_files(&job.id).await?;
    let listed = |is_deleted: bool| -> Vec<Value> {
        let files = files.iter().filter(|file| file.is_deleted == is_deleted);
        files
            .map(|file| {
                let kind = file.kind.as_str();
                let (shown, name) = if is_deleted {
                    ("Bundle", format!("{kind}.deleted.ndjson"))
                } else {
                    (kind, format!("{kind}.ndjson"))
                };
                json!({"type": shown, "url": address(&name), "count": file.count})
            })
            .collect()
    };
    Ok(json!({
        "transactionTime": job.transaction_time,
        "request": job.request_url,
        "requiresAccessToken": needs_token,
        "output": listed(false),
        "deleted": listed(true),
        "error": [],
    }))
}

/// Starts reading a file of an export by its name; none when there is no such file.
#[must_use]
pub fn open_export_file(job: &ExportJob, name: &str) -> Option<ExportReading> {
    let bare = name.strip_suffix(".ndjson")?;
    let (kind, is_deleted) = match bare.strip_suffix(".deleted") {
        Some(kind) => (kind, true),
        None => (bare, false),
    };
    let kind = ResourceType::parse(kind)?;
    Some(ExportReading {
        job_id: job.id.clone(),
        kind,
        is_deleted,
        view: read_request(job).view_of(kind),
        after: Some(String::new()),
    })
}

impl ExportReading {
    /// The next lines of the file, none at its end.
    ///
    /// # Errors
    /// [`StorageError`].
    pub async fn next(&mut self, ctx: &Context) -> Result<Option<String>, StorageError> {
        let Some(after) = self.after.take() else {
            return Ok(None);
        };
        let (storage, job, kind) = (&ctx.storage, &self.job_id, self.kind);
        let mut text = String::new();
        if self.is_deleted {
            let ids = storage
                .list_export_deletions(job, kind, &after, LINES_A_PAGE)
                .await?;
            for id in &ids {
                text.push_str(&deletion(kind, id));
                text.push('\n');
            }
            self.after = ids.into_iter().next_back();
        } else {
            let lines = storage
                .list_export_lines(job, kind, &after, LINES_A_PAGE)
                .await?;
            text.reserve(lines.iter().map(|line| line.json.len() + 1).sum());
            for line in &lines {
                self.push(&mut text, &line.json);
            }
            self.after = lines.into_iter().next_back().map(|line| line.id);
        }
        Ok(Some(text).filter(|text| !text.is_empty()))
    }

    fn push(&self, text: &mut String, json: &str) {
        if self.view == View::Whole {
            text.push_str(json);
        } else {
            let mut resource: Value =
                serde_json::from_str(json).expect("what is kept was written from a JSON value");
            cut(&mut resource, &self.view);
            text.push_str(&resource.to_string());
        }
        text.push('\n');
    }
}

/// A deletion, as a line of a file of deletions.
///
/// **Source:** Bulk Data Access STU2, response manifest, `deleted`.
fn deletion(kind: ResourceType, id: &str) -> String {
    let url = format!("{}/{id}", kind.as_str());
    json!({"resourceType": "Bundle", "type": "transaction",
        "entry": [{"request": {"method": "DELETE", "url": url}}]})
    .to_string()
}

/// Takes out an export; false when it is not there.
///
/// # Errors
/// [`StorageError`].
pub async fn cancel_export(ctx: &Context, id: &str) -> Result<bool, StorageError> {
    if find_export(ctx, id).await?.is_none() {
        return Ok(false);
    }
    ctx.storage.delete_export(id).await
}

/// Takes out the exports that expired; tells how many.
///
/// # Errors
/// [`StorageError`].
pub async fn drop_expired_exports(ctx: &Context) -> Result<usize, StorageError> {
    let expired = ctx.storage.list_expired_exports(&ctx.now_text()).await?;
    for id in &expired {
        ctx.storage.delete_export(id).await?;
    }
    Ok(expired.len())
}
