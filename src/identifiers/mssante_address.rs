//! Address of a secure mailbox (MSSanté).

use std::{fmt, str::FromStr};

/// Address of a secure mailbox, in lower case: `local@domain`.
///
/// Being well formed is not being trusted: ask [`TrustedDomains::trusts`] before sending.
///
/// **Source:** RFC 5321, 4.1.2; ANS, Référentiel socle MSSanté.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct MssanteAddress {
    text: String,
    at: usize,
}

/// A text that is not a mail address that we would write to.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a secure mail address is local@domain, in plain ASCII, without spaces")]
pub struct InvalidMssanteAddress;

impl MssanteAddress {
    /// The whole address.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// What stands after the `@`.
    #[must_use]
    pub fn domain(&self) -> &str {
        self.text.get(self.at + 1..).unwrap_or_default()
    }
}

/// Domain of the patients' boxes. **Source:** ANS, Référentiel socle MSSanté #2, ECO.2.2.6.
pub const PATIENT_DOMAIN: &str = "patient.mssante.fr";

impl MssanteAddress {
    /// True for the box of a patient.
    #[must_use]
    pub fn is_patient(&self) -> bool {
        self.domain() == PATIENT_DOMAIN
    }

    /// The INS, of fifteen characters, whose box it is; none for another box.
    #[must_use]
    pub fn patient_matricule(&self) -> Option<&str> {
        let local = self.text.get(..self.at)?;
        (self.is_patient() && local.len() == 15).then_some(local)
    }
}

impl FromStr for MssanteAddress {
    type Err = InvalidMssanteAddress;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let at = text.find('@').ok_or(InvalidMssanteAddress)?;
        let (local, domain) = (text.get(..at), text.get(at + 1..));
        let local_is_plain = local.is_some_and(|local| {
            !local.is_empty()
                && local.len() <= 64
                && local
                    .bytes()
                    .all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+/=?^_`{|}~.-".contains(&b))
        });
        let domain_is_plain = domain.is_some_and(|domain| {
            domain.len() <= 253
                && domain.split('.').all(|label| {
                    !label.is_empty()
                        && label.len() <= 63
                        && !label.starts_with('-')
                        && !label.ends_with('-')
                        && label
                            .bytes()
                            .all(|b| b.is_ascii_alphanumeric() || b == b'-')
                })
        });
        if local_is_plain && domain_is_plain {
            Ok(Self {
                text: text.to_ascii_lowercase(),
                at,
            })
        } else {
            Err(InvalidMssanteAddress)
        }
    }
}

impl fmt::Display for MssanteAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// Domains that a report may be mailed to: each one, and what stands below it.
///
/// Compared on label boundaries: `mssante.fr` trusts `ville.mssante.fr`, never `evilmssante.fr`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrustedDomains(Vec<String>);

impl TrustedDomains {
    /// The trusted space made of these domains.
    pub fn new<S: AsRef<str>>(domains: impl IntoIterator<Item = S>) -> Self {
        Self(
            domains
                .into_iter()
                .map(|domain| domain.as_ref().to_ascii_lowercase())
                .collect(),
        )
    }

    /// The domains, in lower case.
    pub fn domains(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }

    /// True when the mailbox lies within the trusted space.
    #[must_use]
    pub fn trusts(&self, address: &MssanteAddress) -> bool {
        self.0.iter().any(|trusted| {
            address
                .domain()
                .strip_suffix(trusted.as_str())
                .is_some_and(|head| head.is_empty() || head.ends_with('.'))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> MssanteAddress {
        text.parse().expect("well formed")
    }

    #[test]
    fn addresses_are_folded_to_lower_case() {
        assert_eq!(
            address("Anne.Le-Goff@Medecin.MSSante.fr").as_str(),
            "anne.le-goff@medecin.mssante.fr"
        );
    }

    #[test]
    fn trust_stops_at_label_boundaries() {
        let trusted = TrustedDomains::new(["mssante.fr"]);
        assert!(trusted.trusts(&address("a@mssante.fr")));
        assert!(trusted.trusts(&address("a@ville.mssante.fr")));
        assert!(!trusted.trusts(&address("a@evilmssante.fr")));
        assert!(!trusted.trusts(&address("a@x.mssante.fr.evil.org")));
    }

    #[test]
    fn injection_and_nonsense_are_refused() {
        for text in [
            "",
            "a",
            "@b.fr",
            "a@",
            "a b@c.fr",
            "a@b..fr",
            "a@b.fr\r\nBcc: x@y.fr",
            "a@b@c.fr",
            "é@b.fr",
        ] {
            assert!(text.parse::<MssanteAddress>().is_err(), "{text:?}");
        }
    }
}
