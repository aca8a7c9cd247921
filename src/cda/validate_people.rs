//! Identities in a finished document, under check: patient, professionals, meeting.

use crate::{
    config::Environment,
    identifiers::{Ins, InsAuthority, InvalidIns, Rpps},
};

use super::{
    header_people::PROFESSIONAL_ROOT,
    tree::Element,
    validate::{Checker, Texts},
    write_meeting::{MANAGER_ROOT, RCP_ROOT, RRC_ROOT},
};

/// OID of the retired national identifier.
const INS_C: &str = "1.2.250.1.213.1.4.2";

const NAME_PHYSICIAN: Texts = [
    "Ajouter le participant INF de fonction PCP ; sans médecin traitant, nullFlavor NA ou UNK sur associatedEntity.",
    "Add the participant INF of function PCP; without attending physician, nullFlavor NA or UNK on associatedEntity.",
];

impl<'t> Checker<'t> {
    pub(super) fn identities(&mut self) {
        if let Some(role) = self.root.path(&["recordTarget", "patientRole"]) {
            self.patient(role);
        }
        let ids: Vec<_> = self
            .root
            .elements()
            .filter(|element| !element.is("component"))
            .flat_map(Element::descendants)
            .filter(|element| element.is("id"))
            .filter(|id| id.attribute("root") == Some(PROFESSIONAL_ROOT))
            .collect();
        for id in ids {
            self.professional(id);
        }
        self.attending_physician();
    }

    fn patient(&mut self, role: Element<'t>) {
        let mut ins = None;
        let mut has_identifier = false;
        for id in role.all("id") {
            let root = id.attribute("root").unwrap_or_default();
            let extension = id.attribute("extension").unwrap_or_default();
            has_identifier |= !extension.is_empty();
            if root == INS_C {
                self.warning(
                    "R-INS-8",
                    id,
                    [
                        "L'INS-C n'est plus une identité nationale admise.",
                        "INS-C is no longer an accepted national identity.",
                    ],
                    ["Donner le matricule INS.", "Give the INS number."],
                );
            }
            if let Some(authority) = InsAuthority::from_oid(root) {
                ins = Some(id);
                self.ins(id, extension, authority);
            }
        }
        if ins.is_some() {
            self.traits(role);
        } else if !has_identifier {
            self.missing(
                "N07",
                role,
                "id",
                [
                    "Donner l'INS, ou l'IPP de l'établissement.",
                    "Give the INS, or the number of the establishment.",
                ],
            );
        }
    }

    fn ins(&mut self, id: Element<'t>, extension: &str, authority: InsAuthority) {
        if authority.is_production() != (self.environment == Environment::Production) {
            self.error(
                "R-INS-10",
                id,
                [
                    "Identité de test en production, ou identité réelle en test.",
                    "Test identity in production, or real identity in test.",
                ],
                [
                    "Envoyer le document à l'environnement de son autorité INS (.8 et .9 : production ; .10 et .11 : test).",
                    "Send the document to the environment of its INS authority (.8 and .9: production; .10 and .11: test).",
                ],
            );
        }
        match Ins::new(extension, authority) {
            Ok(_) => {}
            Err(InvalidIns::Key) => self.error(
                "R-INS-1",
                id,
                [
                    "La clé du matricule INS est fausse.",
                    "The key of the INS number is wrong.",
                ],
                [
                    "Vérifier le matricule auprès du téléservice INSi.",
                    "Check the number with the INSi service.",
                ],
            ),
            Err(InvalidIns::Form | InvalidIns::Authority(_)) => self.error(
                "R-INS-2",
                id,
                [
                    "Le matricule INS n'a pas la forme attendue.",
                    "The INS number does not have the expected form.",
                ],
                [
                    "Écrire les quinze caractères, clé comprise.",
                    "Write the fifteen characters, key included.",
                ],
            ),
        }
    }

    /// The traits that are mandatory with an INS.
    fn traits(&mut self, role: Element<'t>) {
        const QUALIFIED: Texts = [
            "Reprendre les traits rendus par le téléservice INSi.",
            "Take the traits that the INSi service gave.",
        ];
        let Some(patient) = role.first("patient") else {
            return self.missing("N15", role, "patient", QUALIFIED);
        };
        let name = patient.first("name");
        let has_part = |part: &str, qualifier: Option<&str>| {
            name.into_iter()
                .flat_map(|name| name.all(part))
                .any(|part| part.attribute("qualifier") == qualifier && !part.text().is_empty())
        };
        let has_value = |name: &str, attribute: &str| {
            patient
                .first(name)
                .and_then(|element| element.attribute(attribute))
                .is_some_and(|value| !value.is_empty())
        };
        let has_place = patient
            .path(&["birthplace", "place", "addr", "county"])
            .is_some_and(|county| !county.text().is_empty());
        for (child, is_there) in [
            (
                "name/family[@qualifier='BR']",
                has_part("family", Some("BR")),
            ),
            ("name/given[@qualifier='BR']", has_part("given", Some("BR"))),
            ("name/given[not(@qualifier)]", has_part("given", None)),
            ("birthTime/@value", has_value("birthTime", "value")),
            (
                "administrativeGenderCode/@code",
                has_value("administrativeGenderCode", "code"),
            ),
            ("birthplace/place/addr/county", has_place),
        ] {
            if !is_there {
                self.missing("N07", patient, child, QUALIFIED);
            }
        }
    }

