//! RNA: number of an association in the national register of associations.

use std::{fmt, str::FromStr};

/// Number of an association: `W`, then nine characters, of which the first three name the prefecture that
/// keeps its file (`2A` or `2B` in Corsica). It has no key.
///
/// **Source:** Ministère de l'Intérieur, Répertoire national des associations, file of the associations.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Rna(String);

/// A text that is no number of an association.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("an RNA number is W and nine digits (2A or 2B at their head in Corsica)")]
pub struct InvalidRna;

impl Rna {
    /// The ten characters.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Rna {
    type Err = InvalidRna;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.to_ascii_uppercase();
        let digits = text.strip_prefix('W').ok_or(InvalidRna)?;
        let digits_alone = digits
            .strip_prefix("2A")
            .or_else(|| digits.strip_prefix("2B"))
            .unwrap_or(digits);
        let is_plain = digits_alone.bytes().all(|byte| byte.is_ascii_digit());
        if digits.len() == 9 && is_plain {
            Ok(Self(text))
        } else {
            Err(InvalidRna)
        }
    }
}

impl fmt::Display for Rna {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_association_has_its_letter_and_nine_digits() {
        for good in ["W291234567", "w291234567", "W2A1000123"] {
            assert!(good.parse::<Rna>().is_ok(), "{good}");
        }
        for bad in [
            "",
            "W29123456",
            "W2912345678",
            "291234567",
            "W2C1000123",
            "W29123456é",
        ] {
            assert_eq!(bad.parse::<Rna>(), Err(InvalidRna), "{bad}");
        }
    }
}
