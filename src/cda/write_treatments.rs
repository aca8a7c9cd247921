//! Treatments: those of the past, and those that the meeting proposes (sections 9 and 15).
//!
//! **Source:** ANS, volet CANCER-FRCP 2022.01, FR-Actes-et-interventions and FR-Plan-de-soins.

use crate::rcp::{
    Coded, ComplementaryExam, PartialDate, PastTreatment, Proposal, TreatmentStatus, value_sets,
};

use super::{
    codes::{self, Term},
    templates,
    write::Out,
    write_datatypes::{Time, french_date, ts_date},
    write_entries::Relation,
    write_narrative::{cell, named},
};

impl<'r> Out<'r> {
    /// Section 9, when there is something to say.
    pub(super) fn past_treatments_section(&mut self) {
        let treatments = &self.report.past_treatments;
        if treatments.is_empty() {
            return;
        }
        self.section(
            &templates::PAST_TREATMENTS,
            |out| {
                let head = [
                    "Traitement",
                    "Précision",
                    "Début",
                    "Fin",
                    "Statut",
                    "Commentaire",
                ];
                out.table(&head, |out| {
                    for (rank, treatment) in treatments.iter().enumerate() {
                        out.past_treatment_text(rank + 1, treatment);
                    }
                });
            },
            |out| {
                for (rank, treatment) in treatments.iter().enumerate() {
                    out.entry(|out| out.past_treatment_entry(rank + 1, treatment));
                }
            },
        );
    }

    fn past_treatment_text(&mut self, rank: usize, treatment: &'r PastTreatment) {
        let label = self.label(value_sets::TREATMENT, &treatment.treatment);
        let comment_name = format!("commentaire-traitement-{rank:02}");
        let comment = match &treatment.comment {
            Some(comment) => named(&comment_name, comment),
            None => cell(""),
        };
        let status = match treatment.status {
            TreatmentStatus::Done => "Réalisé",
            TreatmentStatus::Ongoing => "En cours",
            TreatmentStatus::NotDone => "Non réalisé",
        };
        self.row(&[
            named(&format!("traitement-{rank:02}"), &label),
            named(
                &format!("precision-traitement-{rank:02}"),
                treatment.precision.as_deref().unwrap_or("-"),
            ),
            cell(&french(treatment.start)),
            cell(&french(treatment.end)),
            named(&format!("statut-traitement-{rank:02}"), status),
            comment,
        ]);
    }

    fn past_treatment_entry(&mut self, rank: usize, treatment: &'r PastTreatment) {
        let text = format!("traitement-{rank:02}");
        let attributes = [
            ("classCode", "PROC"),
            ("moodCode", "EVN"),
            ("negationInd", "false"),
        ];
        self.xml.open("procedure", &attributes);
        self.templates(templates::ACT_DONE);
        self.own_id(&text);
        self.pointing_code(
            "code",
            &[],
            value_sets::TREATMENT,
            &treatment.treatment,
            &text,
            |_| {},
        );
        self.text_reference(&format!("precision-traitement-{rank:02}"));
        let status = match treatment.status {
            TreatmentStatus::Done => "completed",
            TreatmentStatus::Ongoing => "active",
            TreatmentStatus::NotDone => "cancelled",
        };
        self.xml.empty("statusCode", &[("code", status)]);
        self.span(treatment.start, treatment.end);
        self.related_comment(
            Relation::InvertedSubject,
            treatment.comment.as_ref(),
            &format!("commentaire-traitement-{rank:02}"),
        );
        self.xml.close("procedure");
    }

    /// `effectiveTime` when either end is known.
    fn span(&mut self, start: Option<PartialDate>, end: Option<PartialDate>) {
        match (start, end) {
            (None, None) => {}
            (start, None) => self.effective_time(&Time::From(start.map(ts_date))),
            (start, end) => {
                self.effective_time(&Time::Between(start.map(ts_date), end.map(ts_date)));
            }
        }
    }

    /// Section 15.
    pub(super) fn plan_section(&mut self) {
        let decision = &self.report.decision;
        self.section(&templates::PLAN, Self::plan_text, |out| {
            if decision.refer_to_recours_rcp {
                out.entry(|out| out.request(&codes::GO_TO_RECOURS, "demande-RCP-recours"));
            }
            for (rank, exam) in decision.complementary_exams.iter().enumerate() {
                out.entry(|out| out.exam_entry(rank + 1, exam));
            }
            if decision.surveillance.needed {
                out.entry(|out| out.request(&codes::SURVEILLANCE, "surveillance"));
            }
            for (rank, proposal) in decision.proposals.iter().enumerate() {
                out.entry(|out| out.proposal_entry(rank + 1, proposal));
            }
            if decision.comment.is_some() {
                out.entry(|out| out.comment("commentaire-proposition-RCP"));
            }
        });
    }

