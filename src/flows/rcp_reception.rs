//! A report arrives: read, check, keep, queue. Nothing is queued unless the report is stored.

use super::{
    Context, Prepared,
    rcp_destination::{destination, queue},
    rcp_preparation::prepare,
    rcp_quarantine::keep_refused,
    rcp_versions::{contradiction, settle, superseded},
    report_index::{index_of, session_at},
};
use crate::{
    finding::{Bilingual, Finding},
    identifiers::Rpps,
    metrics::ByOutcome,
    mssante::xdm::Action,
    rcp::Standing,
    storage::{
        Arrival, JournalOutcome, NewReport, Report, ReportIndex, StorageError, WriteTransaction,
    },
};

/// How often a report is stored again when a worker changes one of its deliveries meanwhile.
const STORING_TRIES: usize = 5;

/// What became of a report that arrived.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accepted {
    /// Our identifier of the report.
    pub report_id: String,
    /// True when it had come before: nothing was stored or sent anew.
    pub is_repeated: bool,
    /// What is worth knowing, though it refuses nothing.
    pub warnings: Vec<Finding>,
}

/// Why a report was not taken in. What arrived is kept all the same.
#[derive(Debug, thiserror::Error)]
pub enum AcceptError {
    /// Neither a fiche in JSON, nor a CDA document, nor an archive.
    #[error("the content is neither a fiche RCP in JSON nor a CDA document nor an archive of one")]
    Unreadable(Vec<Finding>),
    /// Readable, and against a rule.
    #[error("the report is against a rule")]
    Invalid(Vec<Finding>),
    /// It contradicts a report that came before.
    #[error("the report contradicts one that came before")]
    Conflict {
        /// In what.
        findings: Vec<Finding>,
        /// Our identifier of the one that came before.
        report_id: String,
    },
    /// The database failed.
    #[error("the database failed")]
    Storage(#[from] StorageError),
}

/// Takes one report in: a fiche RCP in JSON, a finished CDA document, or an archive of one. The bytes
/// are kept as they came, whatever becomes of them. The same report again gives the same answer and
/// no second mail.
///
/// # Errors
/// [`AcceptError`]; nothing is stored then but the arrival and its refusal.
pub async fn accept(
    context: &Context,
    bytes: &[u8],
    source: &str,
) -> Result<Accepted, AcceptError> {
    let result = match prepare(context, bytes) {
        Ok(prepared) => store_at_last(context, bytes, source, &prepared).await,
        Err(error) => Err(error),
    };
    let outcome = match &result {
        Ok(accepted) if accepted.is_repeated => "repeated",
        Ok(_) => "accepted",
        Err(AcceptError::Storage(_)) => "failed",
        Err(
            AcceptError::Unreadable(_) | AcceptError::Invalid(_) | AcceptError::Conflict { .. },
        ) => "refused",
    };
    if let Err(error) = &result {
        keep_refused(context, bytes, source, error).await?;
    }
    context
        .metrics
        .reports
        .get_or_create(&ByOutcome { outcome })
        .inc();
    result
}

/// Stores a report, again when a worker took one of its deliveries under our hands.
async fn store_at_last(
    context: &Context,
    bytes: &[u8],
    source: &str,
    prepared: &Prepared,
) -> Result<Accepted, AcceptError> {
    for _ in 1..STORING_TRIES {
        match store(context, bytes, source, prepared).await {
            Err(AcceptError::Storage(StorageError::Lost(_))) => {}
            done => return done,
        }
    }
    store(context, bytes, source, prepared).await
}

/// Stores a prepared report with its arrival and its delivery, in one transaction.
async fn store(
    context: &Context,
    bytes: &[u8],
    source: &str,
    prepared: &Prepared,
) -> Result<Accepted, AcceptError> {
    let header = &prepared.document.header;
    let document_id = header.id.to_string();
    let set_id = header
        .set_id
        .as_ref()
        .map_or_else(|| document_id.clone(), ToString::to_string);
    let now = context.now_text();
    let arrival_id = context.ids.next();
    let arrival = Arrival {
        id: &arrival_id,
        bytes,
        source,
        media_type: prepared.media_type,
        received_at: &now,
    };
    let mut writing = context.storage.begin_write().await?;
    writing.lock_set(&set_id).await?;
    if let Some(known) = writing.find_report_by_document(&document_id).await? {
        return repeat(context, writing, arrival, known, prepared).await;
    }
    let index = index_of(&prepared.document);
    let versions = writing.list_versions(&set_id).await?;
    let contradiction = contradiction(&mut writing, &prepared.document, &set_id, &index, &versions);
    if let Some((finding, known)) = contradiction.await? {
        return Err(AcceptError::Conflict {
            findings: vec![finding],
            report_id: known.id,
        });
    }
    let later = versions
        .into_iter()
        .find(|version| version.report.version > header.version.unwrap_or(1));
    if let Some(later) = later.filter(|_| prepared.action == Action::Delete) {
        return Err(AcceptError::Conflict {
            findings: vec![superseded()],
            report_id: later.report.id,
        });
    }
    let incoming = Incoming {
        arrival,
        document_id: &document_id,
        set_id: &set_id,
        index: &index,
    };
    let Some(report_id) = insert(context, &mut writing, &incoming, prepared).await? else {
        drop(writing);
        return stored_meanwhile(context, &set_id, arrival, prepared).await;
    };
    if prepared.action == Action::Delete {
        writing
            .insert_cancellation(&report_id, arrival.id, &now)
            .await?;
    }
    settle(context, &mut writing, &set_id, &now).await?;
    writing.commit().await?;
    tracing::info!(report.id = report_id, source, "report taken in");
    Ok(Accepted {
        report_id,
        is_repeated: false,
        warnings: prepared.warnings.clone(),
    })
}

/// A report on its way into the tables.
struct Incoming<'a> {
    arrival: Arrival<'a>,
    document_id: &'a str,
    set_id: &'a str,
    index: &'a ReportIndex,
}

