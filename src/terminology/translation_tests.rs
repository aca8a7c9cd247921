use super::*;
use time::macros::date;

const R210: &str =
    "https://mos.esante.gouv.fr/NOS/TRE_R210-ActeSpecifique/FHIR/TRE-R210-ActeSpecifique";
const R211: &str = "https://mos.esante.gouv.fr/NOS/TRE_R211-ActiviteOperationnelle/FHIR/TRE-R211-ActiviteOperationnelle";
const PIVOT: &str = super::super::SOS_PIVOT;

fn region(name: &str) -> String {
    super::super::canonical::regional_vocabulary(name)
}

fn ask<'q>(system: &'q str, code: &'q str, target: &'q str) -> Question<'q> {
    Question {
        system,
        code,
        target_system: Some(target),
        said: &[],
        day: date!(2026 - 11 - 23),
    }
}

fn found<'t>(translation: &Translation<'t>) -> Vec<(&'t str, &'static str)> {
    let shown = |one: &Match<'t>| (one.code, one.equivalence.as_str());
    translation.matches.iter().map(shown).collect()
}

#[test]
fn a_pivot_code_becomes_its_national_codes_with_reason_and_map() {
    let terminology = Terminology::embedded();
    let answer = terminology
        .translate(ask(PIVOT, "DOUL-03", R210))
        .expect("an answer");
    assert_eq!(found(&answer), [("0601", "equivalent")]);
    assert_eq!(answer.matches[0].map, "pivot-to-r210");
    assert!(!answer.matches[0].reasons[0].is_empty());
}

#[test]
fn a_regional_word_reaches_the_national_lists_over_the_pivot() {
    let terminology = Terminology::embedded();
    let words = region("hauts-de-france");
    let answer = terminology
        .translate(ask(&words, "socio-esthetique", R211))
        .expect("an answer");
    assert_eq!(found(&answer)[0].0, "315");
    assert_eq!(answer.matches[0].via, Some("BIEN-01"));
    assert_eq!(answer.matches[0].reasons.len(), 2);
}

#[test]
fn a_word_of_one_region_is_met_by_the_wider_word_of_another() {
    let terminology = Terminology::embedded();
    let (from, to) = (region("hauts-de-france"), region("bretagne"));
    let answer = terminology
        .translate(ask(&from, "socio-esthetique", &to))
        .expect("an answer");
    assert_eq!(found(&answer), [("bien-etre", "wider")]);
}

#[test]
fn every_region_meets_the_others_at_the_pivot() {
    let terminology = Terminology::embedded();
    let regions = terminology.regions();
    assert_eq!(
        regions,
        ["bretagne", "hauts-de-france", "occitanie", "paca-corse"]
    );
    // The nine words of the national basket are said in Bretagne, one to one.
    let (from, to) = (region("paca-corse"), region("bretagne"));
    for word in &terminology.regional_words("paca-corse")[..9] {
        let answer = terminology
            .translate(ask(&from, &word.code, &to))
            .expect("an answer");
        assert_eq!(found(&answer).len(), 1, "{}", word.code);
        assert_eq!(found(&answer)[0].1, "equivalent", "{}", word.code);
    }
    let (from, to) = (region("occitanie"), region("paca-corse"));
    let answer = terminology
        .translate(ask(&from, "cafe-des-aidants", &to))
        .expect("an answer");
    assert_eq!(found(&answer), [("proches", "wider")]);
}

#[test]
fn what_nothing_national_says_is_a_gap_with_its_reason() {
    let terminology = Terminology::embedded();
    let answer = terminology
        .translate(ask(PIVOT, "SOC-11", R210))
        .expect("an answer");
    assert!(answer.matches.is_empty());
    assert!(matches!(answer.gap, Some(Gap::Unmatched { reason }) if !reason.is_empty()));
}

#[test]
fn a_code_that_another_list_says_is_a_gap_that_names_its_map() {
    let terminology = Terminology::embedded();
    let answer = terminology
        .translate(ask(PIVOT, "DOUL-03", R211))
        .expect("an answer");
    assert_eq!(
        answer.gap,
        Some(Gap::NoRow {
            elsewhere: vec!["pivot-to-r210"]
        })
    );
}

#[test]
fn the_way_back_turns_the_equivalence_and_names_every_candidate() {
    let terminology = Terminology::embedded();
    let answer = terminology
        .translate_by("pivot-to-r211", Direction::Reverse, ask(R211, "289", PIVOT))
        .expect("an answer");
    assert!(answer.matches.len() > 1, "289 is the target of several");
    assert_eq!(answer.matches[0].equivalence, Equivalence::Equivalent);
    let narrower = answer.matches.iter().find(|one| one.code == "DOUL-06");
    assert_eq!(
        narrower.map(|one| one.equivalence),
        Some(Equivalence::Narrower)
    );
}

#[test]
fn what_cannot_be_asked_is_refused_by_name() {
    let terminology = Terminology::embedded();
    let refusal = |question| terminology.translate(question).expect_err("refused");
    assert_eq!(
        refusal(ask("urn:oid:9.9", "X", R210)),
        QuestionError::UnknownSystem("urn:oid:9.9".to_owned())
    );
    assert_eq!(
        refusal(ask(PIVOT, "DOUL-99", R210)),
        QuestionError::UnknownCode {
            system: PIVOT.to_owned(),
            code: "DOUL-99".to_owned()
        }
    );
    assert!(matches!(
        refusal(ask(PIVOT, "DOUL-01", "http://loinc.org")),
        QuestionError::NoWay { .. }
    ));
    let by_map = terminology.translate_by(
        "bretagne-to-pivot",
        Direction::Forward,
        ask(R211, "289", PIVOT),
    );
    assert!(matches!(by_map, Err(QuestionError::OtherSource { .. })));
}

#[test]
fn no_pivot_code_is_lost_in_silence_on_the_way_to_any_list() {
    let terminology = Terminology::embedded();
    let pivot = terminology.code_system(PIVOT).expect("the pivot");
    for concept in pivot.concepts() {
        for map in terminology.concept_maps() {
            if map.source_system() != PIVOT {
                continue;
            }
            let answer = terminology
                .translate(ask(PIVOT, &concept.code, map.target_system()))
                .expect("an answer");
            let says_something = !answer.matches.is_empty() || !answer.conditional.is_empty();
            assert!(
                says_something != answer.gap.is_some(),
                "{}: {}",
                map.id(),
                concept.code
            );
        }
    }
}
