//! English words for the values of the filters; the vocabulary itself is French.

use super::{english_words::english, filter::FilterValue};
use crate::finding::Language;

/// What a value is called, and the language in which that is said.
#[must_use]
pub fn label(value: &FilterValue, language: Language) -> (&str, &'static str) {
    match language {
        Language::French => (&value.label, "fr"),
        Language::English => {
            english(&value.code).map_or((&value.label, "fr"), |label| (label, "en"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{offer_search::Filter, terminology::Terminology};

    #[test]
    fn only_departments_keep_their_french_name() {
        let terminology = Terminology::embedded();
        for filter in Filter::ALL {
            if filter == Filter::Department {
                continue;
            }
            for value in filter.values(&terminology) {
                assert_eq!(label(&value, Language::English).1, "en", "{}", value.code);
            }
        }
    }
}
