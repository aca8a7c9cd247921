//! `/robots.txt` and `/sitemap.xml`: what search engines may read, and where every offer is.
//!
//! **Source:** RFC 9309 (robots.txt); sitemaps.org protocol 0.90: at most 50,000 addresses a file.

use std::sync::Arc;

use axum::{
    Extension, Router,
    extract::State,
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
    routing::get,
};

use super::public_url::PublicUrl;
use crate::{
    api::{ApiError, extract::ResourceId},
    flows::{Context, published_offers},
};

/// Addresses of one file.
const A_FILE: usize = 40_000;

/// The routes for search engines.
pub fn sitemap_router() -> Router<Arc<Context>> {
    Router::new()
        .route("/robots.txt", get(robots))
        .route("/sitemap.xml", get(index))
        .route("/sitemaps/{id}", get(file))
}

/// `GET /robots.txt`: pages of offers and structures, not each of the searches that lead to them.
async fn robots(Extension(url): Extension<PublicUrl>) -> Response {
    let text = format!(
        "User-agent: *\nDisallow: /offres?\nDisallow: /*/signaler\nDisallow: /selection\n\
         Disallow: /integration/\nDisallow: /espace\nDisallow: /pilotage\nDisallow: /fhir/\nAllow: /\n\
         Sitemap: {}/sitemap.xml\n",
        url.0
    );
    answer("text/plain; charset=utf-8", text)
}

/// `GET /sitemap.xml`: the files, each with as many offers as one may name.
async fn index(
    State(context): State<Arc<Context>>,
    Extension(url): Extension<PublicUrl>,
) -> Result<Response, ApiError> {
    let snapshot = published_offers(&context).await?;
    let count = usize::try_from(snapshot.index.len()).unwrap_or(usize::MAX);
    let files = count.div_ceil(A_FILE).max(1);
    let mut text = String::from(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<sitemapindex xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\">\n",
    );
    for number in 1..=files {
        text += &format!(
            "<sitemap><loc>{}/sitemaps/{number}.xml</loc></sitemap>\n",
            url.0
        );
    }
    text += "</sitemapindex>\n";
    Ok(answer("application/xml; charset=utf-8", text))
}

/// `GET /sitemaps/{number}.xml`
async fn file(
    State(context): State<Arc<Context>>,
    Extension(url): Extension<PublicUrl>,
    ResourceId(name): ResourceId,
) -> Result<Response, ApiError> {
    let number = name
        .strip_suffix(".xml")
        .and_then(|number| number.parse().ok());
    let number: usize = number
        .filter(|number| *number > 0)
        .ok_or(ApiError::NotFound)?;
    let snapshot = published_offers(&context).await?;
    let begin = (number - 1).saturating_mul(A_FILE);
    if number > 1 && begin as u64 >= snapshot.index.len() {
        return Err(ApiError::NotFound);
    }
    let mut text = String::from(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<urlset xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\">\n",
    );
    if number == 1 {
        text += &format!("<url><loc>{}/</loc></url>\n", url.0);
    }
    for offer in snapshot.index.offers().skip(begin).take(A_FILE) {
        text += &format!("<url><loc>{}/offres/{}</loc>", url.0, offer.id());
        if let Some(day) = offer.verified_on() {
            text += &format!("<lastmod>{day}</lastmod>");
        }
        text += "</url>\n";
    }
    text += "</urlset>\n";
    Ok(answer("application/xml; charset=utf-8", text))
}

fn answer(media_type: &'static str, text: String) -> Response {
    let headers = [(header::CONTENT_TYPE, HeaderValue::from_static(media_type))];
    (headers, text).into_response()
}
