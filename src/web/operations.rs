//! `/pilotage`: what operators see at a glance. No datum of a patient.

use std::sync::Arc;

use askama::Template;
use axum::{
    Router,
    extract::{Request, State},
    response::Response,
    routing::get,
};

use super::{follow_up_query::FollowUpQuery, funnel::FunnelView, layout::Layout, page::html_page};
use crate::{
    api::{ApiError, extract::QueryPairs},
    finding::{Bilingual, Language},
    flows::{Context, Overview, count_work, funnel, overview},
    mssante::error_codes::explain,
    outbox::{DeliveryState, NoAddress},
    rcp::Standing,
    storage::RecentReport,
};

/// The routes of the operators.
pub fn operations_router() -> Router<Arc<Context>> {
    Router::new().route("/pilotage", get(operations))
}

#[derive(Template)]
#[template(path = "operations.html")]
struct OperationsPage {
    layout: Layout,
    funnel: FunnelView,
    waiting: i64,
    figures: Vec<Figure>,
    states: Vec<StateRow>,
    reasons: Vec<ReasonRow>,
    recent: Vec<RecentRow>,
}

/// A number and what it counts.
struct Figure {
    value: i64,
    name: String,
}

/// How many deliveries stand in a state, and their share of all.
struct StateRow {
    word: &'static str,
    name: String,
    count: i64,
    percent: i64,
}

struct ReasonRow {
    name: String,
    count: i64,
}

struct RecentRow {
    id: String,
    board: String,
    version: i64,
    received_at: String,
    word: &'static str,
    state: String,
    reason: String,
}

/// `GET /pilotage`
async fn operations(
    State(context): State<Arc<Context>>,
    QueryPairs(pairs): QueryPairs,
    request: Request,
) -> Result<Response, ApiError> {
    let layout = Layout::of_request(&request, "pilotage");
    let query = FollowUpQuery {
        stage: None,
        reason: None,
        cursor: None,
        ..FollowUpQuery::read(&pairs, layout.asked_language())
    };
    let counts = funnel(&context, &query.filter()).await?;
    let waiting = count_work(&context, &query.filter()).await?;
    let language = layout.language;
    let overview = overview(&context).await?;
    let page = OperationsPage {
        funnel: FunnelView::new(counts, &query, &context.follow_up, &layout),
        waiting: waiting.iter().map(|(_, count)| count).sum(),
        figures: figures(&overview, language),
        states: states(&overview, language),
        reasons: reasons(&overview, language),
        recent: overview
            .recent
            .into_iter()
            .map(|report| recent(report, language))
            .collect(),
        layout,
    };
    html_page(&page)
}

fn figures(overview: &Overview, language: Language) -> Vec<Figure> {
    let named = |value, fr: &str, en: &str| Figure {
        value,
        name: Bilingual::new(fr, en).get(language).to_owned(),
    };
    let arrivals = |word: &str| {
        overview
            .arrivals
            .iter()
            .find(|(outcome, _)| outcome == word)
            .map_or(0, |(_, count)| *count)
    };
    vec![
        named(overview.structures, "structures", "structures"),
        named(overview.offers, "offres publiées", "offers published"),
        named(overview.reports, "comptes rendus de RCP", "RCP reports"),
        named(
            overview.physicians,
            "médecins dans l'annuaire local",
            "physicians in the local directory",
        ),
        named(
            overview.physicians_with_mailbox,
            "avec une messagerie sécurisée",
            "with a secure mailbox",
        ),
        named(arrivals("refused"), "arrivées refusées", "arrivals refused"),
    ]
}

fn states(overview: &Overview, language: Language) -> Vec<StateRow> {
    let total: i64 = overview.deliveries.iter().map(|count| count.count).sum();
    DeliveryState::all()
        .map(|state| {
            let count = overview
                .deliveries
                .iter()
                .filter(|count| count.state == state)
                .map(|count| count.count)
                .sum();
            StateRow {
                word: state.as_str(),
                name: state.meaning().get(language).to_owned(),
                count,
                percent: (count * 100).checked_div(total).unwrap_or(0),
            }
        })
        .collect()
}

fn reasons(overview: &Overview, language: Language) -> Vec<ReasonRow> {
    let with_reason = overview
        .deliveries
        .iter()
        .filter_map(|count| Some((count.reason.as_deref()?, count.count)));
    with_reason
        .map(|(reason, count)| ReasonRow {
            name: reason_text(reason, language),
            count,
        })
        .collect()
}

/// The reason in words when it is one of ours, else as the ledger has it.
pub(super) fn reason_text(reason: &str, language: Language) -> String {
    if let Ok(standing) = reason.parse::<Standing>() {
        return standing.meaning().get(language).to_owned();
    }
    if let Ok(reason) = reason.parse::<NoAddress>() {
        return reason.meaning().get(language).to_owned();
    }
    explain(reason).map_or_else(
        || reason.to_owned(),
        |refusal| format!("{} ({reason})", refusal.meaning.get(language)),
    )
}

fn recent(report: RecentReport, language: Language) -> RecentRow {
    RecentRow {
        id: report.id,
        board: report.board,
        version: report.version,
        received_at: minute(&report.received_at),
        word: report.state.as_str(),
        state: report.state.meaning().get(language).to_owned(),
        reason: report
            .reason
            .as_deref()
            .map(|reason| reason_text(reason, language))
            .unwrap_or_default(),
    }
}

/// An instant as people read it, to the minute, in UTC.
pub(super) fn minute(instant: &str) -> String {
    instant.get(..16).unwrap_or_default().replace('T', " ")
}
