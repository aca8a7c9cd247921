//! People, structures and parts of a finished document, under check: their identifiers.

use std::collections::HashSet;

use uuid::Uuid;

use crate::identifiers::{InvalidIdNat, check_professional, check_structure};

use super::{
    header_people::{PROFESSIONAL_ROOT, STRUCTURE_ROOT},
    structure_forms::is_oid,
    tree::Element,
    validate::Checker,
};

/// Specialities that make a quorum.
const MIN_SPECIALITIES: usize = 3;

impl<'t> Checker<'t> {
    pub(super) fn identities(&mut self) {
        if let Some(role) = self.root.path(&["recordTarget", "patientRole"]) {
            self.patient(role);
        }
        let identifiers = self.index.named(Some("id")).to_vec();
        let mut entries = HashSet::new();
        for id in identifiers {
            let root = id.attribute("root").unwrap_or_default();
            let extension = id.attribute("extension").unwrap_or_default();
            match root {
                PROFESSIONAL_ROOT | STRUCTURE_ROOT if extension.is_empty() => {}
                PROFESSIONAL_ROOT => self.professional(id, extension),
                STRUCTURE_ROOT => self.structure_id(id, extension),
                _ => self.entry_id(id, &mut entries),
            }
        }
        self.quorum();
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

    /// Identifiers of sections and entries: an OID or a UUID, each once.
    fn entry_id(&mut self, id: Element<'t>, seen: &mut HashSet<(&'t str, &'t str)>) {
        let is_part = id.parent().is_some_and(|parent| {
            [
                "section",
                "observation",
                "act",
                "organizer",
                "procedure",
                "encounter",
            ]
            .iter()
            .any(|name| parent.is(name))
        });
        let Some(root) = id.attribute("root").filter(|_| is_part) else {
            return;
        };
        if !is_oid(root) && Uuid::try_parse(root).is_err() {
            self.warning(
                "R-ID-5",
                id,
                [
                    "L'identifiant n'est ni un OID ni un UUID.",
                    "The identifier is neither an OID nor a UUID.",
                ],
                ["Écrire un OID ou un UUID.", "Write an OID or a UUID."],
            );
        }
        if !seen.insert((root, id.attribute("extension").unwrap_or_default())) {
            self.warning(
                "R-ID-4",
                id,
                [
                    "Une autre partie du document porte le même identifiant.",
                    "Another part of the document has the same identifier.",
                ],
                [
                    "Donner à chaque section et entrée son identifiant.",
                    "Give each section and entry an identifier of its own.",
                ],
            );
        }
    }

    /// A quorum that is reached has three physicians of different specialities at least.
    fn quorum(&mut self) {
        let reached = self.observation_with("ORG-125").filter(|observation| {
            observation
                .first("value")
                .and_then(|value| value.attribute("code"))
                == Some("ORG-126")
        });
        let Some(observation) = reached else { return };
        let specialities: HashSet<_> = self
            .root
            .all("participant")
            .filter(|participant| {
                participant.attribute("typeCode") == Some("PRF")
                    && participant
                        .first("functionCode")
                        .and_then(|code| code.attribute("code"))
                        == Some("353")
            })
            .filter_map(|participant| participant.path(&["associatedEntity", "code"]))
            .filter_map(|code| code.attribute("code"))
            .collect();
        if specialities.len() < MIN_SPECIALITIES {
            self.warning(
                "R-ROL-4",
                observation,
                [
                    "Le quorum est dit atteint avec moins de trois spécialités.",
                    "The quorum is said to be reached with fewer than three specialities.",
                ],
                [
                    "Nommer les participants du quorum et leur spécialité, ou revoir le quorum.",
                    "Name the participants of the quorum and their speciality, or correct the quorum.",
                ],
            );
        }
    }

    /// The first observation with that code.
    pub(super) fn observation_with(&self, code: &str) -> Option<Element<'t>> {
        self.index
            .named(Some("observation"))
            .iter()
            .copied()
            .find(|observation| {
                observation
                    .first("code")
                    .and_then(|own| own.attribute("code"))
                    == Some(code)
            })
    }
}
