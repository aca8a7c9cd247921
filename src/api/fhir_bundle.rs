//! FHIR R4 over HTTP: transactions and batches.
//!
//! **Source:** FHIR R4, 3.1.0.11.

use axum::{
    extract::{Request, State},
    http::{HeaderMap, StatusCode},
    response::Response,
};
use serde_json::{Map, Value, json};

use super::{
    ApiError,
    extract::{accept_fhir_json, asked_language},
    fhir::{FhirState, json_response, read_text, search_text},
    fhir_requests::{
        ReadBody, Wanted, may_write, read_resource, reader_of, version_of_tag, wanted,
    },
    fhir_writes::{FHIR_JSON_TYPES, location_of, outcome},
    terminology::{Manner, TerminologyState},
    terminology_batch::{answer_batch, is_of_terminology},
};
use crate::{
    fhir::{BundleKind, BundleWriter, Patch, RequestEntry, Verb, read_requests},
    flows::{
        Action, Change, Effect, SentBytes, Target, Written, keep_refused, pairs_of, write_changes,
    },
};

/// What an entry is answered: its place, its status, its resource and what else is said.
struct Answered {
    rank: usize,
    full_url: Option<String>,
    resource: Option<String>,
    response: Value,
}

pub(super) async fn bundle(
    State(state): State<FhirState>,
    request: Request,
) -> Result<Response, ApiError> {
    let headers = request.headers().clone();
    accept_fhir_json(&headers, &[])?;
    let may_write = may_write(&state.secrets, &headers);
    let mut body = read_resource(&state, request, &FHIR_JSON_TYPES).await?;
    if is_of_terminology(&body.value) {
        let terminology = TerminologyState::new(state.context, state.base_url);
        return answer_batch(&terminology, body.value, Manner::of(&headers)).await;
    }
    let (kind, entries) = match read_requests(&mut body.value, &state.base_url) {
        Ok(read) => read,
        Err(findings) => {
            if may_write.is_ok() {
                keep_refused(&state.context, sent(&state, &body), &findings).await?;
            }
            return Err(ApiError::Malformed(findings));
        }
    };
    if entries.iter().any(|entry| entry.verb != Verb::Get) {
        may_write?;
    }
    let mut answered = match kind {
        BundleKind::Transaction => transaction(&state, &headers, &body, entries).await?,
        BundleKind::Batch => batch(&state, &headers, entries).await,
    };
    answered.sort_by_key(|one| one.rank);
    let name = match kind {
        BundleKind::Transaction => "transaction-response",
        BundleKind::Batch => "batch-response",
    };
    let mut writer = BundleWriter::new(name, None, &[]);
    for one in answered {
        let mut others = Map::new();
        others.insert("response".to_owned(), one.response);
        writer.push(one.full_url.as_deref(), one.resource.as_deref(), others);
    }
    Ok(json_response(writer.finish()))
}

fn sent<'s>(state: &'s FhirState, body: &'s ReadBody) -> SentBytes<'s> {
    SentBytes {
        bytes: &body.bytes,
        media_type: &body.media_type,
        base_url: &state.base_url,
    }
}

/// All or none; what is read is read when all is written.
async fn transaction(
    state: &FhirState,
    headers: &HeaderMap,
    body: &ReadBody,
    entries: Vec<RequestEntry>,
) -> Result<Vec<Answered>, ApiError> {
    let (reads, writes): (Vec<_>, Vec<_>) = entries
        .into_iter()
        .partition(|entry| entry.verb == Verb::Get);
    let ranks: Vec<usize> = writes.iter().map(|entry| entry.rank).collect();
    let mut changes = Vec::with_capacity(writes.len());
    let mut findings = Vec::new();
    for entry in writes {
        match change_of(entry) {
            Ok(change) => changes.push(change),
            Err(found) => findings.extend(found),
        }
    }
    if !findings.is_empty() {
        keep_refused(&state.context, sent(state, body), &findings).await?;
        return Err(ApiError::Malformed(findings));
    }
    let written = write_changes(&state.context, sent(state, body), changes).await?;
    let mut answered: Vec<Answered> = ranks
        .into_iter()
        .zip(&written)
        .map(|(rank, written)| answer(state, headers, rank, written))
        .collect();
    for entry in reads {
        let one = read(state, headers, &entry).await?;
        answered.push(one);
    }
    Ok(answered)
}

/// Each for itself: a failure is the answer of its entry.
async fn batch(
    state: &FhirState,
    headers: &HeaderMap,
    entries: Vec<RequestEntry>,
) -> Vec<Answered> {
    let mut answered = Vec::with_capacity(entries.len());
    for entry in entries {
        let rank = entry.rank;
        let done = if entry.verb == Verb::Get {
            read(state, headers, &entry).await
        } else {
            write_alone(state, headers, entry).await
        };
        answered.push(done.unwrap_or_else(|error| failed(headers, rank, &error)));
    }
    answered
}

