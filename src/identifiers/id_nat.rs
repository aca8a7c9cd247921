//! National identifiers as CDA and XDS write them: a digit for the register, then the number.

use super::{Adeli, Finess, InvalidFiness, InvalidRpps, InvalidSiren, InvalidSiret, Rpps};
use super::{Siren, Siret};

/// A text in French, then in English.
pub type Words = [&'static str; 2];

/// Why a text is not the national identifier of a professional or of a structure.
///
/// **Source:** ANS, CI-SIS, annex on sources of persons and structures (`PS_IdNat`, `Struct_IdNat`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum InvalidIdNat {
    /// No register has that digit.
    Register,
    /// RPPS.
    Rpps(InvalidRpps),
    /// ADELI.
    Adeli,
    /// Number within a structure.
    Internal,
    /// FINESS.
    Finess(InvalidFiness),
    /// SIREN.
    Siren(InvalidSiren),
    /// SIRET.
    Siret(InvalidSiret),
    /// Number of a practice.
    Practice,
}

/// Checks `PS_IdNat`: `8` and an RPPS number, `0` and an ADELI number, or `3` to `6`, the number of a
/// structure, `/`, and a number within it.
///
/// # Errors
/// [`InvalidIdNat`].
pub fn check_professional(id_nat: &str) -> Result<(), InvalidIdNat> {
    let mut number = id_nat.chars();
    match number.next() {
        Some('8') => match number.as_str().parse::<Rpps>() {
            Ok(_) => Ok(()),
            Err(mistake) => Err(InvalidIdNat::Rpps(mistake)),
        },
        Some('0') => match number.as_str().parse::<Adeli>() {
            Ok(_) => Ok(()),
            Err(_) => Err(InvalidIdNat::Adeli),
        },
        Some('3'..='6') => match number.as_str().split_once('/') {
            Some((structure, own)) if !structure.is_empty() && !own.is_empty() => Ok(()),
            _ => Err(InvalidIdNat::Internal),
        },
        _ => Err(InvalidIdNat::Register),
    }
}

/// Checks `Struct_IdNat`: `1` and a FINESS number, `2` and a SIREN, `3` and a SIRET, `0` or `4` and the
/// number of a practice.
///
/// # Errors
/// [`InvalidIdNat`].
pub fn check_structure(id_nat: &str) -> Result<(), InvalidIdNat> {
    let mut number = id_nat.chars();
    let digit = number.next();
    let number = number.as_str();
    match digit {
        Some('1') => number
            .parse::<Finess>()
            .map(drop)
            .map_err(InvalidIdNat::Finess),
        Some('2') => number
            .parse::<Siren>()
            .map(drop)
            .map_err(InvalidIdNat::Siren),
        Some('3') => number
            .parse::<Siret>()
            .map(drop)
            .map_err(InvalidIdNat::Siret),
        Some('0' | '4') => {
            let is_plain = number.bytes().all(|byte| byte.is_ascii_alphanumeric());
            if is_plain && !number.is_empty() {
                Ok(())
            } else {
                Err(InvalidIdNat::Practice)
            }
        }
        _ => Err(InvalidIdNat::Register),
    }
}

const DIRECTORY: Words = [
    "Vérifier le numéro dans l'Annuaire Santé.",
    "Check the number in the Annuaire Santé.",
];
const REGISTER: Words = [
    "Vérifier le numéro dans le répertoire FINESS ou SIRENE.",
    "Check the number in the FINESS or SIRENE register.",
];

impl InvalidIdNat {
    /// True when the form is right and the key is not: a digit was mistyped.
    #[must_use]
    pub fn is_key(&self) -> bool {
        matches!(
            self,
            Self::Rpps(InvalidRpps::Key)
                | Self::Finess(InvalidFiness::Key)
                | Self::Siren(InvalidSiren::Key)
                | Self::Siret(InvalidSiret::Key | InvalidSiret::Siren)
        )
    }

