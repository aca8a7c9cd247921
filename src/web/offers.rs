//! `/` and `/offres`: the search that the public sees. No script is needed.

use std::sync::Arc;

use askama::Template;
use axum::{
    Router,
    extract::{Request, State},
    http::{HeaderMap, StatusCode, Uri},
    response::Response,
    routing::get,
};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use super::{layout::Layout, page::html_page};
use crate::{
    api::{
        ApiError,
        extract::{QueryPairs, ResourceId},
    },
    directory::OfferCard,
    fhir::{Handling, ResourceType, is_id},
    flows::{Context, Counts, count_offers, offer_cards, search},
    storage::Reader,
};

/// Offers of a page.
const PAGE: &str = "20";
/// National list of departments.
const DEPARTMENTS: &str = "JDV_J248-DepartementOM-ROR";
/// Longest text searched, in characters.
const MAX_TEXT: usize = 100;

/// The public routes.
pub fn offers_router() -> Router<Arc<Context>> {
    Router::new()
        .route("/", get(offers))
        .route("/offres", get(offers))
        .route("/offres/{id}", get(offer))
}

/// What the visitor asks for.
#[derive(Default)]
struct Asked {
    text: String,
    category: String,
    department: String,
    after: String,
}

#[derive(Template)]
#[template(path = "offers.html")]
struct OffersPage {
    layout: Layout,
    asked: Asked,
    categories: Vec<Choice>,
    departments: Vec<Choice>,
    cards: Vec<OfferCard>,
    total: i64,
    heading: String,
    next_href: Option<String>,
    first_href: Option<String>,
    /// Ways out of an empty answer: words, address.
    ways_out: Vec<(String, String)>,
}

#[derive(Template)]
#[template(path = "offer.html")]
struct OfferPage {
    layout: Layout,
    card: OfferCard,
    fhir_href: String,
}

#[derive(Template)]
#[template(path = "offer_absent.html")]
struct OfferAbsentPage {
    layout: Layout,
}

/// A value of a filter, and how many offers it would give.
struct Choice {
    code: String,
    label: String,
    count: i64,
    href: String,
    is_chosen: bool,
}

impl Asked {
    fn read(pairs: &[(String, String)]) -> Self {
        let find = |wanted: &str| {
            let found = pairs.iter().find(|(name, _)| name == wanted);
            found.map_or("", |(_, value)| value.trim()).to_owned()
        };
        let code = |text: String| Some(text).filter(|text| is_id(text)).unwrap_or_default();
        Self {
            text: find("q").chars().take(MAX_TEXT).collect(),
            category: code(find("categorie")),
            department: code(find("departement")),
            after: find("suite"),
        }
    }

    fn pair(name: &str, value: &str) -> (String, String) {
        (name.to_owned(), value.to_owned())
    }

    /// The filters as a search on offers; each may be left out.
    fn filters(&self, with_category: bool, with_department: bool) -> Vec<(String, String)> {
        // A comma means "or" to the search; a visitor means a pause.
        let text = self.text.replace([',', '\\'], " ");
        let mut pairs = vec![Self::pair("_content", &text)];
        if with_category {
            pairs.push(Self::pair("sos-category:below", &self.category));
        }
        if with_department {
            pairs.push(Self::pair("department", &self.department));
        }
        pairs
    }

    /// Address of the page with these filters.
    fn href(&self, layout: &Layout) -> String {
        let mut href = "/offres".to_owned();
        let mut separator = '?';
        let pairs = [
            ("q", &self.text),
            ("categorie", &self.category),
            ("departement", &self.department),
            ("suite", &self.after),
        ];
        let language = layout.asked_language();
        let pairs = pairs
            .into_iter()
            .map(|(name, value)| (name, value.as_str()))
            .chain(language.map(|language| ("lang", language)));
        for (name, value) in pairs.filter(|(_, value)| !value.is_empty()) {
            href.push(separator);
            href.push_str(name);
            href.push('=');
            href.extend(utf8_percent_encode(value, NON_ALPHANUMERIC));
            separator = '&';
        }
        href
    }

    fn with(&self, change: impl FnOnce(&mut Self)) -> Self {
        let mut changed = Self {
            text: self.text.clone(),
            category: self.category.clone(),
            department: self.department.clone(),
            after: String::new(),
        };
        change(&mut changed);
        changed
    }
}

/// `GET /` and `GET /offres`
async fn offers(
    State(context): State<Arc<Context>>,
    uri: Uri,
    headers: HeaderMap,
    QueryPairs(pairs): QueryPairs,
) -> Result<Response, ApiError> {
    let layout = Layout::new(&uri, &headers, "offres");
    let asked = Asked::read(&pairs);
    let mut wanted = asked.filters(true, true);
    wanted.extend([
        Asked::pair("_sort", "name"),
        Asked::pair("_count", PAGE),
        Asked::pair("_include", "*"),
        Asked::pair("_cursor", &asked.after),
    ]);
    let kind = ResourceType::HealthcareService;
    let (query, page) = search(&context, kind, &wanted, Handling::Lenient, Reader::Public).await?;
    let (by_category, by_department) = count_offers(
        &context,
        &asked.filters(false, true),
        &asked.filters(true, false),
    )
    .await?;
    let total = page.total.unwrap_or_default();
    let next_href = page.next.as_ref().map(|cursor| {
        let next = asked.with(|asked| asked.after = cursor.token(query.sort));
        next.href(&layout)
    });
    let first_href = (!asked.after.is_empty()).then(|| asked.with(|_| {}).href(&layout));
    let page = OffersPage {
        categories: categories(&context, &layout, &asked, &by_category),
        departments: departments(&context, &layout, &asked, &by_department),
        cards: offer_cards(&context, &page),
        heading: heading(&layout, total),
        ways_out: ways_out(&layout, &asked),
        total,
        next_href,
        first_href,
        asked,
        layout,
    };
    html_page(&page)
}

