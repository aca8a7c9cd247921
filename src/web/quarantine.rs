//! `/pilotage/quarantaine`: what was refused or is held and why, and what a person lets in. No datum of
//! the patient.

use std::sync::Arc;

use askama::Template;
use axum::{
    Router,
    extract::{Request, State},
    http::StatusCode,
    response::Response,
    routing::get,
};

use super::{
    forms::{Form, see_other},
    layout::Layout,
    operations::minute,
    page::html_page,
};
use crate::{
    api::{
        ApiError,
        extract::{QueryPairs, ResourceId},
    },
    finding::{Finding, Language},
    flows::{
        Context, DecisionError, QuarantineError, Quarantined, list_refusals, quarantined,
        release_held_mail,
    },
    storage::{QuarantineRelease, Refusal},
};

/// Findings shown of one refusal.
const SHOWN: usize = 5;

/// The routes of the quarantine.
pub fn quarantine_router() -> Router<Arc<Context>> {
    Router::new()
        .route("/pilotage/quarantaine", get(quarantine))
        .route("/pilotage/quarantaine/{id}", get(show).post(let_in))
}

#[derive(Template)]
#[template(path = "quarantine.html")]
struct QuarantinePage {
    layout: Layout,
    rows: Vec<Row>,
    next: Option<String>,
}

#[derive(Template)]
#[template(path = "quarantine-entry.html")]
struct EntryPage {
    layout: Layout,
    row: Row,
    is_held: bool,
    release: Option<QuarantineRelease>,
    error: Option<String>,
}

struct Row {
    id: String,
    received_at: String,
    source: String,
    media_type: String,
    size_bytes: i64,
    is_cut: bool,
    report_id: Option<String>,
    findings: Vec<String>,
    more: usize,
}

/// `GET /pilotage/quarantaine`
async fn quarantine(
    State(context): State<Arc<Context>>,
    QueryPairs(pairs): QueryPairs,
    request: Request,
) -> Result<Response, ApiError> {
    let layout = Layout::of_request(&request, "pilotage");
    let language = layout.language;
    let cursor = pairs.iter().find(|(name, _)| name == "suite");
    let page = list_refusals(&context, cursor.map(|(_, token)| token.as_str())).await?;
    html_page(&QuarantinePage {
        rows: page
            .refusals
            .into_iter()
            .map(|refusal| row(refusal, language, SHOWN))
            .collect(),
        next: page.cursor,
        layout,
    })
}

/// `GET /pilotage/quarantaine/{id}`
async fn show(
    State(context): State<Arc<Context>>,
    ResourceId(id): ResourceId,
    request: Request,
) -> Result<Response, ApiError> {
    let layout = Layout::of_request(&request, "pilotage");
    let found = quarantined(&context, &id).await?;
    html_page(&EntryPage::new(
        layout,
        found.ok_or(ApiError::NotFound)?,
        None,
    ))
}

/// `POST /pilotage/quarantaine/{id}`: lets a held mail in.
async fn let_in(
    State(context): State<Arc<Context>>,
    ResourceId(id): ResourceId,
    request: Request,
) -> Result<Response, ApiError> {
    let layout = Layout::of_request(&request, "pilotage");
    let language = layout.language;
    let form = Form::read(request).await?;
    let found = quarantined(&context, &id)
        .await?
        .ok_or(ApiError::NotFound)?;
    let error = match release_held_mail(&context, &id, form.decider()).await {
        Ok(_) => {
            let tag = layout.asked_language();
            let language = tag.map_or_else(String::new, |tag| format!("?lang={tag}"));
            return Ok(see_other(&format!("/pilotage/quarantaine/{id}{language}")));
        }
        Err(
            QuarantineError::Storage(error)
            | QuarantineError::Decision(DecisionError::Storage(error)),
        ) => return Err(error.into()),
        Err(QuarantineError::Decision(error)) => error.message().get(language).to_owned(),
        Err(QuarantineError::Refused(findings)) => findings
            .iter()
            .map(|finding| told(finding, language))
            .collect::<Vec<_>>()
            .join(" "),
    };
    let mut response = html_page(&EntryPage::new(layout, found, Some(error)))?;
    *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    Ok(response)
}

impl EntryPage {
    fn new(layout: Layout, found: Quarantined, error: Option<String>) -> Self {
        let release = found.release.map(|release| QuarantineRelease {
            at: minute(&release.at),
            ..release
        });
        Self {
            row: row(found.refusal, layout.language, usize::MAX),
            is_held: found.is_held,
            release,
            error,
            layout,
        }
    }
}

fn told(finding: &Finding, language: Language) -> String {
    format!(
        "{} : {} {}",
        finding.rule,
        finding.message.get(language),
        finding.cure.get(language)
    )
}

fn row(refusal: Refusal, language: Language, shown: usize) -> Row {
    let findings: serde_json::Value = serde_json::from_str(&refusal.findings).unwrap_or_default();
    let findings = findings.as_array().map(Vec::as_slice).unwrap_or_default();
    let tag = match language {
        Language::French => "fr",
        Language::English => "en",
    };
    let told = |finding: &serde_json::Value| {
        let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
        format!(
            "{} : {} {}",
            text(&finding["rule"]),
            text(&finding["message"][tag]),
            text(&finding["cure"][tag])
        )
    };
    Row {
        id: refusal.journal_id,
        received_at: minute(&refusal.received_at),
        source: refusal.source,
        media_type: refusal.media_type,
        size_bytes: refusal.size_bytes,
        is_cut: refusal.is_cut,
        report_id: refusal.report_id,
        more: findings.len().saturating_sub(shown),
        findings: findings.iter().take(shown).map(told).collect(),
    }
}
