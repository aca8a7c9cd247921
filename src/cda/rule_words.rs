//! What a check of a rule says to people, in French and in English.

use crate::finding::Bilingual;

use super::rule_path::Path;

/// What is wrong, and how to mend it.
pub(super) type Words = (Bilingual, Bilingual);

/// Too few or too many elements.
pub(super) fn count(rule: &str, found: usize, min: usize, max: usize, of: &[Path]) -> Words {
    let text = of.iter().map(|path| path.text).collect::<Vec<_>>();
    how_many(rule, found, min, max, &text.join(" | "))
}

/// Too few or too many of what `text` names.
pub(super) fn how_many(rule: &str, found: usize, min: usize, max: usize, text: &str) -> Words {
    if found < min {
        if let Some(own) = text
            .strip_prefix('.')
            .filter(|own| !own.starts_with(['/', '.']))
        {
            return (
                Bilingual::new(
                    format!("{rule} : l'élément n'est pas {own}."),
                    format!("{rule}: the element is not {own}."),
                ),
                Bilingual::new(
                    format!("Écrire l'élément ainsi : {own}."),
                    format!("Write the element so: {own}."),
                ),
            );
        }
        return (
            Bilingual::new(
                format!("{rule} : il manque {text}."),
                format!("{rule}: {text} is missing."),
            ),
            Bilingual::new(
                format!("Ajouter {text} (au moins {min})."),
                format!("Add {text} (at least {min})."),
            ),
        );
    }
    let cure = if max == 0 {
        Bilingual::new(format!("Retirer {text}."), format!("Remove {text}."))
    } else {
        Bilingual::new(
            format!("N'en garder que {max}."),
            format!("Keep {max} of them."),
        )
    };
    let message = Bilingual::new(
        format!("{rule} : {text} est présent {found} fois, au plus {max} admis."),
        format!("{rule}: {text} stands {found} times, at most {max} admitted."),
    );
    (message, cure)
}

/// Another number than there are of another element.
pub(super) fn same(rule: &str, other: &Path) -> Words {
    let text = other.text;
    (
        Bilingual::new(
            format!("{rule} : les entrées ne sont pas toutes du modèle voulu ({text})."),
            format!("{rule}: not all entries are of the template wanted ({text})."),
        ),
        Bilingual::new(
            "Retirer les autres entrées, ou les mettre dans leur section.",
            "Remove the other entries, or put them in their section.",
        ),
    )
}

/// A code outside of its value set.
pub(super) fn outside(rule: &str, sets: &[&str], may_be_unknown: bool) -> Words {
    let sets = sets.join(", ");
    let cure = if may_be_unknown {
        Bilingual::new(
            "Choisir un code du jeu, ou nullFlavor=\"OTH\" avec originalText.",
            "Choose a code of the set, or nullFlavor=\"OTH\" with originalText.",
        )
    } else {
        Bilingual::new("Choisir un code du jeu.", "Choose a code of the set.")
    };
    (
        Bilingual::new(
            format!("{rule} : ce code n'est pas dans le jeu de valeurs {sets}."),
            format!("{rule}: this code is not in the value set {sets}."),
        ),
        cure,
    )
}

/// No code where one is wanted.
pub(super) fn uncoded(rule: &str) -> Words {
    (
        Bilingual::new(
            format!("{rule} : code et codeSystem manquent."),
            format!("{rule}: code and codeSystem are missing."),
        ),
        Bilingual::new(
            "Écrire code et codeSystem, ou un nullFlavor si le volet l'admet.",
            "Write code and codeSystem, or a nullFlavor if the volet admits it.",
        ),
    )
}

/// A code of the set under another system.
pub(super) fn other_system() -> Words {
    (
        Bilingual::new(
            "Le code est dans le jeu de valeurs, mais sous un autre codeSystem.",
            "The code is in the value set, but under another codeSystem.",
        ),
        Bilingual::new(
            "Écrire le codeSystem que le jeu de valeurs donne à ce code.",
            "Write the codeSystem that the value set gives that code.",
        ),
    )
}

/// A label that the value set gives another code, or no code.
pub(super) fn other_label() -> Words {
    (
        Bilingual::new(
            "Le libellé n'est pas celui que le jeu de valeurs donne à ce code.",
            "The label is not the one that the value set gives this code.",
        ),
        Bilingual::new(
            "Vérifier que le code est le bon, et reprendre le libellé du jeu.",
            "Check that the code is the right one, and take the label of the set.",
        ),
    )
}

/// A code that had been withdrawn when the document was made.
pub(super) fn withdrawn() -> Words {
    (
        Bilingual::new(
            "Ce code était retiré du jeu de valeurs à la date du document.",
            "This code had been withdrawn from the value set at the date of the document.",
        ),
        Bilingual::new(
            "Écrire le code qui le remplace dans le jeu en vigueur.",
            "Write the code that replaces it in the set in force.",
        ),
    )
}

/// An attribute that is missing or not what it must be.
pub(super) fn attribute(name: &str, wanted: Option<&[&str]>) -> Words {
    let cure = match wanted {
        Some(values) => {
            let list = values.join(", ");
            Bilingual::new(format!("Écrire {list}."), format!("Write {list}."))
        }
        None => Bilingual::new(
            format!("Écrire l'attribut {name}, non vide et de la forme du CI-SIS."),
            format!("Write the attribute {name}, not empty and of the form of the CI-SIS."),
        ),
    };
    (
        Bilingual::new(
            format!("L'attribut {name} manque ou n'a pas la valeur voulue."),
            format!("The attribute {name} is missing or does not have the value wanted."),
        ),
        cure,
    )
}
