//! A report arrives: read, check, keep, queue. Nothing is queued unless the report is stored.

use super::Context;
use crate::{
    cda::{self, Attending, Document},
    finding::{self, Bilingual, Finding},
    identifiers::{MssanteAddress, Rpps},
    outbox::{DeliveryState, NoAddress},
    rcp,
    storage::{
        Arrival, JournalOutcome, NewDelivery, NewReport, Report, StorageError, WriteTransaction,
    },
};

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
    /// Neither a fiche in JSON nor a CDA document.
    #[error("the content is neither a fiche RCP in JSON nor a CDA document")]
    Unreadable(Vec<Finding>),
    /// Readable, and against a rule.
    #[error("the report is against a rule")]
    Invalid(Vec<Finding>),
    /// Another content came before under the same identity.
    #[error("another report has the same identity")]
    Conflict(Vec<Finding>),
    /// The database failed.
    #[error("the database failed")]
    Storage(#[from] StorageError),
}

/// A report that passed every check, and the document that carries it.
pub struct Prepared {
    /// The CDA document: made here, or the bytes as they came.
    pub cda: Vec<u8>,
    /// What it says.
    pub document: Document,
    /// What is worth knowing.
    pub warnings: Vec<Finding>,
    /// Media type of what arrived.
    pub media_type: &'static str,
}

/// Takes one report in: a fiche RCP in JSON, or a finished CDA document. The bytes are kept as they
/// came, whatever becomes of them. The same report again gives the same answer and no second mail.
///
/// # Errors
/// [`AcceptError`]; nothing is stored then but the arrival and its refusal.
pub async fn accept(
    context: &Context,
    bytes: &[u8],
    source: &str,
) -> Result<Accepted, AcceptError> {
    let result = match prepare(context, bytes) {
        Ok(prepared) => store(context, bytes, source, prepared).await,
        Err(error) => Err(error),
    };
    if let Err(
        AcceptError::Unreadable(findings)
        | AcceptError::Invalid(findings)
        | AcceptError::Conflict(findings),
    ) = &result
    {
        keep_refused(context, bytes, source, findings).await?;
    }
    let outcome = match &result {
        Ok(accepted) if accepted.is_repeated => "repeated",
        Ok(_) => "accepted",
        Err(AcceptError::Storage(_)) => "failed",
        Err(_) => "refused",
    };
    context
        .metrics
        .reports
        .get_or_create(&crate::metrics::ByOutcome { outcome })
        .inc();
    result
}

/// Reads and checks a report, and makes its CDA document, without storing anything.
///
/// # Errors
/// [`AcceptError::Unreadable`] or [`AcceptError::Invalid`], with every fault at once.
pub fn prepare(context: &Context, bytes: &[u8]) -> Result<Prepared, AcceptError> {
    match first_character(bytes) {
        Some(b'{') => prepare_fiche(context, bytes),
        Some(b'<') => prepare_cda(context, bytes),
        _ => Err(AcceptError::Unreadable(vec![Finding::error(
            "P-FMT-1",
            "",
            Bilingual::new(
                "Le contenu n'est ni une fiche RCP en JSON ni un document CDA en XML.",
                "The content is neither a fiche RCP in JSON nor a CDA document in XML.",
            ),
            Bilingual::new(
                "Envoyez un objet JSON, ou un document XML dont la racine est ClinicalDocument, en UTF-8.",
                "Send a JSON object, or an XML document whose root is ClinicalDocument, in UTF-8.",
            ),
        )])),
    }
}

fn first_character(bytes: &[u8]) -> Option<u8> {
    let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    text.iter()
        .copied()
        .find(|byte| !byte.is_ascii_whitespace())
}

fn prepare_fiche(context: &Context, bytes: &[u8]) -> Result<Prepared, AcceptError> {
    let report = rcp::fiche::read(bytes).map_err(AcceptError::Unreadable)?;
    let warnings = rcp::rules::check(&report, &context.terminology, context.region.environment);
    if !finding::accepts(&warnings) {
        return Err(AcceptError::Invalid(warnings));
    }
    let cda = cda::write(&report, &context.terminology)
        .map_err(|error| AcceptError::Invalid(vec![unwritable(&error)]))?;
    let document = cda::read(&cda).map_err(|error| AcceptError::Invalid(vec![error.finding()]))?;
    Ok(Prepared {
        cda,
        document,
        warnings,
        media_type: "application/json",
    })
}

