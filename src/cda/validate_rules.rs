//! The rules of the tables against a finished document.

use std::collections::HashSet;

use crate::{
    config::Volet,
    finding::{Bilingual, Finding, Severity},
    terminology::{Standing, fold},
};

use super::{
    rule_header::{AttributeCheck, HEADER, Node},
    rule_path::Path,
    rule_table::{Check, RULES, Rule, Texts},
    rule_words,
    tree::Element,
    validate::Checker,
};

/// Answers for a coded element that nobody knows, as the rules on value sets list them.
const UNKNOWN: [&str; 11] = [
    "UNK", "NA", "NASK", "ASKU", "NI", "NAV", "MSK", "OTH", "NINF", "PINF", "TRC",
];

/// What the findings of a rule say.
#[derive(Clone, Copy)]
struct Told {
    rule: &'static str,
    name: &'static str,
    severity: Severity,
    texts: Option<Texts>,
}

impl Told {
    /// A rule of the header.
    fn header(rule: &'static str) -> Self {
        Self {
            rule,
            name: "En-tête du CI-SIS",
            severity: Severity::Error,
            texts: None,
        }
    }
}

impl<'t> Checker<'t> {
    /// Every rule on the document and on the templates that its elements declare.
    pub(super) fn rules(&mut self) {
        for rule in &RULES.on_document {
            self.rule(rule, self.root);
        }
        self.templates_of(self.root);
        for element in self.root.descendants() {
            self.templates_of(element);
        }
    }

    fn templates_of(&mut self, element: Element<'t>) {
        let mut seen = HashSet::new();
        for template in element.all("templateId") {
            if let Some(root) = template.attribute("root")
                && seen.insert(root)
            {
                for rule in RULES.on(root) {
                    self.rule(rule, element);
                }
            }
        }
    }

    fn rule(&mut self, rule: &'static Rule, element: Element<'t>) {
        let is_below = rule
            .below
            .is_none_or(|template| is_below(element, template));
        let is_without = rule
            .without
            .is_none_or(|template| !declares(element, template));
        let is_of_volet = rule
            .volet
            .is_none_or(|version| self.volet.is_some_and(|volet| volet.version() == version));
        if is_below && is_without && is_of_volet {
            let told = Told {
                rule: rule.id,
                name: rule.name,
                severity: rule.severity,
                texts: rule.texts,
            };
            for check in &rule.checks {
                self.check(told, check, element);
            }
        }
    }

    /// One check, from an element.
    fn check(&mut self, told: Told, check: &'static Check, element: Element<'t>) {
        match check {
            Check::Count { min, max, of } => {
                let found: Vec<_> = self.all(of, element);
                if found.len() < *min || found.len() > *max {
                    let at = found.get(*max).copied().unwrap_or(element);
                    let words = rule_words::count(told.name, found.len(), *min, *max, of);
                    self.tell(told, at, words);
                }
            }
            Check::Same { ones, other } => {
                if self.all(ones, element).len() != other.select(element, &self.index).len() {
                    self.tell(told, element, rule_words::same(told.name, other));
                }
            }
            Check::Coded {
                sets,
                may_be_unknown,
                at,
            } => {
                for coded in at.select(element, &self.index) {
                    self.coded(told, sets, *may_be_unknown, coded);
                }
            }
            Check::Text { set, at } => {
                for part in at.select(element, &self.index) {
                    let text = part.text();
                    let is_held = self
                        .terminology
                        .value_set(set)
                        .is_some_and(|set| set.find(&text).is_some());
                    if !is_held {
                        let words = rule_words::outside(told.name, &[set], false);
                        self.tell(told, part, words);
                    }
                }
            }
            Check::If {
                paths,
                are_there,
                then,
            } => {
                if self.all(paths, element).is_empty() != *are_there {
                    self.check(told, then, element);
                }
            }
            Check::Each { from, check } => {
                for start in from.select(element, &self.index) {
                    self.check(told, check, start);
                }
            }
        }
    }

