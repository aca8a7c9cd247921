//! Rules on the order of dates, compared at the lower precision of the two.

use super::{
    date::{PartialDate, When},
    rules::Rules,
    sources::ReportSource,
    tumour::Tnm,
};

/// A date of the report, and where it stands.
type Dated = (String, PartialDate);

impl Rules<'_> {
    pub(super) fn dates(&mut self) {
        self.signatures();
        let clinical = self.clinical_dates();
        self.after_birth(&clinical);
        self.before_meeting(&clinical);
        self.intervals();
        self.proposals();
    }

    fn signatures(&mut self) {
        let report = self.report;
        let (meeting, created) = (report.rcp.date.0, report.document.created_at.0);
        for (place, is_late) in [
            ("document.created_at", created < meeting),
            (
                "people.legal_authenticator.time",
                report.people.legal_authenticator.time.0 < meeting,
            ),
            (
                "document.status_date",
                report
                    .document
                    .status_date
                    .is_surely_before(report.rcp.date.date()),
            ),
        ] {
            if is_late {
                self.error(
                    "R-TIM-3",
                    place,
                    [
                        "Cet instant précède la réunion.",
                        "This instant lies before the meeting.",
                    ],
                    [
                        "Vérifier cet instant et la date de la RCP.",
                        "Check this instant and the date of the meeting.",
                    ],
                );
            }
        }
        if report.people.author.time.0 > created {
            self.error(
                "R-TIM-3",
                "people.author.time",
                [
                    "L'auteur a écrit après la production du document.",
                    "The author wrote after the document was made.",
                ],
                [
                    "Vérifier cet instant et document.created_at.",
                    "Check this instant and document.created_at.",
                ],
            );
        }
    }

    /// What happened to the patient, up to the meeting.
    fn clinical_dates(&self) -> Vec<Dated> {
        let report = self.report;
        let mut dates: Vec<Dated> = Vec::new();
        let mut add = |place: String, date: Option<PartialDate>| {
            dates.extend(date.map(|date| (place, date)));
        };
        add("screening.date".to_owned(), report.screening.date);
        for (rank, tumour) in report.tumours.iter().enumerate() {
            add(
                format!("tumours[{rank}].diagnosis_date"),
                tumour.diagnosis_date,
            );
            if let Tnm::Staged(stage) = &tumour.tnm {
                add(format!("tumours[{rank}].tnm.date"), stage.date);
            }
        }
        for (list, labels) in [
            ("history", &report.history),
            ("comorbidities", &report.comorbidities),
        ] {
            for (rank, label) in labels.iter().enumerate() {
                add(format!("{list}[{rank}].date"), label.date.map(When::date));
            }
        }
        if let Some(status) = &report.functional_status {
            let oms = status.oms.as_ref().and_then(|oms| oms.date);
            add("functional_status.oms.date".to_owned(), oms);
            for (rank, oms) in status.other_oms.iter().enumerate() {
                add(
                    format!("functional_status.other_oms[{rank}].date"),
                    oms.date,
                );
            }
            for (rank, evaluation) in status.geriatric_evaluations.iter().enumerate() {
                add(
                    format!("functional_status.geriatric_evaluations[{rank}].date"),
                    evaluation.date,
                );
            }
            let screening = status.geriatric_screening.as_ref();
            add(
                "functional_status.geriatric_screening.date".to_owned(),
                screening.map(|screening| screening.date),
            );
        }
        if let Some(paraclinical) = &report.paraclinical {
            for (rank, exam) in paraclinical.exams.iter().enumerate() {
                add(
                    format!("paraclinical.exams[{rank}].date"),
                    exam.date.map(When::date),
                );
            }
        }
        add("course.phase_date".to_owned(), report.course.phase_date);
        add(
            "course.progression.date".to_owned(),
            report.course.progression.date,
        );
        dates.extend(self.care_dates());
        dates
    }

    /// What was done to the patient, up to the meeting.
    fn care_dates(&self) -> Vec<Dated> {
        let report = self.report;
        let mut dates: Vec<Dated> = Vec::new();
        let mut add = |place: String, date: Option<PartialDate>| {
            dates.extend(date.map(|date| (place, date)));
        };
        for (rank, treatment) in report.past_treatments.iter().enumerate() {
            add(format!("past_treatments[{rank}].start"), treatment.start);
        }
        for (place, source) in self.named_sources() {
            add(
                format!("{place}.performed_start"),
                source.performed_start.map(When::date),
            );
            add(
                format!("{place}.sampled_at"),
                source.sampled_at.map(When::date),
            );
        }
        dates
    }

    fn named_sources(&self) -> Vec<(String, &ReportSource)> {
        let report = self.report;
        let mut sources = Vec::new();
        sources.extend(
            report
                .surgery_report
                .iter()
                .map(|source| ("surgery_report".to_owned(), source)),
        );
        sources.extend(
            report
                .pathology_report
                .iter()
                .map(|source| ("pathology_report".to_owned(), source)),
        );
        for (rank, source) in report.molecular_reports.iter().enumerate() {
            sources.push((format!("molecular_reports[{rank}]"), source));
        }
        sources
    }

    fn after_birth(&mut self, clinical: &[Dated]) {
        let birth = self.report.patient.birth_date;
        let death = self
            .report
            .patient
            .deceased
            .as_ref()
            .and_then(|deceased| deceased.date);
        let death = death.map(|date| ("patient.deceased.date".to_owned(), date.date()));
        let meeting = ("rcp.date".to_owned(), self.report.rcp.date.date());
        for (place, date) in clinical.iter().chain(&death).chain([&meeting]) {
            if date.is_surely_before(birth) {
                self.error(
                    "R-TIM-7",
                    place.clone(),
                    [
                        "Cette date précède la naissance du patient.",
                        "This date lies before the patient's birth.",
                    ],
                    [
                        "Vérifier cette date et la date de naissance.",
                        "Check this date and the date of birth.",
                    ],
                );
            }
        }
    }

    fn before_meeting(&mut self, clinical: &[Dated]) {
        let meeting = self.report.rcp.date.date();
        for (place, date) in clinical {
            if meeting.is_surely_before(*date) {
                self.error(
                    "R-TIM-6",
                    place.clone(),
                    [
                        "Cette date suit la réunion.",
                        "This date lies after the meeting.",
                    ],
                    [
                        "Vérifier cette date et la date de la RCP.",
                        "Check this date and the date of the meeting.",
                    ],
                );
            }
        }
    }

    /// No end before its start.
    fn intervals(&mut self) {
        let report = self.report;
        let mut spans: Vec<(String, Option<PartialDate>, Option<PartialDate>)> = Vec::new();
        for (rank, treatment) in report.past_treatments.iter().enumerate() {
            spans.push((
                format!("past_treatments[{rank}].end"),
                treatment.start,
                treatment.end,
            ));
        }
        for (rank, proposal) in report.decision.proposals.iter().enumerate() {
            spans.push((
                format!("decision.proposals[{rank}].end"),
                proposal.start,
                proposal.end,
            ));
        }
        for (rank, exam) in report.decision.complementary_exams.iter().enumerate() {
            let place = format!("decision.complementary_exams[{rank}].latest");
            spans.push((place, Some(exam.earliest), exam.latest));
        }
        for (place, source) in self.named_sources() {
            let (start, end) = (source.performed_start, source.performed_end);
            spans.push((
                format!("{place}.performed_end"),
                start.map(When::date),
                end.map(When::date),
            ));
        }
        for (place, start, end) in spans {
            if let (Some(start), Some(end)) = (start, end)
                && end.is_surely_before(start)
            {
                self.error(
                    "R-TIM-8",
                    place,
                    ["La fin précède le début.", "The end lies before the start."],
                    [
                        "Remettre les deux dates dans l'ordre.",
                        "Put the two dates in order.",
                    ],
                );
            }
        }
    }

    fn proposals(&mut self) {
        let report = self.report;
        let meeting = report.rcp.date.date();
        let proposals =
            report
                .decision
                .proposals
                .iter()
                .enumerate()
                .filter_map(|(rank, proposal)| {
                    Some((format!("decision.proposals[{rank}].start"), proposal.start?))
                });
        let exams = report
            .decision
            .complementary_exams
            .iter()
            .enumerate()
            .map(|(rank, exam)| {
                (
                    format!("decision.complementary_exams[{rank}].earliest"),
                    exam.earliest,
                )
            });
        for (place, date) in proposals.chain(exams) {
            if date.is_surely_before(meeting) {
                self.warning(
                    "R-TIM-9",
                    place,
                    [
                        "La proposition commence avant la réunion.",
                        "The proposal starts before the meeting.",
                    ],
                    [
                        "Vérifier la date ; un traitement en cours va dans past_treatments.",
                        "Check the date; a treatment under way goes to past_treatments.",
                    ],
                );
            }
        }
    }
}
