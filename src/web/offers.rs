//! `/` and `/offres`: the search that the public sees. It works without a script; with one, a browser
//! can say where it is, and a selection is kept from page to page.

use std::sync::Arc;

use askama::Template;
use axum::{
    Router,
    extract::State,
    http::{HeaderMap, Uri},
    response::Response,
    routing::get,
};

use super::{
    layout::Layout,
    offer_filters::{Chip, FilterGroup, chips, groups},
    offer_map::{MapView, map},
    offer_query::{OfferQuery, RADII, Shown},
    offer_words::{Card, card, day, spaced},
    page::public_page,
};
use crate::{
    api::{ApiError, extract::QueryPairs},
    flows::{Context, FoundOffers, find_offers},
    offer_search::Relaxation,
};

/// The public routes of the search.
pub fn offers_router() -> Router<Arc<Context>> {
    Router::new()
        .route("/", get(offers))
        .route("/offres", get(offers))
}

#[derive(Template)]
#[template(path = "offers.html")]
struct OffersPage {
    layout: Layout,
    query: OfferQuery,
    results: Results,
}

/// A search and what it found, ready to be shown.
pub struct Results {
    /// Filters that stand first: category, pathway, department.
    pub first_filters: Vec<FilterGroup>,
    /// The others.
    pub more_filters: Vec<FilterGroup>,
    /// What is chosen, each with the address without it.
    pub chips: Vec<Chip>,
    /// Offers of the page.
    pub cards: Vec<Card>,
    /// How many meet the search.
    pub total: u64,
    /// The same in words.
    pub heading: String,
    /// What is worth knowing of how the search was understood.
    pub remarks: Vec<String>,
    /// Address of the next page.
    pub next_href: Option<String>,
    /// Address of the first page, when this is another.
    pub first_href: Option<String>,
    /// Ways out of an empty answer: words, offers that they would give, address.
    pub ways_out: Vec<WayOut>,
    /// Communes that the text of the place may also mean, with their addresses.
    pub other_communes: Vec<(String, String)>,
    /// The map, when that is shown.
    pub map: Option<MapView>,
    /// Addresses of the results as files: ODS, CSV.
    pub files: (String, String),
    /// Address of the list, and of the map.
    pub views: (String, String),
}

/// A part of a search that can be given up.
pub struct WayOut {
    /// What is given up.
    pub words: String,
    /// Offers that this would give.
    pub count: u64,
    /// Where it leads.
    pub href: String,
}

/// `GET /` and `GET /offres`
async fn offers(
    State(context): State<Arc<Context>>,
    uri: Uri,
    headers: HeaderMap,
    QueryPairs(pairs): QueryPairs,
) -> Result<Response, ApiError> {
    let layout = Layout::new(&uri, &headers, "offres");
    let query = OfferQuery::read(&pairs);
    let found = find_offers(&context, &query.wanted).await?;
    let results = Results::of(&context, &layout, &query, "/offres", &found);
    public_page(&OffersPage {
        layout,
        query,
        results,
    })
}

impl Results {
    /// What was found, with the addresses below `path`.
    pub fn of(
        context: &Context,
        layout: &Layout,
        query: &OfferQuery,
        path: &str,
        found: &FoundOffers,
    ) -> Self {
        let index = &found.snapshot.index;
        let answer = &found.answer;
        let today = context.clock.now().date();
        let terminology = context.terminology.load();
        let (first_filters, more_filters) = groups(layout, query, path, index, answer);
        let next = answer.offers.last().filter(|_| answer.has_more);
        let is_map = query.shown == Shown::Map;
        let view = |shown| {
            let other = query.with(|query| query.shown = shown);
            other.href(path, layout)
        };
        let file = |path| {
            let all = query.with(|query| query.shown = Shown::List);
            all.href(path, layout)
        };
        Self {
            chips: chips(layout, query, path, index),
            cards: answer
                .offers
                .iter()
                .map(|offer| card(offer, index, &terminology, layout, today))
                .collect(),
            heading: heading(layout, answer.total),
            remarks: remarks(layout, query, found),
            next_href: next.map(|last| {
                let next = query.with(|query| query.wanted.after = Some(last.cursor.clone()));
                next.href(path, layout)
            }),
            first_href: query
                .wanted
                .after
                .as_ref()
                .map(|_| query.with(|_| {}).href(path, layout)),
            ways_out: ways_out(layout, query, path, found),
            other_communes: other_communes(layout, query, path, found),
            map: is_map.then(|| map(layout, query, path, found, &context.geography.outlines)),
            files: (file("/donnees/offres.ods"), file("/donnees/offres.csv")),
            views: (view(Shown::List), view(Shown::Map)),
            total: answer.total,
            first_filters,
            more_filters,
        }
    }
}

