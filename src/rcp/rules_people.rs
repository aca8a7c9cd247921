//! Rules on the people of the meeting, and on the codes of the report.

use std::collections::BTreeSet;

use super::{
    coded::Coded,
    people::{ParticipantEntry, Professional},
    report::Quorum,
    rules::Rules,
    value_sets,
};

/// Whether a text may stand where no code fits.
#[derive(Clone, Copy, PartialEq, Eq)]
enum FreeText {
    Allowed,
    Refused,
}

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
        if let Some(organization) = performer.and_then(|performer| performer.organization.as_ref())
            && organization.name.is_none()
        {
            self.warning(
                "R-ORG-2",
                "rcp.performer.organization.name",
                ["La structure n'a pas de nom.", "The structure has no name."],
                ["Donner son nom.", "Give its name."],
            );
        }
        self.quorum();
    }

    /// Everybody with a national identifier or a speciality, and where.
    fn everybody(&self) -> Vec<(String, &'a Professional)> {
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

    /// Codes, each in its value set.
    pub(super) fn codes(&mut self) {
        let report = self.report;
        for (place, professional) in self.everybody() {
            self.code(
                "N30",
                &format!("{place}.profession"),
                value_sets::SPECIALITY,
                professional.profession.as_ref(),
            );
            let sector = professional
                .organization
                .as_ref()
                .and_then(|organization| organization.sector.as_ref());
            self.code(
                "R-ORG-1",
                &format!("{place}.organization.sector"),
                value_sets::SECTOR,
                sector,
            );
        }
        self.code(
            "N27",
            "people.author.function",
            value_sets::FUNCTION,
            report.people.author.function.as_ref(),
        );
        for (rank, relative) in report.relatives.iter().enumerate() {
            self.code(
                "N35",
                &format!("relatives[{rank}].kinship"),
                value_sets::KINSHIP,
                relative.kinship.as_ref(),
            );
        }
        let rcp = &report.rcp;
        self.code(
            "N55",
            "rcp.encounter_type",
            value_sets::ENCOUNTER,
            rcp.encounter_type.as_ref(),
        );
        self.code(
            "N57",
            "rcp.facility.facility_type",
            value_sets::FACILITY,
            Some(&rcp.facility.facility_type),
        );
        self.code_or_text(
            "R-EVT-3",
            "rcp.topography",
            value_sets::TUMOUR,
            rcp.topography.as_ref(),
        );
        let reason = &report.reason;
        self.code(
            "F21",
            "reason.apparatus",
            value_sets::APPARATUS,
            reason.apparatus.as_ref(),
        );
        for (rank, organ) in reason.organs.iter().enumerate() {
            self.code(
                "F22",
                &format!("reason.organs[{rank}]"),
                value_sets::ORGAN,
                Some(organ),
            );
        }
        self.code(
            "F23",
            "reason.care_type",
            value_sets::CARE,
            reason.care_type.as_ref(),
        );
        for (rank, tumour) in report.tumours.iter().enumerate() {
            let place = |field: &str| format!("tumours[{rank}].{field}");
            self.code_or_text(
                "F25",
                &place("morphology"),
                value_sets::MORPHOLOGY,
                Some(&tumour.morphology),
            );
            self.code_or_text(
                "F24",
                &place("topography"),
                value_sets::TUMOUR,
                Some(&tumour.topography),
            );
            self.code(
                "R-TUM-1",
                &place("laterality"),
                value_sets::LATERALITY,
                tumour.laterality.as_ref(),
            );
        }
        for (rank, treatment) in report.past_treatments.iter().enumerate() {
            let place = format!("past_treatments[{rank}].type");
            self.code_or_text(
                "F29",
                &place,
                value_sets::TREATMENT,
                Some(&treatment.treatment),
            );
        }
        for (rank, proposal) in report.decision.proposals.iter().enumerate() {
            let place = format!("decision.proposals[{rank}].type");
            self.code_or_text(
                "F29",
                &place,
                value_sets::TREATMENT,
                Some(&proposal.treatment),
            );
        }
    }

    fn code(&mut self, rule: &'static str, place: &str, set: &'static str, coded: Option<&Coded>) {
        self.coded(rule, place, set, coded, FreeText::Refused);
    }

    fn code_or_text(
        &mut self,
        rule: &'static str,
        place: &str,
        set: &'static str,
        coded: Option<&Coded>,
    ) {
        self.coded(rule, place, set, coded, FreeText::Allowed);
    }

    fn coded(
        &mut self,
        rule: &'static str,
        place: &str,
        set: &'static str,
        coded: Option<&Coded>,
        free_text: FreeText,
    ) {
        let Some(coded) = coded else { return };
        let Some(code) = coded.code.as_deref() else {
            if free_text == FreeText::Refused || coded.text.is_none() {
                self.error(
                    rule,
                    place,
                    ["Un code est obligatoire ici.", "A code is mandatory here."],
                    [
                        "Choisir un code du jeu de valeurs national.",
                        "Choose a code of the national value set.",
                    ],
                );
            }
            return;
        };
        let concept = self
            .terminology
            .value_set(set)
            .and_then(|set| match &coded.system {
                Some(system) => set.find_in(system, code),
                None => set.find(code),
            });
        match concept {
            None => self.error(
                rule,
                place,
                ["Ce code n'est pas dans le jeu de valeurs national.", "This code is not in the national value set."],
                ["Choisir un code du jeu ; sans code qui convienne, écrire `text` seul où c'est permis.", "Choose a code of the set; where none fits and it is allowed, write `text` alone."],
            ),
            Some(concept) if concept.is_deprecated => self.warning(
                rule,
                place,
                ["Ce code est retiré du jeu de valeurs national.", "This code is withdrawn from the national value set."],
                ["Choisir le code qui le remplace.", "Choose the code that replaces it."],
            ),
            Some(_) => {}
        }
    }
}
