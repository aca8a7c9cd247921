//! Codes of a finished document, under check: do they exist, do their labels agree.
//!
//! Rules `T01` to `T03` are those of the national kit (family *terminologie*): `TA_ASIP` is held whole; codes of
//! LOINC, SNOMED CT, NCIT and CIM-10 are held to their form and check digit, units to the characters of UCUM.

use std::{collections::HashSet, sync::LazyLock};

use crate::{
    config::Volet,
    finding::{Bilingual, Severity},
};

use super::{
    code_forms::{is_cim10, is_loinc, is_ncit, is_snomed, is_unit},
    codes::{CIM10, CIMO, LOINC, NCIT, SNOMED, TA, TNM, system_name},
    tree::{Element, Namespace},
    validate::Checker,
};

/// Codes of `TA_ASIP`, read once: part of the program.
static TA_CODES: LazyLock<HashSet<&'static str>> = LazyLock::new(|| {
    include_str!("../../profiles/cda/ta.txt")
        .lines()
        .filter(|line| !line.starts_with('#'))
        .flat_map(str::split_ascii_whitespace)
        .collect()
});

const SYSTEMS: [&str; 7] = [LOINC, TA, SNOMED, NCIT, CIM10, CIMO, TNM];

impl<'t> Checker<'t> {
    pub(super) fn codes(&mut self) {
        for element in self.root.descendants() {
            if let Some(system) = element.attribute("codeSystem") {
                self.exists(element, system);
                self.system_name(element, system);
            }
            if element.is("value") {
                self.prefixed_type(element);
            }
            if element.attribute("unit").is_some_and(|unit| !is_unit(unit)) {
                self.error(
                    "T03",
                    element,
                    [
                        "Cette unité n'est pas une unité UCUM.",
                        "This unit is not a unit of UCUM.",
                    ],
                    [
                        "Écrire l'unité selon UCUM, sans blanc ni accent : mm, mg/dL, 10*3/uL.",
                        "Write the unit as UCUM does, without blank or accent: mm, mg/dL, 10*3/uL.",
                    ],
                );
            }
        }
    }

    fn exists(&mut self, element: Element<'t>, system: &str) {
        let rule = if element.is("code") {
            "T01"
        } else if element.is("value") && matches!(element.value_type(), Some("CD" | "CE")) {
            "T02"
        } else {
            return;
        };
        let code = element.attribute("code").unwrap_or_default();
        let is_known = match system {
            TA => TA_CODES.contains(code),
            CIM10 => is_cim10(code),
            LOINC => is_loinc(code),
            SNOMED => is_snomed(code),
            NCIT => is_ncit(code),
            _ => true,
        };
        if !is_known {
            self.error(
                rule,
                element,
                [
                    "Ce code n'existe pas dans la terminologie annoncée.",
                    "This code does not exist in the terminology announced.",
                ],
                ["Corriger code ou codeSystem.", "Mend code or codeSystem."],
            );
        }
    }

    /// The name of a system, when it is that of another system.
    fn system_name(&mut self, element: Element<'t>, system: &str) {
        let Some(name) = element.attribute("codeSystemName") else {
            return;
        };
        let says = |oid: &str| {
            Volet::ALL
                .into_iter()
                .any(|volet| system_name(oid, volet) == Some(name))
        };
        if SYSTEMS.iter().any(|oid| *oid != system && says(oid)) {
            self.report(
                Severity::Information,
                "R-COD-2",
                element,
                Bilingual::new(
                    "codeSystemName est le nom d'un autre système que codeSystem.",
                    "codeSystemName is the name of another system than codeSystem.",
                ),
                Bilingual::new(
                    "Accorder codeSystem et codeSystemName.",
                    "Make codeSystem and codeSystemName agree.",
                ),
            );
        }
    }

    /// A prefix before the datatype makes the rules of the national kit on value sets fall silent.
    fn prefixed_type(&mut self, value: Element<'t>) {
        let is_prefixed = value.attributes().iter().any(|attribute| {
            attribute.namespace == Namespace::Xsi
                && attribute.name == "type"
                && attribute.value.contains(':')
        });
        if is_prefixed {
            self.warning(
                "R-VAL-3",
                value,
                [
                    "Le type de la valeur est écrit avec un préfixe : le kit national ne contrôle plus la valeur.",
                    "The datatype of the value is written with a prefix: the national kit no longer checks the value.",
                ],
                [
                    "Écrire le type sans préfixe : xsi:type=\"CD\".",
                    "Write the datatype without prefix: xsi:type=\"CD\".",
                ],
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_national_terminology_is_there() {
        assert!(TA_CODES.len() > 1_500);
        assert!(TA_CODES.contains("GEN-065") && !TA_CODES.contains("MED-227"));
    }
}
