//! `/accessibilite`: the statement that the law asks of public pages.
//!
//! **Source:** RGAA 4.1; law 2005-102, article 47.

use askama::Template;
use axum::{Router, extract::Request, response::Response, routing::get};

use super::{layout::Layout, page::public_page};
use crate::api::ApiError;

/// The route of the statement.
pub fn accessibility_router<S: Clone + Send + Sync + 'static>() -> Router<S> {
    Router::new().route("/accessibilite", get(show))
}

#[derive(Template)]
#[template(path = "accessibility.html")]
struct AccessibilityPage {
    layout: Layout,
}

/// `GET /accessibilite`
async fn show(request: Request) -> Result<Response, ApiError> {
    public_page(&AccessibilityPage {
        layout: Layout::of_request(&request, ""),
    })
}
