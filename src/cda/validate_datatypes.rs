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

    pub(super) fn not_empty(&mut self, rule: &'static str, element: Element<'t>) {
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

    pub(super) fn repeated(&mut self, rule: &'static str, element: Element<'t>) {
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
pub(super) fn twins(element: Element<'_>) -> impl Iterator<Item = Element<'_>> {
    element
        .parent()
        .into_iter()
        .flat_map(Element::elements)
        .filter(move |twin| twin.name() == element.name() && *twin != element)
}
