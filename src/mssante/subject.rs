//! Subject of a mail that carries health documents, and how names are written in it.

use time::Date;
use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

/// What every subject of a document mail begins with; servers route on it.
///
/// **Source:** IHE ITI TF-2, ITI-32 (XDM by mail); ANS, Référentiel socle MSSanté #2, ECO.2.1.3.
pub const PREFIX: &str = "XDM/1.0/DDM+";

/// Longest label of a document in a subject or a file name, in characters.
pub const LABEL_LENGTH: usize = 40;

/// Subject of a mail: document label cut to forty characters, birth name in capitals, first given
/// name and date of birth.
///
/// **Source:** ANS, Référentiel socle MSSanté #2, ECO.2.1.3.
#[must_use]
pub fn subject(label: &str, birth_name: &str, given_name: &str, born_on: Option<Date>) -> String {
    let mut text = format!(
        "{PREFIX}{} {} {}",
        cut_label(label),
        name_in_capitals(birth_name),
        without_accents(given_name)
    );
    if let Some(date) = born_on {
        text.push_str(&format!(
            " {:02}/{:02}/{:04}",
            date.day(),
            u8::from(date.month()),
            date.year()
        ));
    }
    text
}

/// The forty first characters of a label, never cutting a character from its accent.
#[must_use]
pub fn cut_label(label: &str) -> String {
    let whole: String = label.nfc().take(LABEL_LENGTH).collect();
    whole.trim().to_owned()
}

/// A family name as the exchange wants it: capitals without accents.
#[must_use]
pub fn name_in_capitals(name: &str) -> String {
    without_accents(name).to_uppercase()
}

/// The same text without accents; ligatures are spelt out.
#[must_use]
pub fn without_accents(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for c in text.nfd().filter(|c| !is_combining_mark(*c)) {
        match c {
            'œ' => plain.push_str("oe"),
            'Œ' => plain.push_str("OE"),
            'æ' => plain.push_str("ae"),
            'Æ' => plain.push_str("AE"),
            '’' => plain.push('\''),
            c => plain.push(c),
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::date;

    #[test]
    fn the_subject_follows_the_grammar() {
        assert_eq!(
            subject(
                "CR de réunion de concertation pluridisciplinaire",
                "Lecœur-Né",
                "Zoé",
                Some(date!(1961 - 03 - 14))
            ),
            "XDM/1.0/DDM+CR de réunion de concertation pluridisci LECOEUR-NE Zoe 14/03/1961"
        );
    }

    #[test]
    fn the_date_is_the_only_optional_part() {
        assert_eq!(
            subject("CR", "Exemple", "Odile", None),
            "XDM/1.0/DDM+CR EXEMPLE Odile"
        );
    }

    #[test]
    fn a_label_is_cut_on_characters_even_when_accents_stand_apart() {
        let decomposed = "e\u{301}".repeat(50);
        assert_eq!(cut_label(&decomposed).chars().count(), 40);
        assert_eq!(cut_label(&decomposed), "é".repeat(40));
    }
}
