//! `/offres/{id}`: all that the public may know of an offer.

use std::sync::Arc;

use askama::Template;
use axum::{
    Extension, Router,
    extract::{Request, State},
    http::StatusCode,
    response::Response,
    routing::get,
};

use super::{
    layout::Layout,
    offer_words::{Labels, spaced},
    page::public_page,
    public_url::PublicUrl,
    structured_data::of_offer,
};
use crate::{
    api::{ApiError, extract::ResourceId},
    directory::{Mailbox, OfferSheet},
    flows::{Context, read_offer},
    terminology::Terminology,
};

/// The route of the page of an offer.
pub fn offer_page_router() -> Router<Arc<Context>> {
    Router::new().route("/offres/{id}", get(offer))
}

#[derive(Template)]
#[template(path = "offer.html")]
struct OfferPage {
    layout: Layout,
    sheet: OfferSheet,
    words: OfferWords,
    /// For search engines.
    data: String,
}

/// What the vocabulary says of an offer, in the language of the page.
struct OfferWords {
    categories: Labels,
    care_types: Labels,
    audiences: Labels,
    phases: Labels,
    places: Labels,
    accesses: Labels,
    pathways: Labels,
    communes_served: Labels,
}

impl OfferWords {
    fn of(sheet: &OfferSheet, terminology: &Terminology, layout: &Layout) -> Self {
        let words = |labels: &[String]| Labels::of(labels, terminology, layout);
        let card = &sheet.card;
        Self {
            categories: words(&card.categories),
            care_types: words(&card.care_types),
            audiences: words(&card.audiences),
            phases: words(&card.phases),
            places: words(&card.places),
            accesses: words(&card.accesses),
            pathways: words(&card.pathways),
            communes_served: words(&sheet.communes_served),
        }
    }
}

#[derive(Template)]
#[template(path = "offer_absent.html")]
struct OfferAbsentPage {
    layout: Layout,
}

/// `GET /offres/{id}`
async fn offer(
    State(context): State<Arc<Context>>,
    Extension(url): Extension<PublicUrl>,
    ResourceId(id): ResourceId,
    request: Request,
) -> Result<Response, ApiError> {
    let layout = Layout::of_request(&request, "offres");
    match read_offer(&context, &id).await? {
        Some(sheet) => public_page(&OfferPage {
            words: OfferWords::of(&sheet, &context.terminology.load(), &layout),
            layout,
            data: of_offer(&url.0, &sheet),
            sheet,
        }),
        None => absent(layout),
    }
}

/// The page that says that there is no such offer.
pub fn absent(layout: Layout) -> Result<Response, ApiError> {
    let mut response = public_page(&OfferAbsentPage { layout })?;
    *response.status_mut() = StatusCode::NOT_FOUND;
    Ok(response)
}

/// Name of a day of the week, 1 is Monday.
fn weekday(layout: &Layout, number: &u8) -> &'static str {
    let (fr, en) = match number {
        1 => ("lundi", "Monday"),
        2 => ("mardi", "Tuesday"),
        3 => ("mercredi", "Wednesday"),
        4 => ("jeudi", "Thursday"),
        5 => ("vendredi", "Friday"),
        6 => ("samedi", "Saturday"),
        7 => ("dimanche", "Sunday"),
        _ => ("", ""),
    };
    layout.say(fr, en)
}

/// A day as people read it, `05/10/2026`; the text itself when it is not a day.
pub fn read_day(date: &str) -> String {
    match date.split('-').collect::<Vec<_>>().as_slice() {
        [year, month, day] => format!("{day}/{month}/{year}"),
        _ => date.to_owned(),
    }
}
