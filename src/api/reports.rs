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

use super::{
    ApiError,
    extract::{ResourceId, asked_language, read_body},
    report_views::{HistoryView, ReportView, json, view},
};
use crate::{
    fhir::{IssueCode, OperationOutcome},
    flows::{AcceptError, Context, Form, accept, cancel, prepare, render, report_history},
};

/// Reports in one page of the list.
const PAGE: i64 = 100;

/// The routes below `/rcp-reports`.
pub fn reports_router() -> Router<Arc<Context>> {
    Router::new()
        .route("/rcp-reports", post(hand_in).get(list))
        .route("/rcp-reports/$validate", post(validate))
        .route("/rcp-reports/{id}", get(show))
        .route("/rcp-reports/{id}/history", get(history))
        .route("/rcp-reports/{id}/$cancel", post(withdraw))
}

#[derive(Serialize)]
struct ListView {
    reports: Vec<ReportView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
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
        Err(AcceptError::Invalid(findings) | AcceptError::Conflict { findings, .. }) => findings,
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
        .map(|report| ReportView::new(report, Vec::new(), Vec::new()))
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

/// `GET /rcp-reports/{id}/history`: every version of the report, its mails, what contradicted it.
async fn history(
    State(context): State<Arc<Context>>,
    ResourceId(id): ResourceId,
) -> Result<Response, ApiError> {
    let history = report_history(&context, &id).await?;
    let history = history.ok_or(ApiError::NotFound)?;
    Ok(json(&HistoryView::from(history)))
}

/// `POST /rcp-reports/{id}/$cancel`: the author withdraws the report.
async fn withdraw(
    State(context): State<Arc<Context>>,
    ResourceId(id): ResourceId,
) -> Result<Response, ApiError> {
    let cancelled = cancel(&context, &id, "http").await?;
    Ok(json(
        &view(&context, &cancelled.report_id, Vec::new()).await?,
    ))
}

/// The content decides what arrived; a type that can be neither JSON nor XML nor an archive is
/// refused unread.
fn refuse_foreign_type(headers: &HeaderMap) -> Result<(), ApiError> {
    let Some(value) = headers.get(header::CONTENT_TYPE) else {
        return Ok(());
    };
    let text = value.to_str().unwrap_or_default().to_ascii_lowercase();
    let essence = text.split(';').next().unwrap_or_default().trim();
    if essence.ends_with("json")
        || essence.ends_with("xml")
        || essence == "application/zip"
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
