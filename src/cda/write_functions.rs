//! State of the patient as the volet of 2025 has it: one table, one entry for each evaluation.
//!
//! **Source:** ANS, volet CANCER-FRCP 2025.01, FR-Fonctions-physiques.

use crate::rcp::{Coded, FunctionalStatus, GeriatricEvaluation, OmsStage, PartialDate, value_sets};

use super::{
    codes::{self, Term},
    templates, templates_2025,
    write::{Out, WriteError},
    write_datatypes::{Time, french_date, ts_date},
    write_narrative::named,
};

/// What stands before the name of a geriatric instrument.
pub(super) const GERIATRIC_HEAD: &str = "Évaluation gériatrique : ";
const ECOG_NAME: &str = "Évaluation fonctionnelle selon l'échelle de performance OMS";

/// A line of the section.
struct Line<'r> {
    term: Term,
    instrument: String,
    /// Code of the instrument.
    code: Option<Coded>,
    date: Option<PartialDate>,
    found: Found<'r>,
}

/// What an evaluation found.
enum Found<'r> {
    Stage(&'static Term, Option<&'r str>),
    Score(i32),
    Result(&'r Coded),
    Nothing,
}

impl<'r> Out<'r> {
    /// Section 6, when there is something to say.
    pub(super) fn functions_section(&mut self) {
        let Some(status) = &self.report.functional_status else {
            return;
        };
        let lines = self.evaluations(status);
        if lines.is_empty() {
            return;
        }
        self.section(
            &templates::PHYSICAL_FUNCTION,
            |out| {
                out.table(&["Date", "Évaluation", "Résultat"], |out| {
                    for (rank, line) in lines.iter().enumerate() {
                        out.line_text(rank + 1, line);
                    }
                });
            },
            |out| {
                for (rank, line) in lines.iter().enumerate() {
                    out.entry(|out| out.line_entry(rank + 1, line));
                }
            },
        );
    }

    fn evaluations(&mut self, status: &'r FunctionalStatus) -> Vec<Line<'r>> {
        let mut lines = Vec::new();
        for oms in status.oms.iter().chain(&status.other_oms) {
            lines.extend(self.oms_line(oms));
        }
        if let Some(screening) = &status.geriatric_screening {
            lines.push(Line {
                term: templates_2025::GERIATRIC_EVALUATION,
                instrument: format!("{GERIATRIC_HEAD}{}", screening.tool),
                code: Some(Coded {
                    code: Some(codes::GERIATRIC_SCORE.code.to_owned()),
                    display: Some(self.label_of(codes::GERIATRIC_SCORE).to_owned()),
                    ..Coded::default()
                }),
                date: Some(screening.date),
                found: Found::Score(screening.score),
            });
        }
        lines.extend(status.geriatric_evaluations.iter().map(evaluation_line));
        lines
    }

    fn oms_line(&mut self, oms: &'r OmsStage) -> Option<Line<'r>> {
        let Some(stage) = codes::OMS_STAGES.get(usize::from(oms.stage)) else {
            self.fail(WriteError::OmsStage);
            return None;
        };
        Some(Line {
            term: templates_2025::ECOG,
            instrument: ECOG_NAME.to_owned(),
            code: None,
            date: oms.date,
            found: Found::Stage(stage, oms.text.as_deref()),
        })
    }

    fn line_text(&mut self, rank: usize, line: &Line<'r>) {
        let date = line
            .date
            .map_or_else(|| "Date inconnue".to_owned(), french_date);
        let found = match &line.found {
            Found::Stage(term, Some(text)) => format!("{} ({text})", self.label_of(**term)),
            Found::Stage(term, None) => self.label_of(**term).to_owned(),
            Found::Score(score) => score.to_string(),
            Found::Result(result) => self.label(value_sets::GERIATRIC_RESULT, result),
            Found::Nothing => "Non renseigné".to_owned(),
        };
        self.row(&[
            named(&name("evaluation", rank), &date),
            named(&name("evaluation-type", rank), &line.instrument),
            named(&name("evaluation-resultat", rank), &found),
        ]);
    }

    fn line_entry(&mut self, rank: usize, line: &Line<'r>) {
        let attributes = [
            ("classCode", "OBS"),
            ("moodCode", "EVN"),
            ("negationInd", "false"),
        ];
        self.xml.open("observation", &attributes);
        self.templates(templates::ASSESSMENT);
        self.own_id(&name("evaluation", rank));
        let attributes = self.term_attributes(&line.term);
        self.xml.open("code", &attributes);
        self.original_text(&name("evaluation-type", rank));
        if let Some(code) = &line.code {
            self.instrument_code(code);
        }
        self.xml.close("code");
        self.text_reference(&name("evaluation", rank));
        self.xml.empty("statusCode", &[("code", "completed")]);
        let time = line
            .date
            .map_or(Time::Null("UNK"), |date| Time::At(ts_date(date)));
        self.effective_time(&time);
        let result = name("evaluation-resultat", rank);
        match &line.found {
            Found::Stage(term, _) => self.pointing_term(term, &result),
            Found::Score(score) => {
                let score = score.to_string();
                self.xml
                    .empty("value", &[("xsi:type", "INT"), ("value", &score)]);
            }
            Found::Result(coded) if coded.code.is_none() => self.text_value(&result),
            Found::Result(coded) => {
                self.coded_value(value_sets::GERIATRIC_RESULT, coded, &result);
            }
            Found::Nothing => self.null_value("UNK"),
        }
        self.xml.close("observation");
    }

    fn instrument_code(&mut self, code: &Coded) {
        let own = code.code.as_deref().unwrap_or_default();
        let system = code.system.as_deref().unwrap_or(codes::LOINC);
        let display = code.display.as_deref().unwrap_or(own);
        let attributes = [
            ("code", own),
            ("codeSystem", system),
            ("displayName", display),
        ];
        match &code.text {
            Some(text) => {
                self.xml.open("translation", &attributes);
                self.xml.leaf("originalText", &[], text);
                self.xml.close("translation");
            }
            None => self.xml.empty("translation", &attributes),
        }
    }
}

fn evaluation_line(evaluation: &GeriatricEvaluation) -> Line<'_> {
    Line {
        term: templates_2025::GERIATRIC_EVALUATION,
        instrument: format!("{GERIATRIC_HEAD}{}", evaluation.instrument),
        code: evaluation.instrument_code.clone(),
        date: evaluation.date,
        found: match (&evaluation.result, evaluation.score) {
            (Some(result), _) => Found::Result(result),
            (None, Some(score)) => Found::Score(score),
            (None, None) => Found::Nothing,
        },
    }
}

fn name(head: &str, rank: usize) -> String {
    format!("{head}-{rank:02}")
}