    fn plan_text(&mut self) {
        let decision = &self.report.decision;
        self.facts(cell("Orientation"), |out| {
            let recours = if decision.refer_to_recours_rcp {
                "Oui"
            } else {
                "Non"
            };
            out.fact(
                out.label_of(codes::GO_TO_RECOURS),
                named("demande-RCP-recours", recours),
            );
            let surveillance = &decision.surveillance;
            let needed = if surveillance.needed { "Oui" } else { "Non" };
            let surveillance = match &surveillance.text {
                Some(text) => format!("{needed} : {text}"),
                None => needed.to_owned(),
            };
            out.fact(
                out.label_of(codes::SURVEILLANCE),
                named("surveillance", &surveillance),
            );
        });
        if !decision.complementary_exams.is_empty() {
            let head = [
                "Examen ou expertise complémentaire",
                "Au plus tôt",
                "Au plus tard",
            ];
            self.table(&head, |out| {
                for (rank, exam) in decision.complementary_exams.iter().enumerate() {
                    out.row(&[
                        named(&exam_text(rank + 1), &exam.text),
                        cell(&french_date(exam.earliest)),
                        cell(&french(exam.latest)),
                    ]);
                }
            });
        }
        if !decision.proposals.is_empty() {
            let head = ["Intention", "N°", "Traitement", "Précision", "Début", "Fin"];
            self.table(&head, |out| {
                for proposal in &decision.proposals {
                    out.proposal_text(proposal);
                }
            });
        }
        if let Some(comment) = &decision.comment {
            let text = named("commentaire-proposition-RCP", comment);
            self.headed_paragraph("Commentaire", text);
        }
    }

    fn proposal_text(&mut self, proposal: &'r Proposal) {
        let label = match &proposal.label {
            Some(label) => label.clone(),
            None => self.label(value_sets::TREATMENT, &proposal.treatment),
        };
        let intention = match proposal.intention {
            1 => "1re intention".to_owned(),
            other => format!("Alternative {other}"),
        };
        let text = proposal_name(proposal);
        let sequence = proposal.sequence.to_string();
        let precision_name = format!("precision-{text}");
        let precision = proposal.precision.as_deref().unwrap_or("-");
        let (start, end) = (french(proposal.start), french(proposal.end));
        let coded_name = coded_name(proposal);
        let coded = self.label(value_sets::TREATMENT, &proposal.treatment);
        self.row_of(|out| {
            out.cell(&cell(&intention));
            out.cell(&cell(&sequence));
            out.labels(&named(&text, &label), coded_name.as_deref(), &coded);
            out.cell(&named(&precision_name, precision));
            out.cell(&cell(&start));
            out.cell(&cell(&end));
        });
    }

    /// An encounter that is asked for.
    fn request(&mut self, term: &Term, text: &str) {
        let report = self.report;
        self.xml
            .open("encounter", &[("classCode", "ENC"), ("moodCode", "ARQ")]);
        self.templates(templates::ENCOUNTER);
        self.own_id(&format!("{} {text}", term.code));
        self.term("code", term);
        self.text_reference(text);
        let priority = report.decision.refer_to_recours_rcp_priority.as_ref();
        match priority.filter(|_| term.code == codes::GO_TO_RECOURS.code) {
            Some(priority) => self.priority(priority),
            None => self.term("priorityCode", &codes::APPOINTMENT),
        }
        self.xml.close("encounter");
    }

    /// A priority of HL7 `ActPriority`, which no national set restates.
    fn priority(&mut self, priority: &Coded) {
        let code = priority.code.as_deref().unwrap_or_default();
        let attributes = [
            ("code", code),
            ("codeSystem", codes::APPOINTMENT.system),
            ("displayName", priority.display.as_deref().unwrap_or(code)),
        ];
        self.xml.empty("priorityCode", &attributes);
    }

    fn exam_entry(&mut self, rank: usize, exam: &ComplementaryExam) {
        let text = exam_text(rank);
        self.xml
            .open("observation", &[("classCode", "OBS"), ("moodCode", "PRP")]);
        self.templates(templates::EXAM_REQUEST);
        self.own_id(&text);
        self.term("code", &codes::EXAM_REQUEST);
        self.text_reference(&text);
        self.xml.empty("statusCode", &[("code", "active")]);
        self.span(Some(exam.earliest), exam.latest);
        self.xml.close("observation");
    }

    /// `rank` runs over all the lines of the proposal.
    fn proposal_entry(&mut self, rank: usize, proposal: &'r Proposal) {
        let text = proposal_name(proposal);
        let attributes = [
            ("classCode", "PROC"),
            ("moodCode", "INT"),
            ("negationInd", "false"),
        ];
        self.xml.open("procedure", &attributes);
        self.templates(templates::ACT_PROPOSED);
        self.own_id(&text);
        self.pointing_code(
            "code",
            &[],
            value_sets::TREATMENT,
            &proposal.treatment,
            coded_name(proposal).as_ref().unwrap_or(&text),
            |_| {},
        );
        self.text_reference(&text);
        self.xml.empty("statusCode", &[("code", "active")]);
        self.span(proposal.start, proposal.end);
        self.xml.open("priorityCode", &[]);
        self.xml.leaf("originalText", &[], &rank.to_string());
        self.xml.close("priorityCode");
        self.xml.close("procedure");
    }
}

fn french(date: Option<PartialDate>) -> String {
    date.map(french_date).unwrap_or_default()
}

fn exam_text(rank: usize) -> String {
    format!("demande-expertise-{rank:02}")
}

/// The name carries intention and sequence: nothing else in the entry does.
fn proposal_name(proposal: &Proposal) -> String {
    format!("traitement-{}-{:02}", proposal.intention, proposal.sequence)
}

/// Name of the label of the code, where the proposal shows another one and the author's words of
/// the code must not be lost.
fn coded_name(proposal: &Proposal) -> Option<String> {
    let has_both = proposal.label.is_some() && proposal.treatment.text.is_some();
    has_both.then(|| format!("code-{}", proposal_name(proposal)))
}
