//! The number that a structure of the directory is known by.

use std::fmt;

use super::{Finess, InvalidFiness, InvalidRna, InvalidSiren, InvalidSiret, Rna, Siren, Siret};

/// The number of a structure: its FINESS number, else, of an association or a coordinated structure that
/// has none, its SIRET, SIREN or RNA number.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum StructureNumber {
    /// Of a health structure.
    Finess(Finess),
    /// Of an establishment.
    Siret(Siret),
    /// Of a legal entity.
    Siren(Siren),
    /// Of an association.
    Rna(Rna),
}

/// Why two texts give no number of a structure.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidStructureNumber {
    /// Both are empty.
    #[error("a structure has a FINESS number, else a SIRET, SIREN or RNA number")]
    Missing,
    /// It has neither the form of a SIRET, nor of a SIREN, nor of an RNA number.
    #[error("a SIRET has fourteen digits, a SIREN nine, an RNA number W and nine digits")]
    Form,
    /// The FINESS number is wrong.
    #[error(transparent)]
    Finess(#[from] InvalidFiness),
    /// The SIRET is wrong.
    #[error(transparent)]
    Siret(#[from] InvalidSiret),
    /// The SIREN is wrong.
    #[error(transparent)]
    Siren(#[from] InvalidSiren),
    /// The RNA number is wrong.
    #[error(transparent)]
    Rna(#[from] InvalidRna),
}

impl StructureNumber {
    /// The number that these texts give, spaces aside: `finess` when it is there, else `other`.
    ///
    /// # Errors
    /// [`InvalidStructureNumber`].
    pub fn parse(finess: &str, other: &str) -> Result<Self, InvalidStructureNumber> {
        let finess: String = finess.split_whitespace().collect();
        if !finess.is_empty() {
            return Ok(Self::Finess(finess.parse()?));
        }
        Self::parse_other(other)
    }

    /// The SIRET, SIREN or RNA number that a text is, spaces aside.
    ///
    /// # Errors
    /// [`InvalidStructureNumber`].
    pub fn parse_other(text: &str) -> Result<Self, InvalidStructureNumber> {
        let text: String = text.split_whitespace().collect();
        if text.is_empty() {
            return Err(InvalidStructureNumber::Missing);
        }
        if text.starts_with(['W', 'w']) {
            return Ok(Self::Rna(text.parse()?));
        }
        match text.len() {
            14 => Ok(Self::Siret(text.parse()?)),
            9 => Ok(Self::Siren(text.parse()?)),
            _ => Err(InvalidStructureNumber::Form),
        }
    }

    /// The number, as it is written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Finess(number) => number.as_str(),
            Self::Siret(number) => number.as_str(),
            Self::Siren(number) => number.as_str(),
            Self::Rna(number) => number.as_str(),
        }
    }

    /// `Struct_IdNat`: a digit for the register, then the number; none for an RNA number, which no
    /// national exchange takes.
    ///
    /// **Source:** ANS, CI-SIS, annex on sources of persons and structures.
    #[must_use]
    pub fn id_nat(&self) -> Option<String> {
        match self {
            Self::Finess(number) => Some(number.id_nat()),
            Self::Siren(number) => Some(format!("2{number}")),
            Self::Siret(number) => Some(format!("3{number}")),
            Self::Rna(_) => None,
        }
    }
}

/// As a part of an id: a FINESS number alone, another after the name of its register, since a FINESS number
/// and a SIREN have the same form.
impl fmt::Display for StructureNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let register = match self {
            Self::Finess(_) => "",
            Self::Siret(_) => "siret-",
            Self::Siren(_) => "siren-",
            Self::Rna(_) => "rna-",
        };
        write!(f, "{register}{}", self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_finess_number_comes_first_and_each_other_is_told_by_its_form() {
        for (finess, other, id, id_nat) in [
            ("750100125", "", "750100125", Some("1750100125")),
            ("750 100 125", "W291234567", "750100125", Some("1750100125")),
            ("", "732 829 320", "siren-732829320", Some("2732829320")),
            (
                "",
                "732 829 320 00074",
                "siret-73282932000074",
                Some("373282932000074"),
            ),
            (" ", "w291234567", "rna-W291234567", None),
        ] {
            let number = StructureNumber::parse(finess, other).expect("a number");
            assert_eq!(number.to_string(), id);
            assert_eq!(number.id_nat().as_deref(), id_nat);
        }
    }

    #[test]
    fn each_mistake_is_named() {
        use InvalidStructureNumber::{Finess, Form, Missing, Rna, Siren, Siret};
        for (finess, other, mistake) in [
            ("", " ", Missing),
            ("750100126", "W291234567", Finess(InvalidFiness::Key)),
            ("", "12345", Form),
            ("", "732829321", Siren(InvalidSiren::Key)),
            ("", "73282932000075", Siret(InvalidSiret::Key)),
            ("", "W29", Rna(InvalidRna)),
        ] {
            assert_eq!(
                StructureNumber::parse(finess, other),
                Err(mistake),
                "{finess} {other}"
            );
        }
    }
}
