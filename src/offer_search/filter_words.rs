//! English words for the values of the filters; the vocabulary itself is French.

use super::filter::FilterValue;
use crate::finding::Language;

/// Code, English label.
const ENGLISH: [(&str, &str); 64] = [
    ("DOUL", "Pain management"),
    ("NUTR", "Diet and nutrition"),
    ("PSY", "Psychological care (patients)"),
    ("SOC", "Social, family and work support"),
    ("APA", "Adapted physical activity"),
    ("HYG", "Healthy living advice"),
    ("AID", "Psychological support for relatives and carers"),
    ("FERT", "Fertility preservation"),
    ("SEXU", "Sexual health"),
    ("PALL", "Palliative care"),
    ("BIEN", "Well-being and body image"),
    ("REED", "Rehabilitation and care of side effects"),
    ("ERI", "Meeting and information space (ERI)"),
    ("PUB-PATIENT", "Patients"),
    ("PUB-PROCHE", "Relatives and carers"),
    ("PUB-PRO", "Professionals"),
    ("PUB-PRECARITE", "People in precarious situations"),
    ("PUB-HANDICAP", "People with disabilities"),
    ("PUB-ETUDIANT", "Students"),
    ("AGE-ENFANT", "Children"),
    ("AGE-AJA", "Teenagers and young adults"),
    ("AGE-ADULTE", "Adults"),
    ("AGE-PA", "Elderly people"),
    ("LIEU-DOM", "At home"),
    ("LIEU-ETAB", "In a hospital"),
    ("LIEU-VILLE", "In town"),
    ("LIEU-HAD", "Hospital at home (HAD)"),
    ("LIEU-DIST", "Remote"),
    ("LIEU-MOBILE", "Mobile team"),
    ("LIEU-SMR", "Rehabilitation centre (SMR)"),
    ("LIEU-MS", "Social care institution"),
    ("PHA-AVANT", "Before treatment"),
    ("PHA-PEND", "During treatment"),
    ("PHA-APRES", "After treatment"),
    ("ACC-RDV", "By appointment"),
    ("ACC-SANS", "Without appointment"),
    ("ACC-PRESC", "On prescription or referral"),
    ("ACC-INDIV", "One to one"),
    ("ACC-COLL", "In a group"),
    ("ACC-PRES", "In person"),
    ("ACC-TELE", "Remote consultation, video"),
    ("ACC-SUIVI", "Patients of the hospital only"),
    ("ACC-NONSUIVI", "Open to patients followed elsewhere"),
    ("ACC-PMR", "Wheelchair access"),
    ("ACC-LSF", "French sign language"),
    ("ACC-LANGUE", "Foreign language spoken"),
    ("ACC-ANONYME", "Anonymous reception"),
    ("GRATUIT", "Free of charge"),
    ("PRIS-EN-CHARGE", "Covered by health insurance"),
    ("RESTE-A-CHARGE", "Part to be paid"),
    ("VARIABLE", "Varies"),
    ("PAR-PED", "Paediatric oncology"),
    ("PAR-AJA", "Teenagers and young adults' pathway"),
    ("PAR-GER", "Geriatric oncology"),
    ("PAR-RARE", "Rare cancers"),
    ("PAR-GEN", "Cancer genetics"),
    ("PAR-SEIN", "Breast"),
    ("PAR-POST", "Post-cancer pathway"),
    ("PAR-RCP", "Supportive-care board meeting"),
    ("PAR-PRECA", "Access to care for the uninsured (PASS)"),
    ("PAR-PH", "Consultation for people with disabilities"),
    ("PUB-TOUT", "Everybody"),
    ("PUB-AIDANT", "Carers"),
    ("ACC-GRATUIT", "Free / part to be paid"),
];

/// What a value is called, and the language in which that is said.
#[must_use]
pub fn label(value: &FilterValue, language: Language) -> (&str, &'static str) {
    let english = || ENGLISH.iter().find(|(code, _)| *code == value.code);
    match language {
        Language::French => (&value.label, "fr"),
        Language::English => english().map_or((&value.label, "fr"), |(_, label)| (*label, "en")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{offer_search::Filter, terminology::Terminology};

    #[test]
    fn only_care_types_and_departments_have_no_english_words() {
        let terminology = Terminology::embedded();
        for filter in Filter::ALL {
            if matches!(filter, Filter::CareType | Filter::Department) {
                continue;
            }
            for value in filter.values(&terminology) {
                assert_eq!(label(&value, Language::English).1, "en", "{}", value.code);
            }
        }
    }
}
