//! Rules as data: the tables of `profiles/cda/`, read once.
//!
//! ```text
//! rule I24 FR-Simple-Observation      identifier and name of the rule
//!   on 1.3.6.1.4.1.19376.1.5.3.1.4.13 elements that declare this template
//!   1..1 id                           one check a line
//!
//! rule R-ROL-2 warning coordonnateur  an error, unless it says warning or information
//!   on document
//!   of 2025.01                        documents of that version only
//!   1..1 participant[@typeCode=RESP]
//!   fr What is wrong.                 texts of its own; without, they are made of the check
//!   en …
//!   mend-fr How to mend it.
//!   mend-en …
//! ```
//!
//! `on document` looks from the root element; `on A below B` at elements of template A somewhere below
//! one of template B; `on A without B` at those that do not declare B as well.
//!
//! | Check | Says |
//! |---|---|
//! | `1..1 path \| path` | how many elements these paths find, together |
//! | `same path \| path = path` | as many as the last path finds |
//! | `set A\|B path` | their codes are in one of these value sets; unknown (`nullFlavor`) is an answer |
//! | `coded A path` | the same, and unknown is no answer |
//! | `text A path` | their texts are codes of that value set |
//! | `if path \| path then check`, `if not … then check` | only where such an element is, is not |
//! | `each path check` | the check, from each of these elements |
//!
//! Paths are described in `rule_path.rs`.

use std::{collections::HashMap, sync::LazyLock};

use crate::finding::Severity;

use super::rule_path::Path;

/// All rules, read once: they are part of the program.
pub(super) static RULES: LazyLock<Rules> = LazyLock::new(|| {
    Rules::read(&[
        include_str!("../../profiles/cda/frcp.txt"),
        include_str!("../../profiles/cda/international.txt"),
        include_str!("../../profiles/cda/national.txt"),
        include_str!("../../profiles/cda/own.txt"),
    ])
});

/// The rules of all tables.
#[derive(Debug, Default)]
pub(super) struct Rules {
    /// Rules on the whole document.
    pub(super) on_document: Vec<Rule>,
    /// Rules on elements, by the template that they declare.
    on_template: HashMap<&'static str, Vec<Rule>>,
}

/// What elements of one template must be like.
#[derive(Debug)]
pub(super) struct Rule {
    pub(super) id: &'static str,
    /// What the rule is about, in the words of the volet.
    pub(super) name: &'static str,
    pub(super) severity: Severity,
    /// Version of the volet that it holds for; none for all.
    pub(super) volet: Option<&'static str>,
    /// Texts of its own.
    pub(super) texts: Option<Texts>,
    /// Template that an element above it declares, when that matters.
    pub(super) below: Option<&'static str>,
    /// Template that it does not declare.
    pub(super) without: Option<&'static str>,
    pub(super) checks: Vec<Check>,
}

/// What is wrong and how to mend it, in the words of the rule.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Texts {
    pub(super) fr: &'static str,
    pub(super) en: &'static str,
    pub(super) mend_fr: &'static str,
    pub(super) mend_en: &'static str,
}

/// One thing that must be so.
#[derive(Debug)]
pub(super) enum Check {
    /// Number of elements.
    Count {
        min: usize,
        max: usize,
        of: Vec<Path>,
    },
    /// As many of the ones as of the other.
    Same { ones: Vec<Path>, other: Path },
    /// Codes of one of the value sets.
    Coded {
        sets: Vec<&'static str>,
        may_be_unknown: bool,
        at: Path,
    },
    /// Texts that are codes of a value set.
    Text { set: &'static str, at: Path },
    /// A check under a condition.
    If {
        paths: Vec<Path>,
        are_there: bool,
        then: Box<Check>,
    },
    /// A check from other elements.
    Each { from: Path, check: Box<Check> },
}

impl Rules {
    /// Rules on elements that declare that template.
    pub(super) fn on(&self, template: &str) -> &[Rule] {
        self.on_template
            .get(template)
            .map_or(&[], |rules| rules.as_slice())
    }

    /// Every rule.
    #[cfg(test)]
    pub(super) fn all(&self) -> impl Iterator<Item = &Rule> {
        self.on_document
            .iter()
            .chain(self.on_template.values().flatten())
    }

    fn read(tables: &[&'static str]) -> Self {
        let mut rules = Self::default();
        for table in tables {
            let mut lines = table
                .lines()
                .map(str::trim)
                .filter(|line| !line.is_empty() && !line.starts_with('#'))
                .peekable();
            while let Some(head) = lines.next() {
                let mut rule = Rule::named(head);
                let mut on = "document";
                while let Some(line) = lines.next_if(|line| !line.starts_with("rule ")) {
                    match line.strip_prefix("on ") {
                        Some(rest) => on = rest,
                        None => rule.line(line),
                    }
                }
                rules.add(on, rule);
            }
        }
        rules
    }

    fn add(&mut self, on: &'static str, mut rule: Rule) {
        let mut words = on.split(' ');
        let template = words.next().unwrap_or_default();
        match words.next() {
            Some("below") => rule.below = words.next(),
            Some("without") => rule.without = words.next(),
            _ => {}
        }
        if template == "document" {
            self.on_document.push(rule);
        } else {
            self.on_template.entry(template).or_default().push(rule);
        }
    }
}

impl Rule {
    /// The rule whose first line is `rule ID [warning|information] NAME`.
    fn named(head: &'static str) -> Self {
        let head = head.strip_prefix("rule ").unwrap_or(head);
        let (id, rest) = head.split_once(' ').unwrap_or((head, ""));
        let (severity, name) = match rest.split_once(' ') {
            Some(("warning", name)) => (Severity::Warning, name),
            Some(("information", name)) => (Severity::Information, name),
            _ => (Severity::Error, rest),
        };
        Self {
            id,
            name,
            severity,
            volet: None,
            texts: None,
            below: None,
            without: None,
            checks: Vec::new(),
        }
    }

