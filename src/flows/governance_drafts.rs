//! Writing an application: begun, saved, resumed, its papers, and handed in.

use serde_json::Value;

use super::{
    Context,
    governance_acts::{ActError, Deed, enact, waiting_application},
    governance_publication::{faults_of, kind_of},
};
use crate::{
    directory::{OfferForm, offer_form_of},
    fhir::{ResourceType, element::children, parse_reference},
    finding::{Bilingual, Finding},
    governance::{
        Act, Application, Author, Listing, OfferEntry, Refusal, Review, Role, Standing,
        number_lacks,
    },
    storage::{StorageError, WriteTransaction},
};

/// Most offers of a structure.
const MAX_OFFERS: usize = 200;

/// An application as its author works on it.
#[derive(Clone, Debug)]
pub struct Dossier {
    /// Where the structure stands.
    pub listing: Listing,
    /// Number of the last saving; 0 when nothing was saved since what is published.
    pub draft_version: i64,
    /// What it says.
    pub application: Application,
    /// What is published of it; none when nothing is.
    pub published: Option<Application>,
}

/// Begins an application for a structure, and returns its id.
///
/// # Errors
/// [`ActError`].
pub async fn begin_application(
    ctx: &Context,
    author: &Author,
    structure: OfferForm,
) -> Result<String, ActError> {
    let number = structure
        .structure_number()
        .map_err(|mistake| ActError::Invalid(vec![number_lacks(&mistake)]))?;
    let id = format!("eg-{number}");
    let application = Application {
        siren: structure.structure_numero.trim().to_owned(),
        structure,
        referent_name: author.name.clone(),
        ..Application::default()
    };
    let mut tx = ctx.storage.begin_write().await?;
    tx.take_turn().await?;
    let deed = Deed {
        structure: &id,
        seen: None,
        author,
        act: Act::Begin {
            facts: application.facts(&kind_of(ctx, &application)),
        },
        application: None,
    };
    let listing = enact(ctx, &mut tx, deed).await?;
    let known = published_application(&mut tx, &listing).await?;
    let application = match known {
        Some(known) => Application {
            referent_name: author.name.clone(),
            ..known
        },
        None => application,
    };
    let seen = tx.find_draft(&id).await?.map_or(0, |draft| draft.version);
    tx.save_draft(&id, seen, &author.id, &application, &ctx.now_text())
        .await?;
    tx.commit().await?;
    Ok(id)
}

/// The application of a structure, for those who write it or look after it.
///
/// # Errors
/// [`ActError::NotFound`], or [`ActError::Refused`] for anybody else.
pub async fn dossier(ctx: &Context, author: &Author, structure: &str) -> Result<Dossier, ActError> {
    let mut tx = ctx.storage.begin_write().await?;
    let found = load(ctx, &mut tx, structure).await?;
    let is_own = is_own(&found.listing, author);
    if !is_own && !found.listing.is_overseen_by(author, &ctx.governance) {
        return Err(Refusal::NotAllowed.into());
    }
    if is_own {
        return Ok(found);
    }
    // A validator sees what was handed in, not what is being written.
    let handed_in = waiting_application(ctx, &mut tx, structure).await?;
    let application = match found.listing.review {
        Review::Territorial | Review::Regional | Review::Refused => handed_in,
        Review::Idle | Review::Draft => None,
    };
    let published = found.published.clone();
    Ok(Dossier {
        application: application.or(published).unwrap_or_default(),
        ..found
    })
}

pub(super) async fn load(
    ctx: &Context,
    tx: &mut WriteTransaction,
    structure: &str,
) -> Result<Dossier, ActError> {
    let events = tx.list_events(structure).await?;
    if events.is_empty() {
        return Err(ActError::NotFound);
    }
    let listing = Listing::of_events(structure, &events);
    let published = published_application(tx, &listing).await?;
    let draft = tx.find_draft(structure).await?;
    let (draft_version, application) = match draft {
        Some(draft) => (draft.version, draft.application),
        None => {
            let handed_in = match listing.review {
                Review::Idle => None,
                _ => waiting_application(ctx, tx, structure).await?,
            };
            (
                0,
                handed_in.or_else(|| published.clone()).unwrap_or_default(),
            )
        }
    };
    Ok(Dossier {
        listing,
        draft_version,
        application,
        published,
    })
}

