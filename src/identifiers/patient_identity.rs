//! Rules on the identity of a patient: what stands beside the matricule INS must agree with it.
//!
//! The rules stand here once; fiches and documents say only where they found what is wrong.
//!
//! **Source:** Référentiel INS, version 2; ANS, CI-SIS, *structuration minimale*; INSEE, structure of the NIR.

use super::{Words, ins::InsAuthority, ins::InvalidIns};

/// What a fiche or a document says of a patient, as it stands there; empty when it says nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct Traits<'a> {
    /// `M`, `F`, or anything else when it is not known.
    pub sex: &'a str,
    /// Day of birth, `YYYYMMDD`, or its beginning.
    pub birth: &'a str,
    /// INSEE code of the commune or country of birth.
    pub birth_place: &'a str,
}

/// A trait of an identity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trait {
    /// Sex.
    Sex,
    /// Day of birth.
    Birth,
    /// Commune or country of birth.
    BirthPlace,
}

impl Traits<'_> {
    /// The traits that do not agree with the digits of the number: sex, year, month, commune. An unknown
    /// trait contradicts nothing; months over 12 stand in numbers of people whose month was not known.
    #[must_use]
    pub fn contradicting(&self, number: &str) -> Vec<Trait> {
        let part = |from: usize, to: usize| number.get(from..to).unwrap_or_default();
        let sex_disagrees = matches!((part(0, 1), self.sex), ("1", "F") | ("2", "M"));
        let year_disagrees = self.birth.get(2..4).is_some_and(|year| year != part(1, 3));
        let month = part(3, 5);
        let is_month = ("01"..="12").contains(&month);
        let month_disagrees = is_month && self.birth.get(4..6).is_some_and(|own| own != month);
        let place_disagrees = !self.birth_place.is_empty() && self.birth_place != part(5, 10);
        [
            (Trait::Sex, sex_disagrees),
            (Trait::Birth, year_disagrees || month_disagrees),
            (Trait::BirthPlace, place_disagrees),
        ]
        .into_iter()
        .filter_map(|(own, disagrees)| disagrees.then_some(own))
        .collect()
    }
}

/// True for five characters that can be an INSEE code of a commune or country: department and commune,
/// Corsican letters allowed, or `99` and a country.
#[must_use]
pub fn is_insee(code: &str) -> bool {
    let digits = match code.get(..2) {
        Some("2A" | "2B") => code.get(2..),
        _ => Some(code),
    };
    code.len() == 5 && digits.is_some_and(|rest| rest.bytes().all(|byte| byte.is_ascii_digit()))
}

/// True when the first given name begins the list of given names.
#[must_use]
pub fn begins_given_names(first: &str, all: &str) -> bool {
    all.strip_prefix(first)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', '-']))
}

/// True for a name written as the national service writes those of birth: capitals without accents,
/// blanks, hyphens and apostrophes.
#[must_use]
pub fn is_birth_spelling(name: &str) -> bool {
    name.bytes()
        .all(|byte| byte.is_ascii_uppercase() || matches!(byte, b' ' | b'-' | b'\''))
}

impl InsAuthority {
    /// What is wrong, and the cure, when an identity of that authority arrives where identities of the
    /// other kind belong: test in production, or real ones in a test.
    #[must_use]
    pub fn misplaced(self, in_production: bool) -> Option<(Words, Words)> {
        match (in_production, self.is_production()) {
            (true, false) => Some((
                [
                    "Identité de test dans un environnement de production.",
                    "Test identity in a production environment.",
                ],
                [
                    "Envoyer les identités de test (autorités .10 et .11) à l'environnement de test.",
                    "Send test identities (authorities .10 and .11) to the test environment.",
                ],
            )),
            (false, true) => Some((
                [
                    "Identité réelle dans un environnement de test.",
                    "Real identity in a test environment.",
                ],
                [
                    "N'utiliser ici que des identités de test (autorités .10 et .11).",
                    "Use test identities only here (authorities .10 and .11).",
                ],
            )),
            (true, true) | (false, false) => None,
        }
    }
}

impl InvalidIns {
    /// What is wrong, and the cure.
    #[must_use]
    pub fn words(&self) -> (Words, Words) {
        match self {
            Self::Key => (
                [
                    "La clé du matricule INS est fausse : un chiffre a été mal saisi.",
                    "The key of the INS number is wrong: a digit was mistyped.",
                ],
                [
                    "Vérifier le matricule auprès du téléservice INSi.",
                    "Check the number with the INSi service.",
                ],
            ),
            Self::Form | Self::Authority(_) => (
                [
                    "Le matricule INS n'a pas la forme attendue.",
                    "The INS number does not have the expected form.",
                ],
                [
                    "Écrire les quinze caractères, clé comprise, sans espace.",
                    "Write the fifteen characters, key included, without spaces.",
                ],
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NUMBER: &str = "268053523804264";

    #[test]
    fn traits_are_compared_with_the_digits_of_the_number() {
        let right = Traits {
            sex: "F",
            birth: "19680514",
            birth_place: "35238",
        };
        assert_eq!(right.contradicting(NUMBER), []);
        assert_eq!(Traits::default().contradicting(NUMBER), []);
        for (traits, wrong) in [
            (Traits { sex: "M", ..right }, Trait::Sex),
            (
                Traits {
                    birth: "1969",
                    ..right
                },
                Trait::Birth,
            ),
            (
                Traits {
                    birth: "196806",
                    ..right
                },
                Trait::Birth,
            ),
            (
                Traits {
                    birth_place: "75056",
                    ..right
                },
                Trait::BirthPlace,
            ),
        ] {
            assert_eq!(traits.contradicting(NUMBER), [wrong]);
        }
        let unknown_month = Traits {
            birth_place: "",
            ..right
        };
        assert_eq!(unknown_month.contradicting("268313523804264"), []);
    }

    #[test]
    fn a_code_of_a_commune_has_five_characters() {
        for code in ["35238", "2A004", "2B033", "99109"] {
            assert!(is_insee(code), "{code}");
        }
        for code in ["", "3523", "2C004", "352381", "ZZ238", "éé238"] {
            assert!(!is_insee(code), "{code}");
        }
    }

    #[test]
    fn names_of_birth_are_spelled_as_the_service_does() {
        assert!(is_birth_spelling("D'ARC-EN CIEL"));
        assert!(!is_birth_spelling("Martin") && !is_birth_spelling("ÉLODIE"));
        assert!(begins_given_names("ANNE", "ANNE-MARIE JEANNE"));
        assert!(!begins_given_names("ANN", "ANNE MARIE"));
    }

    #[test]
    fn an_identity_belongs_to_one_environment() {
        for authority in [InsAuthority::Nir, InsAuthority::Nia] {
            assert!(authority.misplaced(true).is_none());
            assert!(authority.misplaced(false).is_some());
        }
        for authority in [InsAuthority::TestNir, InsAuthority::DemonstrationNir] {
            assert!(authority.misplaced(true).is_some());
            assert!(authority.misplaced(false).is_none());
        }
    }
}
