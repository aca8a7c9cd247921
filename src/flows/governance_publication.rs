//! From an application to the offers that the public sees, and structures that the network brings in.

use std::collections::HashSet;

use serde_json::Value;
use time::{Date, format_description::well_known::Iso8601};

use super::{
    Context,
    governance_acts::{ActError, Deed, enact, keep_cause},
    progress::Progress,
};
use crate::{
    clock::day_in_paris,
    directory::{OfferRules, offer_resources},
    fhir::{
        ResourceType, department_of,
        element::{at_path, children, extension, reference, text},
        systems,
    },
    finding::{Bilingual, Finding, Severity},
    governance::{
        Act, Application, Author, Event, Facts, Freshness, Listing, check_application,
        check_eligibility, govern,
    },
    storage::{StorageError, WriteTransaction},
};

/// Structures brought in by one transaction.
const BATCH: i64 = 200;

/// Everything that keeps an application from being handed in: its criteria, who may be listed, its offers
/// as an import would read them.
#[must_use]
pub fn faults_of(ctx: &Context, application: &Application) -> Vec<Finding> {
    let terminology = ctx.terminology.load();
    let today = day_in_paris(ctx.clock.now());
    let mut findings = check_application(application, &ctx.governance.calendar, today);
    findings.extend(check_eligibility(
        application,
        &kind_of(ctx, application),
        &ctx.governance,
        &terminology,
        &ctx.region.vocabulary,
    ));
    let rules = OfferRules {
        terminology: &terminology,
        region: &ctx.region,
        today,
    };
    for (rank, entry) in application.offers.iter().enumerate() {
        let line = u64::try_from(rank).unwrap_or_default() + 1;
        if let Err(found) = offer_resources(&application.row(entry), line, rules) {
            let faults = found
                .into_iter()
                .filter(|one| one.severity == Severity::Error);
            findings.extend(faults.map(|fault| Finding {
                place: format!("offers[{rank}].{}", fault.place),
                ..fault
            }));
        }
    }
    findings
}

/// The kind of structure that an application states, as a pivot code; empty when it states none.
#[must_use]
pub fn kind_of(ctx: &Context, application: &Application) -> String {
    let terminology = ctx.terminology.load();
    let stated = terminology.facet_of("STR", &application.structure.structure_type);
    stated.unwrap_or_default().to_owned()
}

/// Writes the resources of an application that was validated, or corrected. Offers that it no longer holds
/// are withdrawn.
pub(super) async fn publish(
    ctx: &Context,
    tx: &mut WriteTransaction,
    listing: &Listing,
    application: &Application,
    event: &Event,
) -> Result<(), ActError> {
    let terminology = ctx.terminology.load();
    let rules = OfferRules {
        terminology: &terminology,
        region: &ctx.region,
        today: event.day,
    };
    let freshness = Freshness::of(listing, &ctx.governance.calendar);
    let handed_in = serde_json::to_vec(application).expect("an application holds only texts");
    let journal_id = keep_cause(ctx, tx, listing, &event.at, &handed_in).await?;
    let before = tx.list_offers_of(&listing.structure).await?;
    let mut kept = HashSet::new();
    for (rank, entry) in application.offers.iter().enumerate() {
        let line = u64::try_from(rank).unwrap_or_default() + 1;
        let row = application.row(entry);
        let made = offer_resources(&row, line, rules).map_err(ActError::Invalid)?;
        let mut service = made.healthcare_service;
        let id = text(&service, "id").unwrap_or_default().to_owned();
        check_owner(tx, listing, &service, &id).await?;
        govern(&mut service, &freshness);
        for (kind, mut resource) in [
            (ResourceType::Organization, made.organization),
            (ResourceType::Location, made.location),
            (ResourceType::HealthcareService, service),
        ] {
            let id = text(&resource, "id").unwrap_or_default().to_owned();
            tx.upsert_resource(kind, &id, &mut resource, &journal_id, &event.at)
                .await?;
        }
        kept.insert(id);
    }
    for (id, json) in before.into_iter().filter(|(id, _)| !kept.contains(id)) {
        let mut offer: Value =
            serde_json::from_str(&json).expect("what is kept was written from a JSON value");
        offer["active"] = Value::Bool(false);
        let kind = ResourceType::HealthcareService;
        tx.upsert_resource(kind, &id, &mut offer, &journal_id, &event.at)
            .await?;
    }
    Ok(())
}

/// Refuses an offer that stands under the number of another structure's.
async fn check_owner(
    tx: &mut WriteTransaction,
    listing: &Listing,
    service: &Value,
    id: &str,
) -> Result<(), ActError> {
    let own = format!("Organization/{}", listing.structure);
    let owner_of = |service: &Value| reference(service, "providedBy").map(str::to_owned);
    let current = tx.find_current(ResourceType::HealthcareService, id).await?;
    let stands = current
        .and_then(|current| current.json)
        .and_then(|json| serde_json::from_str::<Value>(&json).ok());
    let owners = [owner_of(service), stands.as_ref().and_then(owner_of)];
    if owners.into_iter().flatten().all(|owner| owner == own) {
        return Ok(());
    }
    Err(ActError::Invalid(vec![Finding::error(
        "GOV-OWNER",
        "offre_identifiant",
        Bilingual::new(
            "Cette offre est celle d'une autre structure.",
            "This offer is another structure's.",
        ),
        Bilingual::new(
            "Modifiez vos propres offres, ou donnez un autre numéro.",
            "Change your own offers, or give another number.",
        ),
    )]))
}

