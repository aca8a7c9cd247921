//! FHIR R4 over HTTP: metadata, search, read, vread.
//!
//! **Source:** FHIR R4, 3.1.0, the HTTP interface.

use std::{borrow::Cow, sync::Arc};

use axum::{
    Router,
    body::Body,
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::Response,
    routing::{get, post},
};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use time::{
    OffsetDateTime,
    format_description::{BorrowedFormatItem, well_known::Rfc3339},
    macros::format_description,
};

use super::{
    ApiError,
    access::Secrets,
    extract::{QueryPairs, ResourceAddress, accept_fhir_json, asked_language, form_pairs},
    fhir_bundle, fhir_conformance, fhir_export, fhir_feeds, fhir_governance, fhir_history,
    fhir_requests::{is_unmodified, reader_of},
    fhir_validate, fhir_writes,
};
use crate::{
    fhir::{
        EntryMode, Handling, IssueCode, OperationOutcome, ResourceType, SearchQuery,
        SearchsetWriter, public_json,
    },
    finding::{Bilingual, Finding, Language},
    flows::{Context, search, search_system},
    storage::{Reader, SearchPage, StoredResource},
};

/// Media type of every answer.
const FHIR_JSON: HeaderValue = HeaderValue::from_static("application/fhir+json; charset=utf-8");
/// **Source:** RFC 9110, 5.6.7, IMF-fixdate.
pub(super) const HTTP_DATE: &[BorrowedFormatItem<'_>] = format_description!(
    "[weekday repr:short], [day] [month repr:short] [year] [hour]:[minute]:[second] GMT"
);
/// What stays as it is in a value of a query.
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b':')
    .remove(b'/')
    .remove(b',');

#[derive(Clone)]
pub(super) struct FhirState {
    pub(super) context: Arc<Context>,
    pub(super) secrets: Arc<Secrets>,
    pub(super) base_url: Arc<str>,
}

/// The FHIR routes, at `/fhir`. `public_url` is the address of the server as others reach it,
/// without a path.
pub fn fhir_router(context: Arc<Context>, secrets: Arc<Secrets>, public_url: &str) -> Router {
    let state = FhirState {
        context,
        secrets,
        base_url: format!("{}/fhir", public_url.trim_end_matches('/')).into(),
    };
    let routes = Router::new()
        .route("/", get(search_all).post(fhir_bundle::bundle))
        .route("/_search", post(search_all_by_form))
        .route("/_history", get(fhir_history::of_system))
        .route(
            "/{type}",
            get(search_by_url)
                .post(fhir_writes::create)
                .put(fhir_writes::update)
                .patch(fhir_writes::patch)
                .delete(fhir_writes::delete),
        )
        .route("/{type}/_search", post(search_by_form))
        .route("/{type}/_history", get(fhir_history::of_type))
        .route("/{type}/$validate", post(fhir_validate::validate))
        .route(
            "/{type}/{id}",
            get(read)
                .put(fhir_writes::update)
                .patch(fhir_writes::patch)
                .delete(fhir_writes::delete),
        )
        .route("/{type}/{id}/$validate", post(fhir_validate::validate))
        .route("/{type}/{id}/_history", get(fhir_history::of_resource))
        .route("/{type}/{id}/_history/{version}", get(read))
        .merge(fhir_conformance::routes())
        .merge(fhir_export::routes())
        .merge(fhir_feeds::routes())
        .merge(fhir_governance::routes());
    // The address of the server itself, with and without its last slash.
    Router::new()
        .route("/fhir/", get(search_all).post(fhir_bundle::bundle))
        .nest("/fhir", routes)
        .with_state(state)
}

async fn search_by_url(
    State(state): State<FhirState>,
    address: ResourceAddress,
    QueryPairs(pairs): QueryPairs,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    answer_search(&state, &address, &pairs, &headers).await
}

async fn search_by_form(
    State(state): State<FhirState>,
    address: ResourceAddress,
    QueryPairs(mut pairs): QueryPairs,
    request: Request,
) -> Result<Response, ApiError> {
    let headers = request.headers().clone();
    pairs.extend(form_pairs(request, state.context.max_body_bytes).await?);
    answer_search(&state, &address, &pairs, &headers).await
}

async fn search_all(
    State(state): State<FhirState>,
    QueryPairs(pairs): QueryPairs,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    answer_system_search(&state, &pairs, &headers).await
}

