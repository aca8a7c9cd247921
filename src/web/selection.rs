//! `/selection`: the offers that somebody chose, to print, to keep as PDF or to send as an address.

use std::sync::Arc;

use askama::Template;
use axum::{
    Router,
    extract::State,
    http::{HeaderMap, Uri},
    response::Response,
    routing::get,
};
use time::Date;

use super::{
    file::file_response,
    layout::Layout,
    offer_words::{day, spaced},
    page::public_page,
};
use crate::{
    api::{ApiError, extract::QueryPairs},
    directory::OfferSheet,
    fhir::is_id,
    finding::Language,
    flows::{Context, read_offer},
    rendering::{Leaflet, LeafletPart, leaflet},
};

/// Offers of a selection, at most.
const MOST: usize = 50;

/// The routes of the selection.
pub fn selection_router() -> Router<Arc<Context>> {
    Router::new()
        .route("/selection", get(page))
        .route("/selection.pdf", get(file))
}

#[derive(Template)]
#[template(path = "selection.html")]
struct SelectionPage {
    layout: Layout,
    sheets: Vec<OfferSheet>,
    today: Date,
    /// Chosen, but no longer published.
    gone: usize,
    pdf_href: String,
}

/// The chosen offers that are published, and how many are not any more.
async fn chosen(
    context: &Context,
    pairs: &[(String, String)],
) -> Result<(Vec<OfferSheet>, usize), ApiError> {
    let mut ids: Vec<&str> = Vec::new();
    for (name, id) in pairs {
        if name == "offre" && is_id(id) && !ids.contains(&id.as_str()) && ids.len() < MOST {
            ids.push(id);
        }
    }
    let mut sheets = Vec::with_capacity(ids.len());
    for id in &ids {
        sheets.extend(read_offer(context, id).await?);
    }
    let gone = ids.len() - sheets.len();
    Ok((sheets, gone))
}

/// `GET /selection`
async fn page(
    State(context): State<Arc<Context>>,
    uri: Uri,
    headers: HeaderMap,
    QueryPairs(pairs): QueryPairs,
) -> Result<Response, ApiError> {
    let layout = Layout::new(&uri, &headers, "offres");
    let (sheets, gone) = chosen(&context, &pairs).await?;
    let mut pdf_href = format!("/selection.pdf?lang={}", layout.lang());
    for sheet in &sheets {
        pdf_href.push_str("&offre=");
        pdf_href.push_str(&sheet.card.id);
    }
    public_page(&SelectionPage {
        today: context.clock.now().date(),
        layout,
        sheets,
        gone,
        pdf_href,
    })
}

/// `GET /selection.pdf`
async fn file(
    State(context): State<Arc<Context>>,
    uri: Uri,
    headers: HeaderMap,
    QueryPairs(pairs): QueryPairs,
) -> Result<Response, ApiError> {
    let layout = Layout::new(&uri, &headers, "offres");
    let (sheets, _) = chosen(&context, &pairs).await?;
    let today = context.clock.now().date();
    let parts: Vec<LeafletPart> = sheets.iter().map(|sheet| part(&layout, sheet)).collect();
    let made_on = layout.say("Liste du", "List of");
    let foot = layout.say("appelez avant de vous déplacer", "call before you go");
    let content = Leaflet {
        title: layout.say("Mes soins de support", "My supportive care"),
        language: match layout.language {
            Language::French => "fr-FR",
            Language::English => "en-GB",
        },
        foot: &format!("Passerelle – {made_on} {} – {foot}", day(&today)),
        on: today,
        parts: &parts,
    };
    let bytes = leaflet(&content).map_err(|error| {
        tracing::error!(
            error = &error as &dyn std::error::Error,
            "a selection could not be written"
        );
        ApiError::Fault
    })?;
    Ok(file_response(
        "application/pdf",
        "inline; filename=\"soins-de-support.pdf\"",
        bytes,
    ))
}

/// What the file says of an offer.
fn part(layout: &Layout, sheet: &OfferSheet) -> LeafletPart {
    let card = &sheet.card;
    let mut lines = Vec::new();
    let mut line = |label: &str, text: String| {
        let text = text.trim().to_owned();
        match (text.is_empty(), label.is_empty()) {
            (true, _) => {}
            (false, true) => lines.push(text),
            (false, false) => lines.push(format!("{label} : {text}")),
        }
    };
    line("", card.structure.clone());
    let commune = format!("{} {}", card.postal_code, card.commune);
    line(
        "",
        format!("{}, {commune}", card.street)
            .trim_start_matches(", ")
            .to_owned(),
    );
    for phone in &card.phones {
        line(layout.say("Téléphone", "Telephone"), spaced(phone));
    }
    for website in &card.websites {
        line(layout.say("Site web", "Web site"), website.clone());
    }
    let care: Vec<&str> = card
        .categories
        .iter()
        .chain(&card.care_types)
        .map(String::as_str)
        .collect();
    line(layout.say("Soins", "Care"), care.join(", "));
    line(
        layout.say("Pour qui", "For whom"),
        card.audiences.join(", "),
    );
    line(layout.say("Accès", "Access"), card.accesses.join(", "));
    line(layout.say("Coût", "Cost"), card.cost.clone());
    line(
        layout.say("Vérifié par une personne le", "Checked by a person on"),
        super::offer_page::read_day(&card.verified_on),
    );
    LeafletPart {
        heading: card.name.clone(),
        lines,
    }
}
