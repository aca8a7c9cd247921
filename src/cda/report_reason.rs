//! Why the case came before the meeting, and how the cancer was found, read into the model.

use crate::rcp::{CaseStatus, RcpKind, Reason, Screening, value_sets};

use super::{codes, report_reading::Reader, templates, tree::Element};

const FIELDS: [(&codes::Term, &str); 6] = [
    (&codes::RECOURS_RCP, "/reason/is_recours_rcp"),
    (&codes::PAEDIATRIC_RCP, "/reason/is_paediatric_rcp"),
    (&codes::ADVICE, "/reason/diagnostic_advice"),
    (&codes::PROPOSAL, "/reason/treatment_proposal"),
    (&codes::RECOURS, "/reason/recours"),
    (&codes::PAEDIATRIC, "/reason/paediatric"),
];

impl<'t> Reader<'t> {
    /// Kind of meeting, and reason.
    pub(super) fn reason(&mut self) -> (RcpKind, Reason) {
        let section = self.section(&templates::REASON);
        let kind = section.and_then(|section| self.kind(section));
        let by_organ = section.and_then(|section| self.observation(section, &codes::APPARATUS));
        let care = section.and_then(|section| self.observation(section, &codes::CARE));
        let apparatus = by_organ.and_then(|entry| {
            self.ignore_time(entry);
            self.coded_value(entry, value_sets::APPARATUS)
        });
        let care_type = care.and_then(|entry| {
            self.ignore_time(entry);
            self.coded_value(entry, value_sets::CARE)
        });
        let mut organs = Vec::new();
        while let Some(organ) = section.and_then(|section| self.observation(section, &codes::ORGAN))
        {
            self.ignore_time(organ);
            organs.extend(self.coded_value(organ, value_sets::ORGAN));
        }
        let [
            recours_rcp,
            paediatric_rcp,
            advice,
            proposal,
            recours,
            paediatric,
        ] = FIELDS.map(|(term, pointer)| self.mandatory_answer(section, term, pointer));
        let type_comment = by_organ.or(care).and_then(|entry| self.comment(entry));
        let (case_status, reason_comment) = self.motive(section);
        let problem = section.and_then(|section| self.problem(section));
        let said = if by_organ.is_some() {
            Some(RcpKind::AppareilOrganes)
        } else {
            care.map(|_| RcpKind::Transversale)
        };
        let reason = Reason {
            apparatus,
            organs,
            care_type,
            is_recours_rcp: recours_rcp,
            is_paediatric_rcp: paediatric_rcp,
            type_comment,
            diagnostic_advice: advice,
            treatment_proposal: proposal,
            recours,
            paediatric,
            case_status,
            reason_comment,
            problem_text: self.or_unsaid(problem, "/reason/problem_text", String::new()),
        };
        (
            self.or_unsaid(kind.or(said), "/kind", RcpKind::AppareilOrganes),
            reason,
        )
    }

    fn kind(&mut self, section: Element<'t>) -> Option<RcpKind> {
        let nature = self.observation(section, &codes::NATURE)?;
        self.ignore_time(nature);
        self.listed_value(
            nature,
            &[
                (&[codes::BY_ORGAN], RcpKind::AppareilOrganes),
                (&[codes::TRANSVERSE], RcpKind::Transversale),
            ],
        )
    }

    /// Status of the case, and comment on the reason. Some documents hold the block in itself.
    fn motive(&mut self, section: Option<Element<'t>>) -> (CaseStatus, Option<String>) {
        let mut comment = None;
        while let Some(motive) =
            section.and_then(|section| self.observation(section, &codes::REASON))
        {
            self.ignore_time(motive);
            if let Some(value) = self.next(motive, "value") {
                self.note_all(value);
            }
            comment = comment.or_else(|| self.comment(motive));
        }
        let status = section.and_then(|section| self.observation(section, &codes::CASE_STATUS));
        let status = status.and_then(|status| {
            self.ignore_time(status);
            self.listed_value(
                status,
                &[
                    (&[codes::REGISTERED], CaseStatus::Enregistre),
                    (&[codes::DISCUSSED], CaseStatus::Discute),
                ],
            )
        });
        let status = self.or_unsaid(status, "/reason/case_status", CaseStatus::Discute);
        (status, comment)
    }

    fn problem(&mut self, section: Element<'t>) -> Option<String> {
        let problem = section
            .all("entry")
            .filter_map(|entry| entry.first("observation"))
            .find(|entry| {
                entry
                    .all("templateId")
                    .any(|id| id.attribute("root") == templates::PROBLEM.get(1).copied())
            })?;
        self.note_up(problem, section);
        self.next(problem, "code");
        self.ignore_time(problem);
        let (_, words) = self.entry_text(problem);
        let value = self.next(problem, "value");
        value.and_then(|value| self.original_text(value)).or(words)
    }

    /// How the cancer was found.
    pub(super) fn screening(&mut self) -> Screening {
        let section = self.section(&templates::EVENTS);
        let entry = section.and_then(|section| self.observation(section, &codes::SCREENING));
        let Some(entry) = entry else {
            self.unsaid("/screening");
            return Screening::default();
        };
        let date = self.day_of(entry);
        let value = self.next(entry, "value");
        Screening {
            from_screening: value.map(|value| self.boolean(value)).unwrap_or_default(),
            date,
        }
    }
}
