//! Why the case came before the meeting, and how the cancer was found (sections 1 and 2).
//!
//! **Source:** ANS, volet CANCER-FRCP 2022.01, FR-Raison-de-la-recommandation and
//! FR-Resultats-evenements.

use crate::rcp::{CaseStatus, RcpKind, Reason, Tri, value_sets};

use super::{
    codes::{self, Term},
    templates,
    write::{Out, WriteError},
    write_datatypes::{Time, french_date, french_tri, ts, ts_date},
    write_entries::{Observation, Relation},
    write_narrative::{cell, named},
};

impl<'r> Out<'r> {
    pub(super) fn reason_section(&mut self) {
        self.section(
            &templates::REASON,
            |out| {
                out.kind_text();
                out.motive_text();
            },
            |out| {
                out.entry(Self::nature_entry);
                out.entry(Self::problem_entry);
            },
        );
    }

    fn nature(&self) -> Term {
        match self.report.kind {
            RcpKind::AppareilOrganes => codes::BY_ORGAN,
            RcpKind::Transversale => codes::TRANSVERSE,
        }
    }

    fn case_status(&self) -> Term {
        match self.report.reason.case_status {
            CaseStatus::Enregistre => codes::REGISTERED,
            CaseStatus::Discute => codes::DISCUSSED,
        }
    }

    fn kind_text(&mut self) {
        let reason = &self.report.reason;
        let nature = self.label_of(self.nature());
        self.facts(cell("Type de RCP"), |out| {
            out.fact(
                out.label_of(codes::NATURE),
                named("nature-discussion", nature),
            );
            if let Some(apparatus) = &reason.apparatus {
                let label = out.label(value_sets::APPARATUS, apparatus);
                out.fact(out.label_of(codes::APPARATUS), named("appareil", &label));
            }
            for (rank, organ) in reason.organs.iter().enumerate() {
                let label = out.label(value_sets::ORGAN, organ);
                out.fact(out.label_of(codes::ORGAN), named(&organ_text(rank), &label));
            }
            if let Some(care) = &reason.care_type {
                let label = out.label(value_sets::CARE, care);
                out.fact(out.label_of(codes::CARE), named("traitement-soins", &label));
            }
            out.fact(
                out.label_of(codes::RECOURS_RCP),
                named("RCPrecours", french_tri(reason.is_recours_rcp)),
            );
            out.fact(
                out.label_of(codes::PAEDIATRIC_RCP),
                named("RCPpediatrique", french_tri(reason.is_paediatric_rcp)),
            );
            out.fact_if(
                "Commentaire",
                "commentaire-type-de-RCP",
                reason.type_comment.as_deref(),
            );
        });
    }

    fn motive_text(&mut self) {
        let reason = &self.report.reason;
        let status = self.label_of(self.case_status());
        self.facts(named("motif-RCP", self.label_of(codes::REASON)), |out| {
            out.fact("Raison", named("raison", &reason.problem_text));
            for (term, text, answer) in questions(reason) {
                out.fact(out.label_of(term), named(text, french_tri(answer)));
            }
            out.fact(
                out.label_of(codes::CASE_STATUS),
                named("statut-cas-presente", status),
            );
            out.fact_if(
                "Commentaire",
                "commentaire-motif-de-RCP",
                reason.reason_comment.as_deref(),
            );
        });
    }

    fn nature_entry(&mut self) {
        let nature = self.nature();
        self.simple(
            codes::NATURE,
            "nature-discussion",
            Time::Null("NAV"),
            |out| {
                out.fixed_value(&nature);
                out.related(Relation::Subject, Self::kind_entry);
                out.related(Relation::Subject, Self::motive_entry);
            },
        );
    }

