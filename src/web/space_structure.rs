//! `/espace/structures/{id}`: where a structure stands, what was done, and what may be done now.

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
    forms::{Form, see_other},
    layout::Layout,
    page::html_page,
    space_session::{Member, member_or_door, refusal, with_status},
    space_words::{review_words, role_words, standing_words},
};
use crate::{
    api::{ApiError, extract::ResourceId},
    clock::day_in_paris,
    finding::Language,
    flows::{ActError, Context, Deed, Dossier, act, dossier, name_referent},
    governance::{
        Act, Application, Criterion, DelistReason, Event, Grid, Listing, Review, Role, Standing,
        Verdict,
    },
};

/// The routes of one structure.
pub fn space_structure_router() -> Router<Arc<Context>> {
    Router::new()
        .route("/espace/structures/{id}", get(show))
        .route("/espace/structures/{id}/actes", post(take_act))
}

#[derive(Template)]
#[template(path = "space-structure.html")]
struct StructurePage {
    layout: Layout,
    form_token: String,
    errors: Vec<String>,
    id: String,
    version: i64,
    name: String,
    standing: &'static str,
    review: &'static str,
    delisted_for: String,
    verified_on: String,
    verified_by: String,
    next_on: String,
    referent: String,
    mail_returned: String,
    is_own: bool,
    oversees: bool,
    may_edit: bool,
    may_confirm: bool,
    may_decide: bool,
    may_delist: bool,
    is_regional: bool,
    reasons: Vec<(&'static str, String)>,
    criteria: Vec<CriterionRow>,
    application: Application,
    events: Vec<EventRow>,
}

/// A criterion, what the application says of it, and what the last validator said.
struct CriterionRow {
    word: &'static str,
    meaning: String,
    facts: Vec<String>,
    files: Vec<(String, String)>,
    verdict: Option<Verdict>,
}

struct EventRow {
    at: String,
    what: String,
    author: String,
    note: String,
}

/// `GET /espace/structures/{id}`
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
    page(&context, layout, &member, &id, Vec::new(), StatusCode::OK).await
}

/// `POST /espace/structures/{id}/actes`: `acte` says what.
async fn take_act(
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
    match carry_out(&context, &member, &id, &form).await {
        Ok(_) => Ok(see_other(&format!("/espace/structures/{id}"))),
        Err(error) => {
            let (status, errors) = refusal(error, &layout)?;
            page(&context, layout, &member, &id, errors, status).await
        }
    }
}

async fn carry_out(
    context: &Context,
    member: &Member,
    id: &str,
    form: &Form,
) -> Result<Listing, ActError> {
    let text = |name: &str| form.field(name).to_owned();
    let seen: i64 = form.field("version").parse().map_err(|_| ActError::Stale)?;
    let author = member.author();
    let wanted = match form.field("acte") {
        "confirmer" => Act::Confirm { note: text("note") },
        "commenter" => Act::Comment {
            text: text("texte"),
        },
        "valider" => Act::Validate {
            grid: grid_of(form),
        },
        "refuser" => Act::Refuse {
            grid: grid_of(form),
            reason: text("motif"),
        },
        "retirer" => Act::Delist {
            reason: form
                .field("raison")
                .parse()
                .map_err(|()| ActError::NotFound)?,
            note: text("note"),
        },
        "remplacer" => {
            let (address, name) = (form.field("adresse"), form.field("nom"));
            return name_referent(context, &author, id, seen, address, name).await;
        }
        _ => return Err(ActError::NotFound),
    };
    let deed = Deed {
        structure: id,
        seen: Some(seen),
        author: &author,
        act: wanted,
        application: None,
    };
    act(context, deed).await
}

/// The grid that a validator filled in: `critere-…` is `oui` or `non`, `commentaire-…` the comment.
fn grid_of(form: &Form) -> Grid {
    let verdict = |criterion: Criterion| {
        let word = criterion.as_str();
        let is_valid = match form.field(&format!("critere-{word}")) {
            "oui" => true,
            "non" => false,
            _ => return None,
        };
        Some(Verdict {
            criterion,
            is_valid,
            comment: form.field(&format!("commentaire-{word}")).to_owned(),
        })
    };
    Grid(Criterion::ALL.into_iter().filter_map(verdict).collect())
}

async fn page(
    context: &Context,
    layout: Layout,
    member: &Member,
    id: &str,
    errors: Vec<String>,
    status: StatusCode,
) -> Result<Response, ApiError> {
    let found = match dossier(context, &member.author(), id).await {
        Ok(found) => found,
        Err(ActError::Refused(_)) => {
            tracing::warn!(
                structure.id = id,
                account.id = member.account().id,
                "refused in the directory: another structure's page"
            );
            return Err(ApiError::Forbidden);
        }
        Err(ActError::Storage(error)) => return Err(error.into()),
        Err(_) => return Err(ApiError::NotFound),
    };
    let events = context.storage.list_events(id).await?;
    let page = StructurePage::new(context, layout, member, found, &events, errors);
    Ok(with_status(status, html_page(&page)?))
}

