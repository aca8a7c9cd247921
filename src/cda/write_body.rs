//! The body: its sections in the order of the volet, and those about the report itself
//! (sections 13, 14 and 16 to 18 of the volet of 2022).
//!
//! **Source:** ANS, volets CANCER-FRCP 2022.01 and 2025.01.

use crate::{
    config::Volet,
    rcp::{DocumentStatus, Quorum},
};

use super::{
    codes::{self, Term},
    templates,
    volet::Target,
    write::Out,
    write_datatypes::{Time, french_date, french_tri, ts_date},
    write_entries::{Observation, Relation},
    write_narrative::{cell, named},
};

impl Out<'_> {
    pub(super) fn body(&mut self) {
        self.xml.open("component", &[]);
        self.xml.open("structuredBody", &[]);
        self.reason_section();
        self.events_section();
        self.tumours_section();
        self.history_sections();
        match self.target.volet() {
            Volet::Frcp2022 => self.functional_status_section(),
            Volet::Frcp2025 => {
                self.functions_section();
                self.pregnancy_section();
                self.wishes_section();
            }
        }
        self.exams_section();
        self.progress_section();
        self.past_treatments_section();
        self.source_sections();
        self.summary_section();
        self.file_section();
        self.plan_section();
        self.framework_section();
        self.patient_comment_section();
        self.status_section();
        if let Target::Frcp2025 { notice, pdf_copy } = self.target {
            self.notice_section(notice);
            if let Some(pdf) = pdf_copy {
                self.copy_section(pdf);
            }
        }
        self.xml.close("structuredBody");
        self.xml.close("component");
    }

    /// Section 13.
    fn summary_section(&mut self) {
        let summary = &self.report.case_summary;
        self.section(
            &templates::SUMMARY,
            |out| {
                let text = named("synthese-question", &summary.summary_and_question);
                out.headed_paragraph("Synthèse du cas présenté et question posée à la RCP", text);
                if let Some(other) = &summary.other_data {
                    let text = named("autres-donnees", other);
                    out.headed_paragraph("Autres données indispensables", text);
                }
            },
            |_| {},
        );
    }

    /// Section 14.
    fn file_section(&mut self) {
        let status = &self.report.file_status;
        let quorum = match status.quorum {
            Quorum::Atteint => codes::QUORUM_REACHED,
            Quorum::NonAtteint => codes::QUORUM_NOT_REACHED,
            Quorum::NeSaitPas => codes::QUORUM_UNKNOWN,
        };
        self.section(
            &templates::FILE,
            |out| {
                out.facts(cell("Statut du dossier"), |out| {
                    let complete = french_tri(status.complete);
                    out.fact(
                        out.label_of(codes::FILE_COMPLETE),
                        named("dossier-complet", complete),
                    );
                    out.fact(
                        out.label_of(codes::QUORUM),
                        named("quorum", out.label_of(quorum)),
                    );
                    out.fact_if(
                        "Commentaire",
                        "commentaire-dossier",
                        status.comment.as_deref(),
                    );
                });
            },
            |out| out.entry(|out| out.file_entry(&quorum)),
        );
    }

    fn file_entry(&mut self, quorum: &Term) {
        let status = &self.report.file_status;
        self.xml.open(
            "organizer",
            &[("classCode", "CLUSTER"), ("moodCode", "EVN")],
        );
        self.templates(templates::FILE_STATUS);
        self.own_id("file status");
        self.term("code", &codes::FILE);
        self.xml.empty("statusCode", &[("code", "completed")]);
        self.xml.open("component", &[]);
        self.answer(
            codes::FILE_COMPLETE,
            "dossier-complet",
            Time::Null("NA"),
            status.complete,
        );
        self.xml.close("component");
        self.xml.open("component", &[]);
        self.simple(codes::QUORUM, "quorum", Time::Null("NA"), |out| {
            out.fixed_value(quorum);
        });
        self.xml.close("component");
        if status.comment.is_some() {
            self.xml.open("component", &[("typeCode", "COMP")]);
            self.comment("commentaire-dossier");
            self.xml.close("component");
        }
        self.xml.close("organizer");
    }

    /// Section 16.
    fn framework_section(&mut self) {
        let framework = &self.report.framework;
        self.section(&templates::FRAMEWORK, Self::framework_text, |out| {
            if framework.guideline.is_some() {
                out.entry(Self::guideline_entry);
            }
            if let Some(answer) = framework.clinical_trial {
                out.entry(|out| {
                    out.answer(codes::TRIAL, "essai-clinique", Time::Null("NA"), answer);
                });
            }
            if framework.comment.is_some() {
                out.entry(|out| out.comment("commentaire-cadre-proposition"));
            }
        });
    }

    fn framework_text(&mut self) {
        let framework = &self.report.framework;
        self.facts(cell("Cadre de la proposition"), |out| {
            match &framework.guideline {
                Some(guideline) => {
                    let follows = if guideline.follows { "Oui" } else { "Non" };
                    out.fact(
                        "Proposition conforme au référentiel",
                        named("pratique-clinique", follows),
                    );
                    out.fact(
                        "Référentiel",
                        named("nom-referentiel", &guideline.name_version),
                    );
                    if let Some(date) = guideline.date {
                        out.fact("Date du référentiel", cell(&french_date(date)));
                    }
                }
                None => out.fact("Référentiel", cell("Non précisé")),
            }
            let answer = framework.clinical_trial.map(french_tri);
            let answer = match (answer, framework.clinical_trial_text.as_deref()) {
                (Some(answer), Some(text)) => Some(format!("{answer} : {text}")),
                (answer, text) => answer.or(text).map(str::to_owned),
            };
            out.fact_if(
                out.label_of(codes::TRIAL),
                "essai-clinique",
                answer.as_deref(),
            );
            out.fact_if(
                "Commentaire",
                "commentaire-cadre-proposition",
                framework.comment.as_deref(),
            );
        });
    }

    fn guideline_entry(&mut self) {
        let Some(guideline) = &self.report.framework.guideline else {
            return;
        };
        let term = codes::GUIDELINE;
        self.xml
            .open("observation", &[("classCode", "OBS"), ("moodCode", "EVN")]);
        self.templates(templates::SIMPLE_OBSERVATION);
        self.own_id("guideline");
        let attributes = [
            ("code", term.code),
            ("codeSystem", term.system),
            ("displayName", self.label_of(term)),
        ];
        self.xml.open("code", &attributes);
        self.xml.open("translation", &[]);
        self.original_text("nom-referentiel");
        self.xml.close("translation");
        self.xml.close("code");
        self.text_reference("pratique-clinique");
        self.xml.empty("statusCode", &[("code", "completed")]);
        let time = guideline
            .date
            .map_or(Time::Null("UNK"), |date| Time::At(ts_date(date)));
        self.effective_time(&time);
        self.text_value("nom-referentiel");
        self.xml.close("observation");
    }

    /// Section 17, when there is something to say.
    fn patient_comment_section(&mut self) {
        let Some(comment) = &self.report.patient_comment else {
            return;
        };
        self.section(
            &templates::PATIENT_COMMENT,
            |out| out.paragraph(named("commentaire-patient", comment)),
            |_| {},
        );
    }

    /// Section 18.
    fn status_section(&mut self) {
        let document = &self.report.document;
        let status = match document.status {
            DocumentStatus::EnCours => codes::STATUS_RUNNING,
            DocumentStatus::Realise => codes::STATUS_DONE,
            DocumentStatus::Approuve => codes::STATUS_APPROVED,
            DocumentStatus::Cloture => codes::STATUS_CLOSED,
        };
        self.section(
            &templates::STATUS,
            |out| {
                out.facts(cell("Statut du document"), |out| {
                    out.fact("Statut", named("statut-document", out.label_of(status)));
                    out.fact("Date", cell(&french_date(document.status_date)));
                    out.fact_if(
                        "Commentaire",
                        "commentaire-document",
                        document.comment.as_deref(),
                    );
                });
            },
            |out| {
                let head = Observation {
                    templates: templates::DOCUMENT_STATUS,
                    term: codes::DOCUMENT_STATUS,
                    text: "statut-document",
                    time: Time::At(ts_date(document.status_date)),
                    states_negation: false,
                };
                out.entry(|out| {
                    out.observation(&head, |out| {
                        out.fixed_value(&status);
                        out.related_comment(
                            Relation::Subject,
                            document.comment.as_ref(),
                            "commentaire-document",
                        );
                    });
                });
            },
        );
    }
}