/// `GET /offres/{id}`
async fn offer(
    State(context): State<Arc<Context>>,
    ResourceId(id): ResourceId,
    request: Request,
) -> Result<Response, ApiError> {
    let layout = Layout::of_request(&request, "offres");
    let wanted = [Asked::pair("_id", &id), Asked::pair("_include", "*")];
    let kind = ResourceType::HealthcareService;
    let (_, page) = search(&context, kind, &wanted, Handling::Lenient, Reader::Public).await?;
    match offer_cards(&context, &page).into_iter().next() {
        Some(card) => html_page(&OfferPage {
            layout,
            fhir_href: format!("/fhir/HealthcareService/{}", card.id),
            card,
        }),
        None => {
            let mut response = html_page(&OfferAbsentPage { layout })?;
            *response.status_mut() = StatusCode::NOT_FOUND;
            Ok(response)
        }
    }
}

fn count_of(counts: &Counts, code: &str) -> i64 {
    counts
        .iter()
        .find(|(found, _)| found == code)
        .map_or(0, |(_, count)| *count)
}

fn categories(context: &Context, layout: &Layout, asked: &Asked, counts: &Counts) -> Vec<Choice> {
    context
        .terminology
        .load()
        .categories()
        .iter()
        .map(|category| {
            let is_chosen = asked.category == category.code;
            let code = if is_chosen { "" } else { &category.code };
            Choice {
                href: asked
                    .with(|asked| code.clone_into(&mut asked.category))
                    .href(layout),
                count: count_of(counts, &category.code),
                code: category.code.clone(),
                label: category.label.clone(),
                is_chosen,
            }
        })
        .collect()
}

/// The departments that have offers, and the one asked for.
fn departments(context: &Context, layout: &Layout, asked: &Asked, counts: &Counts) -> Vec<Choice> {
    let terminology = context.terminology.load();
    let names = terminology.value_set(DEPARTMENTS);
    let mut codes: Vec<&str> = counts.iter().map(|(code, _)| code.as_str()).collect();
    if !asked.department.is_empty() && !codes.contains(&asked.department.as_str()) {
        codes.push(&asked.department);
    }
    codes
        .into_iter()
        .map(|code| Choice {
            label: names
                .and_then(|names| names.find(code))
                .map_or_else(|| code.to_owned(), |found| found.display.clone()),
            count: count_of(counts, code),
            href: asked
                .with(|asked| code.clone_into(&mut asked.department))
                .href(layout),
            is_chosen: asked.department == code,
            code: code.to_owned(),
        })
        .collect()
}

fn heading(layout: &Layout, total: i64) -> String {
    match total {
        0 => layout
            .say("Aucune offre trouvée", "No offer found")
            .to_owned(),
        1 => layout.say("1 offre", "1 offer").to_owned(),
        _ => format!("{total} {}", layout.say("offres", "offers")),
    }
}

/// Each filter taken away, one at a time.
fn ways_out(layout: &Layout, asked: &Asked) -> Vec<(String, String)> {
    let mut ways = Vec::new();
    if !asked.text.is_empty() {
        let words = format!(
            "{} « {} »",
            layout.say("Sans les mots", "Without the words"),
            asked.text
        );
        ways.push((words, asked.with(|asked| asked.text.clear()).href(layout)));
    }
    if !asked.department.is_empty() {
        let words = layout.say("Dans tous les départements", "In every department");
        let href = asked.with(|asked| asked.department.clear()).href(layout);
        ways.push((words.to_owned(), href));
    }
    if !asked.category.is_empty() {
        let words = layout.say("Dans toutes les catégories", "In every category");
        let href = asked.with(|asked| asked.category.clear()).href(layout);
        ways.push((words.to_owned(), href));
    }
    ways
}

/// A telephone number as people read it: pairs of digits.
fn spaced(phone: &str) -> String {
    let digits: Vec<char> = phone.chars().collect();
    if digits.len() != 10 || !digits.iter().all(char::is_ascii_digit) {
        return phone.to_owned();
    }
    digits
        .chunks(2)
        .map(|pair| pair.iter().collect::<String>())
        .collect::<Vec<_>>()
        .join("\u{a0}")
}

/// A day as people read it, `05/10/2026`; the text itself when it is not a day.
fn day(date: &str) -> String {
    match date.split('-').collect::<Vec<_>>().as_slice() {
        [year, month, day] => format!("{day}/{month}/{year}"),
        _ => date.to_owned(),
    }
}
