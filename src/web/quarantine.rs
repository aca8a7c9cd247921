//! `/pilotage/quarantaine`: what was refused and why, for operators. No datum of the patient.

use std::sync::Arc;

use askama::Template;
use axum::{
    Router,
    extract::{Request, State},
    response::Response,
    routing::get,
};

use super::{layout::Layout, operations::minute, page::html_page};
use crate::{
    api::{ApiError, extract::QueryPairs},
    finding::Language,
    flows::{Context, list_refusals},
    storage::Refusal,
};

/// Findings shown of one refusal.
const SHOWN: usize = 5;

/// The routes of the quarantine.
pub fn quarantine_router() -> Router<Arc<Context>> {
    Router::new().route("/pilotage/quarantaine", get(quarantine))
}

#[derive(Template)]
#[template(path = "quarantine.html")]
struct QuarantinePage {
    layout: Layout,
    rows: Vec<Row>,
    next: Option<String>,
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
            .map(|refusal| row(refusal, language))
            .collect(),
        next: page.cursor,
        layout,
    })
}

fn row(refusal: Refusal, language: Language) -> Row {
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
        more: findings.len().saturating_sub(SHOWN),
        findings: findings.iter().take(SHOWN).map(told).collect(),
    }
}
