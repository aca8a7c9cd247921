//! History and state of the patient, examinations and course of the disease, read into the model.

use crate::rcp::{Course, DatedLabel, Exam, Paraclinical, Phase, Progression, When};

use super::{
    codes,
    report_reading::{Reader, no_date},
    report_texts::{cells, parse_french, words},
    templates::{self, SectionKind},
    tree::Element,
};

impl<'t> Reader<'t> {
    /// Lines of a section that is narrative alone: a date when the first cell is one, then words.
    pub(super) fn dated_labels(&mut self, kind: &SectionKind) -> Vec<DatedLabel> {
        let Some(section) = self.section(kind) else {
            return Vec::new();
        };
        dated_lines(section)
    }

    pub(super) fn paraclinical(&mut self) -> Option<Paraclinical> {
        let section = self.section(&templates::EXAMS)?;
        let mut paraclinical = Paraclinical::default();
        let mut comments = Vec::new();
        for line in lines(section) {
            let (date, rest) = split_date(&line);
            match rest.split_first() {
                Some((name, results)) if line.len() > 1 && !name.is_empty() => {
                    paraclinical.exams.push(Exam {
                        date,
                        name: name.clone(),
                        result: results.join(" "),
                    });
                }
                _ => comments.push(line.join(" ")),
            }
        }
        let comment = comments.join("\n");
        let comment = comment.strip_prefix("Commentaire\n").unwrap_or(&comment);
        paraclinical.comment = Some(comment.to_owned()).filter(|text| !text.is_empty());
        Some(paraclinical)
    }

    /// Where the disease stands.
    pub(super) fn course(&mut self) -> Course {
        let section = self.section(&templates::PROGRESS);
        let entry = section.and_then(|section| self.observation(section, &codes::PHASE));
        let phase_date = entry.and_then(|entry| self.day_of(entry));
        let phase_comment = entry.and_then(|entry| self.comment(entry));
        let phase = entry.and_then(|entry| {
            self.listed_value(
                entry,
                &[
                    (&[codes::FIRST_PHASE], Phase::Initiale),
                    (&[codes::RELAPSE], Phase::Rechute),
                ],
            )
        });
        Course {
            phase: self.or_unsaid(phase, "/course/phase", Phase::Initiale),
            phase_date,
            phase_comment,
            progression: self.progression(section),
        }
    }

    fn progression(&mut self, section: Option<Element<'t>>) -> Progression {
        let entry = section.and_then(|section| self.observation(section, &codes::PROGRESSION));
        let (Some(section), Some(entry)) = (section, entry) else {
            self.unsaid("/course/progression");
            return Progression::default();
        };
        let date = self.day_of(entry);
        let value = self.next(entry, "value");
        let present = value.map(|value| self.boolean(value)).unwrap_or_default();
        let [local, regional, distant] = [
            codes::LOCAL_PROGRESSION,
            codes::REGIONAL_PROGRESSION,
            codes::DISTANT_PROGRESSION,
        ]
        .map(|term| self.answer(section, &term).unwrap_or_default());
        Progression {
            present,
            date,
            local,
            regional,
            distant,
        }
    }

    /// Status of the document: which, since when, comment.
    pub(super) fn status(&mut self, document: &mut crate::rcp::DocumentIdentity) {
        use crate::rcp::DocumentStatus;
        let section = self.section(&templates::STATUS);
        let entry = section.and_then(|section| self.observation(section, &codes::DOCUMENT_STATUS));
        let date = entry.and_then(|entry| self.day_of(entry));
        document.comment = entry.and_then(|entry| self.comment(entry));
        let status = entry.and_then(|entry| {
            self.listed_value(
                entry,
                &[
                    (&[codes::STATUS_RUNNING], DocumentStatus::EnCours),
                    (&[codes::STATUS_DONE], DocumentStatus::Realise),
                    (&[codes::STATUS_APPROVED], DocumentStatus::Approuve),
                    (&[codes::STATUS_CLOSED], DocumentStatus::Cloture),
                ],
            )
        });
        document.status = self.or_unsaid(status, "/document/status", DocumentStatus::EnCours);
        document.status_date = self.or_unsaid(date, "/document/status_date", no_date());
    }
}

/// Lines of the text of a section: a date when the first cell is one, then words.
pub(super) fn dated_lines(section: Element<'_>) -> Vec<DatedLabel> {
    lines(section)
        .into_iter()
        .filter_map(|line| {
            let (date, rest) = split_date(&line);
            let label = rest.join(" ");
            (!label.is_empty()).then_some(DatedLabel { date, label })
        })
        .collect()
}

/// Words of the text of a section, without the heads of its tables.
pub(super) fn section_words(section: Element<'_>) -> Option<String> {
    let lines: Vec<_> = lines(section).iter().map(|line| line.join(" ")).collect();
    let text = lines.join("\n");
    (!text.is_empty()).then_some(text)
}

/// Lines of the text of a section: the cells of each row that is not a head, else the paragraphs
/// and items, else the whole.
fn lines(section: Element<'_>) -> Vec<Vec<String>> {
    let Some(text) = section.first("text") else {
        return Vec::new();
    };
    let mut lines = Vec::new();
    collect(text, &mut lines);
    if lines.is_empty() {
        lines.extend(words(text).map(|words| vec![words]));
    }
    lines
}

fn collect(element: Element<'_>, lines: &mut Vec<Vec<String>>) {
    for child in element.elements() {
        match child.name() {
            "thead" => {}
            "tr" => {
                let row = cells(child);
                let line: Vec<_> = row
                    .iter()
                    .map(|cell| words(*cell).unwrap_or_default())
                    .collect();
                let is_head = row.iter().all(|cell| cell.is("th"));
                if !is_head && line.iter().any(|cell| !cell.is_empty()) {
                    lines.push(line);
                }
            }
            "paragraph" | "item" | "caption" => lines.extend(words(child).map(|words| vec![words])),
            "content" if element.is("text") => {
                lines.extend(words(child).map(|words| vec![words]));
            }
            _ => collect(child, lines),
        }
    }
}

/// The date that a line starts with, and the rest of it. An empty first cell is a date unknown.
fn split_date(line: &[String]) -> (Option<When>, &[String]) {
    match line.split_first() {
        Some((first, rest)) if !rest.is_empty() && first.is_empty() => (None, rest),
        Some((first, rest)) if !rest.is_empty() => match parse_french(first) {
            Some(date) => (Some(date), rest),
            None => (None, line),
        },
        _ => (None, line),
    }
}
