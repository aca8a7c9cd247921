//! What a finished document says of itself, under check: model, identity, version.

use super::{
    codes,
    enclosed::{LEVEL_1_MODEL, file_of},
    templates::FRCP_MODEL,
    tree::Element,
    validate::Checker,
};

impl Checker<'_> {
    pub(super) fn document(&mut self) {
        self.model();
        self.identity();
        self.version();
    }

    /// Model and version of the model.
    fn model(&mut self) {
        if self.encloses_file() {
            return self.type_of_level_1();
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

    /// True for a document that says it encloses a file, and does.
    fn encloses_file(&self) -> bool {
        let declares = |id: Element<'_>| id.attribute("root") == Some(LEVEL_1_MODEL);
        self.root.all("templateId").any(declares) && file_of(self.root).is_some()
    }

    /// A document that encloses a file has no model of its own: its type alone says what it is.
    fn type_of_level_1(&mut self) {
        let Some(code) = self.root.first("code") else {
            return;
        };
        let couple = (code.attribute("code"), code.attribute("codeSystem"));
        if couple != (Some(codes::DOCUMENT.code), Some(codes::DOCUMENT.system)) {
            self.error(
                "R-DOC-1",
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

    fn identity(&mut self) {
        let (Some(id), Some(set)) = (self.root.first("id"), self.root.first("setId")) else {
            return;
        };
        if couple(id) == couple(set) {
            self.warning(
                "R-DOC-4",
                set,
                [
                    "setId est l'identifiant du document : les versions suivantes ne s'y rattacheront pas.",
                    "setId is the identifier of the document: later versions will not be attached to it.",
                ],
                [
                    "Donner à setId un identifiant commun à toutes les versions, autre que id.",
                    "Give setId an identifier common to all versions, other than id.",
                ],
            );
        }
    }

    fn version(&mut self) {
        let Some(version) = self.root.first("versionNumber") else {
            return;
        };
        let number = value_of(version);
        if number.is_some_and(|number| number < 1) {
            self.warning(
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
            );
        }
        let replaced = self
            .root
            .all("relatedDocument")
            .find(|related| related.attribute("typeCode") == Some("RPLC"));
        let is_later = number.is_some_and(|number| number > 1);
        if number.is_some() && is_later != replaced.is_some() {
            self.warning(
                "R-DOC-3",
                version,
                [
                    "Une version suivante ne dit pas laquelle elle remplace, ou une première en remplace une.",
                    "A later version does not say which one it replaces, or a first one replaces one.",
                ],
                [
                    "Accorder versionNumber et relatedDocument RPLC.",
                    "Make versionNumber and relatedDocument RPLC agree.",
                ],
            );
        }
        if let Some(parent) = replaced.and_then(|related| related.first("parentDocument")) {
            self.replaced(parent, number);
        }
    }

    /// A document replaces another one, of an earlier version.
    fn replaced(&mut self, parent: Element<'_>, number: Option<i64>) {
        let is_itself = parent
            .first("id")
            .is_some_and(|id| self.root.first("id").map(couple) == Some(couple(id)));
        let before = parent.first("versionNumber").and_then(value_of);
        let is_later = before
            .zip(number)
            .is_some_and(|(before, own)| before >= own);
        if is_itself || is_later {
            self.warning(
                "R-DOC-6",
                parent,
                [
                    "Le document se remplace lui-même, ou remplace une version qui n'est pas antérieure.",
                    "The document replaces itself, or a version that is not earlier.",
                ],
                [
                    "Donner l'identifiant et le numéro de la version remplacée.",
                    "Give the identifier and the number of the version replaced.",
                ],
            );
        }
    }
}

/// Root and extension of an identifier.
fn couple(id: Element<'_>) -> (Option<&str>, Option<&str>) {
    (id.attribute("root"), id.attribute("extension"))
}

fn value_of(element: Element<'_>) -> Option<i64> {
    element.attribute("value")?.parse().ok()
}
