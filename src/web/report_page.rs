//! `/pilotage/comptes-rendus/…`: the life of one report, for operators. No datum of the patient.

use std::sync::Arc;

use askama::Template;
use axum::{
    Router,
    extract::{Request, State},
    response::Response,
    routing::get,
};

use super::{
    layout::Layout,
    operations::{minute, reason_text},
    page::html_page,
};
use crate::{
    api::{ApiError, extract::ResourceId},
    finding::Language,
    flows::{Context, ReportHistory, VersionHistory, report_history},
    mssante::error_codes::explain,
    storage::{Delivery, LedgerLine, Refusal},
};

/// The routes of a report's page.
pub fn report_page_router() -> Router<Arc<Context>> {
    Router::new().route("/pilotage/comptes-rendus/{id}", get(report_page))
}

#[derive(Template)]
#[template(path = "report.html")]
struct ReportPage {
    layout: Layout,
    title: String,
    set_id: String,
    versions: Vec<VersionRow>,
    refusals: Vec<RefusalRow>,
}

struct VersionRow {
    id: String,
    version: i64,
    document_id: String,
    received_at: String,
    word: &'static str,
    standing: String,
    deliveries: Vec<DeliveryRow>,
}

struct DeliveryRow {
    is_cancellation: bool,
    word: &'static str,
    state: String,
    reason: String,
    advice: String,
    recipient: String,
    events: Vec<EventRow>,
}

struct EventRow {
    at: String,
    kind: String,
    detail: String,
}

struct RefusalRow {
    id: String,
    received_at: String,
    rules: String,
}

/// `GET /pilotage/comptes-rendus/{id}`
async fn report_page(
    State(context): State<Arc<Context>>,
    ResourceId(id): ResourceId,
    request: Request,
) -> Result<Response, ApiError> {
    let layout = Layout::of_request(&request, "pilotage");
    let history = report_history(&context, &id).await?;
    let history = history.ok_or(ApiError::NotFound)?;
    html_page(&ReportPage::new(layout, history))
}

impl ReportPage {
    fn new(layout: Layout, history: ReportHistory) -> Self {
        let language = layout.language;
        let newest = history.versions.last();
        Self {
            title: newest.map_or_else(String::new, |newest| newest.version.report.board.clone()),
            set_id: history.set_id,
            versions: history
                .versions
                .into_iter()
                .rev()
                .map(|version| VersionRow::new(version, language))
                .collect(),
            refusals: history.refusals.into_iter().map(RefusalRow::from).collect(),
            layout,
        }
    }
}

impl VersionRow {
    fn new(history: VersionHistory, language: Language) -> Self {
        let report = history.version.report;
        Self {
            id: report.id,
            version: report.version,
            document_id: report.document_id,
            received_at: minute(&report.received_at),
            word: report.standing.as_str(),
            standing: report.standing.meaning().get(language).to_owned(),
            deliveries: history
                .deliveries
                .into_iter()
                .map(|(delivery, events)| DeliveryRow::new(delivery, events, language))
                .collect(),
        }
    }
}

impl DeliveryRow {
    fn new(delivery: Delivery, events: Vec<LedgerLine>, language: Language) -> Self {
        let event = |line: LedgerLine| EventRow {
            at: minute(&line.at),
            kind: line.kind,
            detail: line.detail.unwrap_or_default(),
        };
        let reason = delivery.reason.as_deref();
        Self {
            is_cancellation: delivery.purpose.withdrawn().is_some(),
            word: delivery.state.as_str(),
            state: delivery.state.meaning().get(language).to_owned(),
            reason: reason.map_or_else(String::new, |reason| reason_text(reason, language)),
            advice: reason
                .and_then(explain)
                .map_or_else(String::new, |refusal| {
                    refusal.remedy.advice().get(language).to_owned()
                }),
            recipient: delivery.recipient_address.unwrap_or_default(),
            events: events.into_iter().map(event).collect(),
        }
    }
}

impl From<Refusal> for RefusalRow {
    fn from(refusal: Refusal) -> Self {
        Self {
            id: refusal.journal_id,
            received_at: minute(&refusal.received_at),
            rules: refusal.rules,
        }
    }
}