/// A fiche that passed the rules and cannot be written all the same.
fn unwritable(error: &cda::WriteError) -> Finding {
    Finding::error(
        "P-CDA-1",
        "",
        Bilingual::new(
            "La fiche ne peut pas devenir un document CDA.",
            error.to_string(),
        ),
        Bilingual::new(
            "Corrigez le champ nommé et renvoyez la fiche.",
            "Mend the field named and send the fiche again.",
        ),
    )
}

fn prepare_cda(context: &Context, bytes: &[u8]) -> Result<Prepared, AcceptError> {
    let (document, warnings) =
        cda::read_and_validate(bytes, &context.terminology, context.region.environment)
            .map_err(|error| AcceptError::Unreadable(vec![error.finding()]))?;
    if !finding::accepts(&warnings) {
        return Err(AcceptError::Invalid(warnings));
    }
    Ok(Prepared {
        cda: bytes.to_vec(),
        document,
        warnings,
        media_type: "text/xml",
    })
}

/// Stores a prepared report with its arrival and its delivery, in one transaction.
async fn store(
    context: &Context,
    bytes: &[u8],
    source: &str,
    prepared: Prepared,
) -> Result<Accepted, AcceptError> {
    let header = &prepared.document.header;
    let document_id = header.id.to_string();
    let now = context.now_text();
    let (arrival_id, report_id) = (context.ids.next(), context.ids.next());
    let arrival = Arrival {
        id: &arrival_id,
        bytes,
        source,
        media_type: prepared.media_type,
        received_at: &now,
    };
    let mut writing = context.storage.begin_write().await?;
    let known = writing.find_report_by_document(&document_id).await?;
    if let Some(known) = known {
        return repeat(writing, arrival, known, &prepared).await;
    }
    let source_sha256 = writing
        .insert_arrival(arrival, JournalOutcome::Accepted)
        .await?;
    let cda_sha256 = writing.insert_content(&prepared.cda).await?;
    let destination = destination(context, &mut writing, &prepared.document).await?;
    let is_new = writing
        .insert_report(&NewReport {
            id: &report_id,
            document_id: &document_id,
            set_id: &header
                .set_id
                .as_ref()
                .map_or_else(|| document_id.clone(), ToString::to_string),
            version: header.version.unwrap_or(1),
            journal_id: &arrival_id,
            source_sha256: &source_sha256,
            cda_sha256: &cda_sha256,
            board: header.title.as_deref().unwrap_or_default(),
            session_at: session_at(&prepared.document),
            attending_rpps: destination.rpps.as_ref().map(Rpps::as_str),
            received_at: &now,
        })
        .await?;
    if !is_new {
        drop(writing);
        return stored_meanwhile(context, &document_id, arrival, &prepared).await;
    }
    queue(context, &mut writing, &report_id, &destination, &now).await?;
    writing.commit().await?;
    tracing::info!(report.id = report_id, source, "report taken in");
    Ok(Accepted {
        report_id,
        is_repeated: false,
        warnings: prepared.warnings,
    })
}

/// Another instance stored the same document since we looked: what we wrote is undone, and theirs is
/// compared with ours.
async fn stored_meanwhile(
    context: &Context,
    document_id: &str,
    arrival: Arrival<'_>,
    prepared: &Prepared,
) -> Result<Accepted, AcceptError> {
    let mut writing = context.storage.begin_write().await?;
    let known = writing
        .find_report_by_document(document_id)
        .await?
        .ok_or(StorageError::Lost("report"))?;
    repeat(writing, arrival, known, prepared).await
}

