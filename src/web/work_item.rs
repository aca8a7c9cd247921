//! `/pilotage/a-traiter/…`: one report, what hinders it, and what a person may decide. No datum of
//! the patient.

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
    follow_up::Row,
    forms::{Form, see_other},
    layout::Layout,
    operations::minute,
    page::html_page,
};
use crate::{
    annuaire::Holder,
    api::{ApiError, extract::ResourceId},
    finding::Language,
    flows::{
        Context, Decided, DecisionError, Stance, WorkItem, close, decide, record_opposition,
        work_item,
    },
    identifiers::Rpps,
    outbox::ClosingWay,
    storage::{
        Closing, Decision, DecisionKind, Listing, Opposition, OppositionScope, StoredMailbox,
    },
};

/// The routes of one report that is dealt with.
pub fn work_item_router() -> Router<Arc<Context>> {
    Router::new()
        .route("/pilotage/a-traiter/{id}", get(show))
        .route("/pilotage/a-traiter/{id}/adresse", post(set_address))
        .route("/pilotage/a-traiter/{id}/cloture", post(set_closing))
        .route("/pilotage/a-traiter/{id}/opposition", post(set_opposition))
}

#[derive(Template)]
#[template(path = "work-item.html")]
struct WorkItemPage {
    layout: Layout,
    row: Row,
    error: Option<String>,
    has_physician: bool,
    directory: String,
    mailboxes: Vec<MailboxRow>,
    ways: Vec<(&'static str, String)>,
    history: Vec<HistoryRow>,
}

struct MailboxRow {
    address: String,
    kind: String,
    source: String,
    refusal: String,
    is_chosen: bool,
}

struct HistoryRow {
    at: String,
    what: String,
    author: String,
    note: String,
}

/// `GET /pilotage/a-traiter/{id}`
async fn show(
    State(context): State<Arc<Context>>,
    ResourceId(id): ResourceId,
    request: Request,
) -> Result<Response, ApiError> {
    let layout = Layout::of_request(&request, "pilotage");
    let item = work_item(&context, &id).await?.ok_or(ApiError::NotFound)?;
    html_page(&WorkItemPage::new(layout, item, None))
}

/// `POST /pilotage/a-traiter/{id}/adresse`: `choix` says what is decided.
async fn set_address(
    State(context): State<Arc<Context>>,
    ResourceId(id): ResourceId,
    request: Request,
) -> Result<Response, ApiError> {
    let layout = Layout::of_request(&request, "pilotage");
    let form = Form::read(request).await?;
    let item = work_item(&context, &id).await?.ok_or(ApiError::NotFound)?;
    let rpps = item.report.physician_rpps.as_deref();
    let rpps: Rpps = rpps
        .and_then(|rpps| rpps.parse().ok())
        .ok_or(ApiError::NotFound)?;
    let decided = match form.field("choix") {
        "opposition" => Decided::Opposition,
        "annuaire" => Decided::Lifted,
        "autre" => Decided::Address(form.field("adresse")),
        address => Decided::Address(address),
    };
    let done = decide(&context, &rpps, decided, form.decider()).await;
    answer(layout, item, done.map(|_| ()))
}

/// `POST /pilotage/a-traiter/{id}/cloture`: `moyen` says how the report was brought.
async fn set_closing(
    State(context): State<Arc<Context>>,
    ResourceId(id): ResourceId,
    request: Request,
) -> Result<Response, ApiError> {
    let layout = Layout::of_request(&request, "pilotage");
    let form = Form::read(request).await?;
    let item = work_item(&context, &id).await?.ok_or(ApiError::NotFound)?;
    let way: ClosingWay = form
        .field("moyen")
        .parse()
        .map_err(|_| ApiError::NotFound)?;
    let done = close(&context, &id, way, form.decider()).await;
    answer(layout, item, done)
}

/// `POST /pilotage/a-traiter/{id}/opposition`: `portee` says to what the patient objects, `avis` whether.
async fn set_opposition(
    State(context): State<Arc<Context>>,
    ResourceId(id): ResourceId,
    request: Request,
) -> Result<Response, ApiError> {
    let layout = Layout::of_request(&request, "pilotage");
    let form = Form::read(request).await?;
    let item = work_item(&context, &id).await?.ok_or(ApiError::NotFound)?;
    let scope: OppositionScope = form
        .field("portee")
        .parse()
        .map_err(|_| ApiError::NotFound)?;
    let stance = match form.field("avis") {
        "opposition" => Stance::Opposed,
        "levee" => Stance::Lifted,
        _ => return Err(ApiError::NotFound),
    };
    let done = record_opposition(&context, &id, scope, stance, form.decider()).await;
    answer(layout, item, done)
}

/// The page anew: with what is wrong, or at its address once something was kept.
fn answer(
    layout: Layout,
    item: WorkItem,
    done: Result<(), DecisionError>,
) -> Result<Response, ApiError> {
    let error = match done {
        Ok(()) => {
            let language = layout
                .asked_language()
                .map_or_else(String::new, |tag| format!("?lang={tag}"));
            let id = &item.report.id;
            return Ok(see_other(&format!("/pilotage/a-traiter/{id}{language}")));
        }
        Err(DecisionError::Storage(error)) => return Err(error.into()),
        Err(error) => error.message().get(layout.language).to_owned(),
    };
    let mut response = html_page(&WorkItemPage::new(layout, item, Some(error)))?;
    *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    Ok(response)
}

impl WorkItemPage {
    fn new(layout: Layout, item: WorkItem, error: Option<String>) -> Self {
        let language = layout.language;
        let chosen = item
            .recipient
            .as_ref()
            .and_then(|recipient| recipient.address.clone());
        let mut history: Vec<HistoryRow> = item
            .closings
            .iter()
            .map(|closing| HistoryRow::of_closing(closing, language))
            .chain(
                item.decisions
                    .iter()
                    .map(|decision| HistoryRow::of_decision(decision, language)),
            )
            .chain(
                item.oppositions
                    .iter()
                    .map(|opposition| HistoryRow::of_opposition(opposition, language)),
            )
            .collect();
        history.sort_by(|one, other| other.at.cmp(&one.at));
        Self {
            has_physician: item.report.physician_rpps.is_some(),
            directory: directory(&item, language),
            mailboxes: item
                .mailboxes
                .iter()
                .map(|known| {
                    let is_chosen = chosen.as_ref() == Some(&known.mailbox.address);
                    MailboxRow::new(known, is_chosen, language)
                })
                .collect(),
            ways: ClosingWay::all()
                .map(|way| (way.as_str(), way.meaning().get(language).to_owned()))
                .collect(),
            history,
            row: Row::new(item.report, language),
            error,
            layout,
        }
    }
}

/// What the directory says, and since when.
fn directory(item: &WorkItem, language: Language) -> String {
    let say = |fr: &'static str, en: &'static str| match language {
        Language::French => fr,
        Language::English => en,
    };
    let Some(recipient) = &item.recipient else {
        return say(
            "L'annuaire n'a pas été interrogé.",
            "The directory was not asked.",
        )
        .to_owned();
    };
    let words = match recipient.listing {
        Listing::Asked => say(
            "L'annuaire n'a pas encore répondu",
            "The directory has not answered yet",
        ),
        Listing::Listed => say(
            "L'annuaire connaît ce médecin",
            "The directory knows this physician",
        ),
        Listing::Inactive => say(
            "Selon l'annuaire, ce médecin n'exerce plus",
            "The directory says that this physician no longer practises",
        ),
        Listing::NotFound => say(
            "L'annuaire ne connaît pas ce numéro",
            "The directory does not know this number",
        ),
    };
    let name = format!("{} {}", recipient.given_name, recipient.family_name);
    let name = name.trim();
    let name = if name.is_empty() {
        String::new()
    } else {
        format!(" : {name}")
    };
    format!(
        "{words}{name} ({}, {} UTC).",
        recipient.source,
        minute(&recipient.checked_at)
    )
}

impl MailboxRow {
    fn new(known: &StoredMailbox, is_chosen: bool, language: Language) -> Self {
        let say = |fr: &'static str, en: &'static str| match language {
            Language::French => fr,
            Language::English => en,
        };
        let kind = match (known.mailbox.kind, known.mailbox.holder) {
            (Some(kind), _) => kind.meaning().get(language).to_owned(),
            (None, Holder::Organization) => {
                say("boîte de la structure", "mailbox of the organisation").to_owned()
            }
            (None, Holder::Physician | Holder::Situation) => {
                say("boîte du médecin", "mailbox of the physician").to_owned()
            }
        };
        let label = known.mailbox.label.as_deref().unwrap_or_default();
        let listed = if known.is_listed {
            String::new()
        } else {
            format!(", {}", say("n'y est plus", "no longer there"))
        };
        let refusal = match (&known.refused_at, &known.refusal) {
            (Some(at), refusal) => format!(
                "{} {} ({})",
                say("a refusé un message le", "refused a mail on"),
                minute(at),
                refusal.as_deref().unwrap_or_default()
            ),
            (None, _) => String::new(),
        };
        Self {
            address: known.mailbox.address.to_string(),
            kind: if label.is_empty() {
                kind
            } else {
                format!("{kind}, {label}")
            },
            source: format!("{} {}{listed}", known.source, minute(&known.seen_at)),
            refusal,
            is_chosen,
        }
    }
}

impl HistoryRow {
    fn of_closing(closing: &Closing, language: Language) -> Self {
        Self {
            at: minute(&closing.at),
            what: closing.way.meaning().get(language).to_owned(),
            author: closing.author.clone(),
            note: closing.note.clone(),
        }
    }

