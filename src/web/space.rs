//! `/espace`: what a referent answers for, what waits for a validator, and what is done to several at once.

use std::sync::Arc;

use askama::Template;
use axum::{
    Router,
    extract::{Request, State},
    http::StatusCode,
    response::Response,
    routing::{get, post},
};
use time::{Date, format_description::well_known::Iso8601};

use super::{
    forms::{Form, see_other},
    layout::Layout,
    page::html_page,
    space_login::DoorPage,
    space_session::{Member, member_or_door, refusal, with_status},
    space_words::{review_words, role_words, standing_words},
};
use crate::{
    api::ApiError,
    clock::day_in_paris,
    directory::OfferForm,
    flows::{ActError, Context, Deed, act, begin_application},
    governance::{Act, Author, Facts, Grid, LATE_DAYS, Listed, Listing, Role},
    storage::ListedStructure,
};

/// The routes of the home of the space.
pub fn space_router() -> Router<Arc<Context>> {
    Router::new()
        .route("/espace", get(home))
        .route("/espace/candidatures", post(begin))
        .route("/espace/lot", post(act_on_several))
}

#[derive(Template)]
#[template(path = "space-home.html")]
struct HomePage {
    layout: Layout,
    form_token: String,
    name: String,
    role: String,
    errors: Vec<String>,
    done: Vec<String>,
    own: Vec<Row>,
    is_validator: bool,
    waiting: Vec<Row>,
    to_verify: Vec<Row>,
    listed: Vec<Row>,
    kinds: Vec<(String, String)>,
}

/// A structure in a list.
struct Row {
    id: String,
    version: i64,
    name: String,
    department: String,
    state: String,
    since: String,
    is_late: bool,
    verified_on: String,
    referent: String,
    mail_returned: String,
}

/// `GET /espace`
async fn home(State(context): State<Arc<Context>>, request: Request) -> Result<Response, ApiError> {
    let layout = Layout::of_request(&request, "espace");
    match Member::find(&context, request.headers()).await? {
        Some(member) => {
            let page = HomePage::new(&context, layout, &member, Vec::new(), Vec::new()).await?;
            Ok(with_status(StatusCode::OK, html_page(&page)?))
        }
        None => html_page(&DoorPage {
            layout,
            error: None,
            notice: None,
        }),
    }
}

/// `POST /espace/candidatures`
async fn begin(
    State(context): State<Arc<Context>>,
    request: Request,
) -> Result<Response, ApiError> {
    let layout = Layout::of_request(&request, "espace");
    let member = match member_or_door(&context, request.headers()).await? {
        Ok(member) => member,
        Err(door) => return Ok(door),
    };
    let form = member.form(request).await?;
    let structure = OfferForm {
        structure_finess: form.field("structure_finess").to_owned(),
        structure_numero: form.field("structure_numero").to_owned(),
        structure_nom: form.field("structure_nom").to_owned(),
        structure_type: form.field("structure_type").to_owned(),
        commune_insee: form.field("commune_insee").to_owned(),
        ..OfferForm::default()
    };
    match begin_application(&context, &member.author(), structure).await {
        Ok(id) => Ok(see_other(&format!("/espace/structures/{id}/dossier"))),
        Err(error) => {
            let (status, errors) = refusal(error, &layout)?;
            let page = HomePage::new(&context, layout, &member, errors, Vec::new()).await?;
            Ok(with_status(status, html_page(&page)?))
        }
    }
}

/// `POST /espace/lot`: `choix` holds `ID:VERSION`, `acte` what is done to each; each alone is done or not.
async fn act_on_several(
    State(context): State<Arc<Context>>,
    request: Request,
) -> Result<Response, ApiError> {
    let layout = Layout::of_request(&request, "espace");
    let member = match member_or_door(&context, request.headers()).await? {
        Ok(member) => member,
        Err(door) => return Ok(door),
    };
    let form = member.form(request).await?;
    let (mut done, mut errors) = (Vec::new(), Vec::new());
    for choice in form.fields("choix") {
        let Some((structure, seen)) = choice.rsplit_once(':') else {
            continue;
        };
        match do_one(&context, &member.author(), structure, seen, &form).await {
            Ok(listing) => done.push(listing.facts.name),
            Err(ActError::Storage(error)) => return Err(error.into()),
            Err(ActError::NotFound) => {}
            Err(error) => {
                let (_, said) = refusal(error, &layout)?;
                errors.push(format!("{structure} : {}", said.join(" ")));
            }
        }
    }
    let page = HomePage::new(&context, layout, &member, errors, done).await?;
    Ok(with_status(StatusCode::OK, html_page(&page)?))
}

