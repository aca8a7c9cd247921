//! Rules on identifiers: of the document, of professionals and structures.

use uuid::Uuid;

use crate::identifiers::{Oid, check_professional, check_structure};

use super::{
    organization::{Address, Organization, OrganizationId},
    people::{Professional, ProfessionalId},
    rules::Rules,
};

impl Rules<'_> {
    /// Identity of the document and of the version it replaces.
    pub(super) fn document(&mut self) {
        let document = &self.report.document;
        self.root("document.id.root", &document.id.root);
        self.root("document.set_id.root", &document.set_id.root);
        if document.id == document.set_id {
            self.error(
                "R-DOC-4",
                "document.set_id",
                [
                    "L'identifiant de lot est celui du document.",
                    "The set identifier is that of the document.",
                ],
                [
                    "Donner au lot un identifiant propre, gardé d'une version à l'autre.",
                    "Give the set an identifier of its own, kept from version to version.",
                ],
            );
        }
        self.replaced();
        if let Some(registration) = &self.report.rcp.registration {
            self.root("rcp.registration.id", &registration.id);
        }
        let patient = &self.report.patient;
        for (place, ids) in [
            ("rcp.local_ids", &self.report.rcp.local_ids),
            ("patient.local_ids", &patient.local_ids),
        ] {
            if (1..ids.len()).any(|rank| ids[..rank].contains(&ids[rank])) {
                self.error(
                    "N08",
                    place,
                    [
                        "Un identifiant est donné deux fois.",
                        "An identifier is given twice.",
                    ],
                    ["N'en garder qu'un.", "Keep one of them."],
                );
            }
        }
        for (rank, id) in self.report.rcp.local_ids.iter().enumerate() {
            self.root(&format!("rcp.local_ids[{rank}].root"), &id.root);
        }
    }

    /// A later version names the one it replaces; the first replaces nothing.
    fn replaced(&mut self) {
        let document = &self.report.document;
        match (&document.replaces, document.version) {
            (None, 2..) => self.error(
                "R-DOC-3",
                "document.replaces",
                [
                    "Une version suivante ne dit pas quelle version elle remplace.",
                    "A later version does not say which one it replaces.",
                ],
                [
                    "Donner l'identifiant de la version remplacée.",
                    "Give the identifier of the version that is replaced.",
                ],
            ),
            (Some(_), ..2) => self.error(
                "R-DOC-3",
                "document.version",
                [
                    "La version 1 ne peut rien remplacer.",
                    "Version 1 cannot replace anything.",
                ],
                [
                    "Augmenter le numéro de version, ou retirer `replaces`.",
                    "Raise the version number, or remove `replaces`.",
                ],
            ),
            (Some(replaced), version) => {
                self.root("document.replaces.root", &replaced.root);
                let is_same = replaced.root == document.id.root
                    && replaced.extension == document.id.extension;
                if is_same || replaced.version.is_some_and(|earlier| earlier >= version) {
                    self.error(
                        "R-DOC-6",
                        "document.replaces",
                        ["Le document se remplace lui-même, ou remplace une version plus récente.", "The document replaces itself, or a later version."],
                        ["Donner l'identifiant et le numéro de la version précédente.", "Give identifier and number of the previous version."],
                    );
                }
            }
            (None, _) => {}
        }
    }

    pub(super) fn root(&mut self, place: &str, root: &str) {
        if root.parse::<Oid>().is_err() && (root.len() != 36 || Uuid::parse_str(root).is_err()) {
            self.error(
                "N08",
                place,
                [
                    "Cette racine n'est ni un OID ni un UUID.",
                    "This root is neither an OID nor a UUID.",
                ],
                [
                    "Écrire un OID (chiffres et points) ou un UUID (36 caractères).",
                    "Write an OID (digits and dots) or a UUID (36 characters).",
                ],
            );
        }
    }

    pub(super) fn professional_id(&mut self, place: &str, id: &ProfessionalId) {
        if let Err(mistake) = check_professional(&id.id_nat()) {
            let rule = if mistake.is_key() { "R-ID-1" } else { "R-ID-2" };
            let (message, cure) = mistake.words();
            self.error(rule, place, message, cure);
        }
    }

    pub(super) fn organization_id(&mut self, place: &str, id: &OrganizationId) {
        if let Err(mistake) = check_structure(&id.id_nat()) {
            let (message, cure) = mistake.words();
            self.error("R-ID-3", place, message, cure);
        }
    }

    pub(super) fn professional(&mut self, place: &str, professional: &Professional) {
        if let Some(id) = &professional.id {
            self.professional_id(&format!("{place}.id.value"), id);
        }
        self.addresses(&format!("{place}.addresses"), &professional.addresses);
        if let Some(organization) = &professional.organization {
            self.organization(&format!("{place}.organization"), organization);
        }
    }

    pub(super) fn organization(&mut self, place: &str, organization: &Organization) {
        if let Some(id) = &organization.id {
            self.organization_id(&format!("{place}.id.value"), id);
        }
        self.addresses(&format!("{place}.addresses"), &organization.addresses);
    }

    pub(super) fn addresses(&mut self, place: &str, addresses: &[Address]) {
        for (rank, address) in addresses.iter().enumerate() {
            let parts_only = Address {
                lines: Vec::new(),
                usage: None,
                ..address.clone()
            };
            if !address.lines.is_empty() && parts_only != Address::default() {
                self.error(
                    "R-ADR-1",
                    format!("{place}[{rank}]"),
                    [
                        "Une adresse mêle lignes et parties.",
                        "An address mixes lines and parts.",
                    ],
                    [
                        "Donner les lignes, ou les parties.",
                        "Give lines, or parts.",
                    ],
                );
            }
        }
    }
}
