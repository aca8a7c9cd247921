//! ADELI: number of a health professional of a department, of before the RPPS.

use std::{fmt, str::FromStr};

/// Number of a professional in the register of a department: nine characters, digits but for a
/// Corsican `2A` or `2B` at the head. No public rule says how its key is worked out, so it is not
/// checked.
///
/// Written in CDA as the `PS_IdNat` extension, the digit `0` followed by the number.
///
/// **Source:** ANS, CI-SIS, annex on sources of persons and structures.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Adeli(String);

/// A text that is not an ADELI number.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("an ADELI number has nine digits (2A or 2B at the head in Corsica)")]
pub struct InvalidAdeli;

impl Adeli {
    /// The nine characters.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Adeli {
    type Err = InvalidAdeli;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let digits = text
            .strip_prefix("2A")
            .or_else(|| text.strip_prefix("2B"))
            .unwrap_or(text);
        if text.len() == 9 && digits.bytes().all(|byte| byte.is_ascii_digit()) {
            Ok(Self(text.to_owned()))
        } else {
            Err(InvalidAdeli)
        }
    }
}

impl fmt::Display for Adeli {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nine_digits_or_seven_after_corsica() {
        for text in ["751234567", "2A1234567", "2B1234567"] {
            assert!(text.parse::<Adeli>().is_ok(), "{text}");
        }
        for text in [
            "",
            "75123456",
            "7512345678",
            "2C1234567",
            "75 123456",
            "é1234567",
        ] {
            assert_eq!(text.parse::<Adeli>(), Err(InvalidAdeli), "{text}");
        }
    }
}
