//! `/offres/{id}/signaler`: a visitor says what is wrong with an offer.

use std::sync::Arc;

use askama::Template;
use axum::{
    Router,
    extract::{Request, State},
    http::StatusCode,
    response::Response,
    routing::get,
};

use super::{forms::Form, layout::Layout, offer_page::absent, page::public_page};
use crate::{
    api::{ApiError, extract::ResourceId},
    flows::{Context, MAX_CONTACT, MAX_MESSAGE, Reported, Subject, read_offer, report_error},
};

/// Field that people do not see: whoever fills it in is a program.
const TRAP: &str = "site_internet";

/// The routes of the form.
pub fn error_report_router() -> Router<Arc<Context>> {
    Router::new().route("/offres/{id}/signaler", get(form).post(send))
}

#[derive(Template)]
#[template(path = "error_report.html")]
struct ErrorReportPage {
    layout: Layout,
    id: String,
    name: String,
    /// What became of what was sent: `merci`, `trop`, `manque`; empty when nothing was.
    outcome: &'static str,
    subject: String,
    message: String,
    contact: String,
}

/// `GET /offres/{id}/signaler`
async fn form(
    State(context): State<Arc<Context>>,
    ResourceId(id): ResourceId,
    request: Request,
) -> Result<Response, ApiError> {
    let layout = Layout::of_request(&request, "offres");
    let Some(sheet) = read_offer(&context, &id).await? else {
        return absent(layout);
    };
    public_page(&ErrorReportPage {
        layout,
        id,
        name: sheet.card.name,
        outcome: "",
        subject: String::new(),
        message: String::new(),
        contact: String::new(),
    })
}

/// `POST /offres/{id}/signaler`
async fn send(
    State(context): State<Arc<Context>>,
    ResourceId(id): ResourceId,
    request: Request,
) -> Result<Response, ApiError> {
    let layout = Layout::of_request(&request, "offres");
    let form = Form::read(request).await?;
    let Some(sheet) = read_offer(&context, &id).await? else {
        return absent(layout);
    };
    let subject = Subject::named(form.field("objet"));
    let reported = match subject {
        // A program is thanked as anybody is, and nothing is kept.
        _ if !form.field(TRAP).is_empty() => Reported::Kept,
        Some(subject) => {
            let (message, contact) = (form.field("message"), form.field("contact"));
            report_error(&context, &id, subject, message, contact).await?
        }
        None => Reported::Empty,
    };
    let (status, outcome) = match reported {
        Reported::Kept | Reported::Known => (StatusCode::OK, "merci"),
        Reported::TooMany => (StatusCode::TOO_MANY_REQUESTS, "trop"),
        Reported::NoOffer => return absent(layout),
        Reported::Empty => (StatusCode::UNPROCESSABLE_ENTITY, "manque"),
    };
    let mut response = public_page(&ErrorReportPage {
        layout,
        id,
        name: sheet.card.name,
        outcome,
        subject: form.field("objet").to_owned(),
        message: form.field("message").to_owned(),
        contact: form.field("contact").to_owned(),
    })?;
    *response.status_mut() = status;
    Ok(response)
}

/// What a subject is called.
pub fn subject_words(layout: &Layout, subject: &str) -> &'static str {
    let (fr, en) = match Subject::named(subject) {
        Some(Subject::Closed) => (
            "L'offre n'existe plus ou la structure est fermée",
            "The offer is no longer given, or the structure is closed",
        ),
        Some(Subject::Unreachable) => (
            "Le téléphone ou le site ne répond pas",
            "The telephone or the web site does not answer",
        ),
        Some(Subject::Place) => (
            "L'adresse ou les horaires sont faux",
            "The address or the hours are wrong",
        ),
        Some(Subject::Terms) => (
            "Le public, le prix ou les conditions sont faux",
            "The public, the price or the terms are wrong",
        ),
        Some(Subject::Other) | None => ("Autre chose", "Something else"),
    };
    layout.say(fr, en)
}
