//! The governance of the directory over FHIR: the form of an application, what is written in it, the queue
//! as tasks, and who verified what. The software of a partner acts for a person whom it names; the rights are
//! that person's.
//!
//! **Source:** FHIR R4, `Questionnaire`, `QuestionnaireResponse`, `Task`, `Provenance`; `docs/governance.md`.

use axum::{
    Router,
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::Response,
    routing::get,
};
use serde_json::{Value, json};

use super::{
    ApiError,
    extract::{QueryPairs, ResourceId, accept_fhir_json},
    fhir::{FhirState, json_response, version_headers},
    fhir_requests::{may_write, read_resource, reader_of, version_of_tag},
    fhir_writes::FHIR_JSON_TYPES,
};
use crate::{
    fhir::{EntryMode, SearchsetWriter, element::text},
    finding::{Bilingual, Finding},
    flows::{
        ActError, Deed, act, begin_application, dossier, hand_in, provenances, save_application,
        tasks,
    },
    governance::{
        Application, Author, QUESTIONNAIRE, Refusal, Review, act_of_task, apply_response,
        questionnaire, questionnaire_response, task_status,
    },
    identifiers::MssanteAddress,
    storage::Reader,
};

/// Largest searchset of tasks.
const MAX_TASKS: usize = 1000;

/// The routes, below `/fhir`.
pub(super) fn routes() -> Router<FhirState> {
    Router::new()
        .route("/Questionnaire", get(list_questionnaires))
        .route("/Questionnaire/{id}", get(read_questionnaire))
        .route(
            "/QuestionnaireResponse",
            axum::routing::post(create_response),
        )
        .route(
            "/QuestionnaireResponse/{id}",
            get(read_response).put(update_response),
        )
        .route("/Task", get(list_tasks))
        .route("/Task/{id}", get(read_task).put(update_task))
        .route("/Provenance", get(list_provenances))
}

async fn list_questionnaires(
    State(state): State<FhirState>,
    QueryPairs(pairs): QueryPairs,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    accept_fhir_json(&headers, &pairs)?;
    Ok(searchset(&state, "Questionnaire", &[questionnaire()]))
}

async fn read_questionnaire(
    ResourceId(id): ResourceId,
    QueryPairs(pairs): QueryPairs,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    accept_fhir_json(&headers, &pairs)?;
    if id != QUESTIONNAIRE {
        return Err(ApiError::NotFound);
    }
    Ok(json_response(questionnaire().to_string()))
}

fn searchset(state: &FhirState, kind: &str, resources: &[Value]) -> Response {
    let total = i64::try_from(resources.len()).unwrap_or(i64::MAX);
    let own = format!("{}/{kind}", state.base_url);
    let mut writer = SearchsetWriter::new(Some(total), &[("self", own.clone())]);
    for resource in resources {
        let id = text(resource, "id").unwrap_or_default();
        writer.push(
            Some(&format!("{own}/{id}")),
            &resource.to_string(),
            EntryMode::Match,
        );
    }
    json_response(writer.finish())
}

/// The person for whom a software acts: `<element>.identifier.value` is the address of the account.
async fn acting(state: &FhirState, resource: &Value, element: &str) -> Result<Author, ApiError> {
    let address = resource
        .get(element)
        .and_then(|reference| text(reference.get("identifier")?, "value"))
        .and_then(|address| address.parse::<MssanteAddress>().ok())
        .ok_or_else(|| {
            ApiError::Invalid(vec![Finding::error(
                "GOV-AUTHOR",
                format!("{element}.identifier.value"),
                Bilingual::new(
                    "Il faut l'adresse électronique de la personne pour qui vous agissez.",
                    "The e-mail address of the person for whom you act is needed.",
                ),
                Bilingual::new(
                    "Donnez celle d'un compte ouvert.",
                    "Give that of an open account.",
                ),
            )])
        })?;
    let accounts = state.context.storage.list_accounts().await?;
    let found = accounts
        .into_iter()
        .find(|account| account.address == address && account.closed_at.is_none());
    Ok(found.ok_or(ApiError::Forbidden)?.author())
}

/// What somebody writes who may: a resource of that type, and the person for whom that is done, whom
/// `element` names.
async fn written(
    state: &FhirState,
    request: Request,
    kind: &str,
    element: &str,
) -> Result<(Value, Author), ApiError> {
    may_write(&state.secrets, request.headers())?;
    let body = read_resource(state, request, &FHIR_JSON_TYPES).await?.value;
    check_type(&body, kind)?;
    let author = acting(state, &body, element).await?;
    Ok((body, author))
}

