//! What a resource that was written must be among the others: rules over several resources, looked at
//! once all of a transaction stands, before it becomes durable.
//!
//! **Source:** ANS, ROR guide 0.7.0; the numbers are those of `docs/fhir.md`.

use serde_json::Value;

use crate::{
    fhir::{
        ResourceType, StructureKind,
        element::{children, codings, reference},
        parse_reference, structure_kind,
    },
    finding::{Bilingual, Finding, FindingKind},
    storage::{StorageError, WriteTransaction},
};

/// How many structures may stand above each other.
const MAX_ANCESTORS: usize = 30;
/// Roles of one person that are compared with a new one.
const MAX_ROLES: usize = 100;

/// What is wrong with a resource among the others.
pub(super) async fn check_context(
    tx: &mut WriteTransaction,
    kind: ResourceType,
    id: &str,
    resource: &Value,
) -> Result<Vec<Finding>, StorageError> {
    match kind {
        ResourceType::HealthcareService => check_offer(tx, resource).await,
        ResourceType::Organization => check_structure(tx, resource).await,
        ResourceType::Location => check_place(tx, id, resource).await,
        ResourceType::PractitionerRole => check_role(tx, id, resource).await,
        ResourceType::Practitioner | ResourceType::List => Ok(Vec::new()),
    }
}

/// The resource that an element refers to, with its id.
async fn find(
    tx: &mut WriteTransaction,
    kind: ResourceType,
    reference: Option<&str>,
) -> Result<Option<(String, Value)>, StorageError> {
    let Some((found, id)) = reference.and_then(parse_reference) else {
        return Ok(None);
    };
    if found != kind {
        return Ok(None);
    }
    let json = tx
        .find_current(kind, id)
        .await?
        .and_then(|found| found.json);
    Ok(json.map(|json| {
        let value =
            serde_json::from_str(&json).expect("what is kept was written from a JSON value");
        (id.to_owned(), value)
    }))
}

/// The site that a structure is or belongs to, when it is known.
async fn site_of(
    tx: &mut WriteTransaction,
    structure: (String, Value),
) -> Result<Option<String>, StorageError> {
    let mut above = Some(structure);
    for _ in 0..MAX_ANCESTORS {
        let Some((id, structure)) = above else { break };
        if structure_kind(&structure) == Some(StructureKind::Site) {
            return Ok(Some(id));
        }
        above = find(
            tx,
            ResourceType::Organization,
            reference(&structure, "partOf"),
        )
        .await?;
    }
    Ok(None)
}

async fn check_offer(
    tx: &mut WriteTransaction,
    offer: &Value,
) -> Result<Vec<Finding>, StorageError> {
    let mut findings = Vec::new();
    let provider = reference(offer, "providedBy");
    let Some(provider) = find(tx, ResourceType::Organization, provider).await? else {
        return Ok(findings);
    };
    if structure_kind(&provider.1) == Some(StructureKind::LegalEntity) {
        findings.push(offered_by_entity());
    }
    let Some(site) = site_of(tx, provider).await? else {
        return Ok(findings);
    };
    for (rank, place) in children(offer, "location").enumerate() {
        let place = place.get("reference").and_then(Value::as_str);
        let Some((_, place)) = find(tx, ResourceType::Location, place).await? else {
            continue;
        };
        let manager = reference(&place, "managingOrganization").and_then(parse_reference);
        if manager.is_some_and(|(_, id)| id != site) {
            findings.push(place_of_another_site(rank));
        }
    }
    Ok(findings)
}

async fn check_structure(
    tx: &mut WriteTransaction,
    structure: &Value,
) -> Result<Vec<Finding>, StorageError> {
    let above = reference(structure, "partOf");
    let above = find(tx, ResourceType::Organization, above).await?;
    let above = above.and_then(|(_, above)| structure_kind(&above));
    let is_wrong = match (structure_kind(structure), above) {
        (Some(StructureKind::Site), Some(above)) => above != StructureKind::LegalEntity,
        (Some(StructureKind::Unit), Some(above)) => above == StructureKind::LegalEntity,
        (Some(StructureKind::LegalEntity) | None, _) | (_, None) => false,
    };
    Ok(if is_wrong {
        vec![wrong_parent()]
    } else {
        Vec::new()
    })
}

