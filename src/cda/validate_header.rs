//! The header of a finished document, under check.

use uuid::Uuid;

use crate::identifiers::Oid;

use super::{
    codes,
    templates::{CISIS_HEADER, FRCP_MODEL, HL7_FRANCE},
    tree::Element,
    validate::{Checker, Texts},
};

const TYPE_ID: &str = "2.16.840.1.113883.1.3";

const FOLLOW_HEADER: Texts = [
    "Suivre l'en-tête de la structuration minimale du CI-SIS.",
    "Follow the header of the CI-SIS structuration minimale.",
];

/// How often an element stands in the header.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Count {
    One,
    OneWithValue,
    AtLeastOne,
}

impl<'t> Checker<'t> {
    pub(super) fn header(&mut self) {
        self.scope();
        self.model();
        for (rule, name, count) in [
            ("N05", "id", Count::OneWithValue),
            ("N05", "code", Count::OneWithValue),
            ("N05", "title", Count::OneWithValue),
            ("N05", "effectiveTime", Count::OneWithValue),
            ("N05", "confidentialityCode", Count::OneWithValue),
            ("N05", "languageCode", Count::OneWithValue),
            ("N05", "setId", Count::OneWithValue),
            ("N05", "versionNumber", Count::OneWithValue),
            ("N06", "recordTarget", Count::One),
            ("N06", "author", Count::AtLeastOne),
            ("N06", "custodian", Count::One),
            ("N06", "legalAuthenticator", Count::One),
            ("N06", "documentationOf", Count::AtLeastOne),
            ("N06", "componentOf", Count::One),
            ("N06", "component", Count::One),
        ] {
            self.count(rule, name, count);
        }
        for name in ["id", "setId"] {
            if let Some(id) = self.root.first(name) {
                self.id_root(id);
            }
        }
        self.version();
        if let Some(time) = self.root.first("effectiveTime") {
            self.precise(time);
        }
    }

    fn count(&mut self, rule: &'static str, name: &str, count: Count) {
        let mut found = self.root.all(name);
        let Some(first) = found.next() else {
            return self.missing(rule, self.root, name, FOLLOW_HEADER);
        };
        if count != Count::AtLeastOne
            && let Some(second) = found.next()
        {
            self.error(
                rule,
                second,
                [
                    "Cet élément n'est admis qu'une fois.",
                    "This element may stand only once.",
                ],
                ["N'en garder qu'un.", "Keep one of them."],
            );
        }
        if count == Count::OneWithValue && first.attribute("nullFlavor").is_some() {
            self.error(
                rule,
                first,
                [
                    "Cet élément ne peut pas être inconnu (nullFlavor).",
                    "This element cannot be unknown (nullFlavor).",
                ],
                ["Lui donner une valeur.", "Give it a value."],
            );
        }
    }