    fn line(&mut self, line: &'static str) {
        let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
        let text = |texts: &mut Option<Texts>, write: fn(&mut Texts) -> &mut &'static str| {
            *write(texts.get_or_insert_default()) = rest;
        };
        match word {
            "of" => self.volet = Some(rest),
            "fr" => text(&mut self.texts, |texts| &mut texts.fr),
            "en" => text(&mut self.texts, |texts| &mut texts.en),
            "mend-fr" => text(&mut self.texts, |texts| &mut texts.mend_fr),
            "mend-en" => text(&mut self.texts, |texts| &mut texts.mend_en),
            _ => self.checks.push(Check::read(line)),
        }
    }
}

impl Check {
    /// Reads a line of a table. A test holds that all lines are understood.
    pub(super) fn read(line: &'static str) -> Self {
        let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
        match word {
            "if" => {
                let (condition, then) = rest.split_once(" then ").unwrap_or((rest, ""));
                let (are_there, condition) = match condition.strip_prefix("not ") {
                    Some(condition) => (false, condition),
                    None => (true, condition),
                };
                Self::If {
                    paths: paths(condition),
                    are_there,
                    then: Box::new(Self::read(then)),
                }
            }
            "each" => {
                let (from, check) = rest.split_once(' ').unwrap_or((rest, ""));
                Self::Each {
                    from: Path::read(from),
                    check: Box::new(Self::read(check)),
                }
            }
            "same" => {
                let (ones, other) = rest.split_once(" = ").unwrap_or((rest, ""));
                Self::Same {
                    ones: paths(ones),
                    other: Path::read(other),
                }
            }
            "set" | "coded" => {
                let (sets, at) = rest.split_once(' ').unwrap_or((rest, ""));
                Self::Coded {
                    sets: sets.split('|').collect(),
                    may_be_unknown: word == "set",
                    at: Path::read(at),
                }
            }
            "text" => {
                let (set, at) = rest.split_once(' ').unwrap_or((rest, ""));
                Self::Text {
                    set,
                    at: Path::read(at),
                }
            }
            _ => {
                let (min, max) = how_often(word).unwrap_or((0, 0));
                Self::Count {
                    min,
                    max,
                    of: paths(rest),
                }
            }
        }
    }
}

/// `1..1`, or `1..` without end.
pub(super) fn how_often(word: &str) -> Option<(usize, usize)> {
    let (min, max) = word.split_once("..")?;
    let max = if max.is_empty() {
        usize::MAX
    } else {
        max.parse().ok()?
    };
    Some((min.parse().ok()?, max))
}

/// Paths with `|` between them.
fn paths(text: &'static str) -> Vec<Path> {
    text.split(" | ").map(Path::read).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::terminology::Terminology;

    /// True when every line was understood: a line that is not becomes `0..0` of something odd.
    fn is_understood(check: &Check, terminology: &Terminology) -> bool {
        match check {
            Check::Count { max, of, .. } => {
                of.iter().all(|path| {
                    !path.text.is_empty() && !path.text.contains(' ') || path.text.contains('=')
                }) && (*max > 0 || of.iter().all(|path| !path.text.is_empty()))
            }
            Check::Same { ones, other } => !ones.is_empty() && !other.text.is_empty(),
            Check::Coded { sets, at, .. } => {
                !at.text.is_empty() && sets.iter().all(|set| terminology.value_set(set).is_some())
            }
            Check::Text { set, at } => !at.text.is_empty() && terminology.value_set(set).is_some(),
            Check::If { then, .. } => is_understood(then, terminology),
            Check::Each { check, .. } => is_understood(check, terminology),
        }
    }

    #[test]
    fn a_missing_template_is_an_error_where_it_silences_official_rules_alone() {
        let mut severities = Vec::new();
        for rule in RULES.all().filter(|rule| rule.id == "R-TPL-2") {
            let cure = rule.texts.expect("texts of its own").mend_en;
            let template = cure.trim_start_matches("Add templateId ");
            let silences_rules = match template.trim_end_matches('.') {
                "(the one of the volet)" => true,
                template => RULES
                    .on(template)
                    .iter()
                    .any(|on| on.below.is_none() && !on.id.contains('-')),
            };
            let expected = if silences_rules {
                Severity::Error
            } else {
                Severity::Warning
            };
            assert_eq!(rule.severity, expected, "{template}");
            severities.push(rule.severity);
        }
        assert!(severities.contains(&Severity::Error) && severities.contains(&Severity::Warning));
    }

    #[test]
    fn the_tables_are_understood_line_by_line() {
        let terminology = Terminology::embedded();
        let mut count = 0;
        for rule in RULES.all() {
            assert!(!rule.checks.is_empty(), "{}", rule.id);
            let texts = rule.texts.map_or([" "; 4], |texts| {
                [texts.fr, texts.en, texts.mend_fr, texts.mend_en]
            });
            assert!(texts.iter().all(|text| !text.is_empty()), "{}", rule.id);
            for check in &rule.checks {
                assert!(is_understood(check, &terminology), "{}: {check:?}", rule.id);
                count += 1;
            }
        }
        assert!(count > 350, "{count} checks");
    }
}
