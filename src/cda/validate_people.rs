//! Identities in a finished document, under check: patient, professionals, meeting.

use crate::{
    config::Environment,
    identifiers::{
        Ins, InsAuthority, InvalidIdNat, InvalidIns, check_professional, check_structure,
    },
};

use super::{
    header_people::{PROFESSIONAL_ROOT, STRUCTURE_ROOT},
    tree::Element,
    validate::Checker,
};

/// OID of the retired national identifier.
const INS_C: &str = "1.2.250.1.213.1.4.2";

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
            .collect();
        for id in ids {
            let extension = id.attribute("extension").unwrap_or_default();
            match id.attribute("root") {
                _ if extension.is_empty() => {}
                Some(PROFESSIONAL_ROOT) => self.professional(id, extension),
                Some(STRUCTURE_ROOT) => self.structure_id(id, extension),
                _ => {}
            }
        }
    }

    fn patient(&mut self, role: Element<'t>) {
        for id in role.all("id") {
            let root = id.attribute("root").unwrap_or_default();
            let extension = id.attribute("extension").unwrap_or_default();
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
                self.ins(id, extension, authority);
            }
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

    fn structure_id(&mut self, id: Element<'t>, extension: &str) {
        if let Err(mistake) = check_structure(extension) {
            let (message, cure) = mistake.words();
            self.warning("R-ID-3", id, message, cure);
        }
    }

    fn professional(&mut self, id: Element<'t>, extension: &str) {
        if let Err(mistake) = check_professional(extension) {
            let rule = if matches!(mistake, InvalidIdNat::Rpps(_)) {
                "R-ID-1"
            } else {
                "R-ID-2"
            };
            let (message, cure) = mistake.words();
            self.warning(rule, id, message, cure);
        }
    }
}
