//! Identities in a finished document, under check: patient, professionals, meeting.

use crate::{
    config::Environment,
    identifiers::{Ins, InsAuthority, InvalidIns, Rpps},
};

use super::{header_people::PROFESSIONAL_ROOT, tree::Element, validate::Checker};

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
            .filter(|id| id.attribute("root") == Some(PROFESSIONAL_ROOT))
            .collect();
        for id in ids {
            self.professional(id);
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
}
