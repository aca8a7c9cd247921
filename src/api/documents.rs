//! `/fhir/DocumentReference` and `/fhir/Binary`: the reports, for those who may read them.
//!
//! **Source:** ANS, `PDSm` 3.1.1; IHE MHD 4.2, ITI-67 and ITI-68; FHIR R4, 3.1.0.

use std::sync::Arc;

use axum::{
    Router,
    body::Body,
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, header},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use super::{
    ApiError,
    extract::{QueryPairs, ResourceId, accept_fhir_json, asked_language, form_pairs},
    fhir::{handling_of, json_response, version_headers},
};
use crate::{
    fhir::{EntryMode, IssueCode, OperationOutcome, SearchsetWriter},
    finding::{Bilingual, Finding, Language},
    flows::{
        Context, DocumentPage, DocumentQuery, SharedResource, find_document, find_document_bytes,
        search_documents,
    },
    sharing,
};

#[derive(Clone)]
struct DocumentState {
    context: Arc<Context>,
    base_url: Arc<str>,
}

/// The routes of the documents, at `/fhir`. They need the right to read reports.
pub fn documents_router(context: Arc<Context>, public_url: &str) -> Router {
    let state = DocumentState {
        context,
        base_url: format!("{}/fhir", public_url.trim_end_matches('/')).into(),
    };
    Router::new()
        .route("/fhir/DocumentReference", get(search_by_url))
        .route("/fhir/DocumentReference/_search", post(search_by_form))
        .route("/fhir/DocumentReference/{id}", get(read))
        .route("/fhir/DocumentReference/{id}/_history/{version}", get(read))
        .route("/fhir/Binary/{id}", get(read_binary))
        .with_state(state)
}

async fn search_by_url(
    State(state): State<DocumentState>,
    QueryPairs(pairs): QueryPairs,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    answer_search(&state, &pairs, &[], &headers).await
}

async fn search_by_form(
    State(state): State<DocumentState>,
    QueryPairs(pairs): QueryPairs,
    request: Request,
) -> Result<Response, ApiError> {
    let headers = request.headers().clone();
    let form = form_pairs(request, state.context.max_body_bytes).await?;
    answer_search(&state, &pairs, &form, &headers).await
}

async fn answer_search(
    state: &DocumentState,
    address: &[(String, String)],
    form: &[(String, String)],
    headers: &HeaderMap,
) -> Result<Response, ApiError> {
    accept_fhir_json(headers, address)?;
    let terminology = state.context.terminology.load();
    let query = DocumentQuery::read(address, form, handling_of(headers), &terminology)
        .map_err(ApiError::UnsupportedQuery)?;
    let mut page = search_documents(&state.context, &query, &state.base_url).await?;
    let is_count = address
        .iter()
        .chain(form)
        .any(|(name, value)| name == "_summary" && value == "count");
    if is_count {
        page.documents.clear();
        page.cursor = None;
    }
    Ok(private(json_response(searchset(
        state,
        &query,
        &page,
        asked_language(headers),
    ))))
}

fn searchset(
    state: &DocumentState,
    query: &DocumentQuery,
    page: &DocumentPage,
    language: Language,
) -> String {
    let mut links = vec![("self", search_url(state, query, None))];
    let mut remarks = query.warnings.clone();
    if let Some(cursor) = &page.cursor {
        if query.names_patient {
            remarks.push(go_on_by_form(cursor));
        } else {
            links.push(("next", search_url(state, query, Some(cursor))));
        }
    }
    let mut writer = SearchsetWriter::new(Some(page.total), &links);
    for document in &page.documents {
        let url = format!("{}/DocumentReference/{}", state.base_url, document.id);
        writer.push(Some(&url), &document.json, EntryMode::Match);
    }
    if !remarks.is_empty() {
        let outcome = OperationOutcome::from_findings(&remarks, IssueCode::NotSupported, language);
        let outcome =
            serde_json::to_string(&outcome).expect("an OperationOutcome holds only texts");
        writer.push(None, &outcome, EntryMode::Outcome);
    }
    writer.finish()
}

/// The address of the search, without what names a patient.
fn search_url(state: &DocumentState, query: &DocumentQuery, cursor: Option<&str>) -> String {
    let mut url = format!("{}/DocumentReference", state.base_url);
    let pairs = query
        .understood
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .chain(cursor.map(|token| ("_cursor", token)));
    for (rank, (name, value)) in pairs.enumerate() {
        url.push(if rank == 0 { '?' } else { '&' });
        url.push_str(name);
        url.push('=');
        url.extend(utf8_percent_encode(value, NON_ALPHANUMERIC));
    }
    url
}

fn go_on_by_form(cursor: &str) -> Finding {
    Finding::warning(
        "P-QRY-4",
        "_cursor",
        Bilingual::new(
            "D'autres documents suivent ; aucune adresse n'y mène, car elle nommerait le patient.",
            "More documents follow; no address leads there, for it would name the patient.",
        ),
        Bilingual::new(
            format!("Renvoyez le même formulaire avec _cursor={cursor}."),
            format!("Send the same form again with _cursor={cursor}."),
        ),
    )
}

async fn read(
    State(state): State<DocumentState>,
    ResourceId(id): ResourceId,
    QueryPairs(pairs): QueryPairs,
    request: Request,
) -> Result<Response, ApiError> {
    let headers = request.headers();
    accept_fhir_json(headers, &pairs)?;
    let found = find_document(&state.context, &id, &state.base_url).await?;
    let resource = found.ok_or(ApiError::NotFound)?;
    let asked = request.uri().path().rsplit_once("/_history/");
    // Only the present version is kept: the earlier ones differ by their status alone.
    if asked.is_some_and(|(_, version)| version != resource.version.to_string()) {
        return Err(ApiError::NotFound);
    }
    let SharedResource {
        version,
        last_updated,
        json,
        ..
    } = resource;
    let mut response = json_response(json);
    version_headers(&mut response, version, &last_updated);
    Ok(private(response))
}

/// `GET /fhir/Binary/{id}`: the document as it came, or the resource when FHIR is asked for.
///
/// **Source:** FHIR R4, 2.24, serving binary resources.
async fn read_binary(
    State(state): State<DocumentState>,
    ResourceId(id): ResourceId,
    QueryPairs(pairs): QueryPairs,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let cda = find_document_bytes(&state.context, &id).await?;
    let cda = cda.ok_or(ApiError::NotFound)?;
    let asks = |wanted: &str| {
        let accepted = headers.get_all(header::ACCEPT).iter();
        let format = pairs.iter().find(|(name, _)| name == "_format");
        accepted
            .filter_map(|value| value.to_str().ok())
            .chain(format.map(|(_, value)| value.as_str()))
            .any(|text| text.contains(wanted))
    };
    if asks("application/fhir+json") || asks("application/fhir json") {
        return Ok(private(json_response(
            sharing::binary(&id, &cda).to_string(),
        )));
    }
    let headers = [
        (
            header::CONTENT_TYPE,
            HeaderValue::from_static("text/xml; charset=utf-8"),
        ),
        (
            header::X_CONTENT_TYPE_OPTIONS,
            HeaderValue::from_static("nosniff"),
        ),
        (header::VARY, HeaderValue::from_static("accept")),
    ];
    Ok(private((headers, Body::from(cda)).into_response()))
}

/// Health data: nobody on the way keeps it.
fn private(mut response: Response) -> Response {
    response
        .headers_mut()
        .insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
