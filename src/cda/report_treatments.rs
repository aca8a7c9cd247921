//! Treatments of the past, and what the meeting proposes, read into the model.

use crate::rcp::{
    Coded, ComplementaryExam, Decision, PastTreatment, Proposal, Surveillance, TreatmentStatus,
    value_sets,
};

use super::{
    codes,
    report_reading::{Reader, no_date},
    report_texts::Texts,
    templates,
    tree::Element,
};

impl<'t> Reader<'t> {
    pub(super) fn past_treatments(&mut self) -> Vec<PastTreatment> {
        let Some(section) = self.section(&templates::PAST_TREATMENTS) else {
            return Vec::new();
        };
        let mut treatments = Vec::new();
        while let Some(procedure) = self.procedure(section, "EVN") {
            let (_, precision) = self.entry_text(procedure);
            let code = self.next(procedure, "code");
            let treatment = code.and_then(|code| self.pointing_code(code, value_sets::TREATMENT));
            let status = procedure.first("statusCode");
            let status = match status.and_then(|status| status.attribute("code")) {
                Some("active") => TreatmentStatus::Ongoing,
                Some("cancelled") => TreatmentStatus::NotDone,
                Some("completed") | None => TreatmentStatus::Done,
                Some(_) => {
                    self.lost(status.unwrap_or(procedure));
                    TreatmentStatus::NotDone
                }
            };
            let (start, end) = self.days_of(procedure);
            let pointer = format!("/past_treatments/{}/type", treatments.len());
            treatments.push(PastTreatment {
                treatment: self.or_unsaid(treatment, &pointer, Coded::default()),
                precision: precision.filter(|text| text != "-"),
                status,
                start,
                end,
                comment: self.comment(procedure),
            });
        }
        treatments
    }

