//! The tumours and their stage (section 3).
//!
//! **Source:** ANS, volet CANCER-FRCP 2022.01, FR-Diagnostic-du-cancer.

use crate::{
    config::Volet,
    rcp::{Coded, OtherClassification, Tnm, TnmStage, Tumour, value_sets},
};

use super::{
    codes::{self, TNM, Term},
    templates,
    write::Out,
    write_datatypes::{Time, french_date, ts_date},
    write_entries::{Observation, Relation},
    write_narrative::{cell, named},
};

impl<'r> Out<'r> {
    pub(super) fn tumours_section(&mut self) {
        let tumours = &self.report.tumours;
        self.section(
            &templates::TUMOURS,
            |out| {
                for (rank, tumour) in tumours.iter().enumerate() {
                    out.tumour_text(rank + 1, tumour);
                }
            },
            |out| out.entry(Self::problems_entry),
        );
    }

    fn tumour_text(&mut self, rank: usize, tumour: &'r Tumour) {
        let caption = format!("Tumeur {rank}");
        self.facts(named(&name("tumeur", rank), &caption), |out| {
            let date = tumour
                .diagnosis_date
                .map_or_else(|| "Inconnue".to_owned(), french_date);
            out.fact("Date du diagnostic initial", cell(&date));
            let topography = out.coded_text(value_sets::TUMOUR, &tumour.topography);
            out.fact(
                "Topographie",
                named(&name("topographie", rank), &topography),
            );
            if let Some(laterality) = &tumour.laterality {
                let label = out.label(value_sets::LATERALITY, laterality);
                out.fact(
                    out.label_of(codes::SIDE),
                    named(&name("lateralite", rank), &label),
                );
            }
            let morphology = out.coded_text(value_sets::MORPHOLOGY, &tumour.morphology);
            out.fact(
                "Morphologie",
                named(&name("morphologie", rank), &morphology),
            );
            out.stage_text(rank, &tumour.tnm);
            for (other_rank, other) in tumour.other_classifications.iter().enumerate() {
                out.other_stage_text(&other_key(rank, other_rank), other);
            }
            out.fact_if(
                "Commentaire",
                &name("commentaire-tumeur", rank),
                tumour.comment.as_deref(),
            );
        });
    }

    /// Code, then label, as clinicians write them.
    fn coded_text(&mut self, value_set: &'static str, coded: &'r Coded) -> String {
        let label = self.label(value_set, coded);
        match &coded.code {
            Some(code) => format!("{code} {label}"),
            None => label,
        }
    }

    fn stage_text(&mut self, rank: usize, tnm: &Tnm) {
        let none = |words: &str| (words.to_owned(), [words; 3].map(str::to_owned));
        let (stage, parts) = match tnm {
            Tnm::Unsaid => none("Non renseigné"),
            Tnm::NotApplicable => none("Non applicable"),
            Tnm::Staged(stage) => {
                let edition = format!("TNM {}e édition", stage.edition);
                let shown = match &stage.stage {
                    Some(group) => format!("{group} ({edition})"),
                    None => edition,
                };
                let parts = components(stage).map(|(_, _, code, text)| match text {
                    Some(text) => format!("{code} : {text}"),
                    None => code.to_owned(),
                });
                (shown, parts)
            }
        };
        self.fact(
            self.label_of(codes::STAGE),
            named(&name("stade", rank), &stage),
        );
        for ((term, key), text) in COMPONENTS.iter().zip(&parts) {
            self.fact(self.label_of(*term), named(&name(key, rank), text));
        }
    }

    fn other_stage_text(&mut self, key: &str, other: &OtherClassification) {
        let value = Some(&other.value);
        self.other_stage_row(codes::OTHER_STAGE, "autre-classification", key, value);
        for (term, head, text) in details(other) {
            self.other_stage_row(term, head, key, text);
        }
    }

    fn other_stage_row(&mut self, term: Term, head: &str, key: &str, text: Option<&String>) {
        let text = text.map(String::as_str);
        self.fact_if(self.label_of(term), &format!("{head}-{key}"), text);
    }

    /// All the tumours in one act: several acts make the official checker fail.
    fn problems_entry(&mut self) {
        let tumours = &self.report.tumours;
        let first = tumours
            .iter()
            .filter_map(|tumour| tumour.diagnosis_date)
            .min_by_key(|date| date.earliest());
        self.xml
            .open("act", &[("classCode", "ACT"), ("moodCode", "EVN")]);
        self.templates(templates::CANCER_PROBLEMS);
        self.own_id("tumours");
        self.null("code", "NA");
        self.xml.empty("statusCode", &[("code", "active")]);
        self.effective_time(&Time::From(first.map(ts_date)));
        for (rank, tumour) in tumours.iter().enumerate() {
            self.related(Relation::DirectSubject, |out| {
                out.diagnosis_entry(rank + 1, tumour);
            });
        }
        self.xml.close("act");
    }

    fn diagnosis_entry(&mut self, rank: usize, tumour: &'r Tumour) {
        let text = name("tumeur", rank);
        let head = Observation {
            templates: templates::CANCER_DIAGNOSIS,
            term: codes::DIAGNOSIS,
            text: &text,
            time: Time::From(tumour.diagnosis_date.map(ts_date)),
            states_negation: true,
        };
        self.observation(&head, |out| {
            let morphology = name("morphologie", rank);
            out.coded_value(value_sets::MORPHOLOGY, &tumour.morphology, &morphology);
            out.site(rank, tumour);
            out.related(Relation::DirectSubject, |out| {
                out.stage_entry(rank, &tumour.tnm);
            });
            for (other_rank, other) in tumour.other_classifications.iter().enumerate() {
                out.related(Relation::DirectSubject, |out| {
                    out.other_stage_entry(&other_key(rank, other_rank), other);
                });
            }
            out.related_comment(
                Relation::InvertedSubject,
                tumour.comment.as_ref(),
                &name("commentaire-tumeur", rank),
            );
        });
    }

