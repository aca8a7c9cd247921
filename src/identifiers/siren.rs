//! SIREN and SIRET: national numbers of a legal entity and of its establishments.

use std::{fmt, str::FromStr};

use super::luhn::has_luhn_key;

/// Number of a legal entity: nine digits, the last one a Luhn key.
///
/// **Source:** INSEE, Sirene, definition of the SIREN number.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Siren(String);

/// Number of an establishment: the SIREN of its entity, then five digits, the last one a Luhn key of
/// all. Those of La Poste are many more than the keys allow: the sum of their digits is a multiple
/// of five instead.
///
/// **Source:** INSEE, Sirene, definition of the SIRET number; entry of La Poste.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Siret(String);

/// Why a text is not a SIREN.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidSiren {
    /// Wrong length, or a character that is not a digit.
    #[error("a SIREN has nine digits")]
    Form,
    /// The last digit is not the key of the others.
    #[error("the last digit of this SIREN is not its Luhn key: a digit was mistyped")]
    Key,
}

/// Why a text is not a SIRET.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidSiret {
    /// Wrong length, or a character that is not a digit.
    #[error("a SIRET has fourteen digits")]
    Form,
    /// The nine first digits are no SIREN.
    #[error("the nine first digits of this SIRET are not a SIREN: a digit was mistyped")]
    Siren,
    /// The last digit is not the key of the others.
    #[error("the last digit of this SIRET is not its Luhn key: a digit was mistyped")]
    Key,
}

/// SIREN of La Poste.
const LA_POSTE: &str = "356000000";

impl Siren {
    /// The nine digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Siret {
    /// The fourteen digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Siren {
    type Err = InvalidSiren;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if !is_digits(text, 9) {
            return Err(InvalidSiren::Form);
        }
        if !has_luhn_key(text) {
            return Err(InvalidSiren::Key);
        }
        Ok(Self(text.to_owned()))
    }
}

impl FromStr for Siret {
    type Err = InvalidSiret;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if !is_digits(text, 14) {
            return Err(InvalidSiret::Form);
        }
        let entity = text.get(..9).unwrap_or_default();
        if entity.parse::<Siren>().is_err() {
            return Err(InvalidSiret::Siren);
        }
        let sum: u32 = text.bytes().map(|digit| u32::from(digit - b'0')).sum();
        let is_postal = entity == LA_POSTE && sum.is_multiple_of(5);
        if !is_postal && !has_luhn_key(text) {
            return Err(InvalidSiret::Key);
        }
        Ok(Self(text.to_owned()))
    }
}

fn is_digits(text: &str, length: usize) -> bool {
    text.len() == length && text.bytes().all(|byte| byte.is_ascii_digit())
}

impl fmt::Display for Siren {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for Siret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_siren_has_its_key() {
        assert!("732829320".parse::<Siren>().is_ok());
        assert_eq!("732829321".parse::<Siren>(), Err(InvalidSiren::Key));
        assert_eq!("73282932".parse::<Siren>(), Err(InvalidSiren::Form));
        assert_eq!("73282932A".parse::<Siren>(), Err(InvalidSiren::Form));
    }

    #[test]
    fn a_siret_begins_with_a_siren_and_has_its_own_key() {
        assert!("73282932000074".parse::<Siret>().is_ok());
        assert_eq!("73282932000075".parse::<Siret>(), Err(InvalidSiret::Key));
        assert_eq!("73282932100074".parse::<Siret>(), Err(InvalidSiret::Siren));
        assert_eq!("7328293200007".parse::<Siret>(), Err(InvalidSiret::Form));
    }

    #[test]
    fn the_establishments_of_la_poste_have_their_own_rule() {
        // The head office passes the common rule, the others that of La Poste.
        assert!("35600000000048".parse::<Siret>().is_ok());
        assert!("35600000049837".parse::<Siret>().is_ok());
        assert_eq!("35600000049838".parse::<Siret>(), Err(InvalidSiret::Key));
    }
}
