//! `/fhir/CodeSystem`, `/fhir/ValueSet` and `/fhir/ConceptMap`: reading, searching, and the
//! operations of the terminology service. Each request is answered by one state of the lists.
//!
//! **Source:** FHIR R4, 3.1.0 and 3.2.0.

use std::sync::Arc;

use axum::{
    Router,
    extract::{RawQuery, Request, State},
    http::{HeaderMap, HeaderValue, header},
    response::Response,
    routing::{get, post},
};

use super::{
    ApiError,
    extract::{
        QueryPairs, ResourceId, accept_fhir_json, asked_language, form_pairs, pairs, read_body,
    },
    fhir::{address, handling_of, json_response},
    terminology_answers::{Answers, Question},
};
use crate::{
    fhir::{EntryMode, Handling, IssueCode, OperationOutcome, SearchsetWriter, read_json},
    finding::Language,
    flows::Context,
    terminology::Terminology,
    terminology_service::{
        Call, CatalogueSearch, CatalogueType, Operation, Parameters, answer, read_resource,
    },
};

/// What the handlers share.
#[derive(Clone)]
pub(super) struct TerminologyState {
    pub(super) context: Arc<Context>,
    pub(super) base_url: Arc<str>,
    answers: Arc<Answers>,
}

impl TerminologyState {
    pub(super) fn new(context: Arc<Context>, base_url: Arc<str>) -> Self {
        Self {
            context,
            base_url,
            answers: Arc::default(),
        }
    }
}

/// How a caller wants to be answered.
#[derive(Clone, Copy)]
pub(super) struct Manner {
    pub(super) language: Language,
    pub(super) handling: Handling,
}

impl Manner {
    pub(super) fn of(headers: &HeaderMap) -> Self {
        Self {
            language: asked_language(headers),
            handling: handling_of(headers),
        }
    }
}

/// The routes of the terminology service, at `/fhir`; `public_url` is the address of the server as
/// others reach it.
pub fn terminology_router(context: Arc<Context>, public_url: &str) -> Router {
    let base_url = format!("{}/fhir", public_url.trim_end_matches('/'));
    let state = TerminologyState::new(context, base_url.into());
    let mut router = Router::new();
    for kind in CatalogueType::ALL {
        let name = kind.as_str();
        let by_url =
            async move |state, pairs, headers| search_by_url(kind, state, pairs, headers).await;
        let by_form = async move |state, request| search_by_form(kind, state, request).await;
        let read =
            async move |state, id, pairs, headers| read(kind, state, id, pairs, headers).await;
        router = router
            .route(&format!("/fhir/{name}"), get(by_url))
            .route(&format!("/fhir/{name}/_search"), post(by_form))
            .route(&format!("/fhir/{name}/{{id}}"), get(read));
    }
    for operation in Operation::ALL {
        let ask = async move |state, id, query, headers| {
            ask_by_url(operation, state, id, query, headers).await
        };
        let send = async move |state, id, pairs, request| {
            ask_by_body(operation, state, id, pairs, request).await
        };
        let methods = get(ask).post(send);
        let (on, name) = (operation.resource_type(), operation.name());
        router = router
            .route(&format!("/fhir/{on}/{name}"), methods.clone())
            .route(&format!("/fhir/{on}/{{id}}/{name}"), methods);
    }
    router.with_state(state)
}

async fn ask_by_url(
    operation: Operation,
    State(state): State<TerminologyState>,
    ResourceId(id): ResourceId,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let query = query.unwrap_or_default();
    let question = Question {
        operation,
        instance: &id,
        query: &query,
        headers: &headers,
    };
    let terminology = state.context.terminology.load();
    let today = state.context.clock.now().date();
    let answer = state.answers.get_or(&terminology, today, &question, || {
        let pairs = pairs(&query)?;
        accept_fhir_json(&headers, &pairs)?;
        let manner = Manner::of(&headers);
        let parameters = Parameters::from_pairs(&pairs);
        ask(&state, &terminology, operation, &id, manner, parameters)
    });
    answer.map(json_response)
}