    /// Apparatus and organs, or care.
    fn kind_entry(&mut self) {
        let reason = &self.report.reason;
        match self.report.kind {
            RcpKind::AppareilOrganes => {
                let Some(apparatus) = &reason.apparatus else {
                    return self.fail(WriteError::Missing("reason.apparatus"));
                };
                self.simple(codes::APPARATUS, "appareil", Time::Null("NAV"), |out| {
                    out.coded_value(value_sets::APPARATUS, apparatus, "appareil");
                    for (rank, organ) in reason.organs.iter().enumerate() {
                        let text = organ_text(rank);
                        out.related(Relation::Refers, |out| {
                            out.simple(codes::ORGAN, &text, Time::Null("NAV"), |out| {
                                out.coded_value(value_sets::ORGAN, organ, &text);
                            });
                        });
                    }
                    out.kind_details();
                });
            }
            RcpKind::Transversale => {
                let Some(care) = &reason.care_type else {
                    return self.fail(WriteError::Missing("reason.care_type"));
                };
                self.simple(codes::CARE, "traitement-soins", Time::Null("NAV"), |out| {
                    out.coded_value(value_sets::CARE, care, "traitement-soins");
                    out.kind_details();
                });
            }
        }
    }

    /// What both kinds of meeting say besides.
    fn kind_details(&mut self) {
        let reason = &self.report.reason;
        let day = self.meeting_day();
        self.related(Relation::Refers, |out| {
            out.answer(codes::RECOURS_RCP, "RCPrecours", day, reason.is_recours_rcp);
        });
        self.related(Relation::Refers, |out| {
            let answer = reason.is_paediatric_rcp;
            out.answer(
                codes::PAEDIATRIC_RCP,
                "RCPpediatrique",
                Time::Null("NAV"),
                answer,
            );
        });
        self.related_comment(
            Relation::Subject,
            reason.type_comment.as_ref(),
            "commentaire-type-de-RCP",
        );
    }

    fn motive_entry(&mut self) {
        let reason = &self.report.reason;
        let status = self.case_status();
        self.simple(codes::REASON, "motif-RCP", Time::Null("NAV"), |out| {
            out.null_value("NA");
            for (term, text, answer) in questions(reason) {
                let day = out.meeting_day();
                out.related(Relation::Refers, |out| out.answer(term, text, day, answer));
            }
            out.related(Relation::Refers, |out| {
                out.simple(
                    codes::CASE_STATUS,
                    "statut-cas-presente",
                    Time::Null("NA"),
                    |out| {
                        out.fixed_value(&status);
                    },
                );
            });
            out.related_comment(
                Relation::Subject,
                reason.reason_comment.as_ref(),
                "commentaire-motif-de-RCP",
            );
        });
    }

    fn problem_entry(&mut self) {
        let head = Observation {
            templates: templates::PROBLEM,
            term: codes::PROBLEM,
            text: "raison",
            time: Time::From(None),
            states_negation: true,
        };
        self.observation(&head, |out| {
            out.xml
                .open("value", &[("xsi:type", "CD"), ("nullFlavor", "NA")]);
            out.original_text("raison");
            out.xml.close("value");
        });
    }

    fn meeting_day(&self) -> Time {
        Time::From(Some(ts(self.report.rcp.date)))
    }

    pub(super) fn events_section(&mut self) {
        let screening = self.report.screening;
        self.section(
            &templates::EVENTS,
            |out| {
                out.facts(cell("Mode de découverte"), |out| {
                    let answer = french_tri(screening.from_screening);
                    out.fact(out.label_of(codes::SCREENING), named("depistage", answer));
                    if let Some(date) = screening.date {
                        out.fact("Date", cell(&french_date(date)));
                    }
                });
            },
            |out| {
                let time = Time::From(screening.date.map(ts_date));
                out.entry(|out| {
                    out.answer(
                        codes::SCREENING,
                        "depistage",
                        time,
                        screening.from_screening,
                    );
                });
            },
        );
    }
}

/// The four questions of the reason, with the names of their texts.
fn questions(reason: &Reason) -> [(Term, &'static str, Tri); 4] {
    [
        (codes::ADVICE, "avisDiagnostic", reason.diagnostic_advice),
        (
            codes::PROPOSAL,
            "propositionTherapeutique",
            reason.treatment_proposal,
        ),
        (codes::RECOURS, "recours", reason.recours),
        (codes::PAEDIATRIC, "pediatrique", reason.paediatric),
    ]
}

fn organ_text(rank: usize) -> String {
    format!("organe-{}", rank + 1)
}