    /// `realmCode`, `typeId` and the `templateId`s that every French document declares.
    fn scope(&mut self) {
        let root = self.root;
        let realm = root
            .first("realmCode")
            .and_then(|realm| realm.attribute("code"));
        if realm != Some("FR") {
            self.missing("N04", root, "realmCode[@code='FR']", FOLLOW_HEADER);
        }
        let is_type = |id: Element<'_>| {
            id.attribute("root") == Some(TYPE_ID)
                && id.attribute("extension") == Some("POCD_HD000040")
        };
        if !root.first("typeId").is_some_and(is_type) {
            self.missing("N04", root, "typeId", FOLLOW_HEADER);
        }
        for template in [HL7_FRANCE, CISIS_HEADER] {
            if !self.declares(template) {
                let child = format!("templateId[@root='{template}']");
                self.missing("N04", root, &child, FOLLOW_HEADER);
            }
        }
    }

    fn declares(&self, template: &str) -> bool {
        self.root
            .all("templateId")
            .any(|id| id.attribute("root") == Some(template))
    }

    /// Type of document, model and version of the model.
    fn model(&mut self) {
        if let Some(code) = self.root.first("code") {
            let couple = (code.attribute("code"), code.attribute("codeSystem"));
            if couple != (Some(codes::DOCUMENT.code), Some(codes::DOCUMENT.system)) {
                self.error(
                    "F10",
                    code,
                    [
                        "Ce document n'est pas une fiche RCP (code 34794-8 de LOINC).",
                        "This document is not a report of a meeting (code 34794-8 of LOINC).",
                    ],
                    [
                        "Corriger le type du document, ou l'envoyer ailleurs.",
                        "Mend the type of the document, or send it elsewhere.",
                    ],
                );
            }
        }
        let model = self
            .root
            .all("templateId")
            .find(|id| id.attribute("root") == Some(FRCP_MODEL));
        let Some(model) = model else {
            return self.missing(
                "R-DOC-1",
                self.root,
                "templateId[@root='1.2.250.1.213.1.1.1.8']",
                [
                    "Déclarer le modèle FRCP et sa version.",
                    "Declare the model FRCP and its version.",
                ],
            );
        };
        if self.volet.is_none() {
            self.error(
                "R-DOC-1",
                model,
                [
                    "La version du modèle FRCP n'est ni 2022.01 ni 2025.01.",
                    "The version of the model FRCP is neither 2022.01 nor 2025.01.",
                ],
                [
                    "Déclarer extension=\"2022.01\" ou \"2025.01\", et suivre cette version.",
                    "Declare extension=\"2022.01\" or \"2025.01\", and follow that version.",
                ],
            );
        }
    }

    pub(super) fn id_root(&mut self, id: Element<'t>) {
        let root = id.attribute("root").unwrap_or_default();
        let is_uuid = root.len() == 36 && Uuid::parse_str(root).is_ok();
        // An OID of a document may be longer than those that XDS takes.
        let is_oid = root.parse::<Oid>().is_ok() || root.len() > 64;
        if id.attribute("nullFlavor").is_none() && !is_uuid && !is_oid {
            self.error(
                "N08",
                id,
                [
                    "La racine de l'identifiant n'est ni un OID ni un UUID.",
                    "The root of the identifier is neither an OID nor a UUID.",
                ],
                ["Écrire un OID ou un UUID.", "Write an OID or a UUID."],
            );
        }
    }

    fn version(&mut self) {
        let replaced = self
            .root
            .all("relatedDocument")
            .find(|related| related.attribute("typeCode") == Some("RPLC"));
        let Some(version) = self.root.first("versionNumber") else {
            return;
        };
        match version
            .attribute("value")
            .and_then(|value| value.parse::<i64>().ok())
        {
            None => self.error(
                "N14",
                version,
                [
                    "Le numéro de version n'est pas un entier.",
                    "The version number is not an integer.",
                ],
                [
                    "Écrire un entier, à partir de 1.",
                    "Write an integer, from 1.",
                ],
            ),
            Some(..=0) => self.warning(
                "R-DOC-2",
                version,
                [
                    "Le numéro de version est inférieur à 1.",
                    "The version number is lower than 1.",
                ],
                [
                    "Écrire un entier, à partir de 1.",
                    "Write an integer, from 1.",
                ],
            ),
            Some(2..) if replaced.is_none() => self.warning(
                "R-DOC-3",
                version,
                [
                    "Une version suivante ne dit pas quelle version elle remplace.",
                    "A later version does not say which one it replaces.",
                ],
                ["Ajouter relatedDocument RPLC.", "Add relatedDocument RPLC."],
            ),
            Some(_) => {}
        }
    }

    fn precise(&mut self, time: Element<'t>) {
        let value = time.attribute("value").unwrap_or_default();
        let digits = value.split(['+', '-']).next().unwrap_or_default();
        if digits.len() < 14 || digits.len() == value.len() {
            self.warning(
                "R-TIM-1",
                time,
                [
                    "L'instant n'a pas de secondes ou pas de décalage horaire.",
                    "The instant has no seconds or no offset.",
                ],
                ["Écrire AAAAMMJJhhmmss+hhmm.", "Write YYYYMMDDhhmmss+hhmm."],
            );
        }
    }
}
