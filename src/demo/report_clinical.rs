//! The clinical part of a report: tumour, state of the patient, treatments, decision.

use time::{Date, Duration};

use super::{
    cases::{Spread, Step, StepKind},
    dice::Dice,
    reports::Sources,
    story::{Story, Turn},
    timeline,
};
use crate::rcp::{
    CaseStatus, Coded, ComplementaryExam, Course, Decision, Framework, FunctionalStatus,
    GeriatricScreening, Guideline, OmsStage, OtherClassification, PartialDate, PastTreatment,
    Phase, Progression, Proposal, ReportSource, Surveillance, Tnm, TnmStage, TreatmentStatus, Tri,
    Tumour, When,
};

const RIGHT: &str = "24028007";
const LEFT: &str = "7771000";

/// Age from which frailty is screened for.
const OLD_AGE: i32 = 75;

/// The tumour; now and then a second one on the other side.
pub(super) fn tumours(sources: &Sources<'_, '_>, dice: &mut Dice) -> Vec<Tumour> {
    let story = &sources.story;
    let first = tumour(sources, story.is_left, dice);
    let is_double = story.model.has_sides && story.board.board == "senologie" && dice.chance(6);
    if is_double {
        let second = Tumour {
            comment: Some("Seconde lésion, controlatérale, de même type.".to_owned()),
            ..tumour(sources, !story.is_left, dice)
        };
        return vec![first, second];
    }
    vec![first]
}

fn tumour(sources: &Sources<'_, '_>, is_left: bool, dice: &mut Dice) -> Tumour {
    let (region, story) = (sources.region, &sources.story);
    let model = story.model;
    let side = if is_left { LEFT } else { RIGHT };
    let coded = |set: &str, code: &str| region.coded(set, code).unwrap_or_default();
    let month_only = story.turn == Turn::Relapse && dice.chance(40);
    let diagnosed = PartialDate::day(story.diagnosed_on);
    Tumour {
        diagnosis_date: if month_only {
            month_of(story.diagnosed_on)
        } else {
            Some(diagnosed)
        },
        morphology: coded("JDV_Morphologie_CISIS", &model.morphology),
        topography: coded("JDV_Tumeur_CISIS", &model.topography),
        laterality: if model.has_sides {
            region.coded("JDV_ModificateurTopographique_CISIS", side)
        } else {
            None
        },
        tnm: match &story.stage.tnm {
            None => Tnm::NotApplicable,
            Some(stage) => Tnm::Staged(TnmStage {
                edition: "8".to_owned(),
                stage: Some(stage.group.clone()),
                t: stage.t.clone(),
                n: stage.n.clone(),
                m: stage.m.clone(),
                t_text: None,
                n_text: None,
                m_text: None,
                date: (!month_only).then_some(diagnosed),
            }),
        },
        other_classifications: match (&model.classification, &story.stage.value) {
            (Some((name, version)), Some(value)) => vec![OtherClassification {
                value: value.clone(),
                name: Some(name.clone()),
                version: Some(version.clone()),
            }],
            _ => Vec::new(),
        },
        comment: None,
    }
}

/// The month of a day, as a date that says no more.
fn month_of(day: Date) -> Option<PartialDate> {
    let month = u8::from(day.month());
    format!("{:04}-{month:02}", day.year()).parse().ok()
}

/// General state: none is written for children, frailty is screened for in old age.
pub(super) fn functional_status(story: &Story<'_>, dice: &mut Dice) -> Option<FunctionalStatus> {
    let age = timeline::age(story.person.birth, story.met_on);
    if age < 18 {
        return None;
    }
    let stage = match story.spread {
        Spread::Early => *dice.pick(&[0, 0, 0, 1, 1]),
        Spread::Advanced => *dice.pick(&[0, 1, 1, 2]),
        Spread::Metastatic => *dice.pick(&[0, 1, 1, 2, 2, 3]),
    };
    let seen_on = PartialDate::day(dice.day_before(story.met_on, 1, 7));
    let score = i32::try_from(dice.between(8, 17)).unwrap_or(14);
    Some(FunctionalStatus {
        oms: Some(OmsStage {
            stage,
            date: Some(seen_on),
            text: None,
        }),
        other_oms: Vec::new(),
        geriatric_evaluations: Vec::new(),
        geriatric_screening: (age >= OLD_AGE).then(|| GeriatricScreening {
            tool: "G8".to_owned(),
            score,
            date: seen_on,
        }),
    })
}