async fn do_one(
    context: &Context,
    author: &Author,
    structure: &str,
    seen: &str,
    form: &Form,
) -> Result<Listing, ActError> {
    let text = form.field("texte").to_owned();
    let wanted = match form.field("acte") {
        "valider" => Act::Validate {
            grid: Grid::all_valid(),
        },
        "refuser" => Act::Refuse {
            grid: Grid::default(),
            reason: text,
        },
        "confirmer" => Act::Confirm { note: text },
        "commenter" => Act::Comment { text },
        _ => return Err(ActError::NotFound),
    };
    let deed = Deed {
        structure,
        seen: Some(seen.parse().map_err(|_| ActError::Stale)?),
        author,
        act: wanted,
        application: None,
    };
    act(context, deed).await
}

impl HomePage {
    async fn new(
        context: &Context,
        layout: Layout,
        member: &Member,
        errors: Vec<String>,
        done: Vec<String>,
    ) -> Result<Self, ApiError> {
        let author = member.author();
        let today = day_in_paris(context.clock.now());
        let own = context.storage.list_structures_of(&author.id).await?;
        let overseen = if author.role.validates() {
            let all = context.storage.list_structures().await?;
            all.into_iter()
                .filter(|one| oversees(context, &author, one))
                .collect()
        } else {
            Vec::new()
        };
        let rows = |wanted: &dyn Fn(&ListedStructure) -> bool| -> Vec<Row> {
            let chosen = overseen.iter().filter(|one| wanted(one));
            chosen.map(|one| Row::new(one, &layout, today)).collect()
        };
        let own_review = match author.role {
            Role::Territorial(_) => "territorial",
            Role::Regional => "regional",
            Role::Referent | Role::System => "",
        };
        let mut to_verify = rows(&|one| needs_verification(context, one, today));
        to_verify.sort_by_key(|row| (row.mail_returned.is_empty(), !row.referent.is_empty()));
        Ok(Self {
            own: own
                .iter()
                .map(|one| Row::new(one, &layout, today))
                .collect(),
            waiting: rows(&|one| one.review == own_review),
            to_verify,
            listed: rows(&|_| true),
            is_validator: author.role.validates(),
            kinds: kinds(context),
            name: author.name.clone(),
            role: role_words(author.role, layout.language),
            form_token: member.form_token().to_owned(),
            errors,
            done,
            layout,
        })
    }
}

/// True when a validator looks after that structure.
fn oversees(context: &Context, author: &Author, structure: &ListedStructure) -> bool {
    let listing = Listing {
        facts: Facts {
            name: String::new(),
            kind: structure.kind.clone(),
            department: structure.department.clone(),
            insee_code: structure.insee_code.clone(),
        },
        ..Listing::default()
    };
    listing.is_overseen_by(author, &context.governance)
}

/// True for a structure whose verification was asked for and is not answered, or that lapsed.
fn needs_verification(context: &Context, one: &ListedStructure, today: Date) -> bool {
    let verified_on = one.verified_on.as_deref();
    let verified_on = verified_on.and_then(|day| Date::parse(day, &Iso8601::DATE).ok());
    let months = context.governance.calendar.review_months;
    let is_due = verified_on.is_none_or(|day| crate::governance::add_months(day, months) <= today);
    one.standing == "lapsed" || (one.standing == "published" && is_due)
}

/// The kinds of structure that may be listed: code and label.
pub(super) fn kinds(context: &Context) -> Vec<(String, String)> {
    let terminology = context.terminology.load();
    let may = |code: &str| {
        let rule = context.governance.kinds.get(code);
        rule.is_some_and(|rule| rule.listed != Listed::Never)
    };
    terminology
        .facets("STR")
        .filter(|facet| may(&facet.code))
        .map(|facet| (facet.code.clone(), facet.label.clone()))
        .collect()
}

impl Row {
    fn new(one: &ListedStructure, layout: &Layout, today: Date) -> Self {
        let since = one.review_since.as_deref();
        let since_day = since.and_then(|day| Date::parse(day, &Iso8601::DATE).ok());
        let waits = matches!(one.review.as_str(), "territorial" | "regional");
        let state = match one.review.as_str() {
            "idle" => standing_words(&one.standing, layout.language).to_owned(),
            review if one.standing == "unlisted" => {
                review_words(review, layout.language).to_owned()
            }
            review => format!(
                "{}, {}",
                standing_words(&one.standing, layout.language),
                review_words(review, layout.language)
            ),
        };
        Self {
            id: one.id.clone(),
            version: one.version,
            name: one.name.clone(),
            department: one.department.clone(),
            state,
            since: since.unwrap_or_default().to_owned(),
            is_late: waits && since_day.is_some_and(|day| (today - day).whole_days() > LATE_DAYS),
            verified_on: one.verified_on.clone().unwrap_or_default(),
            referent: one.referent.clone().unwrap_or_default(),
            mail_returned: one.mail_returned.clone(),
        }
    }
}
