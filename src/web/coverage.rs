//! `/pilotage/couverture`: how well the national lists say the offer, and what waits for a row; below
//! it, the same offer by offer.

use std::{collections::BTreeSet, sync::Arc};

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
    flows::{
        Context, CoverageReport, OfferCoverage, OfferStanding, TablesError, coverage,
        list_offer_coverage,
    },
};

/// Address of the list of offers.
const OFFERS: &str = "/pilotage/couverture/offres";
/// Offers of a page.
const PAGE: usize = 100;

/// The routes of the coverage.
pub fn coverage_router() -> Router<Arc<Context>> {
    Router::new()
        .route("/pilotage/couverture", get(show))
        .route(OFFERS, get(list))
}

#[derive(Template)]
#[template(path = "coverage.html")]
struct CoveragePage {
    layout: Layout,
    report: CoverageReport,
}

impl CoveragePage {
    /// Address of the list of the offers that stand so.
    fn offers(&self, standing: &str) -> String {
        offers_address(&self.layout, standing, None)
    }
}

#[derive(Template)]
#[template(path = "offer-coverage.html")]
struct OfferCoveragePage {
    layout: Layout,
    standings: Vec<(String, &'static str, bool)>,
    offers: Vec<OfferCoverage>,
    next: Option<String>,
}

impl OfferCoveragePage {
    fn codes(codes: &BTreeSet<String>) -> String {
        let codes: Vec<&str> = codes.iter().map(String::as_str).collect();
        codes.join(", ")
    }
}

/// `GET /pilotage/couverture`
async fn show(State(context): State<Arc<Context>>, request: Request) -> Result<Response, ApiError> {
    let layout = Layout::of_request(&request, "pilotage");
    let report = coverage(&context).await.map_err(failed)?;
    html_page(&CoveragePage { layout, report })
}

/// `GET /pilotage/couverture/offres`: `etat` is one of the standings, `suite` the last offer seen.
async fn list(
    State(context): State<Arc<Context>>,
    QueryPairs(pairs): QueryPairs,
    request: Request,
) -> Result<Response, ApiError> {
    let layout = Layout::of_request(&request, "pilotage");
    let field = |name: &str| {
        let found = pairs.iter().find(|(field, _)| field == name);
        found.map_or("", |(_, value)| value.as_str())
    };
    let only = OfferStanding::parse(field("etat"));
    let page = list_offer_coverage(&context, only, field("suite"), PAGE).await;
    let page = page.map_err(failed)?;
    let asked = only.map_or("", OfferStanding::as_str);
    let standings = std::iter::once(("", layout.say("Toutes", "All")))
        .chain(OfferStanding::ALL.map(|one| (one.as_str(), name_of(one, &layout))))
        .map(|(standing, name)| {
            let address = offers_address(&layout, standing, None);
            (address, name, standing == asked)
        })
        .collect();
    html_page(&OfferCoveragePage {
        standings,
        next: page
            .next
            .map(|after| offers_address(&layout, asked, Some(&after))),
        offers: page.offers,
        layout,
    })
}

fn name_of(standing: OfferStanding, layout: &Layout) -> &'static str {
    match standing {
        OfferStanding::Exact => layout.say("Exact", "Exact"),
        OfferStanding::Approximate => layout.say("Approchant", "Approximate"),
        OfferStanding::None => layout.say("Rien", "None"),
        OfferStanding::Unmapped => layout.say("Sans ligne", "Unmapped"),
        OfferStanding::NotComingBack => layout.say("Ne revient pas tel quel", "Does not come back"),
    }
}

fn offers_address(layout: &Layout, standing: &str, after: Option<&str>) -> String {
    let mut pairs = Vec::new();
    if !standing.is_empty() {
        pairs.push(format!("etat={standing}"));
    }
    // An id holds only letters, digits, "-" and ".".
    pairs.extend(after.map(|after| format!("suite={after}")));
    pairs.extend(layout.asked_language().map(|tag| format!("lang={tag}")));
    if pairs.is_empty() {
        return OFFERS.to_owned();
    }
    format!("{OFFERS}?{}", pairs.join("&"))
}

fn failed(error: TablesError) -> ApiError {
    tracing::error!(
        error = &error as &dyn std::error::Error,
        "the coverage could not be worked out"
    );
    ApiError::Fault
}