/// The answer to a document identity that is known: the same report again, or a conflict.
async fn repeat(
    mut writing: WriteTransaction,
    arrival: Arrival<'_>,
    known: Report,
    prepared: &Prepared,
) -> Result<Accepted, AcceptError> {
    let cda_sha256 = writing.insert_content(&prepared.cda).await?;
    if cda_sha256 != known.cda_sha256 {
        return Err(AcceptError::Conflict(vec![Finding::error(
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
        )]));
    }
    writing
        .insert_arrival(arrival, JournalOutcome::Repeated)
        .await?;
    writing.commit().await?;
    tracing::info!(report.id = known.id, "report came again");
    Ok(Accepted {
        report_id: known.id,
        is_repeated: true,
        warnings: Vec::new(),
    })
}

/// Whom a report goes to, or why it goes nowhere.
struct Destination {
    rpps: Option<Rpps>,
    address: Result<MssanteAddress, NoAddress>,
}

async fn destination(
    context: &Context,
    writing: &mut WriteTransaction,
    document: &Document,
) -> Result<Destination, StorageError> {
    let nowhere = |reason| Destination {
        rpps: None,
        address: Err(reason),
    };
    let physician = match document.header.attending_physician() {
        Attending::Known(participant) => participant,
        Attending::None => return Ok(nowhere(NoAddress::NoPhysician)),
        Attending::Unknown | Attending::Absent => return Ok(nowhere(NoAddress::PhysicianUnknown)),
    };
    let Some(rpps) = physician
        .person
        .id_nat()
        .and_then(|id_nat| Rpps::from_id_nat(id_nat).ok())
    else {
        return Ok(nowhere(NoAddress::NoRpps));
    };
    let address = match writing.find_recipient(&rpps).await? {
        None => Err(NoAddress::NotInDirectory),
        Some(recipient) => recipient.address.ok_or(NoAddress::NoMailbox),
    };
    let is_trusted = |address: &MssanteAddress| {
        context
            .sender
            .as_ref()
            .is_none_or(|sender| sender.trusted.trusts(address))
    };
    let address = address.and_then(|address| {
        if is_trusted(&address) {
            Ok(address)
        } else {
            Err(NoAddress::UntrustedDomain)
        }
    });
    Ok(Destination {
        rpps: Some(rpps),
        address,
    })
}

async fn queue(
    context: &Context,
    writing: &mut WriteTransaction,
    report_id: &str,
    destination: &Destination,
    now: &str,
) -> Result<(), StorageError> {
    let id = context.ids.next();
    let message_id = format!("{id}@{}", context.message_domain());
    writing
        .insert_delivery(&NewDelivery {
            id: &id,
            report_id,
            recipient_rpps: destination.rpps.as_ref().map(Rpps::as_str),
            recipient_address: destination
                .address
                .as_ref()
                .ok()
                .map(MssanteAddress::as_str),
            message_id: &message_id,
            state: if destination.address.is_ok() {
                DeliveryState::Pending
            } else {
                DeliveryState::Undeliverable
            },
            reason: destination
                .address
                .as_ref()
                .err()
                .map(|reason| reason.as_str()),
            at: now,
        })
        .await
}

/// When the board met: the time of the first act, as the document writes it.
fn session_at(document: &Document) -> &str {
    let header = &document.header;
    let act = header.acts.first().and_then(|act| act.low.as_ref());
    act.or(header.effective_time.as_ref())
        .map_or("", |time| time.0.as_str())
}

async fn keep_refused(
    context: &Context,
    bytes: &[u8],
    source: &str,
    findings: &[Finding],
) -> Result<(), StorageError> {
    let mut rules: Vec<&str> = findings.iter().map(|finding| finding.rule).collect();
    rules.dedup();
    let reason = rules.join(" ");
    let id = context.ids.next();
    let now = context.now_text();
    let media_type = match first_character(bytes) {
        Some(b'{') => "application/json",
        Some(b'<') => "text/xml",
        _ => "application/octet-stream",
    };
    let arrival = Arrival {
        id: &id,
        bytes,
        source,
        media_type,
        received_at: &now,
    };
    let mut writing = context.storage.begin_write().await?;
    writing
        .insert_arrival(arrival, JournalOutcome::Refused(&reason))
        .await?;
    writing.commit().await?;
    tracing::warn!(journal.id = id, source, reason, "report refused");
    Ok(())
}
