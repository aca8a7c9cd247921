//! The patient's history and state, examinations, and course of the disease (sections 4 to 8).
//!
//! **Source:** ANS, volet CANCER-FRCP 2022.01.

use crate::rcp::{DatedLabel, GeriatricScreening, OmsStage, Phase, Progression, Tri};

use super::{
    codes,
    templates::{self, SectionKind},
    write::{Out, WriteError},
    write_datatypes::{Time, french_date, french_tri, french_when, ts_date},
    write_entries::{Observation, Relation},
    write_narrative::{cell, named},
};

impl Out<'_> {
    /// Sections 4 and 5, each when there is something to say.
    pub(super) fn history_sections(&mut self) {
        let report = self.report;
        self.dated_section(&templates::HISTORY, "antecedent", &report.history);
        self.dated_section(
            &templates::COMORBIDITIES,
            "comorbidite",
            &report.comorbidities,
        );
    }

    fn dated_section(&mut self, kind: &SectionKind, head: &str, labels: &[DatedLabel]) {
        if labels.is_empty() {
            return;
        }
        self.section(
            kind,
            |out| {
                out.table(&["Date", "Libellé"], |out| {
                    for (rank, label) in labels.iter().enumerate() {
                        let date = label.date.map(french_when).unwrap_or_default();
                        let name = format!("{head}-{}", rank + 1);
                        out.row(&[cell(&date), named(&name, &label.label)]);
                    }
                });
            },
            |_| {},
        );
    }

    /// Section 6 and its sub-sections.
    pub(super) fn functional_status_section(&mut self) {
        let Some(status) = &self.report.functional_status else {
            return;
        };
        let stages: Vec<_> = status.oms.iter().chain(&status.other_oms).collect();
        if stages.is_empty() && status.geriatric_screening.is_none() {
            return;
        }
        self.section(
            &templates::FUNCTIONAL_STATUS,
            |_| {},
            |out| {
                out.pain_section();
                if !stages.is_empty() {
                    out.oms_section(&stages);
                }
                if let Some(screening) = &status.geriatric_screening {
                    out.geriatric_section(screening);
                }
            },
        );
    }

    /// The volet wants an assessment of pain; a report has none to give.
    fn pain_section(&mut self) {
        self.section(
            &templates::PAIN_SECTION,
            |out| {
                out.paragraph(named("severite-douleur", "Douleur : non renseignée"));
            },
            |out| {
                let head = Observation {
                    templates: templates::PAIN,
                    term: codes::PAIN,
                    text: "severite-douleur",
                    time: Time::Null("UNK"),
                    states_negation: false,
                };
                out.entry(|out| {
                    out.observation(&head, |out| {
                        out.xml
                            .empty("value", &[("xsi:type", "CO"), ("nullFlavor", "UNK")]);
                    });
                });
            },
        );
    }

    fn oms_section(&mut self, stages: &[&OmsStage]) {
        self.section(
            &templates::PHYSICAL_FUNCTION,
            |out| {
                for (rank, oms) in stages.iter().enumerate() {
                    out.oms_text(rank, oms);
                }
            },
            |out| {
                for (rank, oms) in stages.iter().enumerate() {
                    out.entry(|out| out.oms_entry(rank, oms));
                }
            },
        );
    }

    fn oms_text(&mut self, rank: usize, oms: &OmsStage) {
        let Some(stage) = codes::OMS_STAGES.get(usize::from(oms.stage)) else {
            return self.fail(WriteError::OmsStage);
        };
        let label = match &oms.text {
            Some(text) => format!("{} ({text})", self.label_of(*stage)),
            None => self.label_of(*stage).to_owned(),
        };
        self.facts(cell(self.label_of(codes::OMS)), |out| {
            out.fact("Stade", named(&oms_name(rank), &label));
            let date = oms.date.map_or_else(|| "Inconnue".to_owned(), french_date);
            out.fact("Date", cell(&date));
        });
    }

    fn oms_entry(&mut self, rank: usize, oms: &OmsStage) {
        let Some(stage) = codes::OMS_STAGES.get(usize::from(oms.stage)) else {
            return;
        };
        let head = Observation {
            templates: templates::ASSESSMENT,
            term: codes::OMS,
            text: &oms_name(rank),
            time: oms
                .date
                .map_or(Time::Null("UNK"), |date| Time::At(ts_date(date))),
            states_negation: true,
        };
        self.observation(&head, |out| out.fixed_value(stage));
    }

    fn geriatric_section(&mut self, screening: &GeriatricScreening) {
        let score = screening.score.to_string();
        self.section(
            &templates::GERIATRICS,
            |out| {
                out.facts(cell("Fragilité gériatrique"), |out| {
                    out.fact(
                        "Outil de dépistage",
                        named("outil-geriatrique", &screening.tool),
                    );
                    out.fact("Score", cell(&score));
                    out.fact("Date", cell(&french_date(screening.date)));
                });
            },
            |out| {
                let head = Observation {
                    templates: templates::GERIATRIC_SCORE,
                    term: codes::GERIATRIC_SCORE,
                    text: "outil-geriatrique",
                    time: Time::At(ts_date(screening.date)),
                    states_negation: true,
                };
                out.entry(|out| {
                    out.observation(&head, |out| {
                        out.xml
                            .empty("value", &[("xsi:type", "INT"), ("value", &score)]);
                    });
                });
            },
        );
    }

    /// Section 7.
    pub(super) fn exams_section(&mut self) {
        let Some(paraclinical) = &self.report.paraclinical else {
            return;
        };
        if paraclinical.exams.is_empty() && paraclinical.comment.is_none() {
            return;
        }
        self.section(
            &templates::EXAMS,
            |out| {
                if !paraclinical.exams.is_empty() {
                    out.table(&["Date", "Examen", "Résultat"], |out| {
                        for exam in &paraclinical.exams {
                            let date = exam.date.map(french_when).unwrap_or_default();
                            out.row(&[cell(&date), cell(&exam.name), cell(&exam.result)]);
                        }
                    });
                }
                if let Some(comment) = &paraclinical.comment {
                    let text = named("commentaire-paraclinique", comment);
                    out.headed_paragraph("Commentaire", text);
                }
            },
            |_| {},
        );
    }

    /// Section 8.
    pub(super) fn progress_section(&mut self) {
        self.section(&templates::PROGRESS, Self::progress_text, |out| {
            out.entry(Self::phase_entry);
            out.entry(Self::progression_entry);
        });
    }

    fn progress_text(&mut self) {
        let course = &self.report.course;
        let (term, date_label) = match course.phase {
            Phase::Initiale => (codes::FIRST_PHASE, "Date de l'observation"),
            Phase::Rechute => (codes::RELAPSE, "Date de la rechute"),
        };
        self.facts(cell("Phase de la maladie"), |out| {
            out.fact(
                out.label_of(codes::PHASE),
                named("phase", out.label_of(term)),
            );
            if let Some(date) = course.phase_date {
                out.fact(date_label, cell(&french_date(date)));
            }
            out.fact_if(
                "Commentaire",
                "commentaire-phase",
                course.phase_comment.as_deref(),
            );
        });
        let progression = course.progression;
        self.facts(cell("Progression"), |out| {
            let answer = french_tri(progression.present);
            out.fact(
                out.label_of(codes::PROGRESSION),
                named("progression", answer),
            );
            if let Some(date) = progression.date {
                out.fact("Date", cell(&french_date(date)));
            }
            if has_details(progression) {
                for (term, name, answer) in out.progression_details() {
                    out.fact(out.label_of(term), named(name, french_tri(answer)));
                }
            }
        });
    }

    fn progression_details(&self) -> [(codes::Term, &'static str, Tri); 3] {
        let progression = self.report.course.progression;
        [
            (
                codes::LOCAL_PROGRESSION,
                "progression-locale",
                progression.local,
            ),
            (
                codes::REGIONAL_PROGRESSION,
                "progression-regionale",
                progression.regional,
            ),
            (
                codes::DISTANT_PROGRESSION,
                "progression-distance",
                progression.distant,
            ),
        ]
    }

    fn phase_entry(&mut self) {
        let course = &self.report.course;
        let term = match course.phase {
            Phase::Initiale => codes::FIRST_PHASE,
            Phase::Rechute => codes::RELAPSE,
        };
        let head = Observation {
            templates: templates::SIMPLE_OBSERVATION,
            term: codes::PHASE,
            text: "phase",
            time: course
                .phase_date
                .map_or(Time::Null("UNK"), |date| Time::At(ts_date(date))),
            states_negation: true,
        };
        self.observation(&head, |out| {
            out.fixed_value(&term);
            out.related_comment(
                Relation::InvertedSubject,
                course.phase_comment.as_ref(),
                "commentaire-phase",
            );
        });
    }

    fn progression_entry(&mut self) {
        let progression = self.report.course.progression;
        let head = Observation {
            templates: templates::SIMPLE_OBSERVATION,
            term: codes::PROGRESSION,
            text: "progression",
            time: progression
                .date
                .map_or(Time::Null("UNK"), |date| Time::At(ts_date(date))),
            states_negation: true,
        };
        self.observation(&head, |out| {
            out.boolean(progression.present);
            if has_details(progression) {
                for (term, name, answer) in out.progression_details() {
                    out.related(Relation::Component, |out| {
                        out.answer(term, name, Time::Null("NAV"), answer);
                    });
                }
            }
        });
    }
}

/// Where it progresses is said when it does, and when the report says it anyway.
fn has_details(progression: Progression) -> bool {
    let details = [progression.local, progression.regional, progression.distant];
    progression.present == Tri::Yes || details.iter().any(|answer| *answer != Tri::Unknown)
}

fn oms_name(rank: usize) -> String {
    match rank {
        0 => "oms".to_owned(),
        rank => format!("oms-{}", rank + 1),
    }
}
