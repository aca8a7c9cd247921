//! INS: national health identity of a patient.

use std::fmt;

/// Matricule INS: thirteen characters of NIR or NIA, then its two-digit key.
///
/// `Debug` and `Display` hide the number, so that it cannot reach a log or an error text.
///
/// **Source:** ANS, Référentiel INS; CI-SIS structuration minimale, patient identifiers.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Ins {
    value: String,
    authority: InsAuthority,
}

/// Who assigned the matricule, and in which environment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum InsAuthority {
    /// NIR, production.
    Nir,
    /// NIA (temporary number), production.
    Nia,
    /// NIR of the test environment.
    TestNir,
    /// NIR of the demonstration environment.
    DemonstrationNir,
}

/// Why a text is not a matricule INS. The text itself is never repeated.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidIns {
    /// Wrong length or characters.
    #[error(
        "a matricule INS has fifteen characters: sex, year, month, department, commune, order, key"
    )]
    Form,
    /// The two last digits are not the key of the thirteen others.
    #[error("the two last digits of this matricule INS are not its key: a digit was mistyped")]
    Key,
    /// The root is not one of the four of the INS.
    #[error(
        "OID {0} is not an INS authority; 1.2.250.1.213.1.4.8 and .9 are those of production, .10 and .11 of test"
    )]
    Authority(String),
}

impl InsAuthority {
    /// The OID written as `root` of the patient identifier.
    #[must_use]
    pub fn oid(self) -> &'static str {
        match self {
            Self::Nir => "1.2.250.1.213.1.4.8",
            Self::Nia => "1.2.250.1.213.1.4.9",
            Self::TestNir => "1.2.250.1.213.1.4.10",
            Self::DemonstrationNir => "1.2.250.1.213.1.4.11",
        }
    }

    /// The authority of that OID, when it is one of the INS.
    #[must_use]
    pub fn from_oid(oid: &str) -> Option<Self> {
        [Self::Nir, Self::Nia, Self::TestNir, Self::DemonstrationNir]
            .into_iter()
            .find(|authority| authority.oid() == oid)
    }

    /// True for the identities of real patients.
    #[must_use]
    pub fn is_production(self) -> bool {
        matches!(self, Self::Nir | Self::Nia)
    }
}

impl Ins {
    /// Reads a matricule and checks its key.
    ///
    /// # Errors
    /// [`InvalidIns::Form`] or [`InvalidIns::Key`].
    pub fn new(value: &str, authority: InsAuthority) -> Result<Self, InvalidIns> {
        let key = Self::key_of(value.get(..13).ok_or(InvalidIns::Form)?)?;
        let written = value
            .get(13..)
            .filter(|rest| rest.len() == 2)
            .ok_or(InvalidIns::Form)?;
        if !written.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(InvalidIns::Form);
        }
        if written != format!("{key:02}") {
            return Err(InvalidIns::Key);
        }
        Ok(Self {
            value: value.to_owned(),
            authority,
        })
    }

    /// Reads a matricule under the OID of its assigning authority.
    ///
    /// # Errors
    /// [`InvalidIns::Authority`] when the OID is not one of the INS, else as [`Ins::new`].
    pub fn from_root_and_extension(root: &str, extension: &str) -> Result<Self, InvalidIns> {
        let authority =
            InsAuthority::from_oid(root).ok_or_else(|| InvalidIns::Authority(root.to_owned()))?;
        Self::new(extension, authority)
    }

    /// Key of the thirteen first characters: 97 less the remainder by 97, Corsican letters read
    /// as 19 (`2A`) and 18 (`2B`).
    ///
    /// # Errors
    /// [`InvalidIns::Form`] when they are not those of a NIR.
    pub fn key_of(nir: &str) -> Result<u64, InvalidIns> {
        let bytes = nir.as_bytes();
        let sex_is_known = matches!(bytes.first(), Some(b'1'..=b'4' | b'7' | b'8'));
        if bytes.len() != 13 || !sex_is_known || !nir.is_ascii() {
            return Err(InvalidIns::Form);
        }
        let digits = match nir.get(5..7) {
            Some("2A") => nir.replacen("2A", "19", 1),
            Some("2B") => nir.replacen("2B", "18", 1),
            _ => nir.to_owned(),
        };
        let number: u64 = digits.parse().map_err(|_| InvalidIns::Form)?;
        Ok(97 - number % 97)
    }

    /// The fifteen characters.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.value
    }

    /// Who assigned it.
    #[must_use]
    pub fn authority(&self) -> InsAuthority {
        self.authority
    }
}

impl fmt::Debug for Ins {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Ins(hidden, {:?})", self.authority)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_matricule_with_its_key_is_read() {
        let ins = Ins::new("279035121518989", InsAuthority::TestNir).expect("valid key");
        assert_eq!(ins.as_str(), "279035121518989");
        assert!(!ins.authority().is_production());
    }

    #[test]
    fn corsican_departments_have_their_own_value() {
        let key = Ins::key_of("1800620123456".replacen("20", "2A", 1).as_str());
        assert!(key.is_ok());
        assert_eq!(Ins::key_of("1800 20123456"), Err(InvalidIns::Form));
    }

    #[test]
    fn mistakes_are_told_apart() {
        assert_eq!(
            Ins::new("279035121518988", InsAuthority::Nir),
            Err(InvalidIns::Key)
        );
        assert_eq!(
            Ins::new("2790351215189", InsAuthority::Nir),
            Err(InvalidIns::Form)
        );
        assert_eq!(
            Ins::new("979035121518989", InsAuthority::Nir),
            Err(InvalidIns::Form)
        );
        assert!(matches!(
            Ins::from_root_and_extension("1.2.250.1.213.1.4.2", "279035121518989"),
            Err(InvalidIns::Authority(_))
        ));
    }

    #[test]
    fn the_number_never_shows_in_a_debug_text() {
        let ins = Ins::new("279035121518989", InsAuthority::TestNir).expect("valid key");
        assert!(!format!("{ins:?}").contains("279035"));
    }
}
