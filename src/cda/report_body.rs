//! The report as a whole, and the sections that say how the meeting decided.

use crate::rcp::{CaseSummary, FileStatus, Framework, Guideline, Quorum, RcpReport};

use super::{
    codes,
    report_reading::Reader,
    report_state::section_words,
    report_texts::{Texts, words},
    report_treatments::after_answer,
    templates,
    tree::Element,
};

/// What only a structured body says.
const BODY: [&str; 11] = [
    "/kind",
    "/document/status",
    "/document/status_date",
    "/reason",
    "/screening",
    "/tumours",
    "/course",
    "/case_summary",
    "/file_status",
    "/decision",
    "/framework",
];

impl<'t> Reader<'t> {
    pub(super) fn report(&mut self) -> RcpReport {
        let mut document = self.identity();
        let patient = self.patient();
        let people = self.people();
        let relatives = self.relatives();
        let custodian = self.custodian();
        let rcp = self.meeting(document.title.as_deref());
        let has_body = self.root.path(&["component", "structuredBody"]).is_some();
        if !has_body {
            self.next(self.root, "component");
        }
        let told = self.mark();
        let (kind, reason) = self.reason();
        self.status(&mut document);
        let report = RcpReport {
            kind,
            document,
            custodian,
            patient,
            relatives,
            people,
            rcp,
            reason,
            screening: self.screening(),
            tumours: self.tumours(),
            history: self.dated_labels(&templates::HISTORY),
            comorbidities: self.dated_labels(&templates::COMORBIDITIES),
            functional_status: self.functional_status(),
            pregnancy: self.pregnancy(),
            patient_wishes: self.patient_wishes(),
            paraclinical: self.paraclinical(),
            course: self.course(),
            past_treatments: self.past_treatments(),
            surgery_report: self.surgery_report(),
            pathology_report: self.pathology_report(),
            molecular_reports: self.molecular_reports(),
            case_summary: self.case_summary(),
            file_status: self.file_status(),
            decision: self.decision(),
            framework: self.framework(),
            patient_comment: self.patient_comment(),
            privacy_notice: self.privacy_notice(),
        };
        self.pdf_copy();
        if !has_body {
            self.rewind(told);
            for pointer in BODY {
                self.unsaid(pointer);
            }
        }
        report
    }

    fn case_summary(&mut self) -> CaseSummary {
        let section = self.section(&templates::SUMMARY);
        let text = section.and_then(|section| section.first("text"));
        let known = self.texts.named("synthese-question");
        let (summary, other_data) = match (known, text.and_then(words)) {
            (Some(summary), _) => (Some(summary), self.texts.named("autres-donnees")),
            (None, whole) => whole.as_deref().map_or((None, None), split_summary),
        };
        let pointer = "/case_summary/summary_and_question";
        CaseSummary {
            summary_and_question: self.or_unsaid(summary, pointer, String::new()),
            other_data,
        }
    }

    fn file_status(&mut self) -> FileStatus {
        let section = self.section(&templates::FILE);
        let organizer =
            section.and_then(|section| self.coded_entry(section, "organizer", &codes::FILE));
        let complete =
            self.mandatory_answer(section, &codes::FILE_COMPLETE, "/file_status/complete");
        let quorum = section.and_then(|section| self.observation(section, &codes::QUORUM));
        let quorum = quorum.and_then(|quorum| {
            self.ignore_time(quorum);
            self.listed_value(
                quorum,
                &[
                    (&[codes::QUORUM_REACHED], Quorum::Atteint),
                    (&[codes::QUORUM_NOT_REACHED], Quorum::NonAtteint),
                    (&[codes::QUORUM_UNKNOWN], Quorum::NeSaitPas),
                ],
            )
        });
        FileStatus {
            complete,
            quorum: self.or_unsaid(quorum, "/file_status/quorum", Quorum::NeSaitPas),
            comment: organizer.and_then(|organizer| self.comment(organizer)),
        }
    }

    fn framework(&mut self) -> Framework {
        let Some(section) = self.section(&templates::FRAMEWORK) else {
            self.unsaid("/framework");
            return Framework::default();
        };
        let trial = section.descendants().find(|entry| {
            entry.is("observation") && super::report_entries::has_code(*entry, &codes::TRIAL)
        });
        let name = trial
            .and_then(|trial| trial.first("text"))
            .map_or(Some("essai-clinique"), Texts::target);
        let written = name.and_then(|name| self.texts.named(name));
        Framework {
            guideline: self.guideline(section),
            clinical_trial: trial.and_then(|_| self.answer(section, &codes::TRIAL)),
            clinical_trial_text: written.and_then(|text| after_answer(&text)),
            comment: self.comment(section),
        }
    }

    fn guideline(&mut self, section: Element<'t>) -> Option<Guideline> {
        let entry = section.descendants().find(|entry| {
            entry.is("observation") && super::report_entries::has_code(*entry, &codes::GUIDELINE)
        })?;
        let (_, follows) = self.entry_text(entry);
        let follows = follows.or_else(|| self.texts.named("pratique-clinique"));
        self.observation(section, &codes::GUIDELINE);
        if let Some(translation) = entry.path(&["code", "translation"]) {
            self.note_all(translation);
        }
        let date = self.day_of(entry);
        let name_version = self.text_value(entry);
        let follows = match follows.as_deref().map(str::to_lowercase).as_deref() {
            Some("oui") => Some(true),
            Some("non") => Some(false),
            _ => None,
        };
        Some(Guideline {
            follows: self.or_unsaid(follows, "/framework/guideline/follows", false),
            name_version: self.or_unsaid(
                name_version,
                "/framework/guideline/name_version",
                String::new(),
            ),
            date,
        })
    }

    fn patient_comment(&mut self) -> Option<String> {
        let section = self.section(&templates::PATIENT_COMMENT)?;
        section_words(section)
    }
}

/// The two blocks of the summary, told by the heading of the second.
fn split_summary(whole: &str) -> (Option<String>, Option<String>) {
    let starts = |line: &str, heading: &str| line.to_lowercase().starts_with(heading);
    let (mut summary, mut other) = (Vec::new(), None::<Vec<&str>>);
    for (rank, line) in whole.lines().enumerate() {
        if other.is_none() && starts(line, "autres données") {
            other = Some(Vec::new());
        } else if let Some(other) = &mut other {
            other.push(line);
        } else if rank > 0 || !starts(line, "synthèse du cas") {
            summary.push(line);
        }
    }
    let text = |lines: Vec<&str>| {
        let text = lines.join("\n");
        let text = text.trim_matches('\n');
        (!text.is_empty()).then(|| text.to_owned())
    };
    (text(summary), other.and_then(text))
}
