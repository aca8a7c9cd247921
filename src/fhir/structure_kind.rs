//! What a structure is: no element says it, its numbers and types do.
//!
//! **Source:** ANS, ROR guide 0.7.0, profile ror-organization.

use serde_json::Value;

use super::{
    element::{children, codings},
    systems,
};

/// What a structure is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StructureKind {
    /// Entité juridique.
    LegalEntity,
    /// Entité géographique.
    Site,
    /// Organisation interne.
    Unit,
}

/// What a structure is, when its numbers or its types tell, and tell one thing alone.
#[must_use]
pub fn structure_kind(structure: &Value) -> Option<StructureKind> {
    let mut found = None;
    for one in evidence(structure) {
        match found {
            None => found = Some(one),
            Some(known) if known != one => return None,
            Some(_) => {}
        }
    }
    found
}

fn evidence(structure: &Value) -> impl Iterator<Item = StructureKind> {
    let numbers = children(structure, "identifier").filter_map(|identifier| {
        let (_, code) = codings(identifier.get("type")?).next()?;
        match code {
            "2" => Some(StructureKind::LegalEntity),
            "3" => Some(StructureKind::Site),
            "42" => Some(StructureKind::Unit),
            _ => None,
        }
    });
    let types = children(structure, "type").flat_map(|kind| {
        codings(kind).filter_map(|(system, _)| match system {
            systems::LEGAL_STATUS | systems::LEGAL_STATUS_GROUP => Some(StructureKind::LegalEntity),
            systems::ESTABLISHMENT | systems::ACTIVITY_SECTOR => Some(StructureKind::Site),
            systems::UNIT_TYPE => Some(StructureKind::Unit),
            _ => None,
        })
    });
    numbers.chain(types)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn numbers_and_types_tell_what_a_structure_is_unless_they_contradict_each_other() {
        let numbered = |code: &str| json!({"type": {"coding": [{"code": code}]}});
        let typed = |system: &str| json!({"coding": [{"system": system, "code": "x"}]});
        let kind = |identifiers: Value, types: Value| {
            structure_kind(&json!({"identifier": identifiers, "type": types}))
        };
        let entity = Some(StructureKind::LegalEntity);
        assert_eq!(
            kind(json!([numbered("40"), numbered("2")]), json!([])),
            entity
        );
        assert_eq!(
            kind(json!([]), json!([typed(systems::LEGAL_STATUS)])),
            entity
        );
        let site = Some(StructureKind::Site);
        assert_eq!(
            kind(
                json!([numbered("3")]),
                json!([typed(systems::ESTABLISHMENT)])
            ),
            site
        );
        assert_eq!(
            kind(json!([numbered("42")]), json!([])),
            Some(StructureKind::Unit)
        );
        assert_eq!(kind(json!([numbered("2"), numbered("3")]), json!([])), None);
        assert_eq!(
            kind(json!([numbered("40"), numbered("1")]), json!([])),
            None
        );
    }
}
