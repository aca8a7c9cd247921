//! `/structures/{id}`: a structure and the offers that it publishes.

use std::sync::Arc;

use askama::Template;
use axum::{
    Extension, Router,
    extract::{Request, State},
    response::Response,
    routing::get,
};

use super::{
    layout::Layout,
    offer_page::absent,
    offer_words::{Card, card_of, day, spaced},
    page::public_page,
    public_url::PublicUrl,
    structured_data::of_structure,
};
use crate::{
    api::{ApiError, extract::ResourceId},
    flows::{Context, StructureSheet, read_structure},
};

/// The route of the page of a structure.
pub fn structure_page_router() -> Router<Arc<Context>> {
    Router::new().route("/structures/{id}", get(structure))
}

#[derive(Template)]
#[template(path = "structure.html")]
struct StructurePage {
    layout: Layout,
    sheet: StructureSheet,
    /// Postal code and commune of each place, once.
    communes: Vec<String>,
    cards: Vec<Card>,
    /// For search engines.
    data: String,
}

/// `GET /structures/{id}`
async fn structure(
    State(context): State<Arc<Context>>,
    Extension(url): Extension<PublicUrl>,
    ResourceId(id): ResourceId,
    request: Request,
) -> Result<Response, ApiError> {
    let layout = Layout::of_request(&request, "offres");
    let Some(sheet) = read_structure(&context, &id).await? else {
        return absent(layout);
    };
    let today = context.clock.now().date();
    let terminology = context.terminology.load();
    let cards: Vec<Card> = sheet
        .snapshot
        .index
        .of_structure(&id)
        .into_iter()
        .map(|offer| card_of(offer, &terminology, &layout, today))
        .collect();
    let mut communes: Vec<String> = cards.iter().map(|card| card.commune.clone()).collect();
    communes.sort();
    communes.dedup();
    public_page(&StructurePage {
        data: of_structure(&url.0, &sheet, &communes),
        layout,
        sheet,
        communes,
        cards,
    })
}
