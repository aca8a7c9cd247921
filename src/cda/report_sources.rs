//! Conclusions of other reports, read into the model.

use crate::rcp::{Moment, Professional, ReportSource, When};

use super::{
    codes::{self, Term},
    report_reading::Reader,
    report_state::section_words,
    report_texts::words,
    templates::{self, SectionKind},
    tree::Element,
};

impl<'t> Reader<'t> {
    pub(super) fn surgery_report(&mut self) -> Option<ReportSource> {
        self.source(&templates::SURGERY, &codes::SURGERY_NOTE, "surgery_report")
    }

    pub(super) fn pathology_report(&mut self) -> Option<ReportSource> {
        self.source(
            &templates::PATHOLOGY,
            &codes::CONCLUSION,
            "pathology_report",
        )
    }

    pub(super) fn molecular_reports(&mut self) -> Vec<ReportSource> {
        let mut rank = 0;
        std::iter::from_fn(|| {
            let place = format!("molecular_reports/{rank}");
            rank += 1;
            self.source(&templates::MOLECULAR, &codes::CONCLUSION, &place)
        })
        .collect()
    }

    fn source(&mut self, kind: &SectionKind, term: &Term, place: &str) -> Option<ReportSource> {
        let section = self.section(kind)?;
        let mut source = ReportSource {
            title: section
                .path(&["text", "table", "caption"])
                .and_then(words)
                .filter(|caption| caption != "Conclusion"),
            comment: self.source_comment(section),
            ..ReportSource::default()
        };
        (source.copied_by, source.copied_at) = self.writer(section);
        if let Some(entry) = self.observation(section, term) {
            self.conclusion(entry, &mut source);
        }
        if source.conclusion.is_empty() {
            // Some documents have the text alone, or an entry that points at none of it.
            source.title = None;
            let whole = section.first("text").and_then(words);
            source.conclusion =
                self.or_unsaid(whole, &format!("/{place}/conclusion"), String::new());
        }
        Some(source)
    }

    fn conclusion(&mut self, entry: Element<'t>, source: &mut ReportSource) {
        (source.performed_start, source.performed_end) = self.span_of(entry);
        source.conclusion = match self.text_value(entry) {
            Some(conclusion) => conclusion,
            None => entry
                .first("text")
                .and_then(|text| self.texts.pointed(text))
                .unwrap_or_default(),
        };
        for performer in entry.all("performer").collect::<Vec<_>>() {
            // Who took the sample comes with the time of it.
            let is_sampler = performer.first("time").is_some() || source.performer.is_some();
            let taken = if is_sampler {
                &source.sampler
            } else {
                &source.performer
            };
            if taken.is_some() {
                continue;
            }
            self.note(performer);
            let time = self
                .next(performer, "time")
                .and_then(|time| self.when(time));
            let person = self.next(performer, "assignedEntity");
            let person = person.and_then(|person| self.professional_of_entry(person));
            if is_sampler {
                (source.sampler, source.sampled_at) = (person, time);
            } else {
                source.performer = person;
            }
        }
        (source.original_author, source.original_author_time) = self.writer(entry);
        self.sampler(entry, source);
    }

    /// `author` of a section or of an entry.
    fn writer(&mut self, element: Element<'t>) -> (Option<Professional>, Option<Moment>) {
        let Some(author) = self.next(element, "author") else {
            return (None, None);
        };
        let time = self.next(author, "time").and_then(|time| self.moment(time));
        let entity = self.next(author, "assignedAuthor");
        (
            entity.and_then(|entity| self.professional_of_entry(entity)),
            time,
        )
    }

    /// Who took the sample, and when, as a participant.
    fn sampler(&mut self, entry: Element<'t>, source: &mut ReportSource) {
        if source.sampler.is_some() || source.sampled_at.is_some() {
            return;
        }
        let Some(participant) = self.next(entry, "participant") else {
            return;
        };
        let time: Option<When> = self
            .next(participant, "time")
            .and_then(|time| self.when(time));
        source.sampled_at = time;
        let Some(role) = self.next(participant, "participantRole") else {
            return;
        };
        let Some(mut person) = self.professional_of_entry(role) else {
            return;
        };
        if let Some(scope) = self.next(role, "scopingEntity") {
            let mut organization = self.organization(scope);
            if organization.name.is_none() {
                organization.name = self.child_text(scope, "desc");
            }
            person.organization = Some(organization);
        }
        source.sampler = Some(person);
    }

    /// Words of the sub-section of comment.
    fn source_comment(&mut self, section: Element<'t>) -> Option<String> {
        let comment = section
            .all("component")
            .filter_map(|component| component.first("section"))
            .find(|inner| templates::PATIENT_COMMENT.has_code_of(*inner))?;
        self.note_up(comment, section);
        self.next(comment, "code");
        section_words(comment)
    }
}