async fn ask_by_body(
    operation: Operation,
    State(state): State<TerminologyState>,
    ResourceId(id): ResourceId,
    QueryPairs(pairs): QueryPairs,
    request: Request,
) -> Result<Response, ApiError> {
    accept_fhir_json(request.headers(), &pairs)?;
    let manner = Manner::of(request.headers());
    let resource = json_body(request, state.context.max_body_bytes).await?;
    let mut parameters = Parameters::from_resource(resource)?;
    parameters.extend(Parameters::from_pairs(&pairs));
    let terminology = state.context.terminology.load();
    ask(&state, &terminology, operation, &id, manner, parameters).map(json_response)
}

/// Puts a question to one state of the lists; an empty id asks of the type.
pub(super) fn ask(
    state: &TerminologyState,
    terminology: &Terminology,
    operation: Operation,
    id: &str,
    manner: Manner,
    parameters: Parameters,
) -> Result<Vec<u8>, ApiError> {
    let call = Call {
        operation,
        instance: Some(id).filter(|id| !id.is_empty()),
        now: state.context.clock.now(),
        language: manner.language,
        handling: manner.handling,
    };
    Ok(answer(terminology, &call, parameters)?)
}

/// The JSON of a body.
pub(super) async fn json_body(
    request: Request,
    limit_bytes: usize,
) -> Result<serde_json::Value, ApiError> {
    let kind = request.headers().get(header::CONTENT_TYPE);
    let kind = kind
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    let is_json = ["application/fhir+json", "application/json"]
        .iter()
        .any(|known| kind.eq_ignore_ascii_case(known));
    if !is_json {
        return Err(ApiError::UnsupportedMediaType);
    }
    let body = read_body(request.into_body(), limit_bytes).await?;
    read_json(&body, limit_bytes).map_err(ApiError::Malformed)
}

async fn search_by_url(
    kind: CatalogueType,
    State(state): State<TerminologyState>,
    QueryPairs(pairs): QueryPairs,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    accept_fhir_json(&headers, &pairs)?;
    let terminology = state.context.terminology.load();
    search(&state, &terminology, kind, &pairs, Manner::of(&headers)).map(json_response)
}

async fn search_by_form(
    kind: CatalogueType,
    State(state): State<TerminologyState>,
    request: Request,
) -> Result<Response, ApiError> {
    let headers = request.headers().clone();
    let mut pairs = pairs(request.uri().query().unwrap_or_default())?;
    pairs.extend(form_pairs(request, state.context.max_body_bytes).await?);
    accept_fhir_json(&headers, &pairs)?;
    let terminology = state.context.terminology.load();
    search(&state, &terminology, kind, &pairs, Manner::of(&headers)).map(json_response)
}

/// The searchset of a search.
pub(super) fn search(
    state: &TerminologyState,
    terminology: &Terminology,
    kind: CatalogueType,
    pairs: &[(String, String)],
    manner: Manner,
) -> Result<String, ApiError> {
    let search =
        CatalogueSearch::parse(kind, pairs, manner.handling).map_err(ApiError::UnsupportedQuery)?;
    let page = search.run(terminology, state.context.clock.now().date());
    let base = format!("{}/{}", state.base_url, kind.as_str());
    let mut links = vec![("self", address(base.clone(), &search.understood, None))];
    if let Some(next) = &page.next {
        links.push((
            "next",
            address(base.clone(), &search.understood, Some(next)),
        ));
    }
    let total = i64::try_from(page.total).ok();
    let mut writer = SearchsetWriter::new(total, &links);
    for (id, json) in &page.entries {
        writer.push(Some(&format!("{base}/{id}")), json, EntryMode::Match);
    }
    if !search.warnings.is_empty() {
        let code = IssueCode::NotSupported;
        let outcome = OperationOutcome::from_findings(&search.warnings, code, manner.language);
        let outcome =
            serde_json::to_string(&outcome).expect("an OperationOutcome holds only texts");
        writer.push(None, &outcome, EntryMode::Outcome);
    }
    Ok(writer.finish())
}

async fn read(
    kind: CatalogueType,
    State(state): State<TerminologyState>,
    ResourceId(id): ResourceId,
    QueryPairs(pairs): QueryPairs,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    accept_fhir_json(&headers, &pairs)?;
    let terminology = state.context.terminology.load();
    let today = state.context.clock.now().date();
    let found = read_resource(&terminology, kind, &id, today).ok_or(ApiError::NotFound)?;
    let mut response = json_response(found);
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    Ok(response)
}