impl StructurePage {
    fn new(
        context: &Context,
        layout: Layout,
        member: &Member,
        found: Dossier,
        events: &[Event],
        errors: Vec<String>,
    ) -> Self {
        let author = member.author();
        let rules = &context.governance;
        let Dossier {
            listing,
            application,
            ..
        } = found;
        let language = layout.language;
        let today = day_in_paris(context.clock.now());
        let may = |wanted: Act| listing.allows(&author, &wanted, rules).is_ok();
        let people = [&listing.applicant, &listing.referent];
        let is_own = people.into_iter().flatten().any(|p| p.id == author.id);
        let waits = matches!(listing.review, Review::Territorial | Review::Regional);
        Self {
            form_token: member.form_token().to_owned(),
            errors,
            id: listing.structure.clone(),
            version: listing.version,
            name: listing.facts.name.clone(),
            standing: standing_words(listing.standing.as_str(), language),
            review: review_words(listing.review.as_str(), language),
            delisted_for: match (listing.standing, listing.delisted_for) {
                (Standing::Delisted, Some(reason)) => reason.meaning().get(language).to_owned(),
                _ => String::new(),
            },
            verified_on: listing
                .verified_on
                .map(|day| day.to_string())
                .unwrap_or_default(),
            verified_by: listing.verified_by.clone(),
            next_on: rules
                .calendar
                .next_step(&listing)
                .map(|(on, _)| on.max(today).to_string())
                .unwrap_or_default(),
            referent: people
                .into_iter()
                .flatten()
                .next()
                .map(|person| person.name.clone())
                .unwrap_or_default(),
            mail_returned: listing.mail_returned.clone(),
            is_own,
            oversees: listing.is_overseen_by(&author, rules),
            may_edit: is_own && !waits && listing.standing != Standing::Delisted
                || is_own && listing.review == Review::Draft
                || may(Act::Correct { fields: Vec::new() }),
            may_confirm: may(Act::Confirm {
                note: String::new(),
            }),
            may_decide: may(Act::Validate {
                grid: Grid::all_valid(),
            }),
            may_delist: may(Act::Delist {
                reason: DelistReason::Closure,
                note: "…".to_owned(),
            }),
            is_regional: author.role == Role::Regional,
            reasons: DelistReason::ALL
                .into_iter()
                .map(|reason| (reason.as_str(), reason.meaning().get(language).to_owned()))
                .collect(),
            criteria: criteria(&application, &listing, language),
            application,
            events: events
                .iter()
                .rev()
                .map(|event| EventRow::new(event, language))
                .collect(),
            layout,
        }
    }
}

fn criteria(application: &Application, listing: &Listing, language: Language) -> Vec<CriterionRow> {
    let structure = &application.structure;
    let signed = |signature: &Option<crate::governance::Signature>| {
        let signature = signature.as_ref();
        signature.map_or_else(String::new, |one| format!("{}, {}", one.name, one.at))
    };
    Criterion::ALL
        .into_iter()
        .map(|criterion| {
            let facts: Vec<String> = match criterion {
                Criterion::Particulars => vec![
                    structure.structure_finess.clone(),
                    structure.structure_numero.clone(),
                    structure.structure_nom.clone(),
                    structure.structure_type.clone(),
                    format!(
                        "{} {} {}",
                        structure.adresse, structure.code_postal, structure.commune
                    ),
                    structure.telephone.clone(),
                ],
                Criterion::Referent => vec![
                    application.referent_name.clone(),
                    application.referent_function.clone(),
                    application.referent_phone.clone(),
                ],
                Criterion::Activity => vec![application.patients_a_year.clone()],
                Criterion::Statutes => {
                    vec![application.siren.clone(), application.extract_dated.clone()]
                }
                Criterion::HealthProject => application.health_project.to_vec(),
                Criterion::Recruitment => application.recruitment.to_vec(),
                Criterion::Charter => vec![signed(&application.charter)],
                Criterion::Terms => vec![signed(&application.terms)],
            };
            let files = application.files.iter();
            CriterionRow {
                word: criterion.as_str(),
                meaning: criterion.meaning().get(language).to_owned(),
                facts: facts
                    .into_iter()
                    .filter(|fact| !fact.trim().is_empty())
                    .collect(),
                files: files
                    .filter(|file| file.criterion == criterion)
                    .map(|file| (file.sha256.clone(), file.name.clone()))
                    .collect(),
                verdict: listing.grid.of(criterion).cloned(),
            }
        })
        .collect()
}

impl EventRow {
    fn new(event: &Event, language: Language) -> Self {
        let note = match &event.act {
            Act::Refuse { reason, .. } => reason.clone(),
            Act::Confirm { note } => note.clone(),
            Act::Delist { reason, note } => format!("{} : {note}", reason.meaning().get(language)),
            Act::ReplaceReferent { referent } => referent.name.clone(),
            Act::Comment { text } => text.clone(),
            Act::MailReturned { reason } => reason.clone(),
            Act::Correct { fields } => fields.join(", "),
            Act::Remind { number } => number.to_string(),
            Act::Begin { .. }
            | Act::TakeOver { .. }
            | Act::Submit { .. }
            | Act::Validate { .. }
            | Act::Ask
            | Act::Lapse => String::new(),
        };
        Self {
            at: super::operations::minute(&event.at),
            what: event.act.meaning().get(language).to_owned(),
            author: format!(
                "{} ({})",
                event.author.name,
                role_words(event.author.role, language)
            ),
            note,
        }
    }
}