async fn create_response(
    State(state): State<FhirState>,
    request: Request,
) -> Result<Response, ApiError> {
    let (body, author) = written(&state, request, "QuestionnaireResponse", "author").await?;
    let context = &state.context;
    let mut written = Application::default();
    apply(&mut written, &body, &context.now_text())?;
    let id = begin_application(context, &author, written.structure.clone())
        .await
        .map_err(told)?;
    write_response(&state, &author, &id, 1, &body, StatusCode::CREATED).await
}

async fn update_response(
    State(state): State<FhirState>,
    ResourceId(id): ResourceId,
    request: Request,
) -> Result<Response, ApiError> {
    let seen = seen_version(request.headers());
    let (body, author) = written(&state, request, "QuestionnaireResponse", "author").await?;
    let known = dossier(&state.context, &author, &id).await.map_err(told)?;
    let seen = seen.unwrap_or(known.draft_version);
    write_response(&state, &author, &id, seen, &body, StatusCode::OK).await
}

/// Saves what is written, and hands it in when it is `completed`.
async fn write_response(
    state: &FhirState,
    author: &Author,
    id: &str,
    seen: i64,
    body: &Value,
    status: StatusCode,
) -> Result<Response, ApiError> {
    let context = &state.context;
    // Checked before it is laid over what is kept: nothing is saved by halves.
    apply(&mut Application::default(), body, "")?;
    let at = context.now_text();
    let version = save_application(context, author, id, seen, |application| {
        apply_response(application, body, &at).expect("it was applied a moment ago");
    })
    .await
    .map_err(told)?;
    if text(body, "status") == Some("completed") {
        hand_in(context, author, id, version).await.map_err(told)?;
    }
    let mut response = response_of(state, author, id).await?;
    *response.status_mut() = status;
    let location = format!("{}/QuestionnaireResponse/{id}", state.base_url);
    if let Ok(location) = HeaderValue::from_str(&location) {
        response.headers_mut().insert(header::LOCATION, location);
    }
    Ok(response)
}

fn apply(application: &mut Application, body: &Value, at: &str) -> Result<(), ApiError> {
    apply_response(application, body, at).map_err(|link| {
        ApiError::Invalid(vec![Finding::error(
            "GOV-ITEM",
            format!("QuestionnaireResponse.item({link})"),
            Bilingual::new(
                "Le formulaire n'a pas cette question, ou elle attend une autre réponse.",
                "The form has no such question, or it takes another answer.",
            ),
            Bilingual::new(
                "Voyez Questionnaire/candidature.",
                "See Questionnaire/candidature.",
            ),
        )])
    })
}

async fn read_response(
    State(state): State<FhirState>,
    ResourceId(id): ResourceId,
    QueryPairs(pairs): QueryPairs,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    accept_fhir_json(&headers, &pairs)?;
    may_write(&state.secrets, &headers)?;
    let author = pairs.iter().find(|(name, _)| name == "author");
    let reference =
        json!({"author": {"identifier": {"value": author.map_or("", |(_, value)| value)}}});
    let author = acting(&state, &reference, "author").await?;
    response_of(&state, &author, &id).await
}

async fn response_of(state: &FhirState, author: &Author, id: &str) -> Result<Response, ApiError> {
    let found = dossier(&state.context, author, id).await.map_err(told)?;
    let status = match found.listing.review {
        Review::Draft | Review::Refused => "in-progress",
        Review::Territorial | Review::Regional | Review::Idle => "completed",
    };
    let version = found.draft_version;
    let resource = questionnaire_response(id, version, &found.application, status);
    let mut response = json_response(resource.to_string());
    version_headers(&mut response, version, "");
    Ok(response)
}

async fn list_tasks(
    State(state): State<FhirState>,
    QueryPairs(pairs): QueryPairs,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    accept_fhir_json(&headers, &pairs)?;
    may_write(&state.secrets, &headers)?;
    let wanted = pairs.iter().find(|(name, _)| name == "status");
    let wanted: Option<Vec<&str>> = wanted.map(|(_, value)| value.split(',').collect());
    let found = tasks(&state.context, None, MAX_TASKS, |listing| {
        let status = task_status(listing);
        wanted
            .as_ref()
            .is_none_or(|wanted| wanted.contains(&status))
    })
    .await?;
    Ok(searchset(&state, "Task", &found))
}

