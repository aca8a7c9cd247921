//! State of the patient, pregnancies and wishes, read into the model: both volets.

use crate::rcp::{
    Coded, DatedLabel, FunctionalStatus, GeriatricEvaluation, GeriatricScreening, OmsStage,
    Pregnancy, PregnancyFact, PrivacyNotice, When, value_sets,
};

use super::{
    codes::{self, Term},
    report_datatypes::beside_label,
    report_reading::Reader,
    report_texts::words,
    templates, templates_2025,
    tree::Element,
    write_functions::GERIATRIC_HEAD,
};

impl<'t> Reader<'t> {
    /// State of the patient: in sub-sections in the volet of 2022, in one table in that of 2025.
    pub(super) fn functional_status(&mut self) -> Option<FunctionalStatus> {
        let section = self
            .section(&templates::FUNCTIONAL_STATUS)
            .or_else(|| self.section(&templates::PHYSICAL_FUNCTION))?;
        let inner = section.descendants().filter(|inner| inner.is("section"));
        for inner in inner.collect::<Vec<_>>() {
            self.note_up(inner, section);
            self.next(inner, "code");
        }
        self.pain(section);
        let mut stages = Vec::new();
        for term in [codes::OMS, templates_2025::ECOG] {
            while let Some(entry) = self.observation(section, &term) {
                stages.extend(self.oms(entry));
            }
        }
        let mut stages = stages.into_iter();
        let mut geriatric_screening = self.geriatric_score(section);
        let mut geriatric_evaluations = Vec::new();
        while let Some(entry) = self.observation(section, &templates_2025::GERIATRIC_EVALUATION) {
            let evaluation = self.evaluation(entry, geriatric_evaluations.len());
            match evaluation.as_screening() {
                Some(screening) if geriatric_screening.is_none() => {
                    geriatric_screening = Some(screening);
                }
                _ => geriatric_evaluations.push(evaluation),
            }
        }
        Some(FunctionalStatus {
            oms: stages.next(),
            other_oms: stages.collect(),
            geriatric_screening,
            geriatric_evaluations,
        })
    }

    /// The volet of 2022 wants an assessment of pain, and no report has one to give.
    fn pain(&mut self, section: Element<'t>) {
        if let Some(pain) = self.observation(section, &codes::PAIN) {
            self.ignore_time(pain);
            let value = self.next(pain, "value");
            if let Some(value) = value.filter(|value| value.attribute("nullFlavor").is_none()) {
                self.lost(value);
            }
        }
    }

    fn oms(&mut self, entry: Element<'t>) -> Option<OmsStage> {
        let date = self.day_of(entry);
        self.code_words(entry);
        let value = self.next(entry, "value")?;
        if let Some(interpretation) = entry.first("interpretationCode") {
            self.note_all(interpretation);
        }
        let code = value.attribute("code").unwrap_or_default();
        let newest = codes::OMS_STAGES.iter().position(|term| term.code == code);
        let former = || {
            let former = codes::FORMER_OMS_STAGES.iter();
            former.copied().position(|former| former == code)
        };
        let stage = newest.or_else(former);
        let Some(stage) = stage.and_then(|stage| u8::try_from(stage).ok()) else {
            self.lost(value);
            return None;
        };
        let label = Self::attribute(value, "displayName").unwrap_or_default();
        let written = match value.first("originalText") {
            Some(_) => self.original_text(value),
            None => entry
                .first("text")
                .and_then(|text| self.texts.pointed(text)),
        };
        let text = written.and_then(|written| beside_label(&written, code, &label));
        Some(OmsStage { stage, date, text })
    }

    /// Words that the code of an entry points at.
    fn code_words(&mut self, entry: Element<'t>) -> Option<String> {
        let code = entry.first("code")?;
        self.original_text(code)
    }