/// Writes a new report and its delivery; `None` when another instance wrote that document since we
/// looked.
async fn insert(
    context: &Context,
    writing: &mut WriteTransaction,
    incoming: &Incoming<'_>,
    prepared: &Prepared,
) -> Result<Option<String>, StorageError> {
    let Incoming { arrival, .. } = incoming;
    let header = &prepared.document.header;
    let report_id = context.ids.next();
    let source_sha256 = writing
        .insert_arrival(*arrival, JournalOutcome::Accepted)
        .await?;
    let cda_sha256 = writing.insert_content(&prepared.cda).await?;
    let destination = destination(context, writing, &prepared.document).await?;
    let replaced = header.replaces().map(|parent| parent.id.to_string());
    let is_new = writing
        .insert_report(&NewReport {
            id: &report_id,
            document_id: incoming.document_id,
            set_id: incoming.set_id,
            version: header.version.unwrap_or(1),
            replaces_document_id: replaced.as_deref(),
            journal_id: arrival.id,
            source_sha256: &source_sha256,
            cda_sha256: &cda_sha256,
            board: header.title.as_deref().unwrap_or_default(),
            session_at: session_at(&prepared.document).map_or("", |time| time.0.as_str()),
            attending_rpps: destination.rpps.as_ref().map(Rpps::as_str),
            received_at: arrival.received_at,
        })
        .await?;
    if !is_new {
        return Ok(None);
    }
    writing.index_report(&report_id, incoming.index).await?;
    let now = arrival.received_at;
    queue(context, writing, &report_id, &destination, now).await?;
    Ok(Some(report_id))
}

/// Another instance stored the same document since we looked: what we wrote is undone, and theirs is
/// compared with ours.
async fn stored_meanwhile(
    context: &Context,
    set_id: &str,
    arrival: Arrival<'_>,
    prepared: &Prepared,
) -> Result<Accepted, AcceptError> {
    let mut writing = context.storage.begin_write().await?;
    writing.lock_set(set_id).await?;
    let known = writing
        .find_report_by_document(&prepared.document.header.id.to_string())
        .await?
        .ok_or(StorageError::Lost("report"))?;
    repeat(context, writing, arrival, known, prepared).await
}

/// The answer to a document identity that is known: the same report again, its cancellation, or a
/// conflict.
async fn repeat(
    context: &Context,
    mut writing: WriteTransaction,
    arrival: Arrival<'_>,
    known: Report,
    prepared: &Prepared,
) -> Result<Accepted, AcceptError> {
    let cda_sha256 = writing.insert_content(&prepared.cda).await?;
    if cda_sha256 != known.cda_sha256 {
        return Err(AcceptError::Conflict {
            findings: vec![other_content()],
            report_id: known.id,
        });
    }
    let cancels = prepared.action == Action::Delete && known.standing != Standing::Cancelled;
    if cancels && known.standing == Standing::Superseded {
        return Err(AcceptError::Conflict {
            findings: vec![superseded()],
            report_id: known.id,
        });
    }
    let outcome = if cancels {
        JournalOutcome::Accepted
    } else {
        JournalOutcome::Repeated
    };
    writing.insert_arrival(arrival, outcome).await?;
    if cancels {
        let now = arrival.received_at;
        writing
            .insert_cancellation(&known.id, arrival.id, now)
            .await?;
        settle(context, &mut writing, &known.set_id, now).await?;
    }
    writing.commit().await?;
    tracing::info!(report.id = known.id, cancels, "report came again");
    Ok(Accepted {
        report_id: known.id,
        is_repeated: true,
        warnings: Vec::new(),
    })
}

fn other_content() -> Finding {
    Finding::error(
        "P-ID-1",
        "document.id",
        Bilingual::new(
            "Un autre contenu a déjà été reçu sous cette identité de document.",
            "Another content has come under this document identity before.",
        ),
        Bilingual::new(
            "Pour corriger un compte rendu, envoyez une nouvelle version : nouvel identifiant, même setId, version + 1, et le document remplacé.",
            "To correct a report send a new version: a new id, the same setId, version + 1, and the replaced document.",
        ),
    )
}
