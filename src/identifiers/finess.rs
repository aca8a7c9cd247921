//! FINESS: national number of a health structure.

use std::{fmt, str::FromStr};

use super::luhn::has_luhn_key;

/// National identifier of a health structure (legal or geographic entity): nine characters,
/// digits but for a Corsican `2A` or `2B` at the head, the last digit a Luhn key.
///
/// Written in FHIR under `https://finess.esante.gouv.fr`, and in CDA as the `Struct_IdNat`
/// extension, the digit `1` followed by the number.
///
/// **Source:** ANS, CI-SIS, annex on sources of persons and structures.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Finess(String);

/// The two kinds of structure that bear a FINESS number.
///
/// The number does not tell them apart: both have the same form and the same key, and CDA writes both
/// as `1` and the number. Only what stands beside it does: the type of the identifier in FHIR, a SIREN
/// (of a legal entity) or a SIRET (of a site), or the structure that it is part of.
///
/// **Source:** Interop'Santé, FR Core 2.1.0, `fr-core-cs-v2-0203`; ANS, ROR guide 0.7.0, Organization.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FinessEntity {
    /// *Entité juridique* (EJ): the legal person.
    Legal,
    /// *Entité géographique* (EG): the site where care is given, part of a legal entity.
    Geographic,
}

impl FinessEntity {
    /// The kind that a type of identifier names: `FINEJ` or `FINEG`.
    #[must_use]
    pub fn from_type_code(code: &str) -> Option<Self> {
        match code {
            "FINEJ" => Some(Self::Legal),
            "FINEG" => Some(Self::Geographic),
            _ => None,
        }
    }

    /// The kind of a structure, by what stands beside its number: `None` when nothing tells, or when
    /// it is told both.
    #[must_use]
    pub fn of_structure(
        has_siren: bool,
        has_siret: bool,
        is_part_of_another: bool,
    ) -> Option<Self> {
        match (has_siren, has_siret || is_part_of_another) {
            (true, false) => Some(Self::Legal),
            (false, true) => Some(Self::Geographic),
            (true, true) | (false, false) => None,
        }
    }
}

/// Why a text is not a FINESS number.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidFiness {
    /// Wrong length or characters.
    #[error("a FINESS number has nine digits (2A or 2B at the head in Corsica)")]
    Form,
    /// Nine digits whose last one is not the key of the eight others.
    #[error("the last digit of this FINESS number is not its Luhn key: a digit was mistyped")]
    Key,
}

impl Finess {
    /// The nine characters.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The `Struct_IdNat` form used by CDA and XDS: `1` followed by the number.
    #[must_use]
    pub fn id_nat(&self) -> String {
        format!("1{}", self.0)
    }
}

impl FromStr for Finess {
    type Err = InvalidFiness;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let is_corsican = text.starts_with("2A") || text.starts_with("2B");
        let digits = if is_corsican {
            text.get(2..)
        } else {
            Some(text)
        };
        let all_digits = digits.is_some_and(|rest| rest.bytes().all(|byte| byte.is_ascii_digit()));
        if text.len() != 9 || !all_digits {
            return Err(InvalidFiness::Form);
        }
        // No public rule says how the letter counts in the key, so a Corsican key is not checked.
        if !is_corsican && !has_luhn_key(text) {
            return Err(InvalidFiness::Key);
        }
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Display for Finess {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_valid_number_is_read() {
        let finess: Finess = "750100125".parse().expect("valid key");
        assert_eq!(finess.id_nat(), "1750100125");
    }

    #[test]
    fn the_kind_of_structure_is_told_by_what_stands_beside_the_number() {
        use FinessEntity::{Geographic, Legal};
        assert_eq!(FinessEntity::from_type_code("FINEJ"), Some(Legal));
        assert_eq!(FinessEntity::from_type_code("FINEG"), Some(Geographic));
        assert_eq!(FinessEntity::from_type_code("SIREN"), None);
        assert_eq!(FinessEntity::of_structure(true, false, false), Some(Legal));
        for (siret, parent) in [(true, false), (false, true), (true, true)] {
            let kind = FinessEntity::of_structure(false, siret, parent);
            assert_eq!(kind, Some(Geographic));
        }
        assert_eq!(FinessEntity::of_structure(false, false, false), None);
        assert_eq!(FinessEntity::of_structure(true, true, true), None);
    }

    #[test]
    fn corsica_is_accepted_and_mistakes_are_refused() {
        assert!("2A0000014".parse::<Finess>().is_ok());
        assert_eq!("750100126".parse::<Finess>(), Err(InvalidFiness::Key));
        assert_eq!("75010012".parse::<Finess>(), Err(InvalidFiness::Form));
        assert_eq!("2C0000014".parse::<Finess>(), Err(InvalidFiness::Form));
    }
}
