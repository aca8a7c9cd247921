//! `/pilotage/couverture`: how well the national lists say the offer, and what waits for a row.

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
    api::ApiError,
    flows::{Context, CoverageReport, coverage},
};

/// The route of the coverage.
pub fn coverage_router() -> Router<Arc<Context>> {
    Router::new().route("/pilotage/couverture", get(show))
}

#[derive(Template)]
#[template(path = "coverage.html")]
struct CoveragePage {
    layout: Layout,
    report: CoverageReport,
}

/// `GET /pilotage/couverture`
async fn show(State(context): State<Arc<Context>>, request: Request) -> Result<Response, ApiError> {
    let layout = Layout::of_request(&request, "pilotage");
    let report = coverage(&context).await.map_err(|error| {
        tracing::error!(
            error = &error as &dyn std::error::Error,
            "the coverage could not be worked out"
        );
        ApiError::Fault
    })?;
    html_page(&CoveragePage { layout, report })
}
