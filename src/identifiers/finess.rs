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
    fn corsica_is_accepted_and_mistakes_are_refused() {
        assert!("2A0000014".parse::<Finess>().is_ok());
        assert_eq!("750100126".parse::<Finess>(), Err(InvalidFiness::Key));
        assert_eq!("75010012".parse::<Finess>(), Err(InvalidFiness::Form));
        assert_eq!("2C0000014".parse::<Finess>(), Err(InvalidFiness::Form));
    }
}
