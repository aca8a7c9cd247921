//! Names of invented people and places, telephone numbers nobody answers.

use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

use super::dice::Dice;

/// Family names common in Bretagne. Combined with a given name by chance.
const FAMILY: [&str; 72] = [
    "Le Goff",
    "Le Gall",
    "Morvan",
    "Kerleau",
    "Quéméner",
    "Guillou",
    "Le Roux",
    "Cadiou",
    "Prigent",
    "Tanguy",
    "Riou",
    "Le Bihan",
    "Hamon",
    "Jégou",
    "Corre",
    "Salaün",
    "Le Floch",
    "Gourvennec",
    "Bescond",
    "Kermarrec",
    "Rolland",
    "Lagadec",
    "Trévien",
    "Guéguen",
    "Nédélec",
    "Bothorel",
    "Le Meur",
    "Abgrall",
    "Castel",
    "Daniélou",
    "Floc'h",
    "Guivarch",
    "Hélias",
    "Jaouen",
    "Kervella",
    "Le Bras",
    "Madec",
    "Nicolas",
    "Omnès",
    "Péron",
    "Quentel",
    "Raguénès",
    "Simon",
    "Troadec",
    "Uguen",
    "Vigouroux",
    "Le Du",
    "Allain",
    "Briand",
    "Coquil",
    "Drévillon",
    "Even",
    "Ferrec",
    "Gloaguen",
    "Huon",
    "Izard",
    "Jouan",
    "Kerdoncuff",
    "Lozac'h",
    "Mével",
    "Normand",
    "Ollivier",
    "Postic",
    "Renault",
    "Stéphan",
    "Thomas",
    "Urvoy",
    "Le Vaillant",
    "Bellec",
    "Calvez",
    "Diraison",
    "Gicquel",
];

/// Given names of women and girls.
const FEMALE: [&str; 44] = [
    "Anne",
    "Maëlle",
    "Nolwenn",
    "Gwenaëlle",
    "Hélène",
    "Marie",
    "Rozenn",
    "Soizic",
    "Yvonne",
    "Catherine",
    "Isabelle",
    "Armelle",
    "Bleuenn",
    "Chantal",
    "Danielle",
    "Enora",
    "Françoise",
    "Geneviève",
    "Haude",
    "Jeanne",
    "Katell",
    "Lénaïg",
    "Monique",
    "Nathalie",
    "Odile",
    "Patricia",
    "Sophie",
    "Tiphaine",
    "Véronique",
    "Annick",
    "Brigitte",
    "Claire",
    "Denise",
    "Élise",
    "Fanny",
    "Gaëlle",
    "Irène",
    "Julie",
    "Louise",
    "Mathilde",
    "Naïg",
    "Oanez",
    "Suzanne",
    "Valérie",
];

/// Given names of men and boys.
const MALE: [&str; 44] = [
    "Yann",
    "Erwan",
    "Loïc",
    "Gwenaël",
    "Hervé",
    "Jean",
    "Ronan",
    "Tanguy",
    "Yves",
    "Alain",
    "Bernard",
    "Corentin",
    "Daniel",
    "Efflam",
    "François",
    "Goulven",
    "Henri",
    "Iwan",
    "Jacques",
    "Kilian",
    "Laurent",
    "Malo",
    "Nicolas",
    "Olivier",
    "Pierre",
    "Quentin",
    "René",
    "Samuel",
    "Thierry",
    "Denis",
    "André",
    "Briac",
    "Claude",
    "Dominique",
    "Étienne",
    "Fabrice",
    "Gildas",
    "Guénolé",
    "Joël",
    "Louis",
    "Michel",
    "Noël",
    "Tugdual",
    "Vincent",
];

