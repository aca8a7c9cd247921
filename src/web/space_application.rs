//! `/espace/structures/{id}/dossier`: the application, written in several goes, signed, handed in.

use std::sync::Arc;

use askama::Template;
use axum::{
    Router,
    extract::{Request, State},
    http::StatusCode,
    response::Response,
    routing::get,
};

use super::{
    forms::{Form, see_other},
    layout::Layout,
    page::html_page,
    space::kinds,
    space_session::{Member, member_or_door, refusal, with_status},
};
use crate::{
    api::{ApiError, extract::ResourceId},
    flows::{ActError, Context, HandedIn, dossier, faults_of, hand_in, save_application},
    governance::{Application, Criterion, Review, Signature, register_lacks},
};

/// Longest text of a field, in characters.
const MAX_TEXT: usize = 2000;

/// The routes of an application.
pub fn space_application_router() -> Router<Arc<Context>> {
    Router::new().route("/espace/structures/{id}/dossier", get(show).post(save))
}

#[derive(Template)]
#[template(path = "space-application.html")]
struct ApplicationPage {
    layout: Layout,
    form_token: String,
    errors: Vec<String>,
    notice: String,
    id: String,
    draft_version: i64,
    application: Application,
    is_new: bool,
    /// A change waits for its validation: only what needs none may be corrected.
    waits: bool,
    kinds: Vec<(String, String)>,
    criteria: Vec<(&'static str, String)>,
    missing: Vec<String>,
    /// What the national register asks for besides.
    register: Vec<String>,
}

/// `GET /espace/structures/{id}/dossier`
async fn show(
    State(context): State<Arc<Context>>,
    ResourceId(id): ResourceId,
    request: Request,
) -> Result<Response, ApiError> {
    let layout = Layout::of_request(&request, "espace");
    let member = match member_or_door(&context, request.headers()).await? {
        Ok(member) => member,
        Err(door) => return Ok(door),
    };
    page(&context, layout, &member, &id, Said::default()).await
}

/// What is said above the form.
#[derive(Default)]
pub(super) struct Said {
    status: StatusCode,
    errors: Vec<String>,
    notice: String,
}

/// `POST /espace/structures/{id}/dossier`: saved in any case; handed in when `action` is `deposer`.
async fn save(
    State(context): State<Arc<Context>>,
    ResourceId(id): ResourceId,
    request: Request,
) -> Result<Response, ApiError> {
    let layout = Layout::of_request(&request, "espace");
    let member = match member_or_door(&context, request.headers()).await? {
        Ok(member) => member,
        Err(door) => return Ok(door),
    };
    let form = member.form(request).await?;
    let seen = form.field("version").parse().unwrap_or(-1);
    let at = context.now_text();
    let saved = save_application(&context, &member.author(), &id, seen, |application| {
        fill(application, &form, &at);
    })
    .await;
    let ended = match saved {
        Ok(version) if form.field("action") == "deposer" => {
            hand_in(&context, &member.author(), &id, version)
                .await
                .map(Some)
        }
        Ok(_) => Ok(None),
        Err(error) => Err(error),
    };
    let said = match ended {
        Ok(Some(HandedIn::Waiting | HandedIn::Corrected)) => {
            return Ok(see_other(&format!("/espace/structures/{id}")));
        }
        Ok(Some(HandedIn::Unchanged)) => Said {
            notice: layout
                .say(
                    "Rien n'a changé : il n'y a rien à déposer.",
                    "Nothing changed: there is nothing to hand in.",
                )
                .to_owned(),
            ..Said::default()
        },
        Ok(None) => match form.field("action") {
            "offre" => {
                return Ok(see_other(&format!(
                    "/espace/structures/{id}/offres/nouvelle"
                )));
            }
            _ => Said {
                notice: layout
                    .say(
                        "Enregistré : vous pouvez reprendre plus tard.",
                        "Saved: you can go on later.",
                    )
                    .to_owned(),
                ..Said::default()
            },
        },
        Err(error) => {
            let (status, errors) = refusal(error, &layout)?;
            Said {
                status,
                errors,
                notice: String::new(),
            }
        }
    };
    page(&context, layout, &member, &id, said).await
}

/// Writes what the form says into the application. Offers and papers have forms of their own.
fn fill(application: &mut Application, form: &Form, at: &str) {
    let text = |name: &str| form.field(name).chars().take(MAX_TEXT).collect::<String>();
    let structure = &mut application.structure;
    for (cell, name) in [
        (&mut structure.structure_nom, "structure_nom"),
        (&mut structure.structure_type, "structure_type"),
        (&mut structure.adresse, "adresse"),
        (&mut structure.code_postal, "code_postal"),
        (&mut structure.commune, "commune"),
        (&mut structure.commune_insee, "commune_insee"),
        (&mut structure.latitude, "latitude"),
        (&mut structure.longitude, "longitude"),
        (&mut structure.telephone, "telephone"),
        (&mut structure.messagerie_securisee, "messagerie_securisee"),
        (&mut structure.site_web, "site_web"),
        (&mut application.referent_name, "referent_name"),
        (&mut application.referent_function, "referent_function"),
        (&mut application.referent_phone, "referent_phone"),
        (&mut application.patients_a_year, "patients_a_year"),
        (&mut application.siren, "siren"),
        (&mut application.extract_dated, "extract_dated"),
    ] {
        *cell = text(name);
    }
    application.responded_to_call = form.field("responded_to_call") == "oui";
    application.is_recognised = form.field("is_recognised") == "oui";
    for (rank, cell) in application.health_project.iter_mut().enumerate() {
        *cell = text(&format!("health_project_{rank}"));
    }
    for (rank, cell) in application.recruitment.iter_mut().enumerate() {
        *cell = text(&format!("recruitment_{rank}"));
    }
    let signature = |known: Option<Signature>, name: &str| {
        let signs = form.field(name) == "oui";
        let name = application.referent_name.clone();
        match known {
            Some(known) if signs => Some(known),
            None if signs && !name.is_empty() => Some(Signature {
                name,
                at: at.to_owned(),
            }),
            _ => None,
        }
    };
    let (charter, terms) = (
        signature(application.charter.clone(), "charter"),
        signature(application.terms.clone(), "terms"),
    );
    application.charter = charter;
    application.terms = terms;
}

/// The page of an application, with what is said above it.
async fn page(
    context: &Context,
    layout: Layout,
    member: &Member,
    id: &str,
    said: Said,
) -> Result<Response, ApiError> {
    let found = match dossier(context, &member.author(), id).await {
        Ok(found) => found,
        Err(ActError::Refused(_)) => return Err(ApiError::Forbidden),
        Err(ActError::Storage(error)) => return Err(error.into()),
        Err(_) => return Err(ApiError::NotFound),
    };
    let language = layout.language;
    let page = ApplicationPage {
        form_token: member.form_token().to_owned(),
        errors: said.errors,
        notice: said.notice,
        id: id.to_owned(),
        draft_version: found.draft_version,
        is_new: found.published.is_none(),
        kinds: kinds(context),
        criteria: Criterion::ALL
            .into_iter()
            .map(|criterion| {
                (
                    criterion.as_str(),
                    criterion.meaning().get(language).to_owned(),
                )
            })
            .collect(),
        missing: faults_of(context, &found.application)
            .iter()
            .map(|finding| {
                let (message, cure) = (&finding.message, &finding.cure);
                format!(
                    "{} : {} {}",
                    finding.place,
                    message.get(language),
                    cure.get(language)
                )
            })
            .collect(),
        waits: matches!(found.listing.review, Review::Territorial | Review::Regional),
        register: register_lacks(&found.application)
            .iter()
            .map(|lack| lack.get(language).to_owned())
            .collect(),
        application: found.application,
        layout,
    };
    Ok(with_status(said.status, html_page(&page)?))
}
