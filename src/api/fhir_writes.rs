//! FHIR R4 over HTTP: create, update, patch and delete, with and without conditions.
//!
//! **Source:** FHIR R4, 3.1.0.5 to 3.1.0.9.

use axum::{
    body::Body,
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::Response,
};

use super::{
    ApiError,
    extract::{QueryPairs, ResourceAddress, asked_language},
    fhir::{FhirState, json_response, version_headers},
    fhir_requests::{
        ReadBody, Wanted, may_write, media_type_of, read_resource, version_of_tag, wanted,
    },
};
use crate::{
    fhir::{IssueCode, OperationOutcome, Patch, element::text},
    finding::{Bilingual, Finding, FindingKind, Language},
    flows::{
        Action, Change, Effect, SentBytes, Target, WriteError, Written, keep_refused, pairs_of,
        write_changes,
    },
};

/// Media types of a resource.
pub(super) const FHIR_JSON_TYPES: [&str; 2] = ["application/fhir+json", "application/json"];
/// Media type of a JSON Patch.
const JSON_PATCH: &str = "application/json-patch+json";
/// Media type of a JSON Merge Patch.
const MERGE_PATCH: &str = "application/merge-patch+json";

pub(super) async fn create(
    State(state): State<FhirState>,
    address: ResourceAddress,
    QueryPairs(pairs): QueryPairs,
    request: Request,
) -> Result<Response, ApiError> {
    may_write(&state.secrets, request.headers())?;
    let headers = request.headers().clone();
    let body = read_resource(&state, request, &FHIR_JSON_TYPES).await?;
    let if_none_exist = headers
        .get("if-none-exist")
        .and_then(|value| value.to_str().ok())
        .map(|text| pairs_of(condition(text)));
    // Some clients put the condition into the address, as for an update.
    let of_address = criteria(pairs);
    let if_none_exist = if_none_exist.or((!of_address.is_empty()).then_some(of_address));
    let action = |resource| Action::Create {
        resource,
        if_none_exist,
    };
    change(&state, &address, &headers, body, action).await
}

pub(super) async fn update(
    State(state): State<FhirState>,
    address: ResourceAddress,
    QueryPairs(pairs): QueryPairs,
    request: Request,
) -> Result<Response, ApiError> {
    may_write(&state.secrets, request.headers())?;
    let headers = request.headers().clone();
    let body = read_resource(&state, request, &FHIR_JSON_TYPES).await?;
    let has_id = body.value.get("id").is_some();
    if !address.id.is_empty() && !has_id {
        let findings = vec![missing_id(address.kind.as_str())];
        keep(&state, &body, &findings).await?;
        return Err(ApiError::Malformed(findings));
    }
    let is_new_only = headers
        .get(header::IF_NONE_MATCH)
        .is_some_and(|value| value.as_bytes() == b"*");
    let target = target_of(&address, pairs);
    let action = |resource| Action::Update {
        target,
        resource,
        is_new_only,
    };
    change(&state, &address, &headers, body, action).await
}

pub(super) async fn patch(
    State(state): State<FhirState>,
    address: ResourceAddress,
    QueryPairs(pairs): QueryPairs,
    request: Request,
) -> Result<Response, ApiError> {
    may_write(&state.secrets, request.headers())?;
    let headers = request.headers().clone();
    let [fhir_json, json] = FHIR_JSON_TYPES;
    let types = [JSON_PATCH, MERGE_PATCH, fhir_json, json];
    let media_type = media_type_of(&headers);
    let body = read_resource(&state, request, &types).await?;
    let is_parameters = text(&body.value, "resourceType") == Some("Parameters");
    let read = match media_type.as_str() {
        JSON_PATCH => Patch::read_json(body.value.clone()),
        MERGE_PATCH => Patch::read_merge(body.value.clone()),
        // Plain JSON that is no Parameters: the members to be changed, as some clients send them.
        plain if plain == json && !is_parameters => Patch::read_merge(body.value.clone()),
        _ => Patch::read_parameters(&body.value),
    };
    let patch = match read {
        Ok(patch) => patch,
        Err(findings) => {
            keep(&state, &body, &findings).await?;
            return Err(ApiError::Malformed(findings));
        }
    };
    let target = target_of(&address, pairs);
    let action = |_| Action::Patch { target, patch };
    change(&state, &address, &headers, body, action).await
}

pub(super) async fn delete(
    State(state): State<FhirState>,
    address: ResourceAddress,
    QueryPairs(pairs): QueryPairs,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    may_write(&state.secrets, &headers)?;
    let body = ReadBody {
        value: serde_json::Value::Null,
        bytes: bytes::Bytes::new(),
        media_type: String::new(),
    };
    let target = target_of(&address, pairs);
    change(&state, &address, &headers, body, |_| Action::Delete {
        target,
    })
    .await
}