async fn search_all_by_form(
    State(state): State<FhirState>,
    QueryPairs(mut pairs): QueryPairs,
    request: Request,
) -> Result<Response, ApiError> {
    let headers = request.headers().clone();
    pairs.extend(form_pairs(request, state.context.max_body_bytes).await?);
    answer_system_search(&state, &pairs, &headers).await
}

async fn answer_system_search(
    state: &FhirState,
    pairs: &[(String, String)],
    headers: &HeaderMap,
) -> Result<Response, ApiError> {
    accept_fhir_json(headers, pairs)?;
    let (handling, reader) = (handling_of(headers), reader_of(&state.secrets, headers));
    let (query, page) = search_system(&state.context, pairs, handling, reader).await?;
    let language = asked_language(headers);
    Ok(json_response(searchset(
        state, &query, &page, reader, language,
    )))
}

async fn answer_search(
    state: &FhirState,
    address: &ResourceAddress,
    pairs: &[(String, String)],
    headers: &HeaderMap,
) -> Result<Response, ApiError> {
    accept_fhir_json(headers, pairs)?;
    let bundle = search_text(state, address.kind, pairs, headers).await?;
    Ok(json_response(bundle))
}

/// The `searchset` that answers a search.
pub(super) async fn search_text(
    state: &FhirState,
    kind: ResourceType,
    pairs: &[(String, String)],
    headers: &HeaderMap,
) -> Result<String, ApiError> {
    let handling = handling_of(headers);
    let reader = reader_of(&state.secrets, headers);
    let (query, page) = search(&state.context, kind, pairs, handling, reader).await?;
    Ok(searchset(
        state,
        &query,
        &page,
        reader,
        asked_language(headers),
    ))
}

/// **Source:** FHIR R4, 3.1.1.3.1, `Prefer: handling=lenient`.
pub(super) fn handling_of(headers: &HeaderMap) -> Handling {
    let is_lenient = headers
        .get_all("prefer")
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split([',', ';']))
        .any(|preference| preference.trim().eq_ignore_ascii_case("handling=lenient"));
    if is_lenient {
        Handling::Lenient
    } else {
        Handling::Strict
    }
}

fn searchset(
    state: &FhirState,
    query: &SearchQuery,
    page: &SearchPage,
    reader: Reader,
    language: Language,
) -> String {
    let own = search_url(state, query, None);
    let mut links = vec![("self", own)];
    if let Some(next) = &page.next {
        links.push(("next", search_url(state, query, Some(&query.token(next)))));
    }
    let mut writer = SearchsetWriter::new(page.total, &links);
    for (resources, mode) in [
        (&page.matches, EntryMode::Match),
        (&page.included, EntryMode::Include),
    ] {
        for resource in resources {
            let url = format!(
                "{}/{}/{}",
                state.base_url,
                resource.kind.as_str(),
                resource.id
            );
            let distance = page.distances.get(&(resource.kind, resource.id.clone()));
            let resource = seen_by(reader, &resource.json);
            writer.push_at(Some(&url), &resource, mode, distance.copied());
        }
    }
    let mut remarks = query.warnings.clone();
    if page.is_cut {
        remarks.push(too_many_included());
    }
    if !remarks.is_empty() {
        let outcome = OperationOutcome::from_findings(&remarks, IssueCode::NotSupported, language);
        let outcome =
            serde_json::to_string(&outcome).expect("an OperationOutcome holds only texts");
        writer.push(None, &outcome, EntryMode::Outcome);
    }
    writer.finish()
}

fn search_url(state: &FhirState, query: &SearchQuery, cursor: Option<&str>) -> String {
    let mut base = state.base_url.to_string();
    if let Some(kind) = query.only_type().filter(|_| !query.is_system) {
        base.push('/');
        base.push_str(kind.as_str());
    }
    address(base, &query.understood, cursor)
}

/// An address with its query; a cursor comes last.
pub(super) fn address(mut url: String, pairs: &[(String, String)], cursor: Option<&str>) -> String {
    let pairs = pairs
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .chain(cursor.map(|token| ("_cursor", token)));
    for (rank, (name, value)) in pairs.enumerate() {
        url.push(if rank == 0 { '?' } else { '&' });
        url.extend(utf8_percent_encode(name, PLAIN));
        url.push('=');
        url.extend(utf8_percent_encode(value, PLAIN));
    }
    url
}

