//! FHIR R4 over HTTP: `$export`, its status, its files.
//!
//! **Source:** Bulk Data Access STU2 (2.0.0); ANS, ROR guide 0.7.0, `$export`.

use std::sync::Arc;

use axum::{
    Router,
    body::Body,
    extract::{OriginalUri, RawPathParams, Request, State},
    http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header},
    response::Response,
    routing::get,
};
use bytes::Bytes;
use futures_util::stream;
use serde_json::Value;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use super::{
    ApiError,
    access::Right,
    extract::{QueryPairs, accept_fhir_json, asked_language, read_body},
    fhir::{FhirState, HTTP_DATE, address, handling_of, json_response},
    fhir_requests::{may_write, media_type_of},
    fhir_writes::FHIR_JSON_TYPES,
};
use crate::{
    fhir::{
        ExportRequest, Handling, IssueCode, OperationOutcome,
        element::{children, text},
        read_json,
    },
    finding::{Bilingual, Finding},
    flows::{cancel_export, export_manifest, find_export, open_export_file, request_export},
    storage::{ExportJob, ExportProgress, StorageError},
};

/// Where the state of an export is asked; the same as at the national register.
const STATUS: &str = "$export-poll-status";
/// Where its files are fetched.
const FILES: &str = "$export-file";
/// Type of the files.
const NDJSON: HeaderValue = HeaderValue::from_static("application/fhir+ndjson");

/// The routes of exports.
pub(super) fn routes() -> Router<FhirState> {
    Router::new()
        .route("/$export", get(kick_off).post(kick_off))
        .route(&format!("/{STATUS}"), get(status).delete(cancel))
        .route(&format!("/{FILES}/{{job}}/{{file}}"), get(file))
}

async fn kick_off(
    State(state): State<FhirState>,
    OriginalUri(uri): OriginalUri,
    QueryPairs(mut pairs): QueryPairs,
    request: Request,
) -> Result<Response, ApiError> {
    let headers = request.headers().clone();
    accept_fhir_json(&headers, &pairs)?;
    may_write(&state.secrets, &headers)?;
    if request.method() == Method::POST {
        pairs.extend(body_pairs(&state, request).await?);
    }
    let mut dropped = Vec::new();
    if handling_of(&headers) == Handling::Lenient {
        pairs.retain(|(name, _)| {
            let is_known = ExportRequest::knows(name);
            if !is_known {
                dropped.push(set_aside());
            }
            is_known
        });
    }
    let url = own_url(&state, &uri, &pairs);
    let id = request_export(&state.context, &url, &pairs).await?;
    let started = Bilingual::new(
        "L'export est en préparation.",
        "The export is being prepared.",
    );
    dropped.push(Finding::information("EXPORT", started));
    let language = asked_language(&headers);
    let outcome = OperationOutcome::from_findings(&dropped, IssueCode::Informational, language);
    let text = serde_json::to_string(&outcome).expect("an OperationOutcome holds only texts");
    let mut response = json_response(text);
    *response.status_mut() = StatusCode::ACCEPTED;
    let job = [("_jobId".to_owned(), id)];
    let place = address(format!("{}/{STATUS}", state.base_url), &job, None);
    if let Ok(place) = HeaderValue::from_str(&place) {
        response
            .headers_mut()
            .insert(header::CONTENT_LOCATION, place);
    }
    Ok(response)
}

/// The address that asked, as others see it; what a body said is put into it.
fn own_url(state: &FhirState, uri: &Uri, pairs: &[(String, String)]) -> String {
    match uri.query() {
        Some(query) => format!("{}/$export?{query}", state.base_url),
        None => address(format!("{}/$export", state.base_url), pairs, None),
    }
}

/// The parameters of a `Parameters` resource.
async fn body_pairs(
    state: &FhirState,
    request: Request,
) -> Result<Vec<(String, String)>, ApiError> {
    if !FHIR_JSON_TYPES.contains(&media_type_of(request.headers()).as_str()) {
        return Err(ApiError::UnsupportedMediaType);
    }
    let limit = state.context.max_body_bytes;
    let bytes = read_body(request.into_body(), limit).await?;
    let body = read_json(&bytes, limit).map_err(ApiError::Malformed)?;
    let mut pairs = Vec::new();
    for parameter in children(&body, "parameter") {
        let name = text(parameter, "name").unwrap_or_default();
        let object = parameter.as_object().into_iter().flatten();
        for (key, value) in object {
            if let (true, Value::String(value)) = (key.starts_with("value"), value) {
                pairs.push((name.to_owned(), value.clone()));
            }
        }
    }
    Ok(pairs)
}

