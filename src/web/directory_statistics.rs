//! `/pilotage/annuaire`: what the network watches of its directory.

use std::sync::Arc;

use askama::Template;
use axum::{
    Router,
    extract::{Request, State},
    response::Response,
    routing::get,
};

use super::{
    error_report::subject_words,
    forms::{Form, see_other},
    layout::Layout,
    offer_filters::title,
    operations::minute,
    page::html_page,
};
use crate::{
    api::{ApiError, extract::ResourceId},
    flows::{
        Context, DirectoryStatistics, FEWEST, SEARCH_DAYS, close_error_report, directory_statistics,
    },
    offer_search::{Filter, FilterValue, label},
};

/// The page.
const PATH: &str = "/pilotage/annuaire";

/// The routes of the statistics.
pub fn directory_statistics_router() -> Router<Arc<Context>> {
    Router::new().route(PATH, get(show)).route(
        "/pilotage/annuaire/signalements/{id}",
        axum::routing::post(close),
    )
}

#[derive(Template)]
#[template(path = "directory_statistics.html")]
struct StatisticsPage {
    layout: Layout,
    statistics: DirectoryStatistics,
}

/// `GET /pilotage/annuaire`
async fn show(State(context): State<Arc<Context>>, request: Request) -> Result<Response, ApiError> {
    let layout = Layout::of_request(&request, "pilotage");
    let statistics = directory_statistics(&context).await?;
    html_page(&StatisticsPage { layout, statistics })
}

/// `POST /pilotage/annuaire/signalements/{id}`: somebody dealt with what a visitor reported.
async fn close(
    State(context): State<Arc<Context>>,
    ResourceId(id): ResourceId,
    request: Request,
) -> Result<Response, ApiError> {
    let form = Form::read(request).await?;
    let author: String = form.field("auteur").chars().take(100).collect();
    close_error_report(&context, &id, &author).await?;
    Ok(see_other(PATH))
}

fn filter_name(layout: &Layout, filter: &Filter) -> &'static str {
    title(layout, *filter)
}

fn value_name<'v>(layout: &Layout, value: &'v FilterValue) -> &'v str {
    label(value, layout.language).0
}

fn value_language(layout: &Layout, value: &FilterValue) -> &'static str {
    label(value, layout.language).1
}
