//! Rules on the codes of a report: each in its value set.

use super::{coded::Coded, rules::Rules, value_sets};

/// Whether a text may stand where no code fits.
#[derive(Clone, Copy, PartialEq, Eq)]
enum FreeText {
    Allowed,
    Refused,
}

impl Rules<'_> {
    /// Codes, each in its value set.
    pub(super) fn codes(&mut self) {
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
        self.meeting_codes();
        self.clinical_codes();
    }

    fn meeting_codes(&mut self) {
        let report = self.report;
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
    }

    fn clinical_codes(&mut self) {
        let report = self.report;
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
        self.treatment_codes();
    }

    fn treatment_codes(&mut self) {
        let report = self.report;
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

    pub(super) fn code(
        &mut self,
        rule: &'static str,
        place: &str,
        set: &'static str,
        coded: Option<&Coded>,
    ) {
        self.coded(rule, place, set, coded, FreeText::Refused);
    }

    pub(super) fn code_or_text(
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
        let day = self.report.rcp.date.0.date();
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
            Some(concept) if !concept.validity.is_in_force(day) => self.warning(
                rule,
                place,
                ["Ce code n'était pas en vigueur dans le jeu de valeurs national le jour de la réunion.", "This code was not in force in the national value set on the day of the meeting."],
                ["Choisir le code qui le remplace.", "Choose the code that replaces it."],
            ),
            Some(_) => {}
        }
    }
}