fn set_aside() -> Finding {
    Finding::warning(
        "EXPORT-PARAMETER",
        "",
        Bilingual::new(
            "Un paramètre inconnu a été laissé de côté.",
            "An unknown parameter was set aside.",
        ),
        Bilingual::new("Vérifiez les noms.", "Check the names."),
    )
}

/// The export that the request is about, for those who may see it.
async fn asked_job(
    state: &FhirState,
    headers: &HeaderMap,
    id: Option<&str>,
) -> Result<ExportJob, ApiError> {
    may_write(&state.secrets, headers)?;
    let job = find_export(&state.context, id.unwrap_or_default()).await?;
    job.ok_or(ApiError::NotFound)
}

fn job_id(pairs: &[(String, String)]) -> Option<&str> {
    let found = pairs.iter().find(|(name, _)| name == "_jobId");
    found.map(|(_, id)| id.as_str())
}

async fn status(
    State(state): State<FhirState>,
    QueryPairs(pairs): QueryPairs,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let job = asked_job(&state, &headers, job_id(&pairs)).await?;
    match job.progress {
        ExportProgress::Failed => Err(ApiError::Fault),
        ExportProgress::Pending => {
            let mut response = Response::new(Body::empty());
            *response.status_mut() = StatusCode::ACCEPTED;
            let headers = response.headers_mut();
            headers.insert("x-progress", HeaderValue::from_static("in preparation"));
            headers.insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
            Ok(response)
        }
        ExportProgress::Ready => {
            let needs_token = !state.secrets.opens(Right::Offers, None);
            let base = format!("{}/{FILES}/{}", state.base_url, job.id);
            let file = |name: &str| format!("{base}/{name}");
            let manifest = export_manifest(&state.context, &job, needs_token, file).await?;
            let mut response = Response::new(Body::from(manifest.to_string()));
            response.headers_mut().insert(
                header::CONTENT_TYPE,
                HeaderValue::from_static("application/json"),
            );
            expire(&mut response, &job);
            Ok(response)
        }
    }
}

async fn cancel(
    State(state): State<FhirState>,
    QueryPairs(pairs): QueryPairs,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let job = asked_job(&state, &headers, job_id(&pairs)).await?;
    if !cancel_export(&state.context, &job.id).await? {
        return Err(ApiError::NotFound);
    }
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::ACCEPTED;
    Ok(response)
}

async fn file(
    State(state): State<FhirState>,
    params: RawPathParams,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let find = |wanted: &str| params.iter().find(|(name, _)| *name == wanted);
    let job = asked_job(&state, &headers, find("job").map(|(_, id)| id)).await?;
    let name = find("file").map(|(_, name)| name).unwrap_or_default();
    let is_ready = job.progress == ExportProgress::Ready;
    let reading = open_export_file(&job, name).filter(|_| is_ready);
    let reading = reading.ok_or(ApiError::NotFound)?;
    let start = (Arc::clone(&state.context), reading);
    let lines = stream::try_unfold(start, async |(context, mut reading)| {
        let text = reading.next(&context).await?;
        Ok::<_, StorageError>(text.map(|text| (Bytes::from(text), (context, reading))))
    });
    let mut response = Response::new(Body::from_stream(lines));
    response.headers_mut().insert(header::CONTENT_TYPE, NDJSON);
    expire(&mut response, &job);
    Ok(response)
}

/// Says until when it can be fetched.
fn expire(response: &mut Response, job: &ExportJob) {
    let expires = OffsetDateTime::parse(&job.expires_at, &Rfc3339)
        .ok()
        .and_then(|instant| instant.format(HTTP_DATE).ok())
        .and_then(|text| HeaderValue::from_str(&text).ok());
    if let Some(expires) = expires {
        response.headers_mut().insert(header::EXPIRES, expires);
    }
}
