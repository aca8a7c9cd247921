//! The patient of a finished document, under check: identity and what it says.

use crate::{
    config::Environment,
    finding::{Bilingual, Severity},
    identifiers::{
        Ins, InsAuthority, InvalidIns, Trait, Traits, begins_given_names, is_birth_spelling,
        is_insee,
    },
};

use super::{
    tree::Element,
    validate::{Checker, Texts},
};

/// OIDs of national identities of patients.
const INS_ROOTS: &str = "1.2.250.1.213.1.4.";

const ASK_INSI: Texts = [
    "Reprendre les traits rendus par le téléservice INSi.",
    "Take the traits that the INSi service gave.",
];

impl<'t> Checker<'t> {
    pub(super) fn patient(&mut self, role: Element<'t>) {
        let mut first = None;
        for id in role.all("id") {
            let root = id.attribute("root").unwrap_or_default();
            let extension = id.attribute("extension").unwrap_or_default();
            if let Some(authority) = InsAuthority::from_oid(root) {
                self.ins(id, extension, authority);
                if first.is_none() {
                    first = Some(extension);
                } else {
                    self.second_ins(id);
                }
            } else if root.starts_with(INS_ROOTS) {
                self.warning(
                    "R-INS-8",
                    id,
                    [
                        "Cette identité nationale est ancienne ou inconnue (INS-C par exemple).",
                        "This national identity is obsolete or unknown (INS-C for instance).",
                    ],
                    ["Donner le matricule INS.", "Give the INS number."],
                );
            }
        }
        match first.zip(role.first("patient")) {
            Some((number, patient)) => {
                self.coherence(number, patient);
                self.birth_names(patient);
            }
            None => self.report(
                Severity::Information,
                "R-INS-7",
                role,
                Bilingual::new(
                    "L'identité n'est pas qualifiée : il n'y a pas d'INS.",
                    "The identity is not qualified: there is no INS.",
                ),
                Bilingual::new(
                    "Qualifier l'identité auprès du téléservice INSi quand c'est possible.",
                    "Qualify the identity with the INSi service when possible.",
                ),
            ),
        }
    }

    fn second_ins(&mut self, id: Element<'t>) {
        self.warning(
            "R-INS-9",
            id,
            [
                "Le patient a deux matricules INS.",
                "The patient has two INS numbers.",
            ],
            ["N'en garder qu'un.", "Keep one of them."],
        );
    }

    /// What the digits of the number say of the patient.
    fn coherence(&mut self, number: &str, patient: Element<'t>) {
        let place = patient.path(&["birthplace", "place", "addr", "county"]);
        let birth = patient.first("birthTime");
        let sex = patient.first("administrativeGenderCode");
        let insee = place.map(Element::text).unwrap_or_default();
        if let Some(place) = place
            && !is_insee(&insee)
        {
            self.warning(
                "R-INS-4",
                place,
                [
                    "Le lieu de naissance n'est pas un code INSEE de commune ou de pays.",
                    "The place of birth is no INSEE code of a commune or country.",
                ],
                [
                    "Écrire les cinq caractères du code officiel géographique.",
                    "Write the five characters of the official geographic code.",
                ],
            );
        }
        let said = |element: Option<Element<'t>>, name| {
            element
                .and_then(|element| element.attribute(name))
                .unwrap_or_default()
        };
        let traits = Traits {
            sex: said(sex, "code"),
            birth: said(birth, "value"),
            birth_place: &insee,
        };
        for own in traits.contradicting(number) {
            let element = match own {
                Trait::Sex => sex,
                Trait::Birth => birth,
                Trait::BirthPlace => place,
            };
            if let Some(element) = element {
                self.warning(
                    "R-INS-3",
                    element,
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
    }

    /// The names of birth, as the national service gives them.
    fn birth_names(&mut self, patient: Element<'t>) {
        let Some(name) = patient.first("name") else {
            return;
        };
        let part = |part: &str, qualifier: Option<&str>| {
            name.all(part)
                .find(|part| part.attribute("qualifier") == qualifier)
        };
        let [family, first, all] = [
            part("family", Some("BR")),
            part("given", Some("BR")),
            part("given", None),
        ];
        if let (Some(first), Some(all)) = (first, all)
            && !begins_given_names(&first.text(), &all.text())
        {
            self.warning(
                "R-INS-5",
                first,
                [
                    "Le premier prénom ne commence pas la liste des prénoms.",
                    "The first given name does not start the list of given names.",
                ],
                ASK_INSI,
            );
        }
        for part in [family, first, all].into_iter().flatten() {
            if !is_birth_spelling(&part.text()) {
                self.warning(
                    "R-INS-6",
                    part,
                    [
                        "Les traits de naissance d'un INS s'écrivent en capitales sans accent.",
                        "The birth traits of an INS are written in capitals without accents.",
                    ],
                    ASK_INSI,
                );
            }
        }
    }

    fn ins(&mut self, id: Element<'t>, extension: &str, authority: InsAuthority) {
        let in_production = self.environment == Environment::Production;
        if let Some((message, cure)) = authority.misplaced(in_production) {
            self.error("R-INS-10", id, message, cure);
        }
        if let Err(mistake) = Ins::new(extension, authority) {
            let rule = match mistake {
                InvalidIns::Key => "R-INS-1",
                InvalidIns::Form | InvalidIns::Authority(_) => "R-INS-2",
            };
            let (message, cure) = mistake.words();
            self.error(rule, id, message, cure);
        }
    }
}
