//! `/espace/structures/{id}/offres/{number}`: one offer of a structure, written by whoever answers for it.

use std::sync::Arc;

use askama::Template;
use axum::{
    Router,
    extract::{RawPathParams, Request, State},
    http::StatusCode,
    response::Response,
    routing::get,
};

use super::{
    forms::{Form, see_other},
    layout::Layout,
    page::html_page,
    space_session::{Member, member_or_door, refusal, with_status},
};
use crate::{
    api::{ApiError, extract::ResourceId},
    directory::OfferForm,
    flows::{ActError, Context, dossier, save_application},
    governance::OfferEntry,
};

/// Number in the address of an offer that is not written yet.
const NEW: &str = "nouvelle";
/// Longest text of a field, in characters.
const MAX_TEXT: usize = 2000;

/// The routes of one offer.
pub fn space_offer_router() -> Router<Arc<Context>> {
    Router::new().route(
        "/espace/structures/{id}/offres/{number}",
        get(show).post(save),
    )
}

#[derive(Template)]
#[template(path = "space-offer.html")]
struct OfferPage {
    layout: Layout,
    form_token: String,
    errors: Vec<String>,
    id: String,
    number: String,
    is_new: bool,
    draft_version: i64,
    entry: OfferEntry,
    categories: Vec<Choice>,
    care_types: Vec<Choice>,
    facets: Vec<Facet>,
}

/// A value that can be chosen.
struct Choice {
    code: String,
    label: String,
    is_chosen: bool,
}

/// A column whose cell is a list of values.
struct Facet {
    column: &'static str,
    label: String,
    choices: Vec<Choice>,
}

fn number_of(params: &RawPathParams) -> String {
    let found = params.iter().find(|(name, _)| *name == "number");
    found.map(|(_, value)| value.to_owned()).unwrap_or_default()
}

/// `GET /espace/structures/{id}/offres/{number}`
async fn show(
    State(context): State<Arc<Context>>,
    ResourceId(id): ResourceId,
    params: RawPathParams,
    request: Request,
) -> Result<Response, ApiError> {
    let layout = Layout::of_request(&request, "espace");
    let member = match member_or_door(&context, request.headers()).await? {
        Ok(member) => member,
        Err(door) => return Ok(door),
    };
    let number = number_of(&params);
    page(
        &context,
        layout,
        &member,
        &id,
        &number,
        (StatusCode::OK, Vec::new()),
    )
    .await
}

/// `POST /espace/structures/{id}/offres/{number}`: saved, or taken out when `action` is `retirer`.
async fn save(
    State(context): State<Arc<Context>>,
    ResourceId(id): ResourceId,
    params: RawPathParams,
    request: Request,
) -> Result<Response, ApiError> {
    let layout = Layout::of_request(&request, "espace");
    let member = match member_or_door(&context, request.headers()).await? {
        Ok(member) => member,
        Err(door) => return Ok(door),
    };
    let form = member.form(request).await?;
    let number = number_of(&params);
    let seen = form.field("version").parse().unwrap_or(-1);
    let saved = save_application(&context, &member.author(), &id, seen, |application| {
        let is_it = |entry: &OfferEntry| entry.form.offre_identifiant == number;
        if form.field("action") == "retirer" {
            application.offers.retain(|entry| !is_it(entry));
        } else if let Some(entry) = application.offers.iter_mut().find(|entry| is_it(entry)) {
            fill(entry, &form);
        } else if number == NEW {
            let mut entry = OfferEntry::default();
            fill(&mut entry, &form);
            application.offers.push(entry);
        }
    })
    .await;
    match saved {
        Ok(_) => Ok(see_other(&format!("/espace/structures/{id}/dossier"))),
        Err(error) => {
            let said = refusal(error, &layout)?;
            page(&context, layout, &member, &id, &number, said).await
        }
    }
}

/// Writes what the form says into the offer. Its number is not a field: nobody edits another's offer by it.
fn fill(entry: &mut OfferEntry, form: &Form) {
    let text = |name: &str| form.field(name).chars().take(MAX_TEXT).collect::<String>();
    let list = |name: &str| form.fields(name).collect::<Vec<_>>().join("|");
    let cells = &mut entry.form;
    for (cell, name) in [
        (&mut cells.offre_nom, "offre_nom"),
        (&mut cells.categorie, "categorie"),
        (&mut cells.description, "description"),
        (&mut cells.cout, "cout"),
        (&mut cells.telephone, "telephone"),
        (&mut cells.messagerie_securisee, "messagerie_securisee"),
        (&mut cells.site_web, "site_web"),
        (&mut entry.hours, "horaires"),
        (&mut entry.professional, "professionnel"),
    ] {
        *cell = text(name);
    }
    for (cell, name) in [
        (&mut cells.types_de_soin, "types_de_soin"),
        (&mut cells.publics, "publics"),
        (&mut cells.ages, "ages"),
        (&mut cells.lieux, "lieux"),
        (&mut cells.phases, "phases"),
        (&mut cells.acces, "acces"),
        (&mut cells.parcours, "parcours"),
    ] {
        let chosen = list(name);
        // A range of ages that the boxes cannot say stays as it is unless a box is ticked.
        if !(name == "ages" && chosen.is_empty() && cell.contains('-') && !cell.contains("AGE")) {
            *cell = chosen;
        }
    }
}

