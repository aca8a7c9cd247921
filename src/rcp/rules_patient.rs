//! Rules on the identity of the patient.
//!
//! **Source:** Référentiel INS; ANS, CI-SIS *structuration minimale*.

use crate::{
    config::Environment,
    identifiers::{
        Ins, InvalidIns, Trait, Traits, begins_given_names, is_birth_spelling, is_insee,
    },
};

use super::{
    patient::{Patient, PatientIns, Sex},
    rules::Rules,
};

impl Rules<'_> {
    pub(super) fn patient(&mut self) {
        let patient = &self.report.patient;
        match &patient.ins {
            Some(ins) => {
                self.ins(ins);
                self.ins_traits(patient);
                self.ins_coherence(ins, patient);
            }
            None => self.without_ins(patient),
        }
        if let Some(insee) = &patient.birth_place_insee
            && !is_insee(insee)
        {
            self.error(
                "R-INS-4",
                "patient.birth_place_insee",
                [
                    "Ce n'est pas un code INSEE de commune ou de pays.",
                    "This is not an INSEE code of a commune or country.",
                ],
                [
                    "Écrire cinq caractères : 35238, 2A004, ou 99… pour un pays.",
                    "Write five characters: 35238, 2A004, or 99… for a country.",
                ],
            );
        }
        self.local_ids(patient);
        self.guardians(patient);
        self.addresses("patient.addresses", &patient.addresses);
    }

    fn local_ids(&mut self, patient: &Patient) {
        for (rank, id) in patient.local_ids.iter().enumerate() {
            self.root(&format!("patient.local_ids[{rank}].root"), &id.root);
            if id.root.starts_with("1.2.250.1.213.1.4.") {
                self.error(
                    "R-INS-8",
                    format!("patient.local_ids[{rank}].root"),
                    [
                        "Cet OID est celui d'une identité nationale, pas d'un identifiant local.",
                        "This OID is that of a national identity, not of a local identifier.",
                    ],
                    [
                        "Mettre le matricule dans patient.ins ; l'INS-C n'est plus admis.",
                        "Put the number in patient.ins; INS-C is no longer accepted.",
                    ],
                );
            }
        }
    }

    fn guardians(&mut self, patient: &Patient) {
        for (rank, guardian) in patient.guardians.iter().enumerate() {
            if guardian.person.is_some() == guardian.organization.is_some() {
                self.error(
                    "N24",
                    format!("patient.guardians[{rank}]"),
                    [
                        "Un représentant légal est une personne ou une structure, l'une des deux.",
                        "A legal representative is a person or an organization, one of the two.",
                    ],
                    [
                        "Donner `person` ou `organization`.",
                        "Give `person` or `organization`.",
                    ],
                );
            }
        }
    }

    fn ins(&mut self, ins: &PatientIns) {
        let Some(authority) = ins.authority() else {
            return self.error(
                "R-INS-10",
                "patient.ins.kind",
                [
                    "Il n'y a pas de NIA hors de la production.",
                    "There is no NIA outside production.",
                ],
                ["Utiliser un NIR de test.", "Use a test NIR."],
            );
        };
        let in_production = self.environment == Environment::Production;
        if let Some((message, cure)) = authority.misplaced(in_production) {
            self.error("R-INS-10", "patient.ins.environment", message, cure);
        }
        if let Err(mistake) = Ins::new(&ins.value, authority) {
            let rule = match mistake {
                InvalidIns::Key => "R-INS-1",
                InvalidIns::Form | InvalidIns::Authority(_) => "R-INS-2",
            };
            let (message, cure) = mistake.words();
            self.error(rule, "patient.ins.value", message, cure);
        }
    }

    /// With an INS, its traits are mandatory.
    fn ins_traits(&mut self, patient: &Patient) {
        for (place, is_there) in [
            (
                "patient.birth_family_name",
                patient.birth_family_name.is_some(),
            ),
            (
                "patient.birth_given_names",
                !patient.birth_given_names.is_empty(),
            ),
            (
                "patient.first_birth_given_name",
                patient.first_birth_given_name.is_some(),
            ),
            (
                "patient.birth_place_insee",
                patient.birth_place_insee.is_some(),
            ),
        ] {
            if !is_there {
                self.error(
                    "N07",
                    place,
                    [
                        "Ce trait d'identité est obligatoire avec un INS.",
                        "This identity trait is mandatory with an INS.",
                    ],
                    [
                        "Reprendre les traits rendus par le téléservice INSi.",
                        "Take the traits that the INSi service gave.",
                    ],
                );
            }
        }
        self.first_given_name(patient);
        self.plain_letters(patient);
    }

    fn first_given_name(&mut self, patient: &Patient) {
        let givens = patient.birth_given_names.join(" ");
        let first = patient
            .first_birth_given_name
            .as_deref()
            .unwrap_or_default();
        if !givens.is_empty() && !first.is_empty() && !begins_given_names(first, &givens) {
            self.error(
                "R-INS-5",
                "patient.first_birth_given_name",
                [
                    "Le premier prénom ne commence pas la liste des prénoms.",
                    "The first given name does not start the list of given names.",
                ],
                [
                    "Reprendre les traits rendus par le téléservice INSi.",
                    "Take the traits that the INSi service gave.",
                ],
            );
        }
    }

    fn plain_letters(&mut self, patient: &Patient) {
        let mut names = patient
            .birth_family_name
            .iter()
            .chain(&patient.birth_given_names)
            .chain(&patient.first_birth_given_name);
        if !names.all(|name| is_birth_spelling(name)) {
            self.warning(
                "R-INS-6",
                "patient",
                [
                    "Les traits de naissance d'un INS s'écrivent en capitales sans accent.",
                    "The birth traits of an INS are written in capitals without accents.",
                ],
                [
                    "Reprendre les traits rendus par le téléservice INSi.",
                    "Take the traits that the INSi service gave.",
                ],
            );
        }
    }

    /// What the digits of the number say of the patient.
    fn ins_coherence(&mut self, ins: &PatientIns, patient: &Patient) {
        let birth = patient.birth_date.to_string().replace('-', "");
        let traits = Traits {
            sex: match patient.sex {
                Sex::M => "M",
                Sex::F => "F",
                Sex::Unknown => "",
            },
            birth: &birth,
            birth_place: patient.birth_place_insee.as_deref().unwrap_or_default(),
        };
        for own in traits.contradicting(&ins.value) {
            let place = match own {
                Trait::Sex => "patient.sex",
                Trait::Birth => "patient.birth_date",
                Trait::BirthPlace => "patient.birth_place_insee",
            };
            self.warning(
                "R-INS-3",
                place,
                [
                    "Ce trait ne correspond pas aux chiffres du matricule INS.",
                    "This trait does not agree with the digits of the INS number.",
                ],
                [
                    "Vérifier l'identité auprès du téléservice INSi.",
                    "Check the identity with the INSi service.",
                ],
            );
        }
    }

    fn without_ins(&mut self, patient: &Patient) {
        self.warning(
            "R-INS-7",
            "patient.ins",
            [
                "L'identité n'est pas qualifiée : il n'y a pas d'INS.",
                "The identity is not qualified: there is no INS.",
            ],
            [
                "Qualifier l'identité auprès du téléservice INSi quand c'est possible.",
                "Qualify the identity with the INSi service when possible.",
            ],
        );
        if patient.local_ids.is_empty() {
            self.error(
                "N07",
                "patient.local_ids",
                [
                    "Le patient n'a aucun identifiant.",
                    "The patient has no identifier.",
                ],
                [
                    "Donner l'INS, ou l'IPP de l'établissement.",
                    "Give the INS, or the number of the establishment.",
                ],
            );
        }
        let has_family = patient.birth_family_name.is_some() || patient.used_family_name.is_some();
        let has_given = !patient.birth_given_names.is_empty()
            || patient.first_birth_given_name.is_some()
            || patient.used_given_name.is_some();
        if !has_family || !has_given {
            self.error(
                "N20",
                "patient",
                [
                    "Le patient n'a pas de nom ou pas de prénom.",
                    "The patient has no family name or no given name.",
                ],
                [
                    "Donner au moins un nom et un prénom.",
                    "Give one family name and one given name at least.",
                ],
            );
        }
    }
}
