//! `/pilotage/a-traiter` and `/pilotage/liste`: the reports that wait for somebody, and those behind
//! each number. No datum of the patient.

use std::sync::Arc;

use askama::Template;
use axum::{
    Router,
    extract::{Request, State},
    response::Response,
    routing::get,
};

use super::{
    follow_up_query::{FollowUpQuery, stage_name},
    layout::Layout,
    operations::{minute, reason_text},
    page::html_page,
};
use crate::{
    api::{ApiError, extract::QueryPairs},
    finding::Language,
    flows::{Context, count_work, list_followed},
    outbox::DeliveryState,
    storage::FollowedReport,
};

/// Reports on a page.
const PAGE: i64 = 100;

/// Where the work list stands.
pub(super) const WORK_PATH: &str = "/pilotage/a-traiter";
/// Where the list behind a number stands.
pub(super) const LIST_PATH: &str = "/pilotage/liste";

/// The routes of the lists.
pub fn follow_up_router() -> Router<Arc<Context>> {
    Router::new()
        .route(WORK_PATH, get(work_list))
        .route(LIST_PATH, get(stage_list))
}

#[derive(Template)]
#[template(path = "follow-up.html")]
struct FollowUpPage {
    layout: Layout,
    title: String,
    lead: String,
    reasons: Vec<ReasonLink>,
    filter: Vec<String>,
    rows: Vec<Row>,
    next: Option<String>,
    csv: String,
    named_csv: String,
}

struct ReasonLink {
    name: String,
    count: i64,
    href: String,
    is_current: bool,
}

/// A report in a list.
pub(super) struct Row {
    pub id: String,
    pub board: String,
    pub hospital: String,
    pub session_on: String,
    pub received_at: String,
    pub physician: String,
    pub word: &'static str,
    pub state: String,
    pub reason: String,
    pub step: String,
    pub is_escalated: bool,
    pub closing: String,
}

impl Row {
    pub fn new(report: FollowedReport, language: Language) -> Self {
        let step = report.next_step();
        let is_open = report.closing.is_none() && report.state != DeliveryState::Acknowledged;
        let physician = [
            &report.physician_given,
            &report.physician_family,
            &report.physician_rpps,
        ]
        .into_iter()
        .flatten()
        .map(String::as_str)
        .filter(|part| !part.is_empty())
        .collect::<Vec<_>>()
        .join(" ");
        let closing = report.closing;
        Self {
            physician,
            word: report.state.as_str(),
            state: report.state.meaning().get(language).to_owned(),
            reason: report
                .reason
                .as_deref()
                .map(|reason| reason_text(reason, language))
                .unwrap_or_default(),
            step: if is_open {
                step.meaning().get(language).to_owned()
            } else {
                String::new()
            },
            is_escalated: report.escalated_at.is_some(),
            closing: closing
                .map(|way| way.meaning().get(language).to_owned())
                .unwrap_or_default(),
            id: report.id,
            board: report.board,
            hospital: report.hospital.unwrap_or_default(),
            session_on: report.session_on,
            received_at: minute(&report.received_at),
        }
    }
}

/// `GET /pilotage/a-traiter`
async fn work_list(
    State(context): State<Arc<Context>>,
    QueryPairs(pairs): QueryPairs,
    request: Request,
) -> Result<Response, ApiError> {
    let layout = Layout::of_request(&request, "pilotage");
    let mut query = FollowUpQuery::read(&pairs, layout.asked_language());
    query.stage = None;
    let counts = count_work(&context, &query.filter()).await?;
    let total: i64 = counts.iter().map(|(_, count)| count).sum();
    let link = |name: String, count, reason: Option<String>| ReasonLink {
        name,
        count,
        is_current: query.reason == reason,
        href: FollowUpQuery {
            reason,
            cursor: None,
            ..query.clone()
        }
        .href(WORK_PATH),
    };
    let all = layout.say("tous", "all").to_owned();
    let mut reasons = vec![link(all, total, None)];
    reasons.extend(counts.into_iter().map(|(reason, count)| {
        let name = match reason.as_str() {
            "unread" => layout
                .say("remis ou envoyé, non lu", "sent or delivered, not read")
                .to_owned(),
            reason => reason_text(reason, layout.language),
        };
        link(name, count, Some(reason))
    }));
    let title = layout.say("À traiter", "To deal with").to_owned();
    let lead = layout
        .say(
            "Les comptes rendus que la messagerie n'amène pas à leur médecin, les plus anciens d'abord, avec ce qu'on peut faire de mieux.",
            "The reports that mail does not bring to their physician, the oldest first, with the next best thing to do.",
        )
        .to_owned();
    page(&context, layout, query, WORK_PATH, (title, lead), reasons).await
}

/// `GET /pilotage/liste`
async fn stage_list(
    State(context): State<Arc<Context>>,
    QueryPairs(pairs): QueryPairs,
    request: Request,
) -> Result<Response, ApiError> {
    let layout = Layout::of_request(&request, "pilotage");
    let query = FollowUpQuery::read(&pairs, layout.asked_language());
    let stage = query.stage.ok_or(ApiError::NotFound)?;
    let name = stage_name(stage);
    let name = name.get(layout.language);
    let title = if query.is_missed {
        format!(
            "{} : {name}",
            layout.say("Manquent à l'étape", "Missing from the stage")
        )
    } else {
        format!("{} : {name}", layout.say("Étape", "Stage"))
    };
    let lead = layout
        .say(
            "Les comptes rendus derrière ce nombre, les plus récents d'abord.",
            "The reports behind this number, the latest first.",
        )
        .to_owned();
    page(
        &context,
        layout,
        query,
        LIST_PATH,
        (title, lead),
        Vec::new(),
    )
    .await
}

async fn page(
    context: &Context,
    layout: Layout,
    query: FollowUpQuery,
    path: &str,
    (title, lead): (String, String),
    reasons: Vec<ReasonLink>,
) -> Result<Response, ApiError> {
    let wanted = query.wanted(context);
    let found = list_followed(
        context,
        &query.filter(),
        &wanted,
        query.cursor.as_deref(),
        PAGE,
    )
    .await?;
    let language = layout.language;
    let whole = FollowUpQuery {
        cursor: None,
        ..query.clone()
    };
    let next = found.cursor.map(|cursor| {
        let next = FollowUpQuery {
            cursor: Some(cursor),
            ..query.clone()
        };
        next.href(path)
    });
    html_page(&FollowUpPage {
        title,
        lead,
        reasons,
        filter: [&query.board, &query.hospital, &query.from, &query.to]
            .into_iter()
            .flatten()
            .cloned()
            .collect(),
        rows: found
            .reports
            .into_iter()
            .map(|report| Row::new(report, language))
            .collect(),
        next,
        csv: whole.href("/pilotage/liste.csv"),
        named_csv: whole.href("/pilotage/liste-nominative.csv"),
        layout,
    })
}