    fn site(&mut self, rank: usize, tumour: &'r Tumour) {
        let text = name("topographie", rank);
        self.pointing_code(
            "targetSiteCode",
            &[],
            value_sets::TUMOUR,
            &tumour.topography,
            &text,
            |out| {
                let Some(laterality) = &tumour.laterality else {
                    return;
                };
                out.xml.open("qualifier", &[]);
                out.term("name", &codes::SIDE);
                let text = name("lateralite", rank);
                out.pointing_code(
                    "value",
                    &[],
                    value_sets::LATERALITY,
                    laterality,
                    &text,
                    |_| {},
                );
                out.xml.close("qualifier");
            },
        );
    }

    fn stage_entry(&mut self, rank: usize, tnm: &'r Tnm) {
        let text = name("stade", rank);
        let date = match tnm {
            Tnm::Unsaid | Tnm::NotApplicable => None,
            Tnm::Staged(stage) => stage.date.map(ts_date),
        };
        let head = Observation {
            templates: templates::TNM_STAGE,
            term: codes::STAGE,
            text: &text,
            time: Time::From(date.clone()),
            states_negation: true,
        };
        self.observation(&head, |out| match tnm {
            Tnm::Unsaid => out.no_stage(rank, "UNK"),
            Tnm::NotApplicable => out.no_stage(rank, "NA"),
            Tnm::Staged(stage) => {
                out.stage_value(stage);
                for (term, key, code, _) in components(stage) {
                    let text = name(key, rank);
                    let time = Time::From(date.clone());
                    out.related(Relation::Component, |out| {
                        out.simple(term, &text, time, |out| {
                            out.tnm_value(&[("xsi:type", "CD")], code, Some(&stage.edition));
                        });
                    });
                }
            }
        });
    }

    /// The parts stand there all the same, with the reason why they say nothing.
    fn no_stage(&mut self, rank: usize, flavor: &str) {
        self.null_value(flavor);
        for (term, key) in COMPONENTS {
            let text = name(key, rank);
            self.related(Relation::Component, |out| {
                out.simple(term, &text, Time::Null("NA"), |out| out.null_value(flavor));
            });
        }
    }

    fn stage_value(&mut self, stage: &TnmStage) {
        self.xml.open("value", &[("xsi:type", "CD")]);
        if let Some(group) = &stage.stage {
            self.qualifier(&codes::STAGE_GROUP, group);
        }
        self.qualifier(&codes::TNM_EDITION, &stage.edition);
        self.xml.close("value");
    }

    fn qualifier(&mut self, name: &Term, code: &str) {
        self.xml.open("qualifier", &[]);
        self.term("name", name);
        self.tnm_value(&[], code, None);
        self.xml.close("qualifier");
    }

    fn tnm_value(&mut self, before: &[(&str, &str)], code: &str, edition: Option<&str>) {
        let mut attributes = before.to_vec();
        attributes.extend([("code", code), ("codeSystem", TNM)]);
        let volet = self.target.volet();
        attributes.extend(codes::system_name(TNM, volet).map(|name| ("codeSystemName", name)));
        // The volet of 2025 says the edition once, in the qualifier.
        let edition = edition.filter(|_| volet == Volet::Frcp2022);
        attributes.extend(edition.map(|edition| ("codeSystemVersion", edition)));
        self.xml.empty("value", &attributes);
    }

    fn other_stage_entry(&mut self, key: &str, other: &OtherClassification) {
        let text = format!("autre-classification-{key}");
        self.simple(codes::OTHER_STAGE, &text, Time::Null("NA"), |out| {
            out.text_value(&text);
            for (term, head, said) in details(other) {
                if said.is_none() {
                    continue;
                }
                let text = format!("{head}-{key}");
                out.related(Relation::Component, |out| {
                    out.simple(term, &text, Time::Null("NA"), |out| out.text_value(&text));
                });
            }
        });
    }
}

/// Name and version of a classification, with the heads of the names of their texts.
fn details(other: &OtherClassification) -> [(Term, &'static str, Option<&String>); 2] {
    [
        (
            codes::CLASSIFICATION_NAME,
            "autre-classification-nom",
            other.name.as_ref(),
        ),
        (
            codes::CLASSIFICATION_VERSION,
            "autre-classification-version",
            other.version.as_ref(),
        ),
    ]
}

/// The three parts of a stage, with the heads of the names of their texts.
const COMPONENTS: [(Term, &str); 3] = [
    (codes::TNM_T, "TNM-T"),
    (codes::TNM_N, "TNM-N"),
    (codes::TNM_M, "TNM-M"),
];

/// The three parts of a stage, with their code and what it means.
fn components(stage: &TnmStage) -> [(Term, &'static str, &str, Option<&str>); 3] {
    [
        (codes::TNM_T, "TNM-T", &stage.t, stage.t_text.as_deref()),
        (codes::TNM_N, "TNM-N", &stage.n, stage.n_text.as_deref()),
        (codes::TNM_M, "TNM-M", &stage.m, stage.m_text.as_deref()),
    ]
}

fn name(head: &str, rank: usize) -> String {
    format!("{head}-{rank}")
}

fn other_key(rank: usize, other_rank: usize) -> String {
    format!("{rank}-{}", other_rank + 1)
}
