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
    identifiers::{Finess, Rpps, luhn_check_digit},
};

/// SIREN of La Poste, whose SIRET numbers have another key.
const LA_POSTE: &str = "356000000";

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
    }
    findings
}

fn has_right_key(identifier: &Value, value: &str) -> bool {
    let digits = |count: usize| value.len() == count && value.bytes().all(|b| b.is_ascii_digit());
    let luhn = || {
        let split = value.len().saturating_sub(1);
        value
            .get(..split)
            .and_then(luhn_check_digit)
            .is_some_and(|key| value.ends_with(key))
    };
    match text(identifier, "system") {
        Some(systems::FINESS) => value.parse::<Finess>().is_ok(),
        Some(systems::SIRENE) => match type_code(identifier) {
            Some("3") => digits(14) && (luhn() || value.starts_with(LA_POSTE)),
            _ => digits(9) && luhn() || digits(14) && luhn(),
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