    /// What is wrong, and the cure.
    #[must_use]
    pub fn words(&self) -> (Words, Words) {
        match self {
            Self::Register => (
                [
                    "L'identifiant n'a pas le chiffre d'un registre en tête.",
                    "The identifier does not begin with the digit of a register.",
                ],
                [
                    "Professionnel : 8 puis les onze chiffres du RPPS ; structure : 1 puis le FINESS.",
                    "Professional: 8, then the eleven digits of the RPPS number; structure: 1, then the FINESS number.",
                ],
            ),
            Self::Rpps(InvalidRpps::Key) => (
                [
                    "La clé du numéro RPPS est fausse.",
                    "The key of the RPPS number is wrong.",
                ],
                DIRECTORY,
            ),
            Self::Rpps(InvalidRpps::Form) => (
                [
                    "Un numéro RPPS a onze chiffres.",
                    "An RPPS number has eleven digits.",
                ],
                DIRECTORY,
            ),
            Self::Adeli => (
                [
                    "Un numéro ADELI a neuf chiffres (2A ou 2B en tête en Corse).",
                    "An ADELI number has nine digits (2A or 2B at the head in Corsica).",
                ],
                DIRECTORY,
            ),
            Self::Internal => (
                [
                    "Un identifiant interne s'écrit type (3 à 6), structure, « / », numéro.",
                    "An internal identifier is written type (3 to 6), structure, “/”, number.",
                ],
                [
                    "Par exemple 3750100125/1234.",
                    "For instance 3750100125/1234.",
                ],
            ),
            Self::Finess(InvalidFiness::Form) => (
                [
                    "Un numéro FINESS a neuf chiffres (2A ou 2B en tête en Corse).",
                    "A FINESS number has nine digits (2A or 2B at the head in Corsica).",
                ],
                REGISTER,
            ),
            Self::Finess(InvalidFiness::Key) => (
                [
                    "La clé du numéro FINESS est fausse.",
                    "The key of the FINESS number is wrong.",
                ],
                REGISTER,
            ),
            Self::Siren(InvalidSiren::Form) => (
                ["Un SIREN a neuf chiffres.", "A SIREN has nine digits."],
                REGISTER,
            ),
            Self::Siren(InvalidSiren::Key) => (
                [
                    "La clé du SIREN est fausse.",
                    "The key of the SIREN is wrong.",
                ],
                REGISTER,
            ),
            Self::Siret(InvalidSiret::Form) => (
                [
                    "Un SIRET a quatorze chiffres.",
                    "A SIRET has fourteen digits.",
                ],
                REGISTER,
            ),
            Self::Siret(InvalidSiret::Siren) => (
                [
                    "Les neuf premiers chiffres du SIRET ne sont pas un SIREN.",
                    "The nine first digits of the SIRET are not a SIREN.",
                ],
                REGISTER,
            ),
            Self::Siret(InvalidSiret::Key) => (
                [
                    "La clé du SIRET est fausse.",
                    "The key of the SIRET is wrong.",
                ],
                REGISTER,
            ),
            Self::Practice => (
                [
                    "L'identifiant d'un cabinet est fait de chiffres et de lettres.",
                    "The identifier of a practice is made of digits and letters.",
                ],
                DIRECTORY,
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_register_has_its_digit_and_its_reasons() {
        for good in ["801234567897", "0751234567", "3750100125/1234"] {
            assert_eq!(check_professional(good), Ok(()), "{good}");
        }
        for (bad, reason) in [
            ("801234567890", InvalidIdNat::Rpps(InvalidRpps::Key)),
            ("8012345678", InvalidIdNat::Rpps(InvalidRpps::Form)),
            ("07512345", InvalidIdNat::Adeli),
            ("3750100125", InvalidIdNat::Internal),
            ("1750100125", InvalidIdNat::Register),
            ("", InvalidIdNat::Register),
        ] {
            assert_eq!(check_professional(bad), Err(reason), "{bad}");
        }
        for good in [
            "1750100125",
            "12A0000014",
            "2732829320",
            "373282932000074",
            "41",
        ] {
            assert_eq!(check_structure(good), Ok(()), "{good}");
        }
        for (bad, reason) in [
            ("1750100126", InvalidIdNat::Finess(InvalidFiness::Key)),
            ("2732829321", InvalidIdNat::Siren(InvalidSiren::Key)),
            ("373282932000075", InvalidIdNat::Siret(InvalidSiret::Key)),
            ("4", InvalidIdNat::Practice),
            ("9750100125", InvalidIdNat::Register),
        ] {
            assert_eq!(check_structure(bad), Err(reason), "{bad}");
        }
    }

    #[test]
    fn keys_are_told_from_forms() {
        assert!(check_structure("1750100126").is_err_and(|why| why.is_key()));
        assert!(check_structure("175010012").is_err_and(|why| !why.is_key()));
    }
}
