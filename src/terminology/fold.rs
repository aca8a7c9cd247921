//! Folding of French text, so that what people type meets what is stored.

use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

/// `text` in lower case, without accents, ligatures opened (`œ` to `oe`, `æ` to `ae`), every run
/// of other characters than letters and digits turned into one space, none at either end.
///
/// Folding twice changes nothing: `fold(&fold(x)) == fold(x)`.
///
/// ```
/// # use passerelle::terminology::fold;
/// assert_eq!(fold("  Œdème : l'Éducation—santé "), "oedeme l education sante");
/// ```
#[must_use]
pub fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    let mut gap_is_open = false;
    for character in text.nfkd().flat_map(char::to_lowercase).nfkd() {
        if is_combining_mark(character) {
            continue;
        }
        if !character.is_alphanumeric() {
            gap_is_open = true;
            continue;
        }
        if gap_is_open && !folded.is_empty() {
            folded.push(' ');
        }
        gap_is_open = false;
        match character {
            'œ' => folded.push_str("oe"),
            'æ' => folded.push_str("ae"),
            other => folded.push(other),
        }
    }
    folded
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn case_accents_ligatures_and_punctuation_do_not_count() {
        assert_eq!(
            fold("Cœur, FŒTUS et curriculum vitæ"),
            "coeur foetus et curriculum vitae"
        );
        assert_eq!(fold("Lymphœdème"), fold("lymphoedeme"));
        assert_eq!(fold("L’hygiène – de vie"), fold("l'hygiene de vie"));
        assert_eq!(fold("Saint-Méen-le-Grand"), "saint meen le grand");
        assert_eq!(fold(" … "), "");
    }

    proptest! {
        #[test]
        fn folding_twice_changes_nothing(text in any::<String>()) {
            let once = fold(&text);
            prop_assert_eq!(fold(&once), once);
        }
    }
}