fn is_own(listing: &Listing, author: &Author) -> bool {
    let people = [&listing.applicant, &listing.referent];
    author.role != Role::System
        && people
            .into_iter()
            .flatten()
            .any(|person| person.id == author.id)
}

/// What is published of a structure: the papers of the last validation or correction, and the offers as they
/// are in the directory.
async fn published_application(
    tx: &mut WriteTransaction,
    listing: &Listing,
) -> Result<Option<Application>, StorageError> {
    if !matches!(listing.standing, Standing::Published | Standing::Lapsed) {
        return Ok(None);
    }
    if let Some(application) = tx.find_published_application(&listing.structure).await? {
        return Ok(Some(application));
    }
    let organization = json_of(tx, ResourceType::Organization, &listing.structure).await?;
    let mut application = Application::default();
    for (_, json) in tx.list_offers_of(&listing.structure).await? {
        let service: Value =
            serde_json::from_str(&json).expect("what is kept was written from a JSON value");
        let place = children(&service, "location")
            .filter_map(|place| place.get("reference")?.as_str())
            .find_map(parse_reference);
        let location = match place {
            Some((ResourceType::Location, id)) => json_of(tx, ResourceType::Location, id).await?,
            _ => None,
        };
        let mut form = offer_form_of(&service, organization.as_ref(), location.as_ref());
        if application.offers.is_empty() {
            application.structure = structure_part(&form);
        }
        application.offers.push(OfferEntry {
            hours: std::mem::take(&mut form.horaires),
            form,
            ..OfferEntry::default()
        });
    }
    Ok(Some(application))
}

async fn json_of(
    tx: &mut WriteTransaction,
    kind: ResourceType,
    id: &str,
) -> Result<Option<Value>, StorageError> {
    let current = tx.find_current(kind, id).await?;
    Ok(current
        .and_then(|current| current.json)
        .and_then(|json| serde_json::from_str(&json).ok()))
}

/// The columns of a row that speak of the structure.
fn structure_part(form: &OfferForm) -> OfferForm {
    OfferForm {
        structure_finess: form.structure_finess.clone(),
        structure_numero: form.structure_numero.clone(),
        structure_nom: form.structure_nom.clone(),
        structure_type: form.structure_type.clone(),
        adresse: form.adresse.clone(),
        code_postal: form.code_postal.clone(),
        commune: form.commune.clone(),
        commune_insee: form.commune_insee.clone(),
        latitude: form.latitude.clone(),
        longitude: form.longitude.clone(),
        telephone: form.telephone.clone(),
        messagerie_securisee: form.messagerie_securisee.clone(),
        site_web: form.site_web.clone(),
        ..OfferForm::default()
    }
}

/// Changes what somebody writes, over the saving that they saw. Nothing is checked yet: it is resumed later.
///
/// # Errors
/// [`ActError::Stale`] when somebody else saved meanwhile.
pub async fn save_application(
    ctx: &Context,
    author: &Author,
    structure: &str,
    seen: i64,
    change: impl FnOnce(&mut Application),
) -> Result<i64, ActError> {
    let mut tx = ctx.storage.begin_write().await?;
    tx.take_turn().await?;
    save_in(ctx, &mut tx, author, structure, seen, change).await?;
    tx.commit().await?;
    Ok(seen + 1)
}

pub(super) async fn save_in(
    ctx: &Context,
    tx: &mut WriteTransaction,
    author: &Author,
    structure: &str,
    seen: i64,
    change: impl FnOnce(&mut Application),
) -> Result<(), ActError> {
    let found = load(ctx, tx, structure).await?;
    if !is_own(&found.listing, author) {
        tracing::warn!(
            structure.id = structure,
            account.id = author.id,
            "refused in the directory: another structure's application"
        );
        return Err(Refusal::NotAllowed.into());
    }
    let corrects = Act::Correct { fields: Vec::new() };
    let may_correct = found.listing.allows(author, &corrects, &ctx.governance);
    if waits(&found.listing) && may_correct.is_err() {
        return Err(Refusal::NotNow.into());
    }
    if found.draft_version != seen {
        return Err(ActError::Stale);
    }
    let mut application = found.application;
    // What makes the structure known does not change by a form.
    let numbers = (
        application.structure.structure_finess.clone(),
        application.structure.structure_numero.clone(),
    );
    change(&mut application);
    (
        application.structure.structure_finess,
        application.structure.structure_numero,
    ) = numbers;
    application.offers.truncate(MAX_OFFERS);
    number_offers(&mut application);
    Ok(tx
        .save_draft(structure, seen, &author.id, &application, &ctx.now_text())
        .await?)
}