    fn professional(&mut self, id: Element<'t>) {
        let extension = id.attribute("extension").unwrap_or_default();
        match extension.chars().next() {
            Some('8') if Rpps::from_id_nat(extension).is_err() => self.warning(
                "R-ID-1",
                id,
                [
                    "Ce numéro RPPS est mal formé, ou sa clé est fausse.",
                    "This RPPS number is malformed, or its key is wrong.",
                ],
                [
                    "Vérifier le numéro dans l'Annuaire Santé.",
                    "Check the number in the Annuaire Santé.",
                ],
            ),
            None | Some('8') => {}
            Some('0' | '3'..='6') if extension.len() != 11 => {}
            Some(_) => self.warning(
                "R-ID-2",
                id,
                [
                    "L'identifiant du professionnel n'a pas de chiffre de type.",
                    "The identifier of the professional has no type digit.",
                ],
                [
                    "Écrire 8 puis les onze chiffres du RPPS.",
                    "Write 8, then the eleven digits of the RPPS number.",
                ],
            ),
        }
    }

    fn attending_physician(&mut self) {
        let is_physician = |participant: &Element<'_>| {
            let function = participant.first("functionCode");
            participant.attribute("typeCode") == Some("INF")
                && function.and_then(|code| code.attribute("code")) == Some("PCP")
        };
        let mut physicians = self
            .root
            .all("participant")
            .filter(is_physician)
            .collect::<Vec<_>>()
            .into_iter();
        if physicians.next().is_none() {
            self.missing(
                "R-ROL-1",
                self.root,
                "participant[@typeCode='INF'][functionCode/@code='PCP']",
                NAME_PHYSICIAN,
            );
        }
        if let Some(second) = physicians.next() {
            self.warning(
                "R-ROL-6",
                second,
                [
                    "Il y a plus d'un médecin traitant.",
                    "There is more than one attending physician.",
                ],
                ["N'en garder qu'un.", "Keep one of them."],
            );
        }
    }

    /// Acts and encounter: which meeting, when, where.
    pub(super) fn meeting(&mut self) {
        const FOLLOW: Texts = [
            "Suivre l'en-tête du volet CANCER-FRCP.",
            "Follow the header of the volet CANCER-FRCP.",
        ];
        let root = self.root;
        for (rank, documentation) in root.all("documentationOf").enumerate() {
            let Some(event) = documentation.first("serviceEvent") else {
                self.missing("N46", documentation, "serviceEvent", FOLLOW);
                continue;
            };
            if event.first("code").is_none() {
                self.missing("F11", event, "code", FOLLOW);
            }
            for child in ["performer", "effectiveTime"] {
                if rank == 0 && event.all(child).count() != 1 {
                    self.missing("N02", event, child, FOLLOW);
                }
            }
        }
        let Some(encounter) = root.path(&["componentOf", "encompassingEncounter"]) else {
            return;
        };
        if encounter.all("id").count() < 3 {
            self.missing("F12", encounter, "id", FOLLOW);
        }
        for national in [RRC_ROOT, MANAGER_ROOT, RCP_ROOT] {
            let is_national = |id: &Element<'_>| id.attribute("root") == Some(national);
            if encounter.all("id").filter(is_national).count() != 1 {
                let child = format!("id[@root='{national}']");
                self.missing(
                    "R-EVT-5",
                    encounter,
                    &child,
                    ["Donner une fois les identifiants nationaux du réseau, du gestionnaire et de la RCP.", "Give once the national identifiers of the network, of the manager and of the RCP."],
                );
            }
        }
        let place = encounter.path(&["location", "healthCareFacility", "location"]);
        for (rule, child) in [("F13", "name"), ("F14", "addr")] {
            if place.is_none_or(|place| place.first(child).is_none()) {
                let path = format!("location/healthCareFacility/location/{child}");
                self.missing(rule, encounter, &path, FOLLOW);
            }
        }
    }
}