/// Brings in every structure that has offers and of which nothing was said here: those that an import, or
/// an earlier release, wrote. Their last verification is the oldest that their offers state.
///
/// # Errors
/// [`StorageError`].
pub async fn take_over_structures(ctx: &Context) -> Result<u64, StorageError> {
    let mut taken = 0;
    let mut after = String::new();
    let mut progress = Progress::new("structures are taken over by the governance", 0);
    loop {
        let structures = ctx.storage.list_ungoverned(&after, BATCH).await?;
        let Some(last) = structures.last() else {
            return Ok(taken);
        };
        after.clone_from(last);
        let mut tx = ctx.storage.begin_write().await?;
        tx.take_turn().await?;
        for structure in &structures {
            if tx.list_events(structure).await?.is_empty() {
                take_over(ctx, &mut tx, structure, None).await?;
                taken += 1;
            }
        }
        tx.commit().await?;
        progress.advance(structures.len());
    }
}

/// Brings one structure in; `arriving` is an offer of it that is about to be written.
pub(super) async fn take_over(
    ctx: &Context,
    tx: &mut WriteTransaction,
    structure: &str,
    arriving: Option<&Value>,
) -> Result<Listing, StorageError> {
    let stated = |offer: &Value| {
        let day = extension(offer, systems::SOS_GOVERNANCE)
            .and_then(|found| extension(found, "verifiedOn"))
            .and_then(|found| text(found, "valueDate"));
        day.and_then(|day| Date::parse(day, &Iso8601::DATE).ok())
    };
    let mut days: Vec<Date> = arriving.and_then(stated).into_iter().collect();
    for (_, json) in tx.list_offers_of(structure).await? {
        let offer: Value =
            serde_json::from_str(&json).expect("what is kept was written from a JSON value");
        days.extend(stated(&offer));
    }
    let organization = tx
        .find_current(ResourceType::Organization, structure)
        .await?
        .and_then(|current| current.json)
        .and_then(|json| serde_json::from_str::<Value>(&json).ok());
    let deed = Deed {
        structure,
        seen: None,
        author: &Author::system("annuaire du réseau"),
        act: Act::TakeOver {
            facts: facts_of(organization.as_ref()),
            verified_on: days.into_iter().min(),
        },
        application: None,
    };
    match enact(ctx, tx, deed).await {
        Ok(listing) => Ok(listing),
        Err(ActError::Storage(error)) => Err(error),
        Err(_) => Err(StorageError::Lost("listing")),
    }
}

/// What the resource of a structure says of it.
fn facts_of(organization: Option<&Value>) -> Facts {
    let Some(organization) = organization else {
        return Facts::default();
    };
    let insee_code = children(organization, "address")
        .filter_map(|address| extension(address, systems::FR_INSEE_CODE))
        .find_map(|found| text(found.get("valueCoding")?, "code"))
        .unwrap_or_default();
    let kind = extension(organization, systems::SOS_STRUCTURE_TYPE)
        .and_then(|found| text(found.get("valueCoding")?, "code"))
        .unwrap_or_default();
    let postal_code = at_path(organization, "address.postalCode");
    let postal_code = postal_code.first().and_then(|code| code.as_str());
    let department = department_of(insee_code).or(postal_code.and_then(|code| code.get(..2)));
    Facts {
        name: text(organization, "name").unwrap_or_default().to_owned(),
        kind: kind.to_owned(),
        department: department.unwrap_or_default().to_owned(),
        insee_code: insee_code.to_owned(),
    }
}

/// Writes on an offer that arrives what the listing of its structure says: what the governance took out of
/// sight does not come back by being sent again. A structure that is new here is brought in. Returns
/// whether the offer is another then.
///
/// # Errors
/// [`StorageError`].
pub(super) async fn govern_arriving(
    ctx: &Context,
    tx: &mut WriteTransaction,
    offer: &mut Value,
) -> Result<bool, StorageError> {
    let Some((ResourceType::Organization, structure)) =
        reference(offer, "providedBy").and_then(crate::fhir::parse_reference)
    else {
        return Ok(false);
    };
    let structure = structure.to_owned();
    let events = tx.list_events(&structure).await?;
    let listing = if events.is_empty() {
        take_over(ctx, tx, &structure, Some(offer)).await?
    } else {
        Listing::of_events(&structure, &events)
    };
    let freshness = Freshness::of(&listing, &ctx.governance.calendar);
    if !freshness.is_published {
        govern(offer, &freshness);
    }
    Ok(!freshness.is_published)
}