/// Gives a number to each offer that has none yet.
fn number_offers(application: &mut Application) {
    let own = application.structure.structure_number();
    let own = own.map_or_else(|_| "offre".to_owned(), |number| number.as_str().to_owned());
    let mut taken: Vec<String> = application
        .offers
        .iter()
        .map(|entry| entry.form.offre_identifiant.clone())
        .collect();
    for entry in &mut application.offers {
        if entry.form.offre_identifiant.is_empty() {
            let number = (1..)
                .map(|rank| format!("{own}-{rank}"))
                .find(|number| !taken.contains(number))
                .unwrap_or_default();
            entry.form.offre_identifiant.clone_from(&number);
            taken.push(number);
        }
    }
}

/// What became of an application that was handed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HandedIn {
    /// It waits for its validation.
    Waiting,
    /// It only corrected what needs none: that is published.
    Corrected,
    /// It changes nothing.
    Unchanged,
}

/// Hands an application in: a new one and a substantive change wait for their validations, a correction is
/// published.
///
/// # Errors
/// [`ActError::Invalid`] with everything that it lacks.
pub async fn hand_in(
    ctx: &Context,
    author: &Author,
    structure: &str,
    seen: i64,
) -> Result<HandedIn, ActError> {
    let mut tx = ctx.storage.begin_write().await?;
    tx.take_turn().await?;
    let found = load(ctx, &mut tx, structure).await?;
    if !is_own(&found.listing, author) {
        return Err(Refusal::NotAllowed.into());
    }
    if found.draft_version != seen {
        return Err(ActError::Stale);
    }
    let (deeds, ended) = match deeds_of(ctx, &mut tx, author, &found).await? {
        Some(found) => found,
        None => return Ok(HandedIn::Unchanged),
    };
    for (act, application) in &deeds {
        let deed = Deed {
            structure,
            seen: None,
            author,
            act: act.clone(),
            application: Some(application),
        };
        enact(ctx, &mut tx, deed).await?;
    }
    tx.delete_draft(structure).await?;
    tx.commit().await?;
    Ok(ended)
}

/// What handing in does: corrections at once, what is substantive to its validations. None when nothing
/// changes.
async fn deeds_of(
    ctx: &Context,
    tx: &mut WriteTransaction,
    author: &Author,
    found: &Dossier,
) -> Result<Option<(Vec<(Act, Application)>, HandedIn)>, ActError> {
    let (listing, application) = (&found.listing, &found.application);
    let is_referent = listing.referent.as_ref().is_some_and(|p| p.id == author.id);
    let published = found.published.as_ref().filter(|_| is_referent);
    let mut deeds = Vec::new();
    let mut is_substantive = true;
    if let Some(published) = published {
        // What waits already is no change.
        let waiting = match waits(listing) {
            true => waiting_application(ctx, tx, &listing.structure).await?,
            false => None,
        };
        let before = waiting.as_ref().unwrap_or(published);
        let changes = application.changes_since(before, &ctx.governance);
        is_substantive = !changes.substantive.is_empty();
        if !changes.plain.is_empty() {
            let corrected = match is_substantive || waiting.is_some() {
                true => published.with_plain_of(application, &ctx.governance),
                false => application.clone(),
            };
            let fields = changes.plain;
            deeds.push((Act::Correct { fields }, corrected));
        }
    }
    if is_substantive {
        let faults = faults_of(ctx, application);
        if !faults.is_empty() {
            return Err(ActError::Invalid(faults));
        }
        let facts = application.facts(&kind_of(ctx, application));
        deeds.push((Act::Submit { facts }, application.clone()));
        return Ok(Some((deeds, HandedIn::Waiting)));
    }
    Ok((!deeds.is_empty()).then_some((deeds, HandedIn::Corrected)))
}

/// Whether an application of it waits for a validation.
fn waits(listing: &Listing) -> bool {
    matches!(listing.review, Review::Territorial | Review::Regional)
}

pub(super) fn invalid(rule: &'static str, place: &str, fr: &str, en: &str) -> ActError {
    ActError::Invalid(vec![Finding::error(
        rule,
        place,
        Bilingual::new(fr, en),
        Bilingual::new("Corrigez et recommencez.", "Correct it and try again."),
    )])
}
