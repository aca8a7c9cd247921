//! What only the store can tell of a resource that is about to be written: whether its references
//! lead somewhere, whether its identifier is free.

use std::collections::HashSet;

use serde_json::Value;

use crate::{
    fhir::{
        ResourceType,
        element::{children, text},
        parse_reference, parse_reference_type, systems,
    },
    finding::{Bilingual, Finding, FindingKind},
    storage::{StorageError, WriteTransaction},
};

/// How many structures may stand above each other.
const MAX_ANCESTORS: usize = 30;

/// References that lead nowhere, and structures or places that are part of themselves.
pub(super) async fn check_links(
    tx: &mut WriteTransaction,
    kind: ResourceType,
    id: &str,
    resource: &Value,
    base_url: &str,
    kept: &HashSet<(ResourceType, String)>,
    deleted: &HashSet<(ResourceType, String)>,
) -> Result<Vec<Finding>, StorageError> {
    let mut findings = Vec::new();
    let mut references = Vec::new();
    collect(resource, kind.as_str().to_owned(), &mut references);
    for (place, reference) in references {
        if reference.starts_with('#') {
            continue;
        }
        let is_foreign = reference.contains("://") && !reference.starts_with(base_url);
        if is_foreign || reference.starts_with("urn:") {
            findings.push(elsewhere(&place));
            continue;
        }
        let Some((target, target_id)) = parse_reference(reference) else {
            if parse_reference_type(reference).is_none() {
                findings.push(unreadable(&place));
            }
            continue;
        };
        let key = (target, target_id.to_owned());
        let is_there = kept.contains(&key)
            || (!deleted.contains(&key) && tx.has_resource(target, target_id).await?);
        if !is_there {
            findings.push(nowhere(&place));
        }
    }
    if is_own_ancestor(tx, kind, id, resource).await? {
        findings.push(cycle(kind));
    }
    Ok(findings)
}

/// True when a `partOf` leads back to the resource itself.
async fn is_own_ancestor(
    tx: &mut WriteTransaction,
    kind: ResourceType,
    id: &str,
    resource: &Value,
) -> Result<bool, StorageError> {
    let parent = |resource: &Value| {
        let reference = resource
            .get("partOf")
            .and_then(|found| text(found, "reference"));
        let (found, id) = parse_reference(reference?)?;
        (found == kind).then(|| id.to_owned())
    };
    let mut above = parent(resource);
    for _ in 0..MAX_ANCESTORS {
        let Some(ancestor) = above else {
            return Ok(false);
        };
        if ancestor == id {
            return Ok(true);
        }
        let found = tx.find_current(kind, &ancestor).await?;
        let json = found.and_then(|found| found.json);
        above = json.and_then(|json| parent(&serde_json::from_str(&json).ok()?));
    }
    Ok(true)
}

/// Identifiers that another resource of the type carries.
pub(super) async fn find_conflicts(
    tx: &mut WriteTransaction,
    kind: ResourceType,
    id: &str,
    resource: &Value,
) -> Result<Vec<Finding>, StorageError> {
    let mut findings = Vec::new();
    for (rank, identifier) in children(resource, "identifier").enumerate() {
        let Some(value) = text(identifier, "value") else {
            continue;
        };
        let system = text(identifier, "system").unwrap_or_default();
        if tx.find_identified(kind, system, value, id).await?.is_some() {
            findings.push(taken(&format!("{}.identifier[{rank}]", kind.as_str())));
        }
    }
    Ok(findings)
}

/// A resource from which something was taken out must not take the place of the whole.
pub(super) fn check_partial(kind: ResourceType, resource: &Value) -> Vec<Finding> {
    let meta = resource.get("meta").unwrap_or(&Value::Null);
    let is_partial = children(meta, "tag").any(|tag| {
        text(tag, "code") == Some("SUBSETTED")
            && text(tag, "system") == Some(systems::OBSERVATION_VALUE)
    });
    if !is_partial {
        return Vec::new();
    }
    let message = Bilingual::new(
        "C'est une vue partielle (SUBSETTED) : l'écrire effacerait ce qui n'y figure pas.",
        "This is a partial view (SUBSETTED): writing it would erase what it leaves out.",
    );
    let cure = Bilingual::new(
        "Envoyez la ressource entière, ou un PATCH.",
        "Send the whole resource, or a PATCH.",
    );
    let place = format!("{}.meta.tag", kind.as_str());
    vec![Finding::error("SUBSETTED", place, message, cure).of_kind(FindingKind::Value)]
}

