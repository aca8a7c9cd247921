//! Object identifiers, as HL7 uses them for identifier roots and code systems.

use std::{fmt, str::FromStr};

/// ISO object identifier: `0`, `1` or `2`, then arcs without leading zeros, at most 64 characters.
///
/// **Source:** ISO/IEC 9834-1; length from IHE ITI TF-3, 4.2.3.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Oid(String);

/// A text that is not an object identifier.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "an OID starts with 0, 1 or 2 and holds numbers separated by dots, 64 characters at the most"
)]
pub struct InvalidOid;

impl Oid {
    /// The dotted form, without the `urn:oid:` prefix.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Oid {
    type Err = InvalidOid;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut arcs = text.split('.');
        let head_is_root = matches!(arcs.next(), Some("0" | "1" | "2"));
        let arcs_are_numbers = arcs.all(|arc| {
            arc == "0"
                || (!arc.is_empty()
                    && !arc.starts_with('0')
                    && arc.bytes().all(|byte| byte.is_ascii_digit()))
        });
        if head_is_root && arcs_are_numbers && text.len() <= 64 {
            Ok(Self(text.to_owned()))
        } else {
            Err(InvalidOid)
        }
    }
}

impl fmt::Display for Oid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn well_formed_oids_are_read() {
        for text in ["1.2.250.1.213.1.4.10", "2.16.840.1.113883.6.1", "0.0", "2"] {
            assert_eq!(
                text.parse::<Oid>().map(|oid| oid.to_string()),
                Ok(text.to_owned())
            );
        }
    }

    #[test]
    fn malformed_oids_are_refused() {
        for text in ["", "3.1", "1..2", "1.02", "1.2.", "1.a", "urn:oid:1.2"] {
            assert_eq!(text.parse::<Oid>(), Err(InvalidOid), "{text}");
        }
    }
}