    fn of_opposition(opposition: &Opposition, language: Language) -> Self {
        let what = match (opposition.scope, opposition.is_opposed, language) {
            (OppositionScope::Professionals, true, Language::French) => {
                "le patient s'oppose à l'envoi aux professionnels"
            }
            (OppositionScope::Professionals, true, Language::English) => {
                "the patient objects to sending to professionals"
            }
            (OppositionScope::Professionals, false, Language::French) => {
                "le patient ne s'oppose plus à l'envoi aux professionnels"
            }
            (OppositionScope::Professionals, false, Language::English) => {
                "the patient no longer objects to sending to professionals"
            }
            (OppositionScope::Patient, true, Language::French) => {
                "le patient s'oppose à l'envoi dans sa boîte"
            }
            (OppositionScope::Patient, true, Language::English) => {
                "the patient objects to reports in their box"
            }
            (OppositionScope::Patient, false, Language::French) => {
                "le patient ne s'oppose plus à l'envoi dans sa boîte"
            }
            (OppositionScope::Patient, false, Language::English) => {
                "the patient no longer objects to reports in their box"
            }
        };
        Self {
            at: minute(&opposition.at),
            what: what.to_owned(),
            author: opposition.author.clone(),
            note: opposition.note.clone(),
        }
    }

    fn of_decision(decision: &Decision, language: Language) -> Self {
        let say = |fr: &'static str, en: &'static str| match language {
            Language::French => fr,
            Language::English => en,
        };
        let what = match decision.kind {
            DecisionKind::Address => format!(
                "{} {}",
                say("adresse :", "address:"),
                decision
                    .address
                    .as_ref()
                    .map_or_else(String::new, ToString::to_string)
            ),
            DecisionKind::Opposition => say(
                "le médecin ne veut pas de compte rendu par messagerie",
                "the physician does not want reports by mail",
            )
            .to_owned(),
            DecisionKind::Lifted => say("l'annuaire décide", "the directory decides").to_owned(),
        };
        Self {
            at: minute(&decision.at),
            what,
            author: decision.author.clone(),
            note: decision.note.clone(),
        }
    }
}
