//! The versions of a report: which one counts, what contradicts what, and what becomes of the mails.
//!
//! What a version is worth depends on which versions there are and which were cancelled, never on
//! the order in which they came. A version that no longer counts is not sent; when it had left, the
//! next one says that it replaces it, and a cancellation is announced to whoever holds the report.

use super::{
    Context,
    rcp_following_mails::{announce_cancellation, replace_for_patient},
};
use crate::{
    cda::Document,
    finding::{Bilingual, Finding},
    outbox::{DeliveryEvent, DeliveryState, Purpose},
    rcp::{Standing, Version, standings},
    storage::{
        Arrival, Delivery, JournalOutcome, KeyKind, Report, ReportIndex, Step, StorageError,
        StoredVersion, WriteTransaction,
    },
};

/// What became of a cancellation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cancelled {
    /// Our identifier of the report.
    pub report_id: String,
    /// True when it had been cancelled before.
    pub is_repeated: bool,
}

/// Why a report is not cancelled.
#[derive(Debug, thiserror::Error)]
pub enum CancelError {
    /// There is no such report.
    #[error("there is no such report")]
    NotFound,
    /// It no longer counts.
    #[error("a later version replaced the report")]
    Superseded(Vec<Finding>),
    /// The database failed.
    #[error("the database failed")]
    Storage(#[from] StorageError),
}

/// Cancels a report by its identifier: what its author withdraws is not sent, or is announced as
/// cancelled to whoever holds it.
///
/// # Errors
/// [`CancelError`]; nothing is changed then.
pub async fn cancel(
    context: &Context,
    report_id: &str,
    source: &str,
) -> Result<Cancelled, CancelError> {
    let report = context
        .storage
        .find_report(report_id)
        .await?
        .ok_or(CancelError::NotFound)?;
    let (arrival_id, now) = (context.ids.next(), context.now_text());
    let request = format!("cancel {report_id}");
    let arrival = Arrival {
        id: &arrival_id,
        bytes: request.as_bytes(),
        source,
        media_type: "text/plain",
        received_at: &now,
    };
    let mut writing = context.storage.begin_write().await?;
    writing.lock_set(&report.set_id).await?;
    let versions = writing.list_versions(&report.set_id).await?;
    let version = versions
        .iter()
        .find(|version| version.report.id == report_id)
        .ok_or(CancelError::NotFound)?;
    if version.cancelled_at.is_none() && version.report.standing == Standing::Superseded {
        return Err(CancelError::Superseded(vec![superseded()]));
    }
    let is_repeated = version.cancelled_at.is_some();
    let outcome = if is_repeated {
        JournalOutcome::Repeated
    } else {
        JournalOutcome::Accepted
    };
    writing.insert_arrival(arrival, outcome).await?;
    if !is_repeated {
        writing
            .insert_cancellation(report_id, &arrival_id, &now)
            .await?;
        settle(context, &mut writing, &report.set_id, &now).await?;
    }
    writing.commit().await?;
    tracing::info!(report.id = report_id, source, "report cancelled");
    Ok(Cancelled {
        report_id: report_id.to_owned(),
        is_repeated,
    })
}

/// The finding of a cancellation that comes after a later version.
pub(super) fn superseded() -> Finding {
    Finding::error(
        "P-VER-5",
        "document.id",
        Bilingual::new(
            "Une version suivante a déjà remplacé ce compte rendu.",
            "A later version has replaced this report already.",
        ),
        Bilingual::new(
            "Annulez la version en vigueur : l'historique du compte rendu la nomme.",
            "Cancel the current version: the history of the report names it.",
        ),
    )
}

/// What contradicts a new version among what is stored, and the stored report that it contradicts.
/// The answer is the same whichever of the two came first.
pub(super) async fn contradiction(
    writing: &mut WriteTransaction,
    document: &Document,
    set_id: &str,
    index: &ReportIndex,
    versions: &[StoredVersion],
) -> Result<Option<(Finding, Report)>, StorageError> {
    let header = &document.header;
    let number = header.version.unwrap_or(1);
    let document_id = header.id.to_string();
    let replaced = header.replaces().map(|parent| parent.id.to_string());
    for version in versions {
        let known = &version.report;
        let rule = if known.version == number {
            Rule::SameNumber
        } else if is_chain_broken(known, number, &document_id, replaced.as_deref()) {
            Rule::Chain
        } else if differs(writing, known, KeyKind::Patient, index).await? {
            Rule::Patient
        } else if differs(writing, known, KeyKind::Custodian, index).await? {
            Rule::Custodian
        } else {
            continue;
        };
        return Ok(Some((rule.finding(), known.clone())));
    }
    let foreign = match &replaced {
        Some(replaced) => writing
            .find_report_by_document(replaced)
            .await?
            .filter(|report| report.set_id != set_id),
        None => None,
    };
    let foreign = match foreign {
        Some(report) => Some(report),
        None => writing.find_foreign_successor(&document_id, set_id).await?,
    };
    Ok(foreign.map(|report| (Rule::OtherSet.finding(), report)))
}

/// True when one of the two says that it replaces the other, and is not the later one.
fn is_chain_broken(known: &Report, number: i64, document_id: &str, replaced: Option<&str>) -> bool {
    let replaces_later = replaced == Some(known.document_id.as_str()) && known.version > number;
    let is_replaced_by_earlier =
        known.replaces_document_id.as_deref() == Some(document_id) && known.version < number;
    replaces_later || is_replaced_by_earlier
}

/// True when both have identifiers of that kind, and none in common.
async fn differs(
    writing: &mut WriteTransaction,
    known: &Report,
    kind: KeyKind,
    index: &ReportIndex,
) -> Result<bool, StorageError> {
    let theirs = writing.list_report_keys(&known.id, kind).await?;
    let mut ours = index.keys.iter().filter(|key| key.kind == kind).peekable();
    let both_say = !theirs.is_empty() && ours.peek().is_some();
    let is_shared = ours.any(|key| {
        theirs
            .iter()
            .any(|(system, value)| *system == key.system && *value == key.value)
    });
    Ok(both_say && !is_shared)
}

#[derive(Clone, Copy)]
enum Rule {
    SameNumber,
    Chain,
    OtherSet,
    Patient,
    Custodian,
}

impl Rule {
    fn finding(self) -> Finding {
        let (rule, place, message, cure) = match self {
            Self::SameNumber => (
                "P-VER-1",
                "document.version",
                [
                    "Un autre document porte déjà ce numéro de version dans le même lot (setId).",
                    "Another document has this version number in the same set (setId) already.",
                ],
                [
                    "Donnez à la nouvelle version le numéro suivant.",
                    "Give the new version the next number.",
                ],
            ),
            Self::Chain => (
                "P-VER-2",
                "document.replaces",
                [
                    "Les numéros de version contredisent l'ordre des remplacements déjà connu.",
                    "The version numbers contradict the order of replacement that is known.",
                ],
                [
                    "Le document remplacé doit avoir un numéro de version plus petit.",
                    "The document replaced must have a smaller version number.",
                ],
            ),
            Self::OtherSet => (
                "P-VER-2",
                "document.replaces",
                [
                    "Le document remplacé appartient à un autre lot (setId).",
                    "The document replaced belongs to another set (setId).",
                ],
                [
                    "Gardez le même setId d'une version à l'autre.",
                    "Keep the same setId from version to version.",
                ],
            ),
            Self::Patient => (
                "P-VER-3",
                "patient",
                [
                    "Les versions de ce compte rendu ne portent pas le même identifiant de patient.",
                    "The versions of this report do not have the same patient identifier.",
                ],
                [
                    "Annulez le compte rendu attribué au mauvais patient, puis envoyez-en un nouveau, sous un autre setId.",
                    "Cancel the report of the wrong patient, then send a new one under another setId.",
                ],
            ),
            Self::Custodian => (
                "P-VER-4",
                "custodian",
                [
                    "Une version ne peut venir que de la structure qui conserve les autres.",
                    "A version can only come from the structure that keeps the others.",
                ],
                [
                    "Faites envoyer la correction par cette structure, ou créez un nouveau compte rendu.",
                    "Have that structure send the correction, or make a new report.",
                ],
            ),
        };
        Finding::error(
            rule,
            place,
            Bilingual::new(message[0], message[1]),
            Bilingual::new(cure[0], cure[1]),
        )
    }
}

/// Gives each version of a set the standing that it has now, and each mail what follows from it.
pub(super) async fn settle(
    context: &Context,
    writing: &mut WriteTransaction,
    set_id: &str,
    now: &str,
) -> Result<(), StorageError> {
    let stored = writing.list_versions(set_id).await?;
    let versions: Vec<Version> = stored
        .iter()
        .map(|version| Version {
            id: version.report.id.clone(),
            number: version.report.version,
            is_cancelled: version.cancelled_at.is_some(),
        })
        .collect();
    let deliveries = writing.list_deliveries_of_set(set_id).await?;
    let newest = stored.last().map_or(0, |version| version.report.version);
    for (version, standing) in stored.iter().zip(standings(&versions)) {
        let report = &version.report;
        if report.standing == standing {
            continue;
        }
        writing.change_standing(&report.id, standing, now).await?;
        let event = match standing {
            Standing::Current => continue,
            Standing::Superseded => DeliveryEvent::Superseded,
            Standing::Cancelled => DeliveryEvent::Cancelled,
        };
        let detail = (event == DeliveryEvent::Superseded).then(|| format!("version {newest}"));
        let carries = |delivery: &&Delivery| {
            delivery.report_id == report.id && delivery.purpose == Purpose::Report
        };
        if let Some(delivery) = deliveries.iter().find(carries) {
            tell_delivery(context, writing, delivery, event, detail.as_deref(), now).await?;
        }
    }
    replace_for_patient(context, writing, set_id, now).await?;
    announce_cancellation(context, writing, set_id, now).await
}

/// Adds to the history of a delivery that its report no longer counts; it is withdrawn if it waits.
async fn tell_delivery(
    context: &Context,
    writing: &mut WriteTransaction,
    delivery: &Delivery,
    event: DeliveryEvent,
    detail: Option<&str>,
    now: &str,
) -> Result<(), StorageError> {
    let state = delivery
        .state
        .after(event)
        .map_err(|_| StorageError::Lost("delivery"))?;
    let event_id = context.ids.next();
    let reason = if state == DeliveryState::Withdrawn {
        Some(event.as_str())
    } else {
        delivery.reason.as_deref()
    };
    let step = Step {
        event_id: &event_id,
        at: now,
        event,
        state,
        reason,
        detail,
        journal_id: None,
        evidence_sha256: None,
        next_attempt_at: None,
    };
    writing.record_step(delivery, None, step).await
}