fn too_many_included() -> Finding {
    Finding::warning(
        "SEARCH-INCLUDE-CUT",
        "_include",
        Bilingual::new(
            "Trop de ressources accompagnent cette page : une partie est laissée de côté.",
            "Too many resources come along with this page: some are left out.",
        ),
        Bilingual::new("Demandez des pages plus petites.", "Ask for smaller pages."),
    )
}

async fn read(
    State(state): State<FhirState>,
    address: ResourceAddress,
    QueryPairs(pairs): QueryPairs,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    accept_fhir_json(&headers, &pairs)?;
    let reader = reader_of(&state.secrets, &headers);
    let resource = find(&state, address.kind, &address.id, address.version, reader).await?;
    let tag = format!("W/\"{}\"", resource.version);
    let has_tag = headers.contains_key(header::IF_NONE_MATCH);
    if is_known(&headers, &tag) || (!has_tag && is_unmodified(&headers, &resource.last_updated)) {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        stamp_headers(&mut response, &resource, &tag);
        return Ok(response);
    }
    let mut response = json_response(seen_by(reader, &resource.json).into_owned());
    stamp_headers(&mut response, &resource, &tag);
    Ok(response)
}

/// A resource, or one of its versions, as its reader may see it.
pub(super) async fn read_text(
    state: &FhirState,
    kind: ResourceType,
    id: &str,
    version: Option<i64>,
    reader: Reader,
) -> Result<String, ApiError> {
    let resource = find(state, kind, id, version, reader).await?;
    Ok(seen_by(reader, &resource.json).into_owned())
}

async fn find(
    state: &FhirState,
    kind: ResourceType,
    id: &str,
    version: Option<i64>,
    reader: Reader,
) -> Result<StoredResource, ApiError> {
    let storage = &state.context.storage;
    let found = match version {
        // What a list held before may not be for everybody: they see the current version alone.
        Some(version) if kind == ResourceType::List && reader == Reader::Public => {
            let current = storage.find_resource(kind, id, reader).await?;
            current.filter(|current| current.version == version)
        }
        Some(version) => {
            storage
                .find_resource_version(kind, id, version, reader)
                .await?
        }
        None => storage.find_resource(kind, id, reader).await?,
    };
    match found {
        Some(resource) if !resource.json.is_empty() => Ok(resource),
        Some(_) => Err(ApiError::Gone),
        None if version.is_none() && storage.is_deleted(kind, id, reader).await? => {
            Err(ApiError::Gone)
        }
        None => Err(ApiError::NotFound),
    }
}

pub(super) fn seen_by(reader: Reader, json: &str) -> Cow<'_, str> {
    match reader {
        Reader::Public => public_json(json),
        Reader::Network => Cow::Borrowed(json),
    }
}

/// **Source:** RFC 9110, 13.1.2: `If-None-Match` compares weakly.
fn is_known(headers: &HeaderMap, tag: &str) -> bool {
    let opaque = tag.trim_start_matches("W/");
    headers
        .get_all(header::IF_NONE_MATCH)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(str::trim)
        .any(|known| known == "*" || known.trim_start_matches("W/") == opaque)
}

fn stamp_headers(response: &mut Response, resource: &StoredResource, tag: &str) {
    stamp(response, tag, &resource.last_updated);
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
}

/// Says in headers which version of a resource this is, and when it changed last.
pub(super) fn version_headers(response: &mut Response, version: i64, last_updated: &str) {
    stamp(response, &format!("W/\"{version}\""), last_updated);
}

fn stamp(response: &mut Response, tag: &str, last_updated: &str) {
    let headers = response.headers_mut();
    if let Ok(tag) = HeaderValue::from_str(tag) {
        headers.insert(header::ETAG, tag);
    }
    let updated = OffsetDateTime::parse(last_updated, &Rfc3339)
        .ok()
        .and_then(|instant| instant.format(HTTP_DATE).ok())
        .and_then(|text| HeaderValue::from_str(&text).ok());
    if let Some(updated) = updated {
        headers.insert(header::LAST_MODIFIED, updated);
    }
}

/// FHIR JSON as an answer.
pub(super) fn json_response(body: impl Into<Body>) -> Response {
    let mut response = Response::new(body.into());
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, FHIR_JSON);
    response
}
