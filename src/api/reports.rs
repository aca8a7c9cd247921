//! `/rcp-reports`: handing in a report, following it to its acknowledgement, and reading it.

use std::sync::Arc;

use axum::{
    Router,
    body::Body,
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, header},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use serde::Serialize;

use super::{
    ApiError,
    extract::{QueryPairs, ResourceId, asked_language},
    report_forms::{Asked, asked_form},
    report_intake::{hand_in, take_body},
    report_quarantine::{list_refused, show_refused},
    report_views::{HistoryView, ListedView, json, view},
};
use crate::{
    fhir::{IssueCode, OperationOutcome},
    flows::{
        AcceptError, Context, Form, ReportFilter, cancel, prepare, registered, render,
        report_history, search_reports, send_to_patient,
    },
    storage::Report,
};

/// The routes below `/rcp-reports`.
pub fn reports_router() -> Router<Arc<Context>> {
    Router::new()
        .route("/rcp-reports", post(hand_in).get(list))
        .route("/rcp-reports/$validate", post(validate))
        .route("/rcp-reports/$refused", get(list_refused))
        .route("/rcp-reports/$refused/{id}", get(show_refused))
        .route("/rcp-reports/{id}", get(show))
        .route("/rcp-reports/{id}/history", get(history))
        .route("/rcp-reports/{id}/$cancel", post(withdraw))
        .route("/rcp-reports/{id}/$send-to-patient", post(to_patient))
}

#[derive(Serialize)]
struct ListView {
    reports: Vec<ListedView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

/// `POST /rcp-reports/$validate`: what is wrong with a report, without taking it in.
async fn validate(
    State(context): State<Arc<Context>>,
    request: Request,
) -> Result<Response, ApiError> {
    let language = asked_language(request.headers());
    let bytes = take_body(&context, request).await?;
    let findings = match prepare(&context, &bytes) {
        Ok(prepared) => prepared.warnings,
        Err(AcceptError::Unreadable(findings)) => return Err(ApiError::Malformed(findings)),
        Err(AcceptError::Invalid(findings) | AcceptError::Conflict { findings, .. }) => findings,
        Err(AcceptError::Storage(error)) => return Err(ApiError::Storage(error)),
    };
    let outcome = OperationOutcome::from_findings(&findings, IssueCode::BusinessRule, language);
    let mut response = json(&outcome);
    let fhir = HeaderValue::from_static("application/fhir+json; charset=utf-8");
    response.headers_mut().insert(header::CONTENT_TYPE, fhir);
    Ok(response)
}

/// `GET /rcp-reports`: the latest first, by board, session, date, physician and state.
async fn list(
    State(context): State<Arc<Context>>,
    QueryPairs(pairs): QueryPairs,
) -> Result<Response, ApiError> {
    let filter = ReportFilter::read(&pairs).map_err(ApiError::UnsupportedQuery)?;
    let page = search_reports(&context, &filter).await?;
    let next = page.cursor.map(|cursor| {
        let mut query = form_urlencoded(pairs.iter().filter(|(name, _)| name != "cursor"));
        query.push_str("cursor=");
        query.push_str(&cursor);
        format!("/rcp-reports?{query}")
    });
    let reports = page.reports.into_iter().map(ListedView::from).collect();
    Ok(json(&ListView { reports, next }))
}

/// Pairs as a query writes them, each one ended by `&`.
fn form_urlencoded<'a>(pairs: impl Iterator<Item = &'a (String, String)>) -> String {
    let escape =
        |text| percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC);
    pairs
        .map(|(name, value)| format!("{}={}&", escape(name), escape(value)))
        .collect()
}

/// `GET /rcp-reports/{id}`: where it stands, or the report itself in the form asked for.
async fn show(
    State(context): State<Arc<Context>>,
    ResourceId(id): ResourceId,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let asked = asked_form(&headers)?;
    let report = context.storage.find_report(&id).await?;
    let report = report.ok_or(ApiError::NotFound)?;
    let (media_type, body) = match asked {
        Asked::Status => return Ok(json(&view(&context, &id, Vec::new()).await?)),
        Asked::Form(form) => (form.media_type(), rendered(&context, &report, form).await?),
    };
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(media_type)),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (header::VARY, HeaderValue::from_static("accept")),
        (
            header::X_CONTENT_TYPE_OPTIONS,
            HeaderValue::from_static("nosniff"),
        ),
    ];
    let mut response = (headers, Body::from(body)).into_response();
    // What a browser would run of itself; its reader of PDF does not start under such a policy.
    if media_type.starts_with("text/") {
        let policy = HeaderValue::from_static(INERT);
        response
            .headers_mut()
            .insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    Ok(response)
}

/// A page that runs nothing and fetches nothing.
const INERT: &str = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

/// The document of a report, in that form.
async fn rendered(context: &Context, report: &Report, form: Form) -> Result<Vec<u8>, ApiError> {
    let cda = context.storage.find_content(&report.cda_sha256).await?;
    let cda = cda.ok_or(ApiError::NotFound)?;
    let packing = registered(context, report).await?;
    let terminology = context.terminology.load();
    tokio::task::spawn_blocking(move || render(cda, form, &packing, &terminology))
        .await
        .map_err(|_| ApiError::Fault)?
        .map_err(|error| {
            tracing::error!(
                report.id = report.id,
                error = &error as &dyn std::error::Error,
                "report not rendered"
            );
            ApiError::Fault
        })
}

/// `GET /rcp-reports/{id}/history`: every version of the report, its mails, what contradicted it.
async fn history(
    State(context): State<Arc<Context>>,
    ResourceId(id): ResourceId,
) -> Result<Response, ApiError> {
    let history = report_history(&context, &id).await?;
    let history = history.ok_or(ApiError::NotFound)?;
    Ok(json(&HistoryView::from(history)))
}

/// `POST /rcp-reports/{id}/$send-to-patient`: the coordinating physician has it sent to the patient.
async fn to_patient(
    State(context): State<Arc<Context>>,
    ResourceId(id): ResourceId,
) -> Result<Response, ApiError> {
    send_to_patient(&context, &id).await?;
    let view = view(&context, &id, Vec::new()).await?;
    Ok(json(&view))
}

/// `POST /rcp-reports/{id}/$cancel`: the author withdraws the report.
async fn withdraw(
    State(context): State<Arc<Context>>,
    ResourceId(id): ResourceId,
) -> Result<Response, ApiError> {
    let cancelled = cancel(&context, &id, "http").await?;
    let view = view(&context, &cancelled.report_id, Vec::new()).await?;
    Ok(json(&view))
}