    /// The next procedure of that mood right below an entry of the section.
    fn procedure(&mut self, section: Element<'t>, mood: &str) -> Option<Element<'t>> {
        let procedure = section
            .all("entry")
            .filter_map(|entry| entry.first("procedure"))
            .find(|procedure| {
                procedure.attribute("moodCode") == Some(mood) && !self.is_understood(*procedure)
            })?;
        self.note_up(procedure, section);
        Some(procedure)
    }

    pub(super) fn decision(&mut self) -> Decision {
        let Some(section) = self.section(&templates::PLAN) else {
            self.unsaid("/decision");
            return Decision {
                refer_to_recours_rcp: false,
                refer_to_recours_rcp_priority: None,
                complementary_exams: Vec::new(),
                surveillance: Surveillance::default(),
                proposals: Vec::new(),
                comment: None,
            };
        };
        let recours = self.coded_entry(section, "encounter", &codes::GO_TO_RECOURS);
        let priority = recours.and_then(|entry| self.next(entry, "priorityCode"));
        if let Some(entry) = recours {
            self.ignore_time(entry);
        }
        let mut complementary_exams = Vec::new();
        while let Some(exam) = self.exam(section, complementary_exams.len()) {
            complementary_exams.push(exam);
        }
        Decision {
            refer_to_recours_rcp: recours.is_some(),
            refer_to_recours_rcp_priority: priority.and_then(|code| self.priority(code)),
            complementary_exams,
            surveillance: self.surveillance(section),
            proposals: self.proposals(section),
            comment: self.comment(section),
        }
    }

    fn priority(&mut self, code: Element<'t>) -> Option<Coded> {
        let code = Coded::of(Self::attribute(code, "code")?);
        Some(code)
    }

    fn exam(&mut self, section: Element<'t>, rank: usize) -> Option<ComplementaryExam> {
        let entry = section
            .all("entry")
            .filter_map(|entry| entry.first("observation"))
            .find(|entry| {
                super::report_entries::has_code(*entry, &codes::EXAM_REQUEST)
                    && !self.is_understood(*entry)
            })?;
        self.note_up(entry, section);
        self.next(entry, "code");
        let (_, text) = self.entry_text(entry);
        let (earliest, latest) = self.days_of(entry);
        let pointer = |field| format!("/decision/complementary_exams/{rank}/{field}");
        let (text_at, earliest_at) = (pointer("text"), pointer("earliest"));
        Some(ComplementaryExam {
            text: self.or_unsaid(text, &text_at, String::new()),
            earliest: self.or_unsaid(earliest, &earliest_at, no_date()),
            latest,
        })
    }

    /// Surveillance alone; without entry, the text may still say how, after `Non : `.
    fn surveillance(&mut self, section: Element<'t>) -> Surveillance {
        let entry = section.descendants().find(|entry| {
            entry.is("encounter") && super::report_entries::has_code(*entry, &codes::SURVEILLANCE)
        });
        let written = match entry {
            Some(entry) => self.entry_text(entry).1,
            None => self.texts.named("surveillance"),
        };
        if let Some(entry) = entry {
            self.note_up(entry, section);
            self.next(entry, "code");
            self.next(entry, "priorityCode");
            self.ignore_time(entry);
        }
        let text = written.and_then(|text| after_answer(&text));
        Surveillance {
            needed: entry.is_some(),
            text,
        }
    }

    fn proposals(&mut self, section: Element<'t>) -> Vec<Proposal> {
        let mut proposals: Vec<Proposal> = Vec::new();
        while let Some(procedure) = self.procedure(section, "INT") {
            let code = self.next(procedure, "code");
            let (name, shown) = self.entry_text(procedure);
            let written = code
                .and_then(|code| code.first("originalText"))
                .and_then(Texts::target);
            let mut treatment =
                code.and_then(|code| self.pointing_code(code, value_sets::TREATMENT));
            // One text for both: what differs from the label of the code is another label, unless
            // it only adds to it.
            let mut label = None;
            if written == name {
                if let Some(coded) = treatment.as_mut().filter(|coded| coded.code.is_some())
                    && coded.text == shown
                {
                    label = coded.text.take();
                }
            } else {
                label = shown;
            }
            if let Some(priority) = self.next(procedure, "priorityCode") {
                self.note_all(priority);
            }
            let (intention, sequence) = name
                .and_then(ranks)
                .unwrap_or((1, u32::try_from(proposals.len() + 1).unwrap_or(u32::MAX)));
            let (start, end) = self.days_of(procedure);
            let precision = name.and_then(|name| {
                self.texts
                    .named(&format!("precision-{name}"))
                    .filter(|text| text != "-")
            });
            let pointer = format!("/decision/proposals/{}/type", proposals.len());
            proposals.push(Proposal {
                intention,
                sequence,
                treatment: self.or_unsaid(treatment, &pointer, Coded::default()),
                label,
                precision,
                start,
                end,
            });
        }
        proposals
    }
}

/// Intention and sequence, from `traitement-<intention>-<sequence>`.
fn ranks(name: &str) -> Option<(u32, u32)> {
    let mut parts = name.rsplit('-');
    let sequence = parts.next()?.parse().ok()?;
    let intention = parts.next()?.parse().ok()?;
    Some((intention, sequence))
}

/// Words after `Oui : `, `Non : ` or `Ne sait pas : `, or in brackets after them; words that answer
/// nothing, whole.
pub(super) fn after_answer(text: &str) -> Option<String> {
    let answer = ["oui", "non", "ne sait pas"].into_iter().find(|answer| {
        text.get(..answer.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(answer))
    });
    let rest = text.get(answer.map_or(0, str::len)..).unwrap_or_default();
    if answer.is_none() || rest.is_empty() {
        return Some(rest.to_owned()).filter(|rest| !rest.is_empty());
    }
    let bracketed = || rest.strip_prefix(" (")?.strip_suffix(')');
    let words = rest.strip_prefix(" : ").or_else(bracketed).unwrap_or(text);
    Some(words.to_owned())
}
