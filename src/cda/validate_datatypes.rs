//! Datatypes in the header of a finished document, under check.
//!
//! **Source:** HL7 datatypes R1, as the national kit checks them (family *structuration minimale*):
//! only what the schema of CDA does not say already.

use uuid::Uuid;

use crate::finding::{Bilingual, Severity};

use super::{
    rule_header::Datatype,
    structure_forms::is_oid,
    tree::{Child, Element},
    validate::{Checker, Texts},
    validate_instants::{compare, is_real},
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

const ONE_OR_UNKNOWN: Texts = [
    "Donner la valeur, ou nullFlavor, pas les deux.",
    "Give the value, or nullFlavor, not both.",
];

impl<'t> Checker<'t> {
    /// The rules of a datatype on an element of the header.
    pub(super) fn datatype(
        &mut self,
        rule: &'static str,
        datatype: Datatype,
        element: Element<'t>,
    ) {
        self.unknown_is_empty(rule, element);
        match datatype {
            Datatype::Any => {}
            Datatype::Ii => self.identifier(rule, element),
            Datatype::Cs => self.value_or_unknown(rule, element, "code"),
            Datatype::Cd | Datatype::Ce => self.code(rule, element, datatype == Datatype::Ce),
            Datatype::St | Datatype::Ed => self.not_empty(rule, element),
            Datatype::Ts => self.instant(rule, element),
            Datatype::IvlTs => self.interval(rule, element),
            Datatype::Int => self.value_or_unknown(rule, element, "value"),
            Datatype::Ad => self.address(rule, element),
            Datatype::Tel => self.telecom(rule, element),
            Datatype::En | Datatype::On => self.name(rule, element, datatype == Datatype::On),
        }
    }

    /// What is unknown says nothing else, but for a code system or a text where it is another value.
    fn unknown_is_empty(&mut self, rule: &'static str, element: Element<'t>) {
        let all = std::iter::once(element).chain(element.descendants());
        for element in all.filter(|element| element.attribute("nullFlavor").is_some()) {
            let may_tell = matches!(element.attribute("nullFlavor"), Some("OTH" | "NA" | "UNC"));
            let says_more = element.attributes().iter().any(|attribute| {
                let is_free = matches!(
                    attribute.name,
                    "nullFlavor"
                        | "type"
                        | "classCode"
                        | "typeCode"
                        | "determinerCode"
                        | "moodCode"
                        | "partType"
                        | "operator"
                        | "representation"
                        | "inclusive"
                ) || (attribute.name == "mediaType"
                    && attribute.value == "text/plain");
                let tells = may_tell
                    && matches!(
                        attribute.name,
                        "codeSystem"
                            | "codeSystemName"
                            | "codeSystemVersion"
                            | "extension"
                            | "valueSet"
                            | "valueSetVersion"
                    );
                !is_free && !tells
            });
            let has_content = element.children().any(|child| match child {
                Child::Element(child) => {
                    !(may_tell && (child.is("originalText") || child.is("translation")))
                }
                Child::Text(text) => !text.trim_ascii().is_empty(),
            });
            if says_more || has_content {
                self.error(
                    rule,
                    element,
                    [
                        "Un élément inconnu (nullFlavor) porte aussi une valeur.",
                        "An unknown element (nullFlavor) has a value too.",
                    ],
                    ONE_OR_UNKNOWN,
                );
            }
        }
    }

    fn value_or_unknown(&mut self, rule: &'static str, element: Element<'t>, value: &str) {
        let is_unknown = element.attribute("nullFlavor").is_some();
        if is_unknown == element.attribute(value).is_some() {
            self.error(
                rule,
                element,
                [
                    "Il faut une valeur ou un nullFlavor, et un seul des deux.",
                    "A value or a nullFlavor is wanted, and one of them only.",
                ],
                ONE_OR_UNKNOWN,
            );
        }
    }

    fn identifier(&mut self, rule: &'static str, id: Element<'t>) {
        self.value_or_unknown(rule, id, "root");
        let Some(root) = id.attribute("root") else {
            return;
        };
        let is_uuid = root.len() == 36 && Uuid::try_parse(root).is_ok();
        if !is_uuid && !is_oid(root) {
            self.error(
                rule,
                id,
                [
                    "La racine de l'identifiant n'est ni un OID ni un UUID.",
                    "The root of the identifier is neither an OID nor a UUID.",
                ],
                ["Écrire un OID ou un UUID.", "Write an OID or a UUID."],
            );
        }
        let extension = id.attribute("extension");
        if extension == Some("") {
            self.error(
                rule,
                id,
                ["L'extension est vide.", "The extension is empty."],
                ["L'écrire, ou la retirer.", "Write it, or remove it."],
            );
        }
        if twins(id).any(|twin| {
            twin.attribute("root") == Some(root)
                && (extension.is_none() || twin.attribute("extension") == extension)
        }) {
            self.repeated(rule, id);
        }
        if is_uuid && root.bytes().any(|byte| byte.is_ascii_lowercase()) {
            self.report(
                Severity::Information,
                "N08",
                id,
                Bilingual::new("UUID en minuscules.", "UUID in lower case."),
                Bilingual::new(
                    "Écrire les lettres des UUID en majuscules.",
                    "Write the letters of UUIDs in upper case.",
                ),
            );
        }
    }

    fn code(&mut self, rule: &'static str, coded: Element<'t>, is_simple: bool) {
        let [code, system, unknown] =
            ["code", "codeSystem", "nullFlavor"].map(|name| coded.attribute(name));
        let has_text = coded
            .first("originalText")
            .is_some_and(|text| text.attribute("nullFlavor").is_none());
        if unknown.is_none() && code.is_none() && !has_text {
            self.error(
                rule,
                coded,
                [
                    "Il faut un code, un texte d'origine ou un nullFlavor.",
                    "A code, an original text or a nullFlavor is wanted.",
                ],
                ["Écrire code et codeSystem.", "Write code and codeSystem."],
            );
        }
        let named = ["codeSystemName", "codeSystemVersion"]
            .into_iter()
            .any(|name| coded.attribute(name).is_some());
        let lacks_system = system.is_none() && (code.is_some() || named);
        let is_bad_system = system.is_some_and(|system| !is_oid(system));
        let lacks_code = code.is_none() && coded.attribute("displayName").is_some();
        let is_both =
            unknown.is_some() && (code.is_some() || coded.attribute("displayName").is_some());
        let empty = ["displayName", "codeSystemName"]
            .into_iter()
            .any(|name| coded.attribute(name) == Some(""));
        if lacks_system || is_bad_system || lacks_code || is_both || empty {
            self.error(
                rule,
                coded,
                [
                    "Code, système et libellé ne vont pas ensemble : un code a son codeSystem (un OID), un libellé a son code.",
                    "Code, system and label do not go together: a code has its codeSystem (an OID), a label has its code.",
                ],
                [
                    "Écrire code, codeSystem et displayName, non vides.",
                    "Write code, codeSystem and displayName, not empty.",
                ],
            );
        }
        if is_simple && coded.first("qualifier").is_some() {
            self.error(
                rule,
                coded,
                [
                    "Un code CE n'a pas de qualifier.",
                    "A code CE has no qualifier.",
                ],
                ["Retirer qualifier.", "Remove qualifier."],
            );
        }
        if code.is_some()
            && system.is_some()
            && twins(coded).any(|twin| {
                twin.attribute("code") == code && twin.attribute("codeSystem") == system
            })
        {
            self.repeated(rule, coded);
        }
    }

    fn not_empty(&mut self, rule: &'static str, element: Element<'t>) {
        let is_empty = element.attribute("nullFlavor").is_none()
            && element.elements().next().is_none()
            && element.text().is_empty();
        if is_empty {
            self.error(
                rule,
                element,
                ["Cet élément est vide.", "This element is empty."],
                ["Écrire son texte.", "Write its text."],
            );
        }
    }

    fn instant(&mut self, rule: &'static str, time: Element<'t>) {
        let has_child = time.elements().next().is_some();
        let [value, unknown] = ["value", "nullFlavor"].map(|name| time.attribute(name));
        if (value.is_none() && unknown.is_none() && !has_child)
            || (value.is_some() && unknown.is_some())
        {
            self.error(
                rule,
                time,
                [
                    "Il faut un instant ou un nullFlavor, et un seul des deux.",
                    "An instant or a nullFlavor is wanted, and one of them only.",
                ],
                ONE_OR_UNKNOWN,
            );
        }
        self.real_instant(rule, time);
    }

    fn real_instant(&mut self, rule: &'static str, time: Element<'t>) {
        if time.attribute("value").is_some_and(|value| !is_real(value)) {
            self.error(
                rule,
                time,
                [
                    "Cette date ou cette heure n'existe pas.",
                    "This date or hour does not exist.",
                ],
                [
                    "Écrire une date réelle : AAAAMMJJhhmmss+hhmm.",
                    "Write a real date: YYYYMMDDhhmmss+hhmm.",
                ],
            );
        }
    }

    fn interval(&mut self, rule: &'static str, interval: Element<'t>) {
        let has_bounds = interval.elements().next().is_some();
        let [value, unknown] = ["value", "nullFlavor"].map(|name| interval.attribute(name));
        if (has_bounds && (value.is_some() || unknown.is_some()))
            || (!has_bounds && value.is_some() == unknown.is_some())
        {
            self.error(
                rule,
                interval,
                [
                    "Il faut une valeur, des bornes ou un nullFlavor, et un seul des trois.",
                    "A value, bounds or a nullFlavor is wanted, and one of them only.",
                ],
                ["Écrire low et high.", "Write low and high."],
            );
        }
        self.real_instant(rule, interval);
        let [low, high] = ["low", "high"].map(|bound| interval.first(bound));
        for bound in [low, high].into_iter().flatten() {
            self.real_instant(rule, bound);
        }
        let [low, high] = [low, high].map(|bound| bound.and_then(|bound| bound.attribute("value")));
        if let (Some(low), Some(high)) = (low, high)
            && (low == high || compare(low, high).is_some_and(std::cmp::Ordering::is_gt))
        {
            self.error(
                rule,
                interval,
                [
                    "Le début de l'intervalle n'est pas avant sa fin.",
                    "The beginning of the interval is not before its end.",
                ],
                [
                    "Mettre low avant high, ou garder low seul.",
                    "Put low before high, or keep low alone.",
                ],
            );
        }
    }

    fn address(&mut self, rule: &'static str, address: Element<'t>) {
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

    fn telecom(&mut self, rule: &'static str, telecom: Element<'t>) {
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

    fn name(&mut self, rule: &'static str, name: Element<'t>, is_organization: bool) {
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

    fn repeated(&mut self, rule: &'static str, element: Element<'t>) {
        self.error(
            rule,
            element,
            [
                "Cet élément en répète un autre, ou il est de trop.",
                "This element repeats another one, or is one too many.",
            ],
            ["N'en garder qu'un.", "Keep one of them."],
        );
    }
}

/// Other elements of the same name below the same parent.
fn twins(element: Element<'_>) -> impl Iterator<Item = Element<'_>> {
    element
        .parent()
        .into_iter()
        .flat_map(Element::elements)
        .filter(move |twin| twin.name() == element.name() && *twin != element)
}

fn has_own_text(element: Element<'_>) -> bool {
    element
        .children()
        .any(|child| matches!(child, Child::Text(text) if !text.trim_ascii().is_empty()))
}

fn says_the_same(one: Element<'_>, other: Element<'_>) -> bool {
    one.attribute("use") == other.attribute("use") && one.text() == other.text()
}
