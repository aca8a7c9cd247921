//! What is refused is kept, with the reason that was answered.

use super::{AcceptError, Context, rcp_preparation::first_character};
use crate::{
    finding::Finding,
    storage::{Arrival, JournalOutcome, NewRefusal, StorageError},
};

/// Keeps what was refused as it came; what the database could not take in is not a refusal.
pub(super) async fn keep_refused(
    context: &Context,
    bytes: &[u8],
    source: &str,
    error: &AcceptError,
) -> Result<(), StorageError> {
    let (findings, report_id) = match error {
        AcceptError::Unreadable(findings) | AcceptError::Invalid(findings) => (findings, None),
        AcceptError::Conflict {
            findings,
            report_id,
        } => (findings, Some(report_id.as_str())),
        AcceptError::Storage(_) => return Ok(()),
    };
    let refused = Refused {
        bytes,
        source,
        media_type: media_type(bytes),
        findings,
        report_id,
        is_cut: false,
    };
    quarantine(context, &refused).await
}

/// Something to keep, that was refused.
struct Refused<'a> {
    bytes: &'a [u8],
    source: &'a str,
    media_type: &'a str,
    findings: &'a [Finding],
    report_id: Option<&'a str>,
    is_cut: bool,
}

async fn quarantine(context: &Context, refused: &Refused<'_>) -> Result<(), StorageError> {
    let mut rules: Vec<&str> = refused
        .findings
        .iter()
        .map(|finding| finding.rule)
        .collect();
    rules.dedup();
    let reason = rules.join(" ");
    let findings =
        serde_json::to_string(refused.findings).expect("findings hold texts and numbers");
    let id = context.ids.next();
    let now = context.now_text();
    let arrival = Arrival {
        id: &id,
        bytes: refused.bytes,
        source: refused.source,
        media_type: refused.media_type,
        received_at: &now,
    };
    let mut writing = context.storage.begin_write().await?;
    writing
        .insert_arrival(arrival, JournalOutcome::Refused(&reason))
        .await?;
    writing
        .insert_refusal(NewRefusal {
            journal_id: &id,
            received_at: &now,
            findings: &findings,
            report_id: refused.report_id,
            is_cut: refused.is_cut,
        })
        .await?;
    writing.commit().await?;
    tracing::warn!(
        journal.id = id,
        source = refused.source,
        reason,
        "report refused"
    );
    Ok(())
}

/// What the first character says that it is.
fn media_type(bytes: &[u8]) -> &'static str {
    match first_character(bytes) {
        Some(b'{') => "application/json",
        Some(b'<') => "text/xml",
        Some(b'P') if bytes.starts_with(b"PK\x03\x04") => "application/zip",
        _ => "application/octet-stream",
    }
}
