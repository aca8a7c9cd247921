//! A report arrives: read, check, keep, queue. Nothing is queued unless the report is stored.

use super::{
    Context, IdempotencyKey, Prepared,
    idempotency::NamedRequest,
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
    outbox::NoAddress,
    rcp::Standing,
    storage::{
        Arrival, JournalOutcome, NewReport, OppositionScope, Report, ReportIndex, StorageError,
        WriteTransaction,
    },
};

/// How often a report is stored again when a worker changes one of its deliveries meanwhile.
const STORING_TRIES: usize = 5;

/// A report as somebody hands it in.
#[derive(Clone, Copy, Debug)]
pub struct Handover<'a> {
    /// The bytes, as they came.
    pub bytes: &'a [u8],
    /// Where from: `http`, `demonstration`, …; never a patient datum.
    pub source: &'a str,
    /// Name that the sender gave to its request.
    pub key: Option<&'a IdempotencyKey>,
}

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
pub async fn accept(context: &Context, handover: Handover<'_>) -> Result<Accepted, AcceptError> {
    let result = accept_named(context, handover).await;
    let outcome = match &result {
        Ok(accepted) if accepted.is_repeated => "repeated",
        Ok(_) => "accepted",
        Err(AcceptError::Storage(_)) => "failed",
        Err(
            AcceptError::Unreadable(_) | AcceptError::Invalid(_) | AcceptError::Conflict { .. },
        ) => "refused",
    };
    if let Err(error) = &result {
        keep_refused(context, handover, error).await?;
    }
    context
        .metrics
        .reports
        .get_or_create(&ByOutcome { outcome })
        .inc();
    result
}

async fn accept_named(context: &Context, handover: Handover<'_>) -> Result<Accepted, AcceptError> {
    let request = handover
        .key
        .map(|key| NamedRequest::new(key, handover.bytes));
    if let Some(request) = &request
        && let Some(answer) = request.earlier_answer(context, handover.bytes).await?
    {
        return Ok(answer);
    }
    let prepared = prepare(context, handover.bytes)?;
    let job = Job {
        handover,
        request,
        prepared,
    };
    store_at_last(context, &job).await
}

/// A report on its way into the tables.
struct Job<'a> {
    handover: Handover<'a>,
    request: Option<NamedRequest>,
    prepared: Prepared,
}

/// Stores a report, again when a worker took one of its deliveries under our hands, or another
/// instance the document or the name of the request.
async fn store_at_last(context: &Context, job: &Job<'_>) -> Result<Accepted, AcceptError> {
    for _ in 1..STORING_TRIES {
        match store(context, job).await {
            Err(AcceptError::Storage(StorageError::Lost(_))) => {}
            done => return done,
        }
        if let Some(request) = &job.request
            && let Some(answer) = request.earlier_answer(context, job.handover.bytes).await?
        {
            return Ok(answer);
        }
    }
    store(context, job).await
}

/// Stores a prepared report with its arrival and its delivery, in one transaction.
async fn store(context: &Context, job: &Job<'_>) -> Result<Accepted, AcceptError> {
    let prepared = &job.prepared;
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
        bytes: job.handover.bytes,
        source: job.handover.source,
        media_type: prepared.media_type,
        received_at: &now,
    };
    let mut writing = context.storage.begin_write().await?;
    writing.lock_set(&set_id).await?;
    if let Some(known) = writing.find_report_by_document(&document_id).await? {
        return repeat(context, writing, arrival, known, job).await;
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
    let report_id = insert(context, &mut writing, &incoming, prepared).await?;
    if prepared.action == Action::Delete {
        writing
            .insert_cancellation(&report_id, arrival.id, &now)
            .await?;
    }
    settle(context, &mut writing, &set_id, &now).await?;
    let accepted = Accepted {
        report_id,
        is_repeated: false,
        warnings: prepared.warnings.clone(),
    };
    finish(writing, job, accepted, &now).await
}

/// Ends the transaction with the answer that it makes true.
async fn finish(
    mut writing: WriteTransaction,
    job: &Job<'_>,
    accepted: Accepted,
    now: &str,
) -> Result<Accepted, AcceptError> {
    if let Some(request) = &job.request
        && !request.keep(&mut writing, &accepted, now).await?
    {
        return Err(StorageError::Lost("idempotency_key").into());
    }
    writing.commit().await?;
    tracing::info!(
        report.id = accepted.report_id,
        source = job.handover.source,
        is_repeated = accepted.is_repeated,
        "report taken in"
    );
    Ok(accepted)
}

/// What the tables say of a new report.
struct Incoming<'a> {
    arrival: Arrival<'a>,
    document_id: &'a str,
    set_id: &'a str,
    index: &'a ReportIndex,
}

/// Writes a new report and its delivery. [`StorageError::Lost`] when another instance wrote that
/// document since we looked.
async fn insert(
    context: &Context,
    writing: &mut WriteTransaction,
    incoming: &Incoming<'_>,
    prepared: &Prepared,
) -> Result<String, StorageError> {
    let Incoming { arrival, .. } = incoming;
    let header = &prepared.document.header;
    let report_id = context.ids.next();
    let source_sha256 = writing
        .insert_arrival(*arrival, JournalOutcome::Accepted)
        .await?;
    let cda_sha256 = writing.insert_content(&prepared.cda).await?;
    let mut destination = destination(context, writing, &prepared.document).await?;
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
        return Err(StorageError::Lost("report"));
    }
    writing.index_report(&report_id, incoming.index).await?;
    writing.insert_marks(&report_id, prepared.marks).await?;
    let now = arrival.received_at;
    let is_opposed = writing
        .opposes(&report_id, OppositionScope::Professionals)
        .await?;
    if is_opposed && destination.rpps.is_some() {
        destination.address = Err(NoAddress::PatientOpposition);
    }
    queue(context, writing, &report_id, &destination, now).await?;
    Ok(report_id)
}

/// The answer to a document identity that is known: the same report again, its cancellation, or a
/// conflict.
async fn repeat(
    context: &Context,
    mut writing: WriteTransaction,
    arrival: Arrival<'_>,
    known: Report,
    job: &Job<'_>,
) -> Result<Accepted, AcceptError> {
    let prepared = &job.prepared;
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
    let accepted = Accepted {
        report_id: known.id,
        is_repeated: true,
        warnings: Vec::new(),
    };
    finish(writing, job, accepted, arrival.received_at).await
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
