//! Rules on identifiers: of the document, of professionals and structures.

use uuid::Uuid;

use crate::identifiers::{Finess, InvalidRpps, Oid, Rpps, luhn_check_digit};

use super::{
    organization::{Address, Organization, OrganizationId, OrganizationIdKind},
    people::{Professional, ProfessionalId, ProfessionalIdKind},
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
        match id.kind {
            ProfessionalIdKind::Rpps => match id.value.parse::<Rpps>() {
                Ok(_) => {}
                Err(InvalidRpps::Key) => self.error(
                    "R-ID-1",
                    place,
                    [
                        "La clé du numéro RPPS est fausse.",
                        "The key of the RPPS number is wrong.",
                    ],
                    [
                        "Vérifier le numéro dans l'Annuaire Santé.",
                        "Check the number in the Annuaire Santé.",
                    ],
                ),
                Err(InvalidRpps::Form) => self.error(
                    "R-ID-2",
                    place,
                    [
                        "Un numéro RPPS a onze chiffres.",
                        "An RPPS number has eleven digits.",
                    ],
                    [
                        "Écrire les onze chiffres, sans le 8 de tête.",
                        "Write the eleven digits, without the leading 8.",
                    ],
                ),
            },
            ProfessionalIdKind::Adeli => {
                if id.value.len() != 9 || !id.value.bytes().all(|byte| byte.is_ascii_alphanumeric())
                {
                    self.error(
                        "R-ID-2",
                        place,
                        [
                            "Un numéro ADELI a neuf caractères.",
                            "An ADELI number has nine characters.",
                        ],
                        [
                            "Écrire les neuf caractères, sans le 0 de tête.",
                            "Write the nine characters, without the leading 0.",
                        ],
                    );
                }
            }
            ProfessionalIdKind::StructureInternal => {
                let has_type = id.value.starts_with(['3', '4', '5', '6']);
                let parts = id.value.split_once('/');
                if !has_type || parts.is_none_or(|(head, tail)| head.len() < 2 || tail.is_empty()) {
                    self.error(
                        "R-ID-2",
                        place,
                        ["Un identifiant interne s'écrit type (3 à 6), structure, « / », numéro.", "An internal identifier is written type (3 to 6), structure, “/”, number."],
                        ["Par exemple 3750100125/1234.", "For instance 3750100125/1234."],
                    );
                }
            }
        }
    }

    pub(super) fn organization_id(&mut self, place: &str, id: &OrganizationId) {
        let has_key = |length: usize| {
            let payload = id.value.get(..length.saturating_sub(1)).unwrap_or_default();
            id.value.len() == length && luhn_check_digit(payload) == id.value.chars().last()
        };
        let is_valid = match id.kind {
            OrganizationIdKind::Finess => id.value.parse::<Finess>().is_ok(),
            OrganizationIdKind::Siren => has_key(9),
            OrganizationIdKind::Siret => has_key(14),
            OrganizationIdKind::CabinetRpps | OrganizationIdKind::CabinetAdeli => {
                !id.value.is_empty() && id.value.bytes().all(|byte| byte.is_ascii_alphanumeric())
            }
        };
        if !is_valid {
            self.error(
                "R-ID-3",
                place,
                [
                    "L'identifiant de structure est mal formé, ou sa clé est fausse.",
                    "The identifier of the structure is malformed, or its key is wrong.",
                ],
                [
                    "Vérifier le numéro dans le répertoire FINESS ou SIRENE.",
                    "Check the number in the FINESS or SIRENE register.",
                ],
            );
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