async fn page(
    context: &Context,
    layout: Layout,
    member: &Member,
    id: &str,
    number: &str,
    (status, errors): (StatusCode, Vec<String>),
) -> Result<Response, ApiError> {
    let found = match dossier(context, &member.author(), id).await {
        Ok(found) => found,
        Err(ActError::Refused(_)) => return Err(ApiError::Forbidden),
        Err(ActError::Storage(error)) => return Err(error.into()),
        Err(_) => return Err(ApiError::NotFound),
    };
    let known = found
        .application
        .offers
        .iter()
        .find(|entry| entry.form.offre_identifiant == number);
    let entry = match known {
        Some(entry) => entry.clone(),
        None if number == NEW => OfferEntry::default(),
        None => return Err(ApiError::NotFound),
    };
    let page = OfferPage {
        form_token: member.form_token().to_owned(),
        errors,
        id: id.to_owned(),
        number: number.to_owned(),
        is_new: known.is_none(),
        draft_version: found.draft_version,
        categories: categories(context, &entry),
        care_types: care_types(context, &entry),
        facets: facets(context, &entry, &layout),
        entry,
        layout,
    };
    Ok(with_status(status, html_page(&page)?))
}

fn categories(context: &Context, entry: &OfferEntry) -> Vec<Choice> {
    let terminology = context.terminology.load();
    let chosen = terminology.pivot_of(&context.region.vocabulary, &entry.form.categorie);
    let chosen = chosen.map(|code| code.split('-').next().unwrap_or(code));
    terminology
        .categories()
        .iter()
        .map(|category| Choice {
            code: category.code.clone(),
            label: category.label.clone(),
            is_chosen: chosen == Some(category.code.as_str()),
        })
        .collect()
}

fn care_types(context: &Context, entry: &OfferEntry) -> Vec<Choice> {
    let terminology = context.terminology.load();
    let vocabulary = &context.region.vocabulary;
    let mut chosen: Vec<&str> = OfferForm::list(&entry.form.types_de_soin)
        .filter_map(|word| terminology.pivot_of(vocabulary, word))
        .collect();
    let of_word = terminology.pivots_of(vocabulary, &entry.form.categorie);
    chosen.extend(of_word.iter().map(String::as_str));
    terminology
        .care_types()
        .iter()
        .map(|care| Choice {
            code: care.code.clone(),
            label: care.label.clone(),
            is_chosen: chosen.contains(&care.code.as_str()),
        })
        .collect()
}

fn facets(context: &Context, entry: &OfferEntry, layout: &Layout) -> Vec<Facet> {
    let terminology = context.terminology.load();
    let form = &entry.form;
    let facet = |column, label: &str, cell: &str, names: &[&str]| {
        let chosen: Vec<&str> = OfferForm::list(cell)
            .filter_map(|word| {
                names
                    .iter()
                    .find_map(|name| terminology.facet_of(name, word))
            })
            .collect();
        let values = names.iter().flat_map(|name| terminology.facets(name));
        Facet {
            column,
            label: label.to_owned(),
            choices: values
                .map(|value| Choice {
                    code: value.code.clone(),
                    label: value.label.clone(),
                    is_chosen: chosen.contains(&value.code.as_str()),
                })
                .collect(),
        }
    };
    vec![
        facet(
            "publics",
            layout.say("Pour qui", "For whom"),
            &form.publics,
            &["PUB"],
        ),
        facet("ages", layout.say("Âges", "Ages"), &form.ages, &["AGE"]),
        facet("lieux", layout.say("Lieu", "Place"), &form.lieux, &["LIEU"]),
        facet(
            "phases",
            layout.say("Moment du parcours", "Phase of the pathway"),
            &form.phases,
            &["PHA"],
        ),
        facet(
            "acces",
            layout.say("Accès", "Access"),
            &form.acces,
            &["ACC"],
        ),
        facet(
            "parcours",
            layout.say("Parcours spécifiques", "Specific pathways"),
            &[form.acces.as_str(), &form.parcours].join("|"),
            &["PAR"],
        ),
    ]
}
