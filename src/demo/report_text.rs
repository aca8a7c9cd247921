//! The sentences of a report. None of them comes from a real one.

use time::Duration;

use super::{
    cases::Spread,
    dice::Dice,
    names::Gender,
    story::{Story, Turn},
    timeline,
};
use crate::rcp::{DatedLabel, Exam, Paraclinical, PartialDate, When};

/// Comment of the decision of a corrected report.
pub(super) const CORRECTION: &str =
    "Précision apportée après relecture : la proposition est inchangée.";

const HISTORY: [&str; 8] = [
    "Appendicectomie",
    "Cholécystectomie",
    "Fracture du poignet",
    "Hernie inguinale opérée",
    "Phlébite surale",
    "Cataracte opérée",
    "Prothèse de hanche",
    "Tabagisme sevré",
];

const COMORBIDITIES: [&str; 9] = [
    "Hypertension artérielle traitée",
    "Diabète de type 2",
    "Dyslipidémie",
    "Fibrillation atriale anticoagulée",
    "Insuffisance rénale modérée",
    "Bronchopneumopathie chronique obstructive",
    "Hypothyroïdie substituée",
    "Surpoids",
    "Cardiopathie ischémique stentée",
];

/// Former diseases, more of them in older patients.
pub(super) fn history(story: &Story<'_>, dice: &mut Dice) -> Vec<DatedLabel> {
    let age = timeline::age(story.person.birth, story.met_on);
    let number = if age < 40 { 0 } else { dice.below(3) };
    different(&HISTORY, number, dice)
        .map(|label| {
            let years = dice.between(3, 20).min(i64::from(age) - 20);
            let year = i64::from(story.met_on.year()) - years;
            DatedLabel {
                date: format!("{year:04}").parse().ok().map(When::Date),
                label: label.to_owned(),
            }
        })
        .collect()
}

/// Other diseases of the patient, more of them in older patients.
pub(super) fn comorbidities(story: &Story<'_>, dice: &mut Dice) -> Vec<DatedLabel> {
    let age = timeline::age(story.person.birth, story.met_on);
    let number = match age {
        ..45 => 0,
        45..65 => dice.below(2),
        _ => dice.below(4),
    };
    different(&COMORBIDITIES, number, dice)
        .map(|label| DatedLabel {
            date: None,
            label: label.to_owned(),
        })
        .collect()
}

/// `number` different labels, in the order of the list.
fn different<'l>(
    labels: &'l [&'static str],
    number: u64,
    dice: &mut Dice,
) -> std::vec::IntoIter<&'l str> {
    let mut ranks: Vec<usize> = (0..number)
        .map(|_| dice.below(labels.len() as u64) as usize)
        .collect();
    ranks.sort_unstable();
    ranks.dedup();
    let chosen: Vec<&str> = ranks.into_iter().map(|rank| labels[rank]).collect();
    chosen.into_iter()
}

/// The examinations that found the disease, or its relapse.
pub(super) fn paraclinical(story: &Story<'_>, dice: &mut Dice) -> Paraclinical {
    let found_on = match story.turn {
        Turn::Initial | Turn::AfterFirstStep => story.diagnosed_on,
        Turn::Relapse => story.met_on,
    };
    let exams = story.model.exams.iter().map(|exam| {
        let (name, result) = exam.split_once(" : ").unwrap_or((exam, "fait"));
        let made_on = dice.day_before(found_on, 3, 7);
        Exam {
            date: Some(When::Date(PartialDate::day(made_on))),
            name: name.to_owned(),
            result: result.to_owned(),
        }
    });
    Paraclinical {
        exams: exams.collect(),
        comment: None,
    }
}

/// Why the case is shown, in a few words.
pub(super) fn problem(story: &Story<'_>) -> String {
    let label = &story.model.label;
    match story.turn {
        Turn::Initial => format!("Prise en charge initiale : {label}"),
        Turn::AfterFirstStep => format!("Suite du traitement : {label}"),
        Turn::Relapse => format!("Rechute : {label}"),
    }
}

/// The case in a paragraph, and the question to the meeting.
pub(super) fn summary_and_question(story: &Story<'_>) -> String {
    let age = timeline::age(story.person.birth, story.met_on);
    let who = match (story.person.name.gender, age) {
        (Gender::Female, ..18) => "Fille",
        (Gender::Male, ..18) => "Garçon",
        (Gender::Female, _) => "Patiente",
        (Gender::Male, _) => "Patient",
    };
    let years = if age == 1 { "an" } else { "ans" };
    let side = match (story.model.has_sides, story.is_left) {
        (false, _) => "",
        (true, true) => ", à gauche",
        (true, false) => ", à droite",
    };
    format!(
        "{who} de {age} {years}. {}{side}{}. {} {}",
        capitalized(&story.model.label),
        stage(story),
        so_far(story),
        question(story)
    )
}

fn stage(story: &Story<'_>) -> String {
    match (&story.stage.tnm, &story.model.classification) {
        (Some(tnm), _) => format!(
            ", stade {} ({} {} {}) au diagnostic",
            tnm.group, tnm.t, tnm.n, tnm.m
        ),
        (None, Some((name, _))) => {
            let value = story.stage.value.as_deref().unwrap_or_default();
            format!(", {name} : {value}")
        }
        (None, None) => String::new(),
    }
}

fn so_far(story: &Story<'_>) -> String {
    let done: Vec<&str> = story
        .past
        .iter()
        .map(|past| past.step.label.as_str())
        .collect();
    let found = story.diagnosed_on;
    let delay = (story.met_on - found).max(Duration::ZERO).whole_days();
    match story.turn {
        Turn::Initial => format!("Diagnostic posé il y a {delay} jours, aucun traitement reçu."),
        Turn::AfterFirstStep if done.is_empty() => "Surveillance depuis le diagnostic.".to_owned(),
        Turn::AfterFirstStep => format!("Traitement reçu : {}.", done.join(" ; ")),
        Turn::Relapse => format!(
            "Traitements reçus : {}. Rechute {}.",
            done.join(" ; "),
            match story.spread {
                Spread::Metastatic => "à distance",
                Spread::Early | Spread::Advanced => "locale",
            }
        ),
    }
}

fn question(story: &Story<'_>) -> &'static str {
    match story.turn {
        Turn::Initial => "Question : quelle proposition de traitement ?",
        Turn::AfterFirstStep => "Question : quelle suite donner au traitement ?",
        Turn::Relapse => "Question : quelle prise en charge de la rechute ?",
    }
}

fn capitalized(text: &str) -> String {
    let mut characters = text.chars();
    let first = characters.next().map(char::to_uppercase);
    first.into_iter().flatten().chain(characters).collect()
}