/// Invented names of structures, with their article.
const WORDS: [&str; 40] = [
    "des Ajoncs",
    "des Bruyères",
    "des Embruns",
    "des Goélands",
    "des Hortensias",
    "des Genêts",
    "des Camélias",
    "des Menhirs",
    "des Korrigans",
    "du Phare",
    "de l'Estran",
    "des Dunes",
    "des Marées",
    "des Landes",
    "des Grands Chênes",
    "des Tilleuls",
    "des Fougères",
    "des Sternes",
    "des Cormorans",
    "des Salines",
    "des Voiliers",
    "des Aubépines",
    "des Bernaches",
    "du Vieux Moulin",
    "de l'Aber",
    "de la Rade",
    "du Bocage",
    "des Trois Fontaines",
    "de la Presqu'île",
    "du Ponant",
    "des Macareux",
    "de la Source",
    "du Lavoir",
    "de l'Écluse",
    "des Hauts Vents",
    "du Chemin creux",
    "de la Lande fleurie",
    "des Quatre Saisons",
    "du Petit Port",
    "des Merisiers",
];

/// Sex of an invented person, as the names go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Gender {
    Female,
    Male,
}

/// Name of an invented person.
#[derive(Clone, Debug)]
pub(super) struct FullName {
    pub family: &'static str,
    pub given: &'static str,
    pub gender: Gender,
}

impl Gender {
    /// Civility, as CDA and the national directory write it.
    ///
    /// **Source:** ANS, `JDV_J245_Civilite_CISIS`.
    pub(super) fn prefix(self) -> &'static str {
        match self {
            Self::Female => "MME",
            Self::Male => "M",
        }
    }
}

impl FullName {
    /// Any name.
    pub(super) fn throw(dice: &mut Dice) -> Self {
        let gender = if dice.chance(52) {
            Gender::Female
        } else {
            Gender::Male
        };
        Self::of(gender, dice)
    }

    /// A name of that gender.
    pub(super) fn of(gender: Gender, dice: &mut Dice) -> Self {
        Self {
            family: dice.pick::<&str>(&FAMILY),
            given: given(gender, dice),
            gender,
        }
    }
}

/// A given name of that gender.
pub(super) fn given(gender: Gender, dice: &mut Dice) -> &'static str {
    match gender {
        Gender::Female => dice.pick::<&str>(&FEMALE),
        Gender::Male => dice.pick::<&str>(&MALE),
    }
}

/// An invented name of a place, with its article: `des Ajoncs`.
pub(super) fn word(dice: &mut Dice) -> &'static str {
    dice.pick::<&str>(&WORDS)
}

/// `name` as the traits of an INS are written: capitals without accents, space, `-` and `'`.
///
/// **Source:** ANS, Référentiel INS, traits d'identité.
pub(super) fn ins_trait(name: &str) -> String {
    name.nfd()
        .filter(|character| !is_combining_mark(*character))
        .flat_map(char::to_uppercase)
        .collect()
}

/// `name` as a label of an Internet host: small letters, digits and `-`.
pub(super) fn host_label(name: &str) -> String {
    crate::terminology::fold(name).replace(' ', "-")
}

/// A telephone number that the regulator keeps for fiction, in the north-west of France.
///
/// **Source:** ARCEP, plan national de numérotation, ranges kept for audiovisual works
/// (02 61 91).
pub(super) fn phone(dice: &mut Dice) -> String {
    let number = dice.below(10_000);
    format!("02 61 91 {:02} {:02}", number / 100, number % 100)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo::dice::Topic;

    #[test]
    fn the_traits_of_every_name_keep_to_the_alphabet_of_the_ins() {
        for name in FAMILY.iter().chain(&FEMALE).chain(&MALE) {
            let written = ins_trait(name);
            let is_plain = |c: char| c.is_ascii_uppercase() || " -'".contains(c);
            assert!(written.chars().all(is_plain), "{written}");
        }
        assert_eq!(ins_trait("Gwenaëlle Floc'h"), "GWENAELLE FLOC'H");
    }

    #[test]
    fn telephone_numbers_are_those_kept_for_fiction() {
        let mut dice = Dice::new(3, Topic::Physician, 3);
        for _ in 0..50 {
            let phone = phone(&mut dice);
            assert!(
                phone.starts_with("02 61 91 ") && phone.len() == 14,
                "{phone}"
            );
        }
    }
}