/// First episode or relapse, and whether the disease progresses.
pub(super) fn course(story: &Story<'_>, dice: &mut Dice) -> Course {
    let found_on = PartialDate::day(dice.day_before(story.met_on, 7, 30));
    if story.turn != Turn::Relapse {
        return Course {
            phase: Phase::Initiale,
            phase_date: None,
            phase_comment: None,
            progression: Progression {
                present: Tri::No,
                date: None,
                local: Tri::No,
                regional: Tri::No,
                distant: Tri::No,
            },
        };
    }
    let is_distant = story.spread == Spread::Metastatic;
    Course {
        phase: Phase::Rechute,
        phase_date: Some(found_on),
        phase_comment: Some("Rechute découverte lors du suivi.".to_owned()),
        progression: Progression {
            present: Tri::Yes,
            date: Some(found_on),
            local: Tri::from(!is_distant),
            regional: Tri::from(!is_distant && dice.chance(40)),
            distant: Tri::from(is_distant),
        },
    }
}

/// What was done before the meeting.
pub(super) fn past_treatments(sources: &Sources<'_, '_>) -> Vec<PastTreatment> {
    let past = sources.story.past.iter();
    past.map(|past| PastTreatment {
        treatment: treatment(sources, past.step),
        precision: Some(past.step.label.clone()),
        status: match past.end {
            Some(_) => TreatmentStatus::Done,
            None => TreatmentStatus::Ongoing,
        },
        start: Some(PartialDate::day(past.start)),
        end: past.end.map(PartialDate::day),
        comment: None,
    })
    .collect()
}

fn treatment(sources: &Sources<'_, '_>, step: &Step) -> Coded {
    let set = "JDV_TypeTraitement_FRCP_CISIS";
    let coded = sources.region.coded(set, step.kind.code());
    coded.unwrap_or_default()
}

/// The conclusion of the surgeon, when there was surgery.
pub(super) fn surgery_report(sources: &Sources<'_, '_>) -> Option<ReportSource> {
    let story = &sources.story;
    let mut latest_first = story.past.iter().rev();
    let operation = latest_first.find(|past| past.step.kind == StepKind::Surgery)?;
    let operated_on = When::Date(PartialDate::day(operation.start));
    Some(ReportSource {
        performed_start: Some(operated_on),
        conclusion: format!(
            "{} : exérèse macroscopiquement complète, suites simples.",
            operation.step.label
        ),
        performer: Some(story.specialist(sources.region, 1)),
        ..ReportSource::default()
    })
}

/// The conclusion of the pathologist.
pub(super) fn pathology_report(sources: &Sources<'_, '_>) -> ReportSource {
    let story = &sources.story;
    let read_on = When::Date(PartialDate::day(story.diagnosed_on));
    ReportSource {
        performed_start: Some(read_on),
        conclusion: story.model.pathology.clone(),
        performer: Some(story.specialist_in(sources.region, "SM01")),
        ..ReportSource::default()
    }
}

/// The conclusion of the molecular biologist, when the case calls for one and it came.
pub(super) fn molecular_reports(sources: &Sources<'_, '_>, dice: &mut Dice) -> Vec<ReportSource> {
    let story = &sources.story;
    let is_done = story.spread != Spread::Early || dice.chance(50);
    let conclusion = story.model.molecular.as_ref().filter(|_| is_done);
    conclusion
        .map(|conclusion| ReportSource {
            title: Some("Génétique moléculaire".to_owned()),
            performed_start: Some(When::Date(PartialDate::day(story.diagnosed_on))),
            conclusion: conclusion.clone(),
            performer: Some(story.specialist_in(sources.region, "SM01")),
            ..ReportSource::default()
        })
        .into_iter()
        .collect()
}