    /// The score of the volet of 2022.
    fn geriatric_score(&mut self, section: Element<'t>) -> Option<GeriatricScreening> {
        let entry = self.observation(section, &codes::GERIATRIC_SCORE)?;
        let tool = entry
            .first("text")
            .and_then(|text| self.texts.pointed(text));
        let date = self.day_of(entry);
        let value = self.next(entry, "value")?;
        let score = value
            .attribute("value")
            .and_then(|score| score.trim().parse().ok());
        match (tool, score, date) {
            (Some(tool), Some(score), Some(date)) => Some(GeriatricScreening { tool, score, date }),
            _ => {
                self.lost(entry);
                None
            }
        }
    }

    fn evaluation(&mut self, entry: Element<'t>, rank: usize) -> GeriatricEvaluation {
        let name = self.code_words(entry);
        let instrument = name.map(|name| match name.strip_prefix(GERIATRIC_HEAD) {
            Some(instrument) => instrument.to_owned(),
            None => name,
        });
        let translation = entry
            .first("code")
            .and_then(|code| self.next(code, "translation"));
        let instrument_code = translation.and_then(|code| self.coded(code, ""));
        let date = self.day_of(entry);
        let mut evaluation = GeriatricEvaluation {
            instrument: String::new(),
            instrument_code: instrument_code.map(Coded::of_loinc),
            date,
            score: None,
            result: None,
        };
        if let Some(value) = self.next(entry, "value") {
            match value.value_type() {
                Some("INT") => {
                    evaluation.score = value
                        .attribute("value")
                        .and_then(|score| score.trim().parse().ok());
                }
                Some("CD" | "CE") => {
                    evaluation.result = self.pointing_code(value, value_sets::GERIATRIC_RESULT);
                }
                _ => evaluation.result = self.value_in_words(value).map(Coded::free_text),
            }
        }
        let pointer = format!("/functional_status/geriatric_evaluations/{rank}/instrument");
        evaluation.instrument = self.or_unsaid(instrument, &pointer, String::new());
        evaluation
    }

    /// A value of another type as people read it: its text, or its number and its unit.
    fn value_in_words(&mut self, value: Element<'t>) -> Option<String> {
        let unit = Self::attribute(value, "unit");
        let number = Self::attribute(value, "value");
        match (number, unit) {
            (Some(number), Some(unit)) => Some(format!("{number} {unit}")),
            (Some(number), None) => Some(number),
            (None, _) => words(value),
        }
    }

    /// Pregnancies.
    pub(super) fn pregnancy(&mut self) -> Option<Pregnancy> {
        let section = self.section(&templates_2025::PREGNANCY)?;
        let mut number = |term: &Term| {
            let entry = self.observation(section, term)?;
            self.ignore_time(entry);
            let value = self.next(entry, "value")?;
            let number = value.attribute("value")?.trim().parse().ok();
            if number.is_none() {
                self.lost(value);
            }
            number
        };
        let (gravidity, parity) = (
            number(&templates_2025::GRAVIDITY),
            number(&templates_2025::PARITY),
        );
        let project = self.observation(section, &templates_2025::PARENTAL_PROJECT);
        let parental_project = project.and_then(|entry| {
            self.ignore_time(entry);
            let value = self.next(entry, "value")?;
            if value.value_type() != Some("BL") {
                // Some documents copy a number there, which answers nothing.
                self.lost(value);
                return None;
            }
            Some(self.boolean(value))
        });
        let mut other = Vec::new();
        let entries = section
            .all("entry")
            .filter_map(|entry| entry.first("observation"));
        for entry in entries.collect::<Vec<_>>() {
            if !self.is_taken(entry) {
                other.extend(self.pregnancy_fact(entry, section));
            }
        }
        Some(Pregnancy {
            gravidity,
            parity,
            parental_project,
            other,
        })
    }

