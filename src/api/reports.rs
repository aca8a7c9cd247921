//! `/rcp-reports`: handing in a report, and following it to its acknowledgement.

use std::sync::Arc;

use axum::{
    Router,
    body::Body,
    extract::{RawPathParams, Request, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use serde::Serialize;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use super::{ApiError, extract::read_body};
use crate::{
    fhir::{IssueCode, OperationOutcome},
    finding::{Finding, Language},
    flows::{AcceptError, Context, Form, accept, prepare, render},
    storage::{Delivery, LedgerLine, Report},
};

/// Reports in one page of the list.
const PAGE: i64 = 100;

/// The routes below `/rcp-reports`.
pub fn reports_router() -> Router<Arc<Context>> {
    Router::new()
        .route("/rcp-reports", post(hand_in).get(list))
        .route("/rcp-reports/$validate", post(validate))
        .route("/rcp-reports/{id}", get(show))
}

/// A report as the interface shows it: which document, and where its delivery stands. Holds no
/// datum of the patient.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ReportView {
    id: String,
    document_id: String,
    set_id: String,
    version: i64,
    title: String,
    session_at: String,
    received_at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    delivery: Option<DeliveryView>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    warnings: Vec<Finding>,
}

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

#[derive(Serialize)]
struct ListView {
    reports: Vec<ReportView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

impl ReportView {
    fn new(report: Report, delivery: Option<DeliveryView>, warnings: Vec<Finding>) -> Self {
        Self {
            id: report.id,
            document_id: report.document_id,
            set_id: report.set_id,
            version: report.version,
            title: report.board,
            session_at: report.session_at,
            received_at: report.received_at,
            delivery,
            warnings,
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

impl From<AcceptError> for ApiError {
    fn from(error: AcceptError) -> Self {
        match error {
            AcceptError::Unreadable(findings) => Self::Malformed(findings),
            AcceptError::Invalid(findings) => Self::Invalid(findings),
            AcceptError::Conflict(findings) => Self::Duplicate(findings),
            AcceptError::Storage(error) => Self::Storage(error),
        }
    }
}

/// `POST /rcp-reports`: 201 with a new report, 200 with one that had come before.
async fn hand_in(
    State(context): State<Arc<Context>>,
    request: Request,
) -> Result<Response, ApiError> {
    refuse_foreign_type(request.headers())?;
    let bytes = read_body(request.into_body(), context.max_body_bytes).await?;
    let accepted = accept(&context, &bytes, "http").await?;
    let view = view(&context, &accepted.report_id, accepted.warnings).await?;
    let location = HeaderValue::try_from(format!("/rcp-reports/{}", accepted.report_id))
        .map_err(|_| ApiError::Fault)?;
    let status = if accepted.is_repeated {
        StatusCode::OK
    } else {
        StatusCode::CREATED
    };
    Ok((status, [(header::LOCATION, location)], json(&view)).into_response())
}

/// `POST /rcp-reports/$validate`: what is wrong with a report, without taking it in.
async fn validate(
    State(context): State<Arc<Context>>,
    request: Request,
) -> Result<Response, ApiError> {
    refuse_foreign_type(request.headers())?;
    let language = asked_language(request.headers());
    let bytes = read_body(request.into_body(), context.max_body_bytes).await?;
    let findings = match prepare(&context, &bytes) {
        Ok(prepared) => prepared.warnings,
        Err(AcceptError::Unreadable(findings)) => return Err(ApiError::Malformed(findings)),
        Err(AcceptError::Invalid(findings) | AcceptError::Conflict(findings)) => findings,
        Err(AcceptError::Storage(error)) => return Err(ApiError::Storage(error)),
    };
    let outcome = OperationOutcome::from_findings(&findings, IssueCode::BusinessRule, language);
    let mut response = json(&outcome);
    let fhir = HeaderValue::from_static("application/fhir+json; charset=utf-8");
    response.headers_mut().insert(header::CONTENT_TYPE, fhir);
    Ok(response)
}

/// `GET /rcp-reports`: the latest first, by pages of a hundred.
async fn list(State(context): State<Arc<Context>>, request: Request) -> Result<Response, ApiError> {
    let before = request
        .uri()
        .query()
        .and_then(|query| query.strip_prefix("before="));
    let key = before.and_then(|token| token.split_once('~'));
    let reports = context.storage.list_reports(key, PAGE).await?;
    let is_full = i64::try_from(reports.len()).is_ok_and(|count| count == PAGE);
    let next = reports
        .last()
        .filter(|_| is_full)
        .map(|last| format!("/rcp-reports?before={}~{}", last.received_at, last.id));
    let reports = reports
        .into_iter()
        .map(|report| ReportView::new(report, None, Vec::new()))
        .collect();
    Ok(json(&ListView { reports, next }))
}

/// `GET /rcp-reports/{id}`: where it stands, or the report itself in the form asked for.
async fn show(
    State(context): State<Arc<Context>>,
    path: RawPathParams,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let id = path.iter().next().map_or("", |(_, id)| id);
    let form = asked_form(&headers)?;
    let Some(form) = form else {
        return Ok(json(&view(&context, id, Vec::new()).await?));
    };
    let report = context
        .storage
        .find_report(id)
        .await?
        .ok_or(ApiError::NotFound)?;
    let cda = context
        .storage
        .find_content(&report.cda_sha256)
        .await?
        .ok_or(ApiError::NotFound)?;
    // The archive is dated by the arrival, so that two readers get the same bytes.
    let received_at =
        OffsetDateTime::parse(&report.received_at, &Rfc3339).map_err(|_| ApiError::Fault)?;
    let packing = context.packing(received_at);
    let rendered = tokio::task::spawn_blocking(move || render(cda, form, &packing))
        .await
        .map_err(|_| ApiError::Fault)?
        .map_err(|error| {
            tracing::error!(
                report.id = report.id,
                error = &error as &dyn std::error::Error,
                "report not rendered"
            );
            ApiError::Fault
        })?;
    let media_type = HeaderValue::from_static(form.media_type());
    let headers = [
        (header::CONTENT_TYPE, media_type),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (header::VARY, HeaderValue::from_static("accept")),
    ];
    Ok((headers, Body::from(rendered)).into_response())
}

async fn view(context: &Context, id: &str, warnings: Vec<Finding>) -> Result<ReportView, ApiError> {
    let report = context
        .storage
        .find_report(id)
        .await?
        .ok_or(ApiError::NotFound)?;
    let delivery = match context.storage.find_delivery_of(id).await? {
        Some(delivery) => {
            let history = context.storage.list_delivery_events(&delivery.id).await?;
            Some(DeliveryView::new(delivery, history))
        }
        None => None,
    };
    Ok(ReportView::new(report, delivery, warnings))
}

fn json(view: &impl Serialize) -> Response {
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

fn asked_language(headers: &HeaderMap) -> Language {
    headers
        .get(header::ACCEPT_LANGUAGE)
        .and_then(|value| value.to_str().ok())
        .map_or(Language::French, Language::from_accept_language)
}

/// The content decides what arrived; a type that can be neither JSON nor XML is refused unread.
fn refuse_foreign_type(headers: &HeaderMap) -> Result<(), ApiError> {
    let Some(value) = headers.get(header::CONTENT_TYPE) else {
        return Ok(());
    };
    let text = value.to_str().unwrap_or_default().to_ascii_lowercase();
    let essence = text.split(';').next().unwrap_or_default().trim();
    if essence.ends_with("json")
        || essence.ends_with("xml")
        || essence == "application/octet-stream"
    {
        Ok(())
    } else {
        Err(ApiError::UnsupportedMediaType)
    }
}

/// The form that `Accept` prefers; `None` is our own JSON view.
fn asked_form(headers: &HeaderMap) -> Result<Option<Form>, ApiError> {
    let Some(value) = headers.get(header::ACCEPT) else {
        return Ok(None);
    };
    let accept = value.to_str().unwrap_or_default().to_ascii_lowercase();
    for range in accept.split(',') {
        match range.split(';').next().unwrap_or_default().trim() {
            "application/json" | "*/*" | "application/*" | "" => return Ok(None),
            "application/xml" | "text/xml" | "application/cda+xml" => return Ok(Some(Form::Cda)),
            "application/pdf" => return Ok(Some(Form::Pdf)),
            "text/html" => return Ok(Some(Form::Html)),
            "application/zip" => return Ok(Some(Form::Xdm)),
            _ => {}
        }
    }
    Err(ApiError::NotAcceptable)
}