/// What the meeting proposes.
pub(super) fn decision(sources: &Sources<'_, '_>, dice: &mut Dice) -> Decision {
    let story = &sources.story;
    let is_watching = |step: &&Step| step.kind == StepKind::Surveillance;
    let treated = story.plan.iter().filter(|step| !is_watching(step));
    let mut proposals: Vec<Proposal> = treated
        .zip(1..)
        .map(|(step, sequence)| proposal(sources, step, 1, sequence))
        .collect();
    let watched = story.plan.iter().find(is_watching);
    let watched = watched.map(|step| step.label.clone());
    let alternative = story.alternative.filter(|step| !step.kind.is_watching());
    proposals.extend(alternative.map(|step| proposal(sources, step, 2, 1)));
    let is_recours = story.board.board == "recours";
    Decision {
        refer_to_recours_rcp: !is_recours && dice.chance(4),
        refer_to_recours_rcp_priority: None,
        complementary_exams: complementary_exams(story, dice),
        surveillance: surveillance(watched, proposals.is_empty()),
        proposals,
        comment: dice
            .chance(15)
            .then(|| "À réévaluer si l'état général change.".to_owned()),
    }
}

fn surveillance(watched: Option<String>, is_only_decision: bool) -> Surveillance {
    let follow_up = "Poursuite en cours ou suivi, réévaluation à trois mois.".to_owned();
    let text = watched.or_else(|| is_only_decision.then_some(follow_up));
    Surveillance {
        needed: text.is_some(),
        text,
    }
}

fn proposal(sources: &Sources<'_, '_>, step: &Step, intention: u32, sequence: u32) -> Proposal {
    let start = sources.story.met_on + Duration::days(14);
    Proposal {
        intention,
        sequence,
        treatment: treatment(sources, step),
        label: Some(step.label.clone()),
        precision: (step.kind == StepKind::OtherDrug).then(|| step.label.clone()),
        start: (intention == 1 && sequence == 1).then(|| PartialDate::day(start)),
        end: None,
    }
}

fn complementary_exams(story: &Story<'_>, dice: &mut Dice) -> Vec<ComplementaryExam> {
    if !dice.chance(22) {
        return Vec::new();
    }
    let text = *dice.pick(&[
        "TEP-TDM avant décision définitive.",
        "Consultation d'oncogénétique.",
        "Évaluation nutritionnelle.",
        "IRM de référence.",
        "Consultation d'anesthésie.",
    ]);
    vec![ComplementaryExam {
        text: text.to_owned(),
        earliest: PartialDate::day(story.met_on + Duration::days(2)),
        latest: Some(PartialDate::day(story.met_on + Duration::days(21))),
    }]
}

/// On what ground the meeting proposes it.
pub(super) fn framework(story: &Story<'_>, status: CaseStatus, dice: &mut Dice) -> Framework {
    let has_guideline = status == CaseStatus::Enregistre || dice.chance(55);
    let guideline_year = story.met_on.year() - 1;
    let clinical_trial = match dice.below(100) {
        0..8 => Some(Tri::Yes),
        8..80 => Some(Tri::No),
        80..85 => Some(Tri::Unknown),
        _ => None,
    };
    Framework {
        guideline: has_guideline.then(|| Guideline {
            follows: status == CaseStatus::Enregistre || dice.chance(90),
            name_version: format!("{}, version {guideline_year}", story.board.guideline),
            date: format!("{guideline_year:04}").parse().ok(),
        }),
        clinical_trial,
        clinical_trial_text: (clinical_trial == Some(Tri::Yes))
            .then(|| "Essai fictif DEMO-01, promoteur institutionnel.".to_owned()),
        comment: None,
    }
}