fn target_of(address: &ResourceAddress, pairs: Vec<(String, String)>) -> Target {
    if address.id.is_empty() {
        Target::Search(criteria(pairs))
    } else {
        Target::Id(address.id.clone())
    }
}

/// The search of `If-None-Exist`; some clients put the type before it, or the whole address.
fn condition(text: &str) -> &str {
    match text.split_once('?') {
        Some((before, search)) if !before.contains('=') => search,
        _ => text,
    }
}

/// The pairs of a query that say which resources are meant.
fn criteria(pairs: Vec<(String, String)>) -> Vec<(String, String)> {
    let is_criterion =
        |(name, _): &(String, String)| !matches!(name.as_str(), "_format" | "_pretty");
    pairs.into_iter().filter(is_criterion).collect()
}

async fn keep(state: &FhirState, body: &ReadBody, findings: &[Finding]) -> Result<(), WriteError> {
    keep_refused(&state.context, sent(state, body), findings).await
}

fn sent<'s>(state: &'s FhirState, body: &'s ReadBody) -> SentBytes<'s> {
    SentBytes {
        bytes: &body.bytes,
        media_type: &body.media_type,
        base_url: &state.base_url,
    }
}

async fn change(
    state: &FhirState,
    address: &ResourceAddress,
    headers: &HeaderMap,
    mut body: ReadBody,
    action: impl FnOnce(serde_json::Value) -> Action,
) -> Result<Response, ApiError> {
    let if_match = headers
        .get(header::IF_MATCH)
        .and_then(|value| value.to_str().ok())
        .and_then(version_of_tag);
    let change = Change {
        kind: address.kind,
        action: action(body.value.take()),
        if_match,
        full_url: None,
        place: String::new(),
    };
    let mut written = write_changes(&state.context, sent(state, &body), vec![change]).await?;
    let written = written.remove(0);
    Ok(answer(
        state,
        &written,
        wanted(headers),
        asked_language(headers),
    ))
}

/// **Source:** FHIR R4, 3.1.0.1.8 and 3.1.0.8: status, headers, and what the body holds.
fn answer(state: &FhirState, written: &Written, wanted: Wanted, language: Language) -> Response {
    let body = match wanted {
        Wanted::Representation => written.json.clone(),
        Wanted::Minimal => None,
        Wanted::Outcome => Some(outcome(written, language)),
    };
    let mut response = match body {
        Some(body) => json_response(body),
        None => Response::new(Body::empty()),
    };
    let has_body = response.headers().contains_key(header::CONTENT_TYPE);
    *response.status_mut() = match written.effect {
        Effect::Created => StatusCode::CREATED,
        Effect::Deleted if !has_body => StatusCode::NO_CONTENT,
        Effect::Updated | Effect::Unchanged | Effect::Deleted => StatusCode::OK,
    };
    if written.version > 0 {
        version_headers(&mut response, written.version, &written.last_updated);
    }
    if written.effect != Effect::Deleted
        && let Ok(location) = HeaderValue::from_str(&location_of(state, written))
    {
        response.headers_mut().insert(header::LOCATION, location);
    }
    response
}

/// Address of the version that was written.
pub(super) fn location_of(state: &FhirState, written: &Written) -> String {
    let Written {
        kind, id, version, ..
    } = written;
    format!(
        "{}/{}/{id}/_history/{version}",
        state.base_url,
        kind.as_str()
    )
}

/// What is worth knowing of a write, as an `OperationOutcome`.
pub(super) fn outcome(written: &Written, language: Language) -> String {
    let done = match written.effect {
        Effect::Created => Bilingual::new("Créée.", "Created."),
        Effect::Updated => Bilingual::new("Mise à jour.", "Updated."),
        Effect::Unchanged => Bilingual::new("Rien n'a changé.", "Nothing changed."),
        Effect::Deleted => Bilingual::new("Supprimée.", "Deleted."),
    };
    let mut findings = vec![Finding::information("WRITTEN", done)];
    findings.extend(written.warnings.iter().cloned());
    let outcome = OperationOutcome::from_findings(&findings, IssueCode::Informational, language);
    serde_json::to_string(&outcome).expect("an OperationOutcome holds only texts")
}

fn missing_id(kind: &str) -> Finding {
    Finding::error(
        "G2",
        format!("{kind}.id"),
        Bilingual::new(
            "La ressource ne porte pas l'identifiant de l'adresse.",
            "The resource does not carry the id of the address.",
        ),
        Bilingual::new("Mettez l'identifiant dans id.", "Put the id into id."),
    )
    .of_kind(FindingKind::Required)
}
