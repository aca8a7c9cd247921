//! FHIR R4 over HTTP: `/fhir/metadata`, and the profiles, search parameters and operations that it
//! names, read and searched.
//!
//! **Source:** FHIR R4, 3.1.0.5 (capabilities), 5.3, 3.1.4, 5.6.

use std::borrow::Cow;

use axum::{
    Router,
    extract::State,
    http::{HeaderMap, HeaderValue, header},
    response::Response,
    routing::get,
};
use serde_json::Value;

use super::{
    ApiError,
    extract::{QueryPairs, ResourceId, accept_fhir_json},
    fhir::{FhirState, address, handling_of, json_response},
};
use crate::{
    fhir::{
        ConformanceType, EntryMode, Handling, SearchsetWriter, bad_value, capability_statement,
        element::text, unknown_name,
    },
    governance::governance_capabilities,
    terminology_service::{capability_resources, terminology_capabilities},
};

/// The routes of what the server says of itself.
pub(super) fn routes() -> Router<FhirState> {
    let mut router = Router::new().route("/metadata", get(metadata));
    for kind in ConformanceType::ALL {
        let name = kind.as_str();
        let search = async move |state, pairs, headers| search(kind, state, pairs, headers).await;
        let read =
            async move |state, id, pairs, headers| read(kind, state, id, pairs, headers).await;
        router = router
            .route(&format!("/{name}"), get(search))
            .route(&format!("/{name}/{{id}}"), get(read));
    }
    router
}

async fn metadata(
    State(state): State<FhirState>,
    QueryPairs(pairs): QueryPairs,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    accept_fhir_json(&headers, &pairs)?;
    let mode = pairs.iter().find(|(name, _)| name == "mode");
    let statement = match mode.map(|(_, mode)| mode.as_str()) {
        None | Some("full" | "normative") => statement(&state),
        Some("terminology") => {
            let terminology = state.context.terminology.load();
            terminology_capabilities(&terminology, &state.base_url, env!("CARGO_PKG_VERSION"))
        }
        Some(_) => {
            let expected = "full, normative, terminology";
            let refusal = bad_value("mode", expected, expected);
            return Err(ApiError::UnsupportedQuery(vec![refusal]));
        }
    };
    Ok(json_response(statement.to_string()))
}

fn statement(state: &FhirState) -> Value {
    let mut others = capability_resources();
    others.extend(governance_capabilities());
    capability_statement(&state.base_url, env!("CARGO_PKG_VERSION"), others)
}

/// The resources of a type.
fn resources(kind: ConformanceType, state: &FhirState) -> Vec<Cow<'static, Value>> {
    let mut found: Vec<_> = kind.resources().map(Cow::Borrowed).collect();
    if kind == ConformanceType::CapabilityStatement {
        found.push(Cow::Owned(statement(state)));
    }
    found
}

async fn read(
    kind: ConformanceType,
    State(state): State<FhirState>,
    ResourceId(id): ResourceId,
    QueryPairs(pairs): QueryPairs,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    accept_fhir_json(&headers, &pairs)?;
    let found = resources(kind, &state);
    let found = found.iter().find(|one| text(one, "id") == Some(&id));
    let mut response = json_response(found.ok_or(ApiError::NotFound)?.to_string());
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    Ok(response)
}

async fn search(
    kind: ConformanceType,
    State(state): State<FhirState>,
    QueryPairs(pairs): QueryPairs,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    accept_fhir_json(&headers, &pairs)?;
    let mut found = resources(kind, &state);
    let mut refusals = Vec::new();
    let mut own = Vec::new();
    for (name, value) in pairs.iter().filter(|(_, value)| !value.is_empty()) {
        let known = kind.parameters().find(|known| known.name == name);
        match known {
            Some(known) => found.retain(|one| known.holds(one, value)),
            // All fit on one page.
            None if matches!(
                name.as_str(),
                "_format" | "_pretty" | "_summary" | "_elements" | "_count"
            ) => {}
            None => {
                refusals.push(unknown_name(kind.as_str(), name, "url"));
                continue;
            }
        }
        own.push((name.clone(), value.clone()));
    }
    if !refusals.is_empty() && handling_of(&headers) == Handling::Strict {
        return Err(ApiError::UnsupportedQuery(refusals));
    }
    let base = format!("{}/{}", state.base_url, kind.as_str());
    let links = [("self", address(base.clone(), &own, None))];
    let mut writer = SearchsetWriter::new(i64::try_from(found.len()).ok(), &links);
    for one in &found {
        let url = format!("{base}/{}", text(one, "id").unwrap_or_default());
        writer.push(Some(&url), &one.to_string(), EntryMode::Match);
    }
    Ok(json_response(writer.finish()))
}
