//! `POST /fhir`: many questions to the terminology service in one request, all answered by the
//! same state of the lists.
//!
//! **Source:** FHIR R4, 3.1.0.11, batch.

use axum::{http::StatusCode, response::Response};
use serde_json::Value;

use super::{
    ApiError,
    extract::pairs,
    fhir::json_response,
    terminology::{Manner, TerminologyState, ask, search},
};
use crate::{
    fhir::BatchResponseWriter,
    finding::{Bilingual, Finding},
    terminology::Terminology,
    terminology_service::{CatalogueType, Operation, Parameters, read_resource},
};

/// Questions of one batch, at the most.
const MAX_ENTRIES: usize = 1_000;
/// Bytes of the answers of one batch, at the most.
const MAX_ANSWER_BYTES: usize = 16_000_000;

/// True for a batch that asks the terminology service: what else it asks is told entry by entry.
pub(super) fn is_of_terminology(bundle: &Value) -> bool {
    let entries = bundle["entry"].as_array().map_or(&[][..], Vec::as_slice);
    let is_question = |entry: &Value| {
        let url = entry["request"]["url"].as_str().unwrap_or_default();
        let path = url.split('?').next().unwrap_or(url);
        path.split('/')
            .any(|segment| CatalogueType::parse(segment).is_some())
    };
    bundle["type"] == "batch" && entries.iter().any(is_question)
}

/// Answers a batch: each entry by itself, in its order.
pub(super) async fn answer_batch(
    state: &TerminologyState,
    mut bundle: Value,
    manner: Manner,
) -> Result<Response, ApiError> {
    let entries = entries(&mut bundle)?;
    let terminology = state.context.terminology.load();
    let mut answers = BatchResponseWriter::new();
    for (rank, entry) in entries.into_iter().enumerate() {
        let answer = if answers.size_bytes() > MAX_ANSWER_BYTES {
            Err(too_much(rank))
        } else {
            one(state, &terminology, entry, rank, manner)
        };
        let (status, body) = match answer {
            Ok(body) => (StatusCode::OK, body),
            Err(error) => {
                let (status, outcome) = error.outcome(manner.language);
                let outcome = serde_json::to_vec(&outcome);
                (
                    status,
                    outcome.expect("an OperationOutcome holds only texts"),
                )
            }
        };
        answers.push(&status.to_string(), &body);
        // Others are waiting for this thread.
        tokio::task::yield_now().await;
    }
    Ok(json_response(answers.finish()))
}

/// The entries of a bundle of type `batch`.
fn entries(bundle: &mut Value) -> Result<Vec<Value>, ApiError> {
    let is_batch = bundle["resourceType"] == "Bundle" && bundle["type"] == "batch";
    if !is_batch {
        return Err(refusal(
            "Bundle.type",
            Bilingual::new(
                "Le corps n'est pas un Bundle de type batch.",
                "The body is not a Bundle of type batch.",
            ),
            Bilingual::new(
                "Envoyez {\"resourceType\":\"Bundle\",\"type\":\"batch\",\"entry\":[…]} ; les transactions ne sont pas prises.",
                "Send {\"resourceType\":\"Bundle\",\"type\":\"batch\",\"entry\":[…]}; transactions are not taken.",
            ),
        ));
    }
    let entries = match bundle["entry"].take() {
        Value::Array(entries) => entries,
        _ => Vec::new(),
    };
    if entries.len() > MAX_ENTRIES {
        return Err(refusal(
            "Bundle.entry",
            Bilingual::new(
                format!("Le lot a plus de {MAX_ENTRIES} questions."),
                format!("The batch has more than {MAX_ENTRIES} questions."),
            ),
            Bilingual::new("Faites-en plusieurs.", "Make several of it."),
        ));
    }
    Ok(entries)
}

/// The answer to one entry.
fn one(
    state: &TerminologyState,
    terminology: &Terminology,
    mut entry: Value,
    rank: usize,
    manner: Manner,
) -> Result<Vec<u8>, ApiError> {
    let resource = entry["resource"].take();
    let request = &entry["request"];
    let method = request["method"].as_str().unwrap_or_default();
    let url = request["url"].as_str().unwrap_or_default();
    let (path, query) = url.split_once('?').unwrap_or((url, ""));
    let path = path.strip_prefix(&*state.base_url).unwrap_or(path);
    let path = path.trim_start_matches('/').replace("%24", "$");
    let mut pairs = pairs(query)?;
    pairs.retain(|(name, _)| name != "_format");
    let segments: Vec<&str> = path.split('/').collect();
    let kind = CatalogueType::parse(segments[0]);
    let Some(kind) = kind else {
        return Err(not_taken(rank));
    };
    let operation = |name: &str| Operation::find(kind.as_str(), name);
    let (id, operation) = match segments.as_slice() {
        [_] if method == "GET" => {
            return search(state, terminology, kind, &pairs, manner).map(String::into_bytes);
        }
        [_, name] if name.starts_with('$') => ("", operation(name)),
        [_, id, name] if name.starts_with('$') => (*id, operation(name)),
        [_, id] if method == "GET" => {
            let today = state.context.clock.now().date();
            let found = read_resource(terminology, kind, id, today);
            return found.map(String::into_bytes).ok_or(ApiError::NotFound);
        }
        _ => ("", None),
    };
    let operation = operation.ok_or_else(|| not_taken(rank))?;
    let mut parameters = match method {
        "GET" => Parameters::default(),
        "POST" => Parameters::from_resource(resource)?,
        _ => return Err(not_taken(rank)),
    };
    parameters.extend(Parameters::from_pairs(&pairs));
    ask(state, terminology, operation, id, manner, parameters)
}

fn not_taken(rank: usize) -> ApiError {
    refusal(
        &format!("Bundle.entry[{rank}].request"),
        Bilingual::new(
            "Un lot ne prend pas cette question.",
            "A batch does not take this question.",
        ),
        Bilingual::new(
            "Posez-y des lectures, des recherches et des opérations sur CodeSystem, ValueSet et ConceptMap, par GET ou POST.",
            "Put reads, searches and operations on CodeSystem, ValueSet and ConceptMap into it, by GET or POST.",
        ),
    )
}

fn too_much(rank: usize) -> ApiError {
    refusal(
        &format!("Bundle.entry[{rank}]"),
        Bilingual::new(
            format!("Les réponses du lot dépassent {MAX_ANSWER_BYTES} octets."),
            format!("The answers of the batch are larger than {MAX_ANSWER_BYTES} bytes."),
        ),
        Bilingual::new(
            "Reposez cette question dans un autre lot.",
            "Ask this again in another batch.",
        ),
    )
}

fn refusal(place: &str, message: Bilingual, cure: Bilingual) -> ApiError {
    ApiError::UnsupportedQuery(vec![Finding::error("TX-BATCH", place, message, cure)])
}