    fn all(&self, paths: &[Path], element: Element<'t>) -> Vec<Element<'t>> {
        paths
            .iter()
            .flat_map(|path| path.select(element, &self.index))
            .collect()
    }

    /// A coded element against its value sets. A datatype that has no code is told by rule
    /// `R-VAL-2`: the national rules pass it over.
    fn coded(
        &mut self,
        told: Told,
        sets: &[&'static str],
        may_be_unknown: bool,
        coded: Element<'t>,
    ) {
        if let Some(unknown) = coded.attribute("nullFlavor") {
            if !may_be_unknown || !(UNKNOWN.contains(&unknown) || is_coded(coded)) {
                self.tell(told, coded, rule_words::uncoded(told.name));
            }
            return;
        }
        if !matches!(coded.value_type(), None | Some("CD" | "CE")) {
            return;
        }
        if !is_coded(coded) {
            self.tell(told, coded, rule_words::uncoded(told.name));
        } else if !sets.iter().any(|set| self.holds(set, coded)) {
            let words = rule_words::outside(told.name, sets, may_be_unknown);
            self.tell(told, coded, words);
        } else {
            self.label(sets, coded);
        }
    }

    /// The label of a code against the one of its value set, or of the volet, and whether the code is
    /// still in force.
    fn label(&mut self, sets: &[&'static str], coded: Element<'t>) {
        let code = coded.attribute("code").unwrap_or_default();
        let system = coded.attribute("codeSystem").unwrap_or_default();
        let concept = sets.iter().find_map(|set| {
            let set = self.terminology.value_set(set)?;
            set.find_in(system, code)
        });
        let Some(concept) = concept else { return };
        let edition = self.volet.map_or("", Volet::version);
        let is_right = |label| {
            let is = |other: &str| fold(label) == fold(other);
            let worded = || self.terminology.document_label(system, code, edition);
            is(&concept.display) || worded().is_some_and(is)
        };
        if coded
            .attribute("displayName")
            .is_some_and(|label| !is_right(label))
        {
            let (message, cure) = rule_words::other_label();
            self.report(Severity::Information, "R-COD-1", coded, message, cure);
        }
        let is_old = self
            .document_day
            .is_some_and(|day| matches!(concept.validity.on(day), Standing::Ended(Some(_))));
        if is_old {
            let (message, cure) = rule_words::withdrawn();
            self.report(Severity::Warning, "R-COD-5", coded, message, cure);
        }
    }

    /// The header against its table.
    pub(super) fn header_table(&mut self) {
        self.header_element(self.root, &HEADER);
    }

    fn header_element(&mut self, element: Element<'t>, node: &'static Node) {
        if let Some(datatype) = node.datatype {
            self.datatype(node.rule, datatype, element);
        }
        for attribute in &node.attributes {
            self.header_attribute(element, node.rule, attribute);
        }
        for (rule, check) in &node.checks {
            self.check(Told::header(rule), check, element);
        }
        for child in &node.children {
            let found: Vec<_> = element
                .elements()
                .filter(|element| child.step.takes(*element))
                .collect();
            if found.len() < child.min || found.len() > child.max {
                let at = found.get(child.max).copied().unwrap_or(element);
                let told = Told::header(child.count_rule);
                let (min, max) = (child.min, child.max);
                let words = rule_words::how_many(told.name, found.len(), min, max, child.text);
                self.tell(told, at, words);
            }
        }
        if node.children.is_empty() {
            return;
        }
        for child in element.elements() {
            match node.children.iter().find(|node| node.step.takes(child)) {
                Some(of) => self.header_element(child, of),
                None => self.warning(
                    "N59",
                    child,
                    [
                        "L'en-tête du CI-SIS ne prévoit pas cet élément ici, ou pas sous cette forme.",
                        "The header of the CI-SIS does not foresee this element here, or not in this form.",
                    ],
                    ["Le retirer, ou le mettre à la forme attendue.", "Remove it, or give it the form expected."],
                ),
            }
        }
    }

    fn header_attribute(
        &mut self,
        element: Element<'t>,
        rule: &'static str,
        check: &'static AttributeCheck,
    ) {
        let told = Told::header(rule);
        let words = match check {
            AttributeCheck::Present(name) => {
                if element
                    .attribute(name)
                    .is_some_and(|value| !value.is_empty())
                {
                    return;
                }
                rule_words::attribute(name, None)
            }
            AttributeCheck::OneOf(name, values) => {
                if element
                    .attribute(name)
                    .is_some_and(|value| values.contains(&value))
                {
                    return;
                }
                rule_words::attribute(name, Some(values))
            }
            AttributeCheck::Form(name, form) => {
                if element
                    .attribute(name)
                    .is_none_or(|value| form.takes(value))
                {
                    return;
                }
                rule_words::attribute(name, None)
            }
            AttributeCheck::InSet(name, set) => {
                let value = element.attribute(name);
                let found = self.terminology.value_set(set);
                let is_held = value.is_none_or(|value| {
                    found.is_some_and(|set| {
                        value
                            .split_ascii_whitespace()
                            .all(|code| set.find(code).is_some())
                    })
                });
                if is_held {
                    if *name == "code"
                        && element.attribute("codeSystem").is_some()
                        && value.is_some()
                        && !self.holds(set, element)
                    {
                        let (message, cure) = rule_words::other_system();
                        self.report(Severity::Warning, "R-COD-4", element, message, cure);
                    }
                    return;
                }
                rule_words::outside(told.name, &[set], false)
            }
        };
        self.tell(told, element, words);
    }

    /// A finding of a rule, in its own words when it has some.
    fn tell(&mut self, told: Told, at: Element<'t>, words: rule_words::Words) {
        let (message, cure) = match told.texts {
            Some(texts) => (
                Bilingual::new(texts.fr, texts.en),
                Bilingual::new(texts.mend_fr, texts.mend_en),
            ),
            None => words,
        };
        self.report(told.severity, told.rule, at, message, cure);
    }

    /// A finding of any severity.
    pub(super) fn report(
        &mut self,
        severity: Severity,
        rule: &'static str,
        at: Element<'_>,
        message: Bilingual,
        cure: Bilingual,
    ) {
        self.push(at, || Finding {
            severity,
            ..Finding::error(rule, at.place(), message, cure)
        });
    }
}

fn is_coded(coded: Element<'_>) -> bool {
    coded.attribute("code").is_some() && coded.attribute("codeSystem").is_some()
}

/// True when the element declares that template.
pub(super) fn declares(element: Element<'_>, template: &str) -> bool {
    element
        .all("templateId")
        .any(|id| id.attribute("root") == Some(template))
}

fn is_below(element: Element<'_>, template: &str) -> bool {
    let mut at = element.parent();
    while let Some(above) = at {
        if declares(above, template) {
            return true;
        }
        at = above.parent();
    }
    false
}
