//! Numbers that carry a check digit. A wrong one is told, never refused: official data hold some.
//!
//! **Source:** ANS, ROR guide 0.7.0; INSEE, keys of SIREN and SIRET (La Poste excepted).

use serde_json::Value;

use super::{
    element::{children, code_in, codings, text},
    systems,
};
use crate::{
    finding::{Bilingual, Finding, FindingKind},
    identifiers::{Finess, FinessEntity, Rpps, Siren, Siret},
};

/// What is doubtful in the identifiers of a structure or a person.
pub(super) fn check_keys(resource: &Value) -> Vec<Finding> {
    let kind = text(resource, "resourceType").unwrap_or_default();
    let rule = match kind {
        "Organization" => "O3",
        "Practitioner" => "P1",
        _ => return Vec::new(),
    };
    let identifiers: Vec<&Value> = children(resource, "identifier").collect();
    let mut findings = Vec::new();
    for (rank, identifier) in identifiers.iter().enumerate() {
        let place = format!("{kind}.identifier[{rank}].value");
        let Some(value) = text(identifier, "value") else {
            continue;
        };
        if !has_right_key(identifier, value) {
            findings.push(wrong_key(rule, &place));
        }
        if text(identifier, "system") == Some(systems::ID_NAT_STRUCT)
            && !agrees(value, &identifiers)
        {
            findings.push(other_number(&place));
        }
        if says_other_entity(resource, identifier, &identifiers) {
            findings.push(other_entity(&format!("{kind}.identifier[{rank}].type")));
        }
    }
    findings
}

/// True for a FINESS number whose type (FINEJ, FINEG) is not that of the structure.
fn says_other_entity(resource: &Value, identifier: &Value, identifiers: &[&Value]) -> bool {
    let is_finess = text(identifier, "system") == Some(systems::FINESS);
    let Some(kind) = identifier.get("type").filter(|_| is_finess) else {
        return false;
    };
    let has = |code| identifiers.iter().any(|own| type_code(own) == Some(code));
    let entity = FinessEntity::of_structure(has("2"), has("3"), resource.get("partOf").is_some());
    codings(kind)
        .filter_map(|(_, code)| FinessEntity::from_type_code(code))
        .any(|told| entity.is_some_and(|entity| entity != told))
}

fn has_right_key(identifier: &Value, value: &str) -> bool {
    let is_siret = || value.parse::<Siret>().is_ok();
    match text(identifier, "system") {
        Some(systems::FINESS) => value.parse::<Finess>().is_ok(),
        Some(systems::SIRENE) => match type_code(identifier) {
            Some("3") => is_siret(),
            _ => value.parse::<Siren>().is_ok() || is_siret(),
        },
        Some(systems::ID_NAT_PS) => {
            let number = if value.len() == 12 {
                value.strip_prefix('8').unwrap_or(value)
            } else {
                value
            };
            value.starts_with('0') || number.parse::<Rpps>().is_ok()
        }
        _ => true,
    }
}

fn type_code(identifier: &Value) -> Option<&str> {
    let kind = identifier.get("type")?;
    code_in(kind, systems::STRUCTURE_IDENTIFIER_TYPE)
        .or_else(|| codings(kind).next().map(|(_, code)| code))
}

/// True when the national number is a digit of type and a number that stands besides it, if any of
/// that type does.
fn agrees(value: &str, identifiers: &[&Value]) -> bool {
    let Some((kind, number)) = value.split_at_checked(1) else {
        return false;
    };
    if !matches!(kind, "0" | "1" | "2" | "3" | "4") {
        return false;
    }
    let mut same = identifiers
        .iter()
        .filter(|identifier| type_code(identifier) == Some(kind))
        .peekable();
    same.peek().is_none() || same.any(|identifier| text(identifier, "value") == Some(number))
}

fn wrong_key(rule: &'static str, place: &str) -> Finding {
    Finding::warning(
        rule,
        place,
        Bilingual::new(
            "La longueur ou la clé de ce numéro est fausse.",
            "The length or the check digit of this number is wrong.",
        ),
        Bilingual::new("À vérifier à la source.", "To be checked at the source."),
    )
    .of_kind(FindingKind::Value)
}

fn other_number(place: &str) -> Finding {
    Finding::warning(
        "O4",
        place,
        Bilingual::new(
            "Le numéro national ne s'accorde pas avec l'identifiant de même nature.",
            "The national number does not agree with the identifier of the same nature.",
        ),
        Bilingual::new(
            "Un chiffre de type (0 à 4) puis le FINESS, SIREN, SIRET, RPPS-rang ou ADELI-rang.",
            "A digit of type (0 to 4), then the FINESS, SIREN, SIRET, RPPS or ADELI number.",
        ),
    )
    .of_kind(FindingKind::Value)
}

fn other_entity(place: &str) -> Finding {
    Finding::warning(
        "O15",
        place,
        Bilingual::new(
            "Le type du FINESS (entité juridique FINEJ, entité géographique FINEG) n'est pas celui de la structure.",
            "The type of the FINESS number (legal entity FINEJ, site FINEG) is not that of the structure.",
        ),
        Bilingual::new(
            "FINEJ : avec un SIREN, sans structure englobante ; FINEG : avec un SIRET ou une structure englobante.",
            "FINEJ: with a SIREN, part of no structure; FINEG: with a SIRET, or part of a structure.",
        ),
    )
    .of_kind(FindingKind::Value)
}
