//! A report, its delivery and its history as JSON. Nothing here is a datum of the patient.

use axum::{
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};
use serde::Serialize;

use super::ApiError;
use crate::{
    finding::Finding,
    flows::{
        AcceptError, CancelError, Context, PatientDeliveryError, ReportHistory, VersionHistory,
    },
    outbox::DeliveryState,
    rcp::Standing,
    storage::{Delivery, FoundReport, LedgerLine, Refusal, Report, StoredVersion},
};

/// Which document, what it is worth, and where its delivery stands.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ReportView {
    id: String,
    document_id: String,
    set_id: String,
    version: i64,
    standing: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    replaces: Option<String>,
    title: String,
    session_at: String,
    received_at: String,
    changed_at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    cancelled_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    delivery: Option<DeliveryView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cancellation: Option<DeliveryView>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    warnings: Vec<Finding>,
}

/// Where a delivery stands, and what happened to it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct DeliveryView {
    state: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    recipient_rpps: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    recipient_address: Option<String>,
    message_id: String,
    attempts: i64,
    updated_at: String,
    history: Vec<EventView>,
}

#[derive(Serialize)]
struct EventView {
    at: String,
    kind: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<String>,
}

/// A report in a list, and where its delivery stands.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ListedView {
    id: String,
    document_id: String,
    set_id: String,
    version: i64,
    standing: &'static str,
    title: String,
    session_at: String,
    received_at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    state: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
}

/// The life of a report.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct HistoryView {
    set_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    current_id: Option<String>,
    versions: Vec<ReportView>,
    refused: Vec<RefusalView>,
}

/// Something that was refused and is kept.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct RefusalView {
    id: String,
    received_at: String,
    source: String,
    media_type: String,
    size_bytes: i64,
    is_cut: bool,
    sha256: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    contradicts: Option<String>,
    findings: serde_json::Value,
}

impl ReportView {
    /// A report and its deliveries.
    pub(super) fn new(
        report: Report,
        deliveries: Vec<(Delivery, Vec<LedgerLine>)>,
        warnings: Vec<Finding>,
    ) -> Self {
        let mut deliveries = deliveries
            .into_iter()
            .map(|(delivery, history)| DeliveryView::new(delivery, history));
        Self {
            id: report.id,
            document_id: report.document_id,
            set_id: report.set_id,
            version: report.version,
            standing: report.standing.as_str(),
            replaces: report.replaces_document_id,
            title: report.board,
            session_at: report.session_at,
            received_at: report.received_at,
            changed_at: report.changed_at,
            cancelled_at: None,
            delivery: deliveries.next(),
            cancellation: deliveries.next(),
            warnings,
        }
    }
}

impl From<FoundReport> for ListedView {
    fn from(found: FoundReport) -> Self {
        let report = found.report;
        Self {
            id: report.id,
            document_id: report.document_id,
            set_id: report.set_id,
            version: report.version,
            standing: report.standing.as_str(),
            title: report.board,
            session_at: report.session_at,
            received_at: report.received_at,
            state: found.delivery.map(DeliveryState::as_str),
            reason: found.reason,
        }
    }
}

impl DeliveryView {
    fn new(delivery: Delivery, history: Vec<LedgerLine>) -> Self {
        let event = |line: LedgerLine| EventView {
            at: line.at,
            kind: line.kind,
            detail: line.detail,
        };
        Self {
            state: delivery.state.as_str(),
            reason: delivery.reason,
            recipient_rpps: delivery.recipient_rpps,
            recipient_address: delivery.recipient_address,
            message_id: delivery.message_id,
            attempts: delivery.attempts,
            updated_at: delivery.updated_at,
            history: history.into_iter().map(event).collect(),
        }
    }
}

impl From<ReportHistory> for HistoryView {
    fn from(history: ReportHistory) -> Self {
        let current = history
            .versions
            .iter()
            .find(|version| version.version.report.standing == Standing::Current);
        Self {
            current_id: current.map(|version| version.version.report.id.clone()),
            set_id: history.set_id,
            versions: history.versions.into_iter().map(ReportView::from).collect(),
            refused: history
                .refusals
                .into_iter()
                .map(RefusalView::from)
                .collect(),
        }
    }
}

impl From<VersionHistory> for ReportView {
    fn from(history: VersionHistory) -> Self {
        let StoredVersion {
            report,
            cancelled_at,
        } = history.version;
        Self {
            cancelled_at,
            ..Self::new(report, history.deliveries, Vec::new())
        }
    }
}

impl From<Refusal> for RefusalView {
    fn from(refusal: Refusal) -> Self {
        Self {
            id: refusal.journal_id,
            received_at: refusal.received_at,
            source: refusal.source,
            media_type: refusal.media_type,
            size_bytes: refusal.size_bytes,
            is_cut: refusal.is_cut,
            sha256: refusal.sha256,
            contradicts: refusal.report_id,
            findings: serde_json::from_str(&refusal.findings).unwrap_or_default(),
        }
    }
}

/// The report of that identifier as it stands.
pub(super) async fn view(
    context: &Context,
    id: &str,
    warnings: Vec<Finding>,
) -> Result<ReportView, ApiError> {
    let storage = &context.storage;
    let report = storage.find_report(id).await?.ok_or(ApiError::NotFound)?;
    let mut deliveries = Vec::new();
    for delivery in storage.list_deliveries_of(id).await? {
        let history = storage.list_delivery_events(&delivery.id).await?;
        deliveries.push((delivery, history));
    }
    Ok(ReportView::new(report, deliveries, warnings))
}

/// A view as an answer that nobody keeps.
pub(super) fn json(view: &impl Serialize) -> Response {
    let body = serde_json::to_vec(view).expect("a view holds texts and numbers only");
    let headers = [
        (
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/json; charset=utf-8"),
        ),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    (headers, body).into_response()
}

impl From<AcceptError> for ApiError {
    fn from(error: AcceptError) -> Self {
        match error {
            AcceptError::Unreadable(findings) => Self::Malformed(findings),
            AcceptError::Invalid(findings) => Self::Invalid(findings),
            AcceptError::Conflict { findings, .. } => Self::Duplicate(findings),
            AcceptError::Storage(error) => Self::Storage(error),
        }
    }
}

impl From<PatientDeliveryError> for ApiError {
    fn from(error: PatientDeliveryError) -> Self {
        match error {
            PatientDeliveryError::NotFound => Self::NotFound,
            PatientDeliveryError::Forbidden(finding) => Self::Duplicate(vec![*finding]),
            PatientDeliveryError::Storage(error) => Self::Storage(error),
        }
    }
}

impl From<CancelError> for ApiError {
    fn from(error: CancelError) -> Self {
        match error {
            CancelError::NotFound => Self::NotFound,
            CancelError::Superseded(findings) => Self::Duplicate(findings),
            CancelError::Storage(error) => Self::Storage(error),
        }
    }
}
