//! `/integration`: how another site shows the search within its pages, and the pages that it shows.

use std::sync::Arc;

use askama::Template;
use axum::{
    Extension, Router,
    extract::{Request, State},
    http::{HeaderMap, Uri},
    response::Response,
    routing::get,
};

use super::{
    layout::Layout,
    offer_query::{OfferQuery, RADII},
    offer_words::{day, spaced},
    offers::Results,
    page::{embedded_page, public_page},
    public_url::PublicUrl,
};
use crate::{
    api::{ApiError, extract::QueryPairs},
    flows::{Context, find_offers},
};

/// Where the search stands that others show.
const PATH: &str = "/integration/offres";

/// The routes of the integration.
pub fn embed_router() -> Router<Arc<Context>> {
    Router::new()
        .route("/integration", get(guide))
        .route(PATH, get(offers))
}

#[derive(Template)]
#[template(path = "embed_guide.html")]
struct GuidePage {
    layout: Layout,
    url: String,
}

#[derive(Template)]
#[template(path = "embed_offers.html")]
struct EmbeddedPage {
    layout: Layout,
    query: OfferQuery,
    results: Results,
    url: String,
}

/// `GET /integration`
async fn guide(
    Extension(url): Extension<PublicUrl>,
    request: Request,
) -> Result<Response, ApiError> {
    let layout = Layout::of_request(&request, "offres");
    public_page(&GuidePage {
        layout,
        url: url.0.to_string(),
    })
}

/// `GET /integration/offres`
async fn offers(
    State(context): State<Arc<Context>>,
    Extension(url): Extension<PublicUrl>,
    uri: Uri,
    headers: HeaderMap,
    QueryPairs(pairs): QueryPairs,
) -> Result<Response, ApiError> {
    let layout = Layout::new(&uri, &headers, "offres");
    let query = OfferQuery::read(&pairs);
    let found = find_offers(&context, &query.wanted).await?;
    let results = Results::of(&context, &layout, &query, PATH, &found);
    embedded_page(&EmbeddedPage {
        layout,
        query,
        results,
        url: url.0.to_string(),
    })
}
