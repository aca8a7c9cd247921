//! Rules on the people of the meeting.

use std::collections::BTreeSet;

use super::{
    people::{ParticipantEntry, ParticipantTime, Professional},
    report::Quorum,
    rules::Rules,
};

impl<'a> Rules<'a> {
    /// Professionals and structures, wherever they stand.
    pub(super) fn professionals(&mut self) {
        let report = self.report;
        for (place, professional) in self.everybody() {
            self.professional(&place, professional);
        }
        self.organization("custodian", &report.custodian);
        self.organization(
            "rcp.facility.organization",
            &report.rcp.facility.organization,
        );
        for (rank, relative) in report.relatives.iter().enumerate() {
            self.addresses(&format!("relatives[{rank}].addresses"), &relative.addresses);
        }
        self.mandatory_ids();
        self.quorum();
        self.presences();
    }

    /// Identifiers without which no document can be written.
    fn mandatory_ids(&mut self) {
        let report = self.report;
        let performer = report.rcp.performer.as_ref();
        let coordinator = &report.people.coordinator.professional;
        for (rule, place, is_there) in [
            (
                "N30",
                "people.author.id",
                report.people.author.professional.id.is_some(),
            ),
            (
                "N38",
                "people.legal_authenticator.id",
                report.people.legal_authenticator.professional.id.is_some(),
            ),
            ("N37", "custodian.id", report.custodian.id.is_some()),
            match performer {
                Some(performer) => ("N51", "rcp.performer.id", performer.id.is_some()),
                None => (
                    "N51",
                    "people.coordinator.professional.id",
                    coordinator.id.is_some(),
                ),
            },
        ] {
            if !is_there {
                self.error(
                    rule,
                    place,
                    [
                        "Cet identifiant national est obligatoire ici.",
                        "This national identifier is mandatory here.",
                    ],
                    [
                        "Donner le numéro RPPS, ou le numéro FINESS de la structure.",
                        "Give the RPPS number, or the FINESS number of the structure.",
                    ],
                );
            }
        }
    }

    /// Everybody with a national identifier or a speciality, and where.
    pub(super) fn everybody(&self) -> Vec<(String, &'a Professional)> {
        let report = self.report;
        let people = &report.people;
        let mut found = vec![
            ("people.author".to_owned(), &people.author.professional),
            (
                "people.legal_authenticator".to_owned(),
                &people.legal_authenticator.professional,
            ),
        ];
        let mut add = |place: &str, entry: &'a ParticipantEntry| {
            found.push((format!("{place}.professional"), &entry.professional));
        };
        add("people.coordinator", &people.coordinator);
        for (place, entry) in [
            ("people.requester", people.requester.as_ref()),
            ("people.presenter", people.presenter.as_ref()),
            (
                "people.attending_physician",
                people.attending_physician.known(),
            ),
        ] {
            if let Some(entry) = entry {
                add(place, entry);
            }
        }
        for (place, entries) in [
            ("people.quorum_members", &people.quorum_members),
            ("people.other_attendees", &people.other_attendees),
            ("people.correspondents", &people.correspondents),
        ] {
            for (rank, entry) in entries.iter().enumerate() {
                add(&format!("{place}[{rank}]"), entry);
            }
        }
        if let Some(performer) = &report.rcp.performer {
            found.push(("rcp.performer".to_owned(), performer));
        }
        found.extend(self.people_of_sources());
        found
    }

    /// Those whom the copied conclusions name.
    fn people_of_sources(&self) -> Vec<(String, &'a Professional)> {
        let report = self.report;
        let mut found = Vec::new();
        let one = |place: &str, source| (place.to_owned(), source);
        let sources = report
            .surgery_report
            .iter()
            .map(|source| one("surgery_report", source))
            .chain(
                report
                    .pathology_report
                    .iter()
                    .map(|source| one("pathology_report", source)),
            )
            .chain(
                (0..)
                    .zip(&report.molecular_reports)
                    .map(|(rank, source): (usize, _)| {
                        (format!("molecular_reports[{rank}]"), source)
                    }),
            );
        for (place, source) in sources {
            for (role, professional) in [
                ("performer", &source.performer),
                ("original_author", &source.original_author),
                ("copied_by", &source.copied_by),
                ("sampler", &source.sampler),
            ] {
                if let Some(professional) = professional {
                    found.push((format!("{place}.{role}"), professional));
                }
            }
        }
        found
    }

    /// Times of participation: the end after the start, as the national kit wants it.
    fn presences(&mut self) {
        let people = &self.report.people;
        let one = |place: &str, entry: &'a ParticipantEntry| (place.to_owned(), entry);
        let mut entries = vec![one("people.coordinator", &people.coordinator)];
        entries.extend(
            people
                .requester
                .iter()
                .map(|entry| one("people.requester", entry)),
        );
        entries.extend(
            people
                .presenter
                .iter()
                .map(|entry| one("people.presenter", entry)),
        );
        for (place, list) in [
            ("people.quorum_members", &people.quorum_members),
            ("people.other_attendees", &people.other_attendees),
            ("people.correspondents", &people.correspondents),
        ] {
            let numbered = list.iter().enumerate();
            entries.extend(numbered.map(|(rank, entry)| (format!("{place}[{rank}]"), entry)));
        }
        for (place, entry) in entries {
            let Some(ParticipantTime::During(period)) = entry.time else {
                continue;
            };
            if let (Some(start), Some(end)) = (period.start, period.end)
                && !start.is_before(end)
            {
                self.error(
                    "R-TIM-8",
                    format!("{place}.time"),
                    [
                        "La fin de la présence ne suit pas le début.",
                        "The end of the presence does not follow the start.",
                    ],
                    [
                        "Remettre les deux instants dans l'ordre, ou n'en donner qu'un.",
                        "Put the two instants in order, or give only one.",
                    ],
                );
            }
        }
    }

    fn quorum(&mut self) {
        let members = &self.report.people.quorum_members;
        let specialities: BTreeSet<_> = members
            .iter()
            .filter_map(|member| member.professional.profession.as_ref()?.code.as_deref())
            .collect();
        if self.report.file_status.quorum == Quorum::Atteint && specialities.len() < 3 {
            self.warning(
                "R-ROL-4",
                "people.quorum_members",
                ["Le quorum est dit atteint avec moins de trois spécialités différentes.", "The quorum is said to be reached with fewer than three different specialities."],
                ["Nommer les membres du quorum et leur spécialité.", "Name the members of the quorum and their speciality."],
            );
        }
    }
}
