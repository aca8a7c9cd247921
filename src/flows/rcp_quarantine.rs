//! What is refused is kept, with the reason that was answered.

use super::{AcceptError, Context, Handover, ReportFormat};
use crate::{
    finding::{Bilingual, Finding},
    metrics::ByOutcome,
    storage::{Arrival, JournalOutcome, NewRefusal, StorageError, WriteTransaction},
};

/// Keeps what was refused as it came; what the database could not take in is not a refusal.
pub(super) async fn keep_refused(
    context: &Context,
    handover: Handover<'_>,
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
        bytes: handover.bytes,
        source: handover.source,
        media_type: media_type(handover.bytes),
        findings,
        report_id,
        is_cut: false,
    };
    quarantine(context, &refused).await
}

/// Keeps the beginning of what was larger than `limit_bytes`, and the fact.
///
/// # Errors
/// [`StorageError`].
pub async fn keep_oversized(
    context: &Context,
    head: &[u8],
    source: &str,
    limit_bytes: usize,
) -> Result<(), StorageError> {
    let finding = Finding::error(
        "P-SIZE-1",
        "",
        Bilingual::new(
            format!("Le contenu dépasse {limit_bytes} octets : seul son début est conservé."),
            format!("The content is larger than {limit_bytes} bytes: only its beginning is kept."),
        ),
        Bilingual::new(
            "Envoyez un compte rendu plus petit, ou relevez server.max_body_bytes.",
            "Send a smaller report, or raise server.max_body_bytes.",
        ),
    );
    let refused = Refused {
        bytes: head,
        source,
        media_type: media_type(head),
        findings: &[finding],
        report_id: None,
        is_cut: true,
    };
    quarantine(context, &refused).await?;
    let outcome = ByOutcome { outcome: "refused" };
    context.metrics.reports.get_or_create(&outcome).inc();
    Ok(())
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
    keep(&mut writing, arrival, refused).await?;
    writing.commit().await?;
    tracing::warn!(
        journal.id = id,
        source = refused.source,
        reason = reason(refused.findings),
        "report refused"
    );
    Ok(())
}

/// Keeps a mail that was refused, or that waits for a person, in the transaction of what was made of it.
pub(super) async fn keep_refused_mail(
    writing: &mut WriteTransaction,
    arrival: Arrival<'_>,
    findings: &[Finding],
) -> Result<(), StorageError> {
    let refused = Refused {
        bytes: arrival.bytes,
        source: arrival.source,
        media_type: arrival.media_type,
        findings,
        report_id: None,
        is_cut: false,
    };
    keep(writing, arrival, &refused).await
}

async fn keep(
    writing: &mut WriteTransaction,
    arrival: Arrival<'_>,
    refused: &Refused<'_>,
) -> Result<(), StorageError> {
    let findings =
        serde_json::to_string(refused.findings).expect("findings hold texts and numbers");
    let reason = reason(refused.findings);
    writing
        .insert_arrival(arrival, JournalOutcome::Refused(&reason))
        .await?;
    writing
        .insert_refusal(NewRefusal {
            journal_id: arrival.id,
            received_at: arrival.received_at,
            findings: &findings,
            report_id: refused.report_id,
            is_cut: refused.is_cut,
        })
        .await
}

/// The rules broken, each once in a row.
fn reason(findings: &[Finding]) -> String {
    let mut rules: Vec<&str> = findings.iter().map(|finding| finding.rule).collect();
    rules.dedup();
    rules.join(" ")
}

/// What the beginning says that it is.
fn media_type(bytes: &[u8]) -> &'static str {
    ReportFormat::of(bytes).map_or("application/octet-stream", ReportFormat::media_type)
}