async fn read_task(
    State(state): State<FhirState>,
    ResourceId(id): ResourceId,
    QueryPairs(pairs): QueryPairs,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    accept_fhir_json(&headers, &pairs)?;
    may_write(&state.secrets, &headers)?;
    task_of(&state, &id).await
}

async fn task_of(state: &FhirState, id: &str) -> Result<Response, ApiError> {
    let found = tasks(&state.context, Some(id), 1, |_| true).await?;
    let task = found.first().ok_or(ApiError::NotFound)?;
    let meta = task.get("meta");
    let part = |name: &str| meta.and_then(|meta| text(meta, name)).unwrap_or_default();
    let mut response = json_response(task.to_string());
    let version = part("versionId").parse().unwrap_or_default();
    version_headers(&mut response, version, part("lastUpdated"));
    Ok(response)
}

/// A decision: `status` says what, `owner` who, `output` the grid, `If-Match` what was seen.
async fn update_task(
    State(state): State<FhirState>,
    ResourceId(id): ResourceId,
    request: Request,
) -> Result<Response, ApiError> {
    let seen = seen_version(request.headers());
    let (body, author) = written(&state, request, "Task", "owner").await?;
    let written = body.get("meta").and_then(|meta| text(meta, "versionId"));
    let seen = seen.or_else(|| written?.parse().ok());
    let wanted = act_of_task(&body).ok_or_else(|| {
        ApiError::Invalid(vec![Finding::error(
            "GOV-STATUS",
            "Task.status",
            Bilingual::new(
                "Cet état ne se demande pas, ou son motif manque.",
                "That status cannot be asked for, or its reason is missing.",
            ),
            Bilingual::new(
                "accepted valide, rejected refuse, completed confirme, cancelled retire (statusReason : closure, charter-ended, ethics).",
                "accepted validates, rejected refuses, completed confirms, cancelled delists (statusReason: closure, charter-ended, ethics).",
            ),
        )])
    })?;
    let deed = Deed {
        structure: &id,
        // A decision without the version that was seen is one about something else.
        seen: Some(seen.ok_or(ApiError::PreconditionFailed)?),
        author: &author,
        act: wanted,
        application: None,
    };
    act(&state.context, deed).await.map_err(told)?;
    task_of(&state, &id).await
}

async fn list_provenances(
    State(state): State<FhirState>,
    QueryPairs(pairs): QueryPairs,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    accept_fhir_json(&headers, &pairs)?;
    let target = pairs.iter().find(|(name, _)| name == "target");
    let (_, target) = target.ok_or_else(|| {
        ApiError::UnsupportedQuery(vec![Finding::error(
            "SEARCH-TARGET",
            "target",
            Bilingual::new("Il faut dire de quoi : target.", "Say of what: target."),
            Bilingual::new(
                "Par exemple target=HealthcareService/offre-1.",
                "For example target=HealthcareService/offre-1.",
            ),
        )])
    })?;
    let reader = reader_of(&state.secrets, &headers);
    let is_public = reader == Reader::Public;
    let found = provenances(&state.context, target, reader, is_public).await?;
    Ok(searchset(&state, "Provenance", &found))
}

fn check_type(body: &Value, wanted: &str) -> Result<(), ApiError> {
    if text(body, "resourceType") == Some(wanted) {
        return Ok(());
    }
    Err(ApiError::Malformed(vec![Finding::error(
        "FHIR-TYPE",
        "resourceType",
        Bilingual::new(
            format!("Cette adresse attend une ressource {wanted}."),
            format!("This address takes a resource {wanted}."),
        ),
        Bilingual::new("Corrigez resourceType.", "Correct resourceType."),
    )]))
}

fn seen_version(headers: &HeaderMap) -> Option<i64> {
    let tag = headers.get(header::IF_MATCH)?.to_str().ok()?;
    version_of_tag(tag)
}

/// Why something is not done, as the interface says it.
fn told(error: ActError) -> ApiError {
    match error {
        ActError::Refused(Refusal::NotAllowed | Refusal::OwnApplication | Refusal::SamePerson) => {
            ApiError::Forbidden
        }
        ActError::Refused(refusal) => {
            let message = refusal.message();
            ApiError::Invalid(vec![Finding::error(
                "GOV-REFUSED",
                "",
                message.clone(),
                message,
            )])
        }
        ActError::Stale => ApiError::PreconditionFailed,
        ActError::NotFound => ApiError::NotFound,
        ActError::Invalid(findings) => ApiError::Invalid(findings),
        ActError::Storage(error) => error.into(),
    }
}