async fn check_place(
    tx: &mut WriteTransaction,
    id: &str,
    place: &Value,
) -> Result<Vec<Finding>, StorageError> {
    let manager = reference(place, "managingOrganization");
    if let Some((_, manager)) = find(tx, ResourceType::Organization, manager).await? {
        let is_site = structure_kind(&manager).is_none_or(|kind| kind == StructureKind::Site);
        return Ok(if is_site {
            Vec::new()
        } else {
            vec![managed_by_no_site()]
        });
    }
    // What is only asked about has no offers yet.
    if id.is_empty() {
        return Ok(Vec::new());
    }
    let referrers = tx.find_referrers(ResourceType::Location, id).await?;
    let has_offer = referrers
        .iter()
        .any(|(kind, _)| kind == ResourceType::HealthcareService.as_str());
    Ok(if has_offer {
        Vec::new()
    } else {
        vec![place_alone()]
    })
}

async fn check_role(
    tx: &mut WriteTransaction,
    id: &str,
    role: &Value,
) -> Result<Vec<Finding>, StorageError> {
    let person = reference(role, "practitioner").and_then(parse_reference);
    let Some((ResourceType::Practitioner, person)) = person else {
        return Ok(Vec::new());
    };
    let said = |role: &Value| {
        let professions = children(role, "code").flat_map(codings);
        let mut professions: Vec<(String, String)> = professions
            .map(|(system, code)| (system.to_owned(), code.to_owned()))
            .collect();
        professions.sort();
        let offers = children(role, "healthcareService");
        let mut offers: Vec<_> = offers
            .filter_map(|offer| parse_reference(offer.get("reference")?.as_str()?))
            .map(|(kind, id)| (kind, id.to_owned()))
            .collect();
        offers.sort();
        (professions, offers)
    };
    let own = said(role);
    let others = tx
        .find_referrers(ResourceType::Practitioner, person)
        .await?;
    for (_, other) in others
        .iter()
        .filter(|(_, other)| other != id)
        .take(MAX_ROLES)
    {
        let address = format!("PractitionerRole/{other}");
        let found = find(tx, ResourceType::PractitionerRole, Some(&address)).await?;
        if found.is_some_and(|(_, other)| said(&other) == own) {
            return Ok(vec![role_twice()]);
        }
    }
    Ok(Vec::new())
}

fn offered_by_entity() -> Finding {
    Finding::warning(
        "H2",
        "HealthcareService.providedBy",
        Bilingual::new(
            "L'offre relève d'une entité juridique.",
            "The offer is that of a legal entity.",
        ),
        Bilingual::new(
            "Rattachez-la à l'établissement ou à l'unité qui la rend.",
            "Link it to the site or unit that gives it.",
        ),
    )
}

fn place_of_another_site(rank: usize) -> Finding {
    Finding::error(
        "H21",
        format!("HealthcareService.location[{rank}]"),
        Bilingual::new(
            "Ce lieu relève d'un autre établissement que l'offre.",
            "This place belongs to another site than the offer.",
        ),
        Bilingual::new(
            "Attendu : managingOrganization du lieu = établissement de providedBy.",
            "Expected: managingOrganization of the place = site of providedBy.",
        ),
    )
    .of_kind(FindingKind::Invariant)
}

fn wrong_parent() -> Finding {
    Finding::error(
        "O5",
        "Organization.partOf",
        Bilingual::new(
            "La structure englobante n'est pas de la nature attendue.",
            "The structure above is not of the nature expected.",
        ),
        Bilingual::new(
            "Un établissement fait partie d'une entité juridique ; une organisation interne, d'un établissement ou d'une autre.",
            "A site is part of a legal entity; an internal unit, of a site or of another unit.",
        ),
    )
    .of_kind(FindingKind::Invariant)
}

fn managed_by_no_site() -> Finding {
    Finding::error(
        "L7",
        "Location.managingOrganization",
        Bilingual::new(
            "Un lieu relève d'un établissement.",
            "A place belongs to a site.",
        ),
        Bilingual::new(
            "Donnez l'établissement (entité géographique).",
            "Give the site (entité géographique).",
        ),
    )
    .of_kind(FindingKind::Invariant)
}

fn place_alone() -> Finding {
    Finding::warning(
        "L7",
        "Location.managingOrganization",
        Bilingual::new(
            "Aucune offre n'est rendue dans ce lieu, et il ne dit pas de quel établissement il relève.",
            "No offer is given in this place, and it does not say to which site it belongs.",
        ),
        Bilingual::new(
            "Donnez managingOrganization, ou rattachez une offre.",
            "Give managingOrganization, or link an offer.",
        ),
    )
}

fn role_twice() -> Finding {
    Finding::warning(
        "R6",
        "PractitionerRole",
        Bilingual::new(
            "Cette personne exerce déjà cette profession dans cette offre.",
            "This person already has this profession in this offer.",
        ),
        Bilingual::new("Gardez une des deux.", "Keep one of the two."),
    )
}