async fn write_alone(
    state: &FhirState,
    headers: &HeaderMap,
    entry: RequestEntry,
) -> Result<Answered, ApiError> {
    let rank = entry.rank;
    let bytes = entry
        .resource
        .as_ref()
        .map(|resource| resource.to_string().into_bytes())
        .unwrap_or_default();
    let sent = SentBytes {
        bytes: &bytes,
        media_type: FHIR_JSON_TYPES[0],
        base_url: &state.base_url,
    };
    let change = change_of(entry).map_err(ApiError::Malformed)?;
    let written = write_changes(&state.context, sent, vec![change]).await?;
    Ok(answer(state, headers, rank, &written[0]))
}

fn change_of(entry: RequestEntry) -> Result<Change, Vec<crate::finding::Finding>> {
    let place = format!("Bundle.entry[{}].resource", entry.rank);
    let target = match (&entry.id, &entry.query) {
        (Some(id), _) => Target::Id(id.clone()),
        (None, query) => Target::Search(pairs_of(query.as_deref().unwrap_or_default())),
    };
    let resource = entry.resource.unwrap_or(Value::Null);
    let action = match entry.verb {
        Verb::Post => Action::Create {
            resource,
            if_none_exist: entry.if_none_exist.as_deref().map(pairs_of),
        },
        Verb::Put => Action::Update {
            target,
            resource,
            is_new_only: entry.if_none_match.as_deref() == Some("*"),
        },
        Verb::Patch => Action::Patch {
            target,
            patch: read_patch(&resource)?,
        },
        Verb::Delete | Verb::Get => Action::Delete { target },
    };
    Ok(Change {
        kind: entry.kind,
        action,
        if_match: entry.if_match.as_deref().and_then(version_of_tag),
        full_url: entry.full_url,
        place,
    })
}

/// `Parameters`, or a JSON Patch within a `Binary`.
fn read_patch(resource: &Value) -> Result<Patch, Vec<crate::finding::Finding>> {
    use base64::{Engine, prelude::BASE64_STANDARD};
    let data = resource.get("data").and_then(Value::as_str);
    let inner = data
        .and_then(|data| BASE64_STANDARD.decode(data).ok())
        .and_then(|bytes| serde_json::from_slice(&bytes).ok());
    match inner {
        Some(patch) => Patch::read_json(patch),
        None => Patch::read_parameters(resource),
    }
}

fn answer(state: &FhirState, headers: &HeaderMap, rank: usize, written: &Written) -> Answered {
    let status = match written.effect {
        Effect::Created => "201 Created",
        Effect::Deleted => "204 No Content",
        Effect::Updated | Effect::Unchanged => "200 OK",
    };
    let mut response = json!({"status": status});
    if written.version > 0 {
        response["etag"] = json!(format!("W/\"{}\"", written.version));
        response["lastModified"] = json!(written.last_updated);
    }
    if written.effect != Effect::Deleted {
        response["location"] = json!(location_of(state, written));
    }
    let wanted = wanted(headers);
    if wanted == Wanted::Outcome {
        let text = outcome(written, asked_language(headers));
        response["outcome"] = serde_json::from_str(&text).unwrap_or(Value::Null);
    }
    Answered {
        rank,
        full_url: written.json.is_some().then(|| {
            format!(
                "{}/{}/{}",
                state.base_url,
                written.kind.as_str(),
                written.id
            )
        }),
        resource: written
            .json
            .clone()
            .filter(|_| wanted == Wanted::Representation),
        response,
    }
}

async fn read(
    state: &FhirState,
    headers: &HeaderMap,
    entry: &RequestEntry,
) -> Result<Answered, ApiError> {
    let reader = reader_of(&state.secrets, headers);
    let (resource, full_url) = match &entry.id {
        Some(id) => {
            let found = read_text(state, entry.kind, id, entry.version, reader).await?;
            let url = format!("{}/{}/{id}", state.base_url, entry.kind.as_str());
            (found, Some(url))
        }
        None => {
            let pairs = pairs_of(entry.query.as_deref().unwrap_or_default());
            (search_text(state, entry.kind, &pairs, headers).await?, None)
        }
    };
    Ok(Answered {
        rank: entry.rank,
        full_url,
        resource: Some(resource),
        response: json!({"status": "200 OK"}),
    })
}

fn failed(headers: &HeaderMap, rank: usize, error: &ApiError) -> Answered {
    let (status, outcome) = error.outcome(asked_language(headers));
    let reason = StatusCode::canonical_reason(&status).unwrap_or_default();
    Answered {
        rank,
        full_url: None,
        resource: None,
        response: json!({"status": format!("{} {reason}", status.as_u16()), "outcome": outcome}),
    }
}