fn heading(layout: &Layout, total: u64) -> String {
    match total {
        0 => layout
            .say("Aucune offre trouvée", "No offer found")
            .to_owned(),
        1 => layout.say("1 offre", "1 offer").to_owned(),
        _ => format!("{total} {}", layout.say("offres", "offers")),
    }
}

/// How the words and the place were understood, when that is not as they were written.
fn remarks(layout: &Layout, query: &OfferQuery, found: &FoundOffers) -> Vec<String> {
    let mut remarks: Vec<String> = found
        .answer
        .corrections
        .iter()
        .map(|correction| {
            format!(
                "{} « {} » {} « {} ».",
                layout.say("Aucune offre ne contient", "No offer holds"),
                correction.typed,
                layout.say("; voici les offres pour", "; here are the offers for"),
                correction.understood
            )
        })
        .collect();
    if found.is_place_unknown {
        remarks.push(format!(
            "{} « {} » {}",
            layout.say("Nous ne connaissons pas la commune", "We do not know the town"),
            query.wanted.commune,
            layout.say(
                ": écrivez son nom complet ou son code postal. La distance n'est pas prise en compte.",
                ": write its whole name or its postal code. The distance is left aside."
            )
        ));
    }
    if let Some(commune) = found.communes.first() {
        remarks.push(format!(
            "{} {} ({}), {} {} km.",
            layout.say(
                "Distances à vol d'oiseau depuis",
                "Distances as the crow flies from"
            ),
            commune.name,
            commune.postal_code,
            layout.say("dans un rayon de", "within"),
            query.wanted.radius_km
        ));
    }
    remarks
}

/// What can be given up, and what that would give.
fn ways_out(layout: &Layout, query: &OfferQuery, path: &str, found: &FoundOffers) -> Vec<WayOut> {
    let mut ways: Vec<WayOut> = found
        .answer
        .relaxations
        .iter()
        .map(|(part, count)| WayOut {
            words: match part {
                Relaxation::Text => format!(
                    "{} « {} »",
                    layout.say("Sans les mots", "Without the words"),
                    query.wanted.text
                ),
                Relaxation::Near => layout
                    .say("Quelle que soit la distance", "Whatever the distance")
                    .to_owned(),
                Relaxation::Filter(filter) => format!(
                    "{} « {} »",
                    layout.say("Sans le filtre", "Without the filter"),
                    super::offer_filters::title(layout, *filter)
                ),
            },
            count: *count,
            href: query.without(*part).href(path, layout),
        })
        .collect();
    let everything = found.snapshot.index.len();
    if found.answer.total == 0 && everything > 0 {
        ways.push(WayOut {
            words: layout
                .say("Sans aucun filtre", "Without any filter")
                .to_owned(),
            count: everything,
            href: OfferQuery::read(&[]).href(path, layout),
        });
    }
    ways
}

/// The other communes of that name, or that begin so.
fn other_communes(
    layout: &Layout,
    query: &OfferQuery,
    path: &str,
    found: &FoundOffers,
) -> Vec<(String, String)> {
    let others = found.communes.iter().skip(1);
    others
        .map(|commune| {
            let name = format!("{} ({})", commune.name, commune.postal_code);
            let there =
                query.with(|query| commune.postal_code.clone_into(&mut query.wanted.commune));
            (name, there.href(path, layout))
        })
        .collect()
}
