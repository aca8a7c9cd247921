//! RPPS: national number of a health professional.

use std::{fmt, str::FromStr};

use super::luhn::has_luhn_key;

/// National identifier of a health professional: eleven ASCII digits, the last one a Luhn key.
///
/// Written in FHIR as an `identifier` of system `https://rpps.esante.gouv.fr`, and in CDA as the
/// `PS_IdNat` extension, the digit `8` followed by the number.
///
/// **Source:** ANS, CI-SIS, annex on sources of persons and structures; Annuaire Santé guide.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Rpps(String);

/// Why a text is not an RPPS number.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidRpps {
    /// Wrong length, or a character that is not a digit.
    #[error("an RPPS number has eleven digits")]
    Form,
    /// Eleven digits whose last one is not the key of the ten others.
    #[error("the last digit of this RPPS number is not its Luhn key: a digit was mistyped")]
    Key,
}

impl Rpps {
    /// The eleven digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The `PS_IdNat` form used by CDA and XDS: `8` followed by the number.
    #[must_use]
    pub fn id_nat(&self) -> String {
        format!("8{}", self.0)
    }

    /// Reads the `PS_IdNat` form, that is `8` followed by an RPPS number.
    ///
    /// # Errors
    /// [`InvalidRpps::Form`] when the type digit is not `8`, else as [`Rpps::from_str`].
    pub fn from_id_nat(id_nat: &str) -> Result<Self, InvalidRpps> {
        id_nat.strip_prefix('8').ok_or(InvalidRpps::Form)?.parse()
    }
}

impl FromStr for Rpps {
    type Err = InvalidRpps;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.len() != 11 || !text.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(InvalidRpps::Form);
        }
        if !has_luhn_key(text) {
            return Err(InvalidRpps::Key);
        }
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Display for Rpps {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_valid_number_is_read_in_both_forms() {
        let rpps: Rpps = "01234567897".parse().expect("valid key");
        assert_eq!(rpps.id_nat(), "801234567897");
        assert_eq!(Rpps::from_id_nat("801234567897"), Ok(rpps));
    }

    #[test]
    fn a_wrong_key_and_a_wrong_form_are_told_apart() {
        assert_eq!("01234567890".parse::<Rpps>(), Err(InvalidRpps::Key));
        assert_eq!("0123456789".parse::<Rpps>(), Err(InvalidRpps::Form));
        assert_eq!("0123456789A".parse::<Rpps>(), Err(InvalidRpps::Form));
        assert_eq!(Rpps::from_id_nat("01234567897"), Err(InvalidRpps::Form));
    }
}
