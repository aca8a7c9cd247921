//! Names, postal and telecommunication addresses in the header of a finished document, under check.
//!
//! **Source:** HL7 datatypes R1, as the national kit checks them (family *structuration minimale*).

use super::{
    tree::{Child, Element},
    validate::Checker,
    validate_datatypes::twins,
};

/// Uses of an address that the CI-SIS admits.
const ADDRESS_USES: [&str; 5] = ["H", "HP", "HV", "WP", "TMP"];
/// Uses of a telecommunication address.
const TELECOM_USES: [&str; 9] = ["H", "HP", "HV", "WP", "DIR", "PUB", "EC", "MC", "PG"];
/// Schemes of a telecommunication address.
const SCHEMES: [&str; 6] = ["tel", "fax", "mailto", "http", "ftp", "mllp"];
/// Answers where a telecommunication address is not known.
const UNKNOWN_TELECOM: [&str; 5] = ["UNK", "NASK", "ASKU", "NAV", "MSK"];
/// Parts of a structured address.
const ADDRESS_PARTS: [&str; 13] = [
    "country",
    "state",
    "city",
    "postalCode",
    "county",
    "houseNumber",
    "houseNumberNumeric",
    "streetName",
    "streetNameType",
    "additionalLocator",
    "unitID",
    "postBox",
    "precinct",
];
const MAX_ADDRESS_LINES: usize = 7;

impl<'t> Checker<'t> {
    pub(super) fn address(&mut self, rule: &'static str, address: Element<'t>) {
        if address.attribute("nullFlavor").is_some() {
            if twins(address).any(|twin| twin.attribute("nullFlavor").is_none()) {
                self.repeated(rule, address);
            }
            return;
        }
        let has_parts = address.elements().next().is_some();
        let is_mixed = has_parts == has_own_text(address);
        let is_bad_use = address
            .attribute("use")
            .is_some_and(|used| !ADDRESS_USES.contains(&used));
        if is_mixed || is_bad_use {
            self.error(
                rule,
                address,
                [
                    "L'adresse est vide, mêle texte et éléments, ou son usage n'est pas admis.",
                    "The address is empty, mixes text and elements, or its use is not admitted.",
                ],
                [
                    "Écrire ses éléments, ou un texte seul ; use parmi H, HP, HV, WP, TMP.",
                    "Write its elements, or a text alone; use one of H, HP, HV, WP, TMP.",
                ],
            );
        }
        let lines = address.all("streetAddressLine").count();
        for part in address.elements() {
            let is_foreseen = if lines > 0 {
                part.is("streetAddressLine")
            } else {
                ADDRESS_PARTS.iter().any(|name| part.is(name))
            };
            if !is_foreseen {
                self.warning(
                    "N59",
                    part,
                    [
                        "Une adresse est faite de lignes (streetAddressLine) ou d'éléments, pas des deux.",
                        "An address is made of lines (streetAddressLine) or of elements, not of both.",
                    ],
                    ["Choisir une des deux formes.", "Choose one of the two forms."],
                );
            }
            self.not_empty(rule, part);
            let is_second = lines == 0
                && address
                    .all(part.name())
                    .next()
                    .is_some_and(|first| first != part);
            if is_second {
                self.repeated(rule, part);
            }
        }
        if lines > MAX_ADDRESS_LINES || twins(address).any(|twin| says_the_same(twin, address)) {
            self.repeated(rule, address);
        }
    }

    pub(super) fn telecom(&mut self, rule: &'static str, telecom: Element<'t>) {
        let [value, unknown, used] =
            ["value", "nullFlavor", "use"].map(|name| telecom.attribute(name));
        let is_good = match (value, unknown) {
            (Some(value), None) => value
                .split_once(':')
                .is_some_and(|(scheme, rest)| SCHEMES.contains(&scheme) && !rest.is_empty()),
            (None, Some(unknown)) => {
                UNKNOWN_TELECOM.contains(&unknown) && telecom.attributes().len() == 1
            }
            _ => false,
        };
        let is_clean = value.is_none_or(|value| {
            value
                .bytes()
                .all(|byte| byte.is_ascii_graphic() && !b"<>\"{}|\\^`".contains(&byte))
        });
        if !is_good || !is_clean || used.is_some_and(|used| !TELECOM_USES.contains(&used)) {
            self.error(
                rule,
                telecom,
                [
                    "L'adresse de télécommunication n'a pas la forme voulue.",
                    "The telecommunication address does not have the form wanted.",
                ],
                [
                    "Écrire tel:, fax:, mailto:, http:, ftp: ou mllp: puis l'adresse, sans espace ; ou nullFlavor seul.",
                    "Write tel:, fax:, mailto:, http:, ftp: or mllp:, then the address, without blanks; or nullFlavor alone.",
                ],
            );
        }
        let is_repeated = twins(telecom).any(|twin| {
            let same = |name| {
                telecom.attribute(name).is_some() && twin.attribute(name) == telecom.attribute(name)
            };
            (unknown.is_some() && twin.attribute("nullFlavor").is_none())
                || (same("use") && same("value"))
        });
        if is_repeated {
            self.repeated(rule, telecom);
        }
    }

    pub(super) fn name(&mut self, rule: &'static str, name: Element<'t>, is_organization: bool) {
        let has_parts = name.elements().next().is_some();
        let has_text = has_own_text(name);
        let is_unknown = name.attribute("nullFlavor").is_some();
        let is_empty = !is_unknown && !has_parts && !has_text;
        if (has_parts && has_text) || is_empty || (is_organization && has_parts) {
            self.error(
                rule,
                name,
                [
                    "Le nom est vide, mêle texte et éléments, ou a des éléments qu'il n'admet pas.",
                    "The name is empty, mixes text and elements, or has elements that it does not admit.",
                ],
                [
                    "Écrire le nom d'une personne en éléments, celui d'une structure en texte.",
                    "Write the name of a person in elements, that of a structure as text.",
                ],
            );
        }
        let is_repeated = twins(name).any(|twin| {
            (is_unknown && twin.attribute("nullFlavor").is_none()) || says_the_same(twin, name)
        });
        if is_repeated {
            self.repeated(rule, name);
        }
        for part in name.elements() {
            let is_empty = part.attribute("nullFlavor").is_none() && part.text().is_empty();
            if is_empty && !part.is("validTime") {
                self.warning(
                    rule,
                    part,
                    [
                        "Cette partie du nom est vide.",
                        "This part of the name is empty.",
                    ],
                    ["L'écrire, ou la retirer.", "Write it, or remove it."],
                );
            }
        }
    }
}

fn has_own_text(element: Element<'_>) -> bool {
    element
        .children()
        .any(|child| matches!(child, Child::Text(text) if !text.trim_ascii().is_empty()))
}

fn says_the_same(one: Element<'_>, other: Element<'_>) -> bool {
    one.attribute("use") == other.attribute("use") && one.text() == other.text()
}