fn collect<'v>(value: &'v Value, place: String, found: &mut Vec<(String, &'v str)>) {
    match value {
        Value::Object(object) => {
            for (key, child) in object {
                match child {
                    Value::String(text) if key == "reference" => {
                        found.push((format!("{place}.reference"), text));
                    }
                    Value::Object(_) | Value::Array(_) => {
                        collect(child, format!("{place}.{key}"), found);
                    }
                    _ => {}
                }
            }
        }
        Value::Array(items) => {
            for (rank, item) in items.iter().enumerate() {
                collect(item, format!("{place}[{rank}]"), found);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// The same findings, under the place where their resource stands in what was sent.
pub(super) fn prefixed(place: &str, findings: Vec<Finding>) -> Vec<Finding> {
    if place.is_empty() {
        return findings;
    }
    findings
        .into_iter()
        .map(|finding| {
            // `Bundle.entry[2].resource.name`, not `Bundle.entry[2].resource.Location.name`.
            let below = finding.place.split_once('.').map_or("", |(_, below)| below);
            let place = if below.is_empty() {
                place.to_owned()
            } else {
                format!("{place}.{below}")
            };
            Finding { place, ..finding }
        })
        .collect()
}

fn link(place: &str, message: Bilingual, cure: Bilingual) -> Finding {
    Finding::error("G13", place, message, cure).of_kind(FindingKind::NotFound)
}

fn nowhere(place: &str) -> Finding {
    link(
        place,
        Bilingual::new(
            "Cette ressource n'est pas dans l'annuaire.",
            "That resource is not in the directory.",
        ),
        Bilingual::new(
            "Envoyez-la d'abord, ou dans la même transaction.",
            "Send it first, or in the same transaction.",
        ),
    )
}

fn elsewhere(place: &str) -> Finding {
    link(
        place,
        Bilingual::new(
            "La référence ne mène pas à une ressource de ce serveur.",
            "The reference does not lead to a resource of this server.",
        ),
        Bilingual::new("Attendu : Type/identifiant.", "Expected: Type/id."),
    )
}

fn unreadable(place: &str) -> Finding {
    link(
        place,
        Bilingual::new("Ce n'est pas une référence.", "This is no reference."),
        Bilingual::new("Attendu : Type/identifiant.", "Expected: Type/id."),
    )
}

pub(super) fn unresolved(place: &str) -> Finding {
    link(
        place,
        Bilingual::new(
            "Une référence conditionnelle ne trouve aucune ressource.",
            "A conditional reference finds no resource.",
        ),
        Bilingual::new(
            "Attendu : Type?paramètre=valeur, qui trouve une seule ressource.",
            "Expected: Type?parameter=value, finding one resource.",
        ),
    )
}

fn cycle(kind: ResourceType) -> Finding {
    Finding::error(
        "G13",
        format!("{}.partOf", kind.as_str()),
        Bilingual::new(
            "partOf ramène à la ressource elle-même, ou passe par trop de niveaux.",
            "partOf leads back to the resource itself, or through too many levels.",
        ),
        Bilingual::new("Rompez le cycle.", "Break the cycle."),
    )
    .of_kind(FindingKind::Invariant)
}

fn taken(place: &str) -> Finding {
    Finding::error(
        "IDENTIFIER",
        place,
        Bilingual::new(
            "Une autre ressource porte cet identifiant.",
            "Another resource carries this identifier.",
        ),
        Bilingual::new(
            "Modifiez celle-là (recherche par identifier), ou corrigez l'identifiant.",
            "Change that one (search by identifier), or correct the identifier.",
        ),
    )
    .of_kind(FindingKind::Duplicate)
}

pub(super) fn twice(place: &str) -> Finding {
    Finding::error(
        "BUNDLE-TWICE",
        place,
        Bilingual::new(
            "Deux entrées de la transaction portent sur la même ressource.",
            "Two entries of the transaction are about the same resource.",
        ),
        Bilingual::new("Gardez-en une.", "Keep one."),
    )
    .of_kind(FindingKind::Duplicate)
}

pub(super) fn other_id(place: &str, kind: ResourceType) -> Finding {
    let finding = Finding::error(
        "G2",
        format!("{}.id", kind.as_str()),
        Bilingual::new(
            "L'identifiant de la ressource n'est pas celui de l'adresse.",
            "The id of the resource is not that of the address.",
        ),
        Bilingual::new("Accordez les deux.", "Make the two agree."),
    )
    .of_kind(FindingKind::Value);
    prefixed(place, vec![finding]).remove(0)
}

pub(super) fn no_condition() -> Finding {
    Finding::error(
        "CONDITION",
        "",
        Bilingual::new(
            "La condition ne retient rien : elle porterait sur toutes les ressources du type.",
            "The condition selects nothing: it would be about every resource of the type.",
        ),
        Bilingual::new(
            "Donnez au moins un critère, par exemple identifier=système|valeur.",
            "Give at least one criterion, for example identifier=system|value.",
        ),
    )
}

pub(super) fn still_referred(kind: ResourceType, from: &str, from_id: &str) -> Finding {
    Finding::error(
        "REFERRED",
        format!("{from}/{from_id}"),
        Bilingual::new(
            format!(
                "Cette ressource renvoie encore à {} à supprimer.",
                kind.as_str()
            ),
            format!(
                "This resource still refers to the {} to be deleted.",
                kind.as_str()
            ),
        ),
        Bilingual::new(
            "Supprimez-la, ou changez sa référence, d'abord ou dans la même transaction.",
            "Delete it, or change its reference, first or in the same transaction.",
        ),
    )
}