    fn pregnancy_fact(
        &mut self,
        entry: Element<'t>,
        section: Element<'t>,
    ) -> Option<PregnancyFact> {
        let code = entry
            .first("code")
            .filter(|code| code.attribute("code").is_some())?;
        self.note_up(entry, section);
        let what = self.coded(code, value_sets::PREGNANCY)?;
        if let Some(text) = entry.first("text") {
            self.note_all(text);
        }
        let observed_on = self.day_of(entry);
        let mut fact = PregnancyFact {
            what,
            number: None,
            on: None,
            answer: None,
            text: None,
            observed_on,
        };
        let value = self.next(entry, "value")?;
        match value.value_type() {
            Some("INT") => fact.number = value.attribute("value")?.trim().parse().ok(),
            Some("TS") => fact.on = self.day(value),
            Some("BL") => fact.answer = Some(self.boolean(value)),
            Some("CD" | "CE") => {
                let coded = self.pointing_code(value, "")?;
                fact.text = coded.text.or(coded.display).or(coded.code);
            }
            _ => fact.text = self.value_in_words(value),
        }
        Some(fact)
    }

    /// What the patient wishes: one comment each, else the lines of the text.
    pub(super) fn patient_wishes(&mut self) -> Vec<DatedLabel> {
        let Some(section) = self.section(&templates_2025::WISHES) else {
            return Vec::new();
        };
        let mut wishes = Vec::new();
        let acts = section.all("entry").filter_map(|entry| entry.first("act"));
        for act in acts.collect::<Vec<_>>() {
            self.note_up(act, section);
            self.next(act, "code");
            let (_, label) = self.entry_text(act);
            let time = self.next(act, "effectiveTime");
            let date: Option<When> = time.and_then(|time| self.when(time));
            match label {
                Some(label) => wishes.push(DatedLabel { date, label }),
                None => self.lost(act),
            }
        }
        if wishes.is_empty() {
            wishes = super::report_state::dated_lines(section);
        }
        wishes
    }

    /// What patients are told of their data; of another vendor's, the text after the first blank
    /// line is that on the use by public bodies.
    pub(super) fn privacy_notice(&mut self) -> Option<PrivacyNotice> {
        let section = self.section(&templates_2025::NOTICE)?;
        if let Some(code) = section.first("code") {
            self.note_all(code);
        }
        let (team, reuse) = (
            self.texts.named("information-equipe"),
            self.texts.named("information-reutilisation"),
        );
        if team.is_some() || reuse.is_some() {
            return Some(PrivacyNotice {
                team_text: team,
                reuse_text: reuse,
            });
        }
        let whole = section.first("text").and_then(words)?;
        let (team, reuse) = match whole.split_once("\n\n") {
            Some((team, reuse)) => (team.to_owned(), Some(reuse.to_owned())),
            None => (whole, None),
        };
        Some(PrivacyNotice {
            team_text: Some(team),
            reuse_text: reuse,
        })
    }

    /// The PDF is the document itself once more: the report that is read says all of it. Anything
    /// else attached there has no field.
    pub(super) fn pdf_copy(&mut self) {
        let Some(section) = self.section(&templates_2025::PDF_COPY) else {
            return;
        };
        for entry in section.all("entry").collect::<Vec<_>>() {
            let is_pdf = entry
                .descendants()
                .filter(|media| media.is("observationMedia"))
                .filter_map(|media| media.first("value"))
                .all(|value| value.attribute("mediaType") == Some("application/pdf"));
            if is_pdf {
                self.note_all(entry);
            }
        }
    }
}

impl GeriatricEvaluation {
    /// The same as a screening by a score, when it is one.
    fn as_screening(&self) -> Option<GeriatricScreening> {
        let code = self.instrument_code.as_ref()?;
        if !code.is(codes::GERIATRIC_SCORE.code) || self.result.is_some() {
            return None;
        }
        Some(GeriatricScreening {
            tool: self.instrument.clone(),
            score: self.score?,
            date: self.date?,
        })
    }
}

impl Coded {
    /// The same, without the system when it is LOINC.
    fn of_loinc(mut self) -> Self {
        self.system = self.system.take().filter(|system| system != codes::LOINC);
        self
    }
}
