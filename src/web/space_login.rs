//! `/espace`, the door: a link by mail, a link that opens once, a confirmation in one click.

use std::sync::Arc;

use askama::Template;
use axum::{
    Router,
    extract::{Request, State},
    http::StatusCode,
    response::Response,
    routing::{get, post},
};

use super::{
    forms::Form,
    layout::Layout,
    page::html_page,
    space_session::{Member, refusal, with_cookie, with_status},
};
use crate::{
    api::{ApiError, extract::ResourceId},
    directory::OfferCard,
    fhir::{Handling, ResourceType},
    flows::{
        Context, Requested, confirm_by_link, confirmation_of, enter, leave, offer_cards,
        request_link, search,
    },
    identifiers::MssanteAddress,
    storage::Reader,
};

/// The routes that need no session.
pub fn space_login_router() -> Router<Arc<Context>> {
    Router::new()
        .route("/espace/lien", post(ask))
        .route("/espace/entree/{id}", get(show_entry).post(take_entry))
        .route("/espace/sortie", post(go))
        .route(
            "/espace/confirmation/{id}",
            get(show_confirmation).post(take_confirmation),
        )
}

/// The door, and what is said before it.
#[derive(Template)]
#[template(path = "space-login.html")]
pub(super) struct DoorPage {
    pub layout: Layout,
    pub error: Option<String>,
    pub notice: Option<String>,
}

#[derive(Template)]
#[template(path = "space-entry.html")]
struct EntryPage {
    layout: Layout,
}

#[derive(Template)]
#[template(path = "space-confirmation.html")]
struct ConfirmationPage {
    layout: Layout,
    structure: String,
    verified_on: String,
    cards: Vec<OfferCard>,
    is_done: bool,
}

impl DoorPage {
    fn with_error(
        layout: Layout,
        fr: &str,
        en: &str,
        status: StatusCode,
    ) -> Result<Response, ApiError> {
        let error = Some(layout.say(fr, en).to_owned());
        let page = html_page(&Self {
            layout,
            error,
            notice: None,
        })?;
        Ok(with_status(status, page))
    }
}

/// `POST /espace/lien`: `adresse`, and `nom` of somebody new.
async fn ask(State(context): State<Arc<Context>>, request: Request) -> Result<Response, ApiError> {
    let layout = Layout::of_request(&request, "espace");
    let form = Form::read(request).await?;
    let Ok(address) = form.field("adresse").parse::<MssanteAddress>() else {
        return DoorPage::with_error(
            layout,
            "Cette adresse n'en est pas une : nom@domaine, sans espace ni accent.",
            "This is not an address: name@domain, without spaces or accents.",
            StatusCode::UNPROCESSABLE_ENTITY,
        );
    };
    let name = form.field("nom");
    let asked = request_link(&context, &address, (!name.is_empty()).then_some(name)).await?;
    if asked == Requested::TooMany {
        return DoorPage::with_error(
            layout,
            "Trop de liens ont été demandés : réessayez dans une heure.",
            "Too many links were asked for: try again in an hour.",
            StatusCode::TOO_MANY_REQUESTS,
        );
    }
    let notice = layout
        .say(
            "Si cette adresse est connue, un lien vient de partir : il s'ouvre une fois, pendant vingt minutes.",
            "If this address is known, a link is on its way: it opens once, for twenty minutes.",
        )
        .to_owned();
    html_page(&DoorPage {
        layout,
        error: None,
        notice: Some(notice),
    })
}

/// `GET /espace/entree/{token}`: a button, since mail systems follow links of their own.
async fn show_entry(request: Request) -> Result<Response, ApiError> {
    let layout = Layout::of_request(&request, "espace");
    Ok(with_status(
        StatusCode::OK,
        html_page(&EntryPage { layout })?,
    ))
}

/// `POST /espace/entree/{token}`
async fn take_entry(
    State(context): State<Arc<Context>>,
    ResourceId(token): ResourceId,
    request: Request,
) -> Result<Response, ApiError> {
    let layout = Layout::of_request(&request, "espace");
    Form::read(request).await?;
    match enter(&context, &token).await? {
        Some(opened) => Ok(with_cookie(Some(&opened.token))),
        None => dead_link(layout),
    }
}

fn dead_link(layout: Layout) -> Result<Response, ApiError> {
    DoorPage::with_error(
        layout,
        "Ce lien a déjà servi, est trop ancien, ou n'est pas de nous. Demandez-en un nouveau.",
        "This link was used before, is too old, or is not ours. Ask for a new one.",
        StatusCode::GONE,
    )
}

/// `POST /espace/sortie`
async fn go(State(context): State<Arc<Context>>, request: Request) -> Result<Response, ApiError> {
    if let Some(member) = Member::find(&context, request.headers()).await? {
        member.form(request).await?;
        leave(&context, &member.token).await?;
    }
    Ok(with_cookie(None))
}

/// `GET /espace/confirmation/{token}`
async fn show_confirmation(
    State(context): State<Arc<Context>>,
    ResourceId(token): ResourceId,
    request: Request,
) -> Result<Response, ApiError> {
    let layout = Layout::of_request(&request, "espace");
    let Some((_, listing)) = confirmation_of(&context, &token).await? else {
        return dead_link(layout);
    };
    let pairs = [
        ("organization".to_owned(), listing.structure.clone()),
        ("_include".to_owned(), "*".to_owned()),
        ("_count".to_owned(), "200".to_owned()),
    ];
    let kind = ResourceType::HealthcareService;
    let (_, found) = search(&context, kind, &pairs, Handling::Lenient, Reader::Network).await?;
    let page = ConfirmationPage {
        structure: listing.facts.name.clone(),
        verified_on: listing
            .verified_on
            .map(|day| day.to_string())
            .unwrap_or_default(),
        cards: offer_cards(&context, &found),
        is_done: false,
        layout,
    };
    Ok(with_status(StatusCode::OK, html_page(&page)?))
}

/// `POST /espace/confirmation/{token}`: everything is right.
async fn take_confirmation(
    State(context): State<Arc<Context>>,
    ResourceId(token): ResourceId,
    request: Request,
) -> Result<Response, ApiError> {
    let layout = Layout::of_request(&request, "espace");
    Form::read(request).await?;
    match confirm_by_link(&context, &token).await {
        Ok(Some(listing)) => html_page(&ConfirmationPage {
            layout,
            structure: listing.facts.name,
            verified_on: String::new(),
            cards: Vec::new(),
            is_done: true,
        }),
        Ok(None) => dead_link(layout),
        Err(error) => {
            let (status, said) = refusal(error, &layout)?;
            let page = html_page(&DoorPage {
                layout,
                error: Some(said.join(" ")),
                notice: None,
            })?;
            Ok(with_status(status, page))
        }
    }
}
