//! The header of the CI-SIS as data: `profiles/cda/header.txt`, which describes its notation.

use std::sync::LazyLock;

use super::{
    rule_path::Step,
    rule_table::{Check, how_often},
};

/// The header, from the root element. Read once: it is part of the program.
pub(super) static HEADER: LazyLock<Node> =
    LazyLock::new(|| Node::read(include_str!("../../profiles/cda/header.txt")));

/// An element of the header, and what it must be like.
#[derive(Debug)]
pub(super) struct Node {
    /// As it is written, for messages.
    pub(super) text: &'static str,
    pub(super) step: Step,
    /// How often it stands in its parent.
    pub(super) min: usize,
    pub(super) max: usize,
    /// Rule of how often it stands.
    pub(super) count_rule: &'static str,
    /// Rule of what it holds.
    pub(super) rule: &'static str,
    pub(super) datatype: Option<Datatype>,
    pub(super) attributes: Vec<AttributeCheck>,
    pub(super) checks: Vec<(&'static str, Check)>,
    pub(super) children: Vec<Node>,
}

/// Datatypes whose rules apply in the header.
///
/// **Source:** HL7 datatypes R1, as ART-DECOR checks them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Datatype {
    Any,
    Ii,
    Cs,
    Cd,
    Ce,
    St,
    Ed,
    Ts,
    IvlTs,
    Int,
    Ad,
    Tel,
    En,
    On,
}

/// What an attribute must be like.
#[derive(Debug)]
pub(super) enum AttributeCheck {
    /// There, and not empty.
    Present(&'static str),
    /// One of these values.
    OneOf(&'static str, Vec<&'static str>),
    /// A code of that value set, when it is there.
    InSet(&'static str, &'static str),
    /// Of that form, when it is there.
    Form(&'static str, AttributeForm),
}

/// A form that an attribute has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum AttributeForm {
    /// `language`: two lower case letters, a hyphen, two capitals.
    Language,
    /// `digits`: at least four digits at its head.
    Digits,
    /// `integer`
    Integer,
    /// `token`: no blank in it, and not empty.
    Token,
}

impl Node {
    fn read(table: &'static str) -> Self {
        // The open elements from the root, each with its depth.
        let mut open: Vec<(usize, Self)> = Vec::new();
        let lines = table
            .lines()
            .filter(|line| !line.trim().is_empty() && !line.starts_with('#'));
        for line in lines {
            let depth = (line.len() - line.trim_start().len()) / 2;
            close(&mut open, depth);
            // The root has no rule of its own: each line right below it names one.
            let parent = open.last().map_or("", |(_, parent)| parent.rule);
            let line = line.trim();
            if let Some(check) = line.strip_prefix("! ") {
                let (check, rule) = match check.rsplit_once(" =N") {
                    Some((check, _)) => (check, check_rule(line).unwrap_or(parent)),
                    None => (check, parent),
                };
                if let Some((_, node)) = open.last_mut() {
                    node.checks.push((rule, Check::read(check)));
                }
            } else {
                open.push((depth, Self::element(line, parent)));
            }
        }
        close(&mut open, 1);
        let (_, root) = open.pop().expect("the table has a root");
        root
    }

    fn element(line: &'static str, parent: &'static str) -> Self {
        let mut words = line.split(' ');
        let text = words.next().unwrap_or_default();
        let mut node = Self {
            text,
            step: Step::read(text),
            min: 0,
            max: usize::MAX,
            count_rule: parent,
            rule: parent,
            datatype: None,
            attributes: Vec::new(),
            checks: Vec::new(),
            children: Vec::new(),
        };
        for word in words {
            if let Some(rules) = word.strip_prefix('=') {
                let (count, own) = rules.split_once(':').unwrap_or((rules, rules));
                (node.count_rule, node.rule) = (count, own);
            } else if let Some((min, max)) = how_often(word) {
                (node.min, node.max) = (min, max);
            } else if let Some(attribute) = word.strip_prefix('@') {
                node.attributes.push(AttributeCheck::read(attribute));
            } else {
                node.datatype = datatype(word);
            }
        }
        node
    }
}

/// Puts the elements below `depth` into their parents.
fn close(open: &mut Vec<(usize, Node)>, depth: usize) {
    while open.len() > 1 && open.last().is_some_and(|(last, _)| *last >= depth) {
        if let Some((_, child)) = open.pop()
            && let Some((_, parent)) = open.last_mut()
        {
            parent.children.push(child);
        }
    }
}

/// The rule at the end of a line of check.
fn check_rule(line: &'static str) -> Option<&'static str> {
    line.rsplit_once(" =").map(|(_, rule)| rule)
}

fn datatype(word: &str) -> Option<Datatype> {
    Some(match word {
        "ANY" | "BL" => Datatype::Any,
        "II" => Datatype::Ii,
        "CS" => Datatype::Cs,
        "CD" | "CR" => Datatype::Cd,
        "CE" | "CV" => Datatype::Ce,
        "ST" | "SC" => Datatype::St,
        "ED" => Datatype::Ed,
        "TS" | "IVXB_TS" => Datatype::Ts,
        "IVL_TS" => Datatype::IvlTs,
        "INT" => Datatype::Int,
        "AD" => Datatype::Ad,
        "TEL" => Datatype::Tel,
        "EN" | "PN" => Datatype::En,
        "ON" => Datatype::On,
        _ => return None,
    })
}

impl AttributeCheck {
    fn read(word: &'static str) -> Self {
        let end = word.find(['=', ':', '~']).unwrap_or(word.len());
        let (name, rest) = word.split_at(end);
        if let Some(values) = rest.strip_prefix('=') {
            Self::OneOf(name, values.split('|').collect())
        } else if let Some(set) = rest.strip_prefix(':') {
            Self::InSet(name, set)
        } else {
            match rest.strip_prefix('~') {
                Some("language") => Self::Form(name, AttributeForm::Language),
                Some("digits") => Self::Form(name, AttributeForm::Digits),
                Some("integer") => Self::Form(name, AttributeForm::Integer),
                Some("token") => Self::Form(name, AttributeForm::Token),
                _ => Self::Present(name),
            }
        }
    }
}

impl AttributeForm {
    /// True when the value has the form.
    pub(super) fn takes(self, value: &str) -> bool {
        match self {
            Self::Language => matches!(
                value.as_bytes(),
                [a, b, b'-', c, d] if a.is_ascii_lowercase() && b.is_ascii_lowercase()
                    && c.is_ascii_uppercase() && d.is_ascii_uppercase()
            ),
            Self::Digits => value.bytes().take_while(u8::is_ascii_digit).count() >= 4,
            Self::Integer => {
                let digits = value.strip_prefix('-').unwrap_or(value);
                !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
            }
            Self::Token => !value.is_empty() && !value.contains(|c: char| c.is_ascii_whitespace()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::terminology::Terminology;

    fn each(node: &Node, seen: &mut impl FnMut(&Node)) {
        seen(node);
        for child in &node.children {
            each(child, seen);
        }
    }

    #[test]
    fn the_table_is_understood_line_by_line() {
        let terminology = Terminology::embedded();
        let mut count = 0;
        each(&HEADER, &mut |node| {
            count += 1;
            let is_root = node.text == "ClinicalDocument";
            assert!(is_root != node.rule.starts_with('N'), "{}", node.text);
            for attribute in &node.attributes {
                if let AttributeCheck::InSet(_, set) = attribute {
                    assert!(terminology.value_set(set).is_some(), "{set}");
                }
            }
        });
        assert!(count > 300, "{count} elements");
        assert!(HEADER.checks.len() > 10);
    }

    #[test]
    fn forms_are_those_of_the_header() {
        assert!(AttributeForm::Language.takes("fr-FR"));
        assert!(!AttributeForm::Language.takes("fr"));
        assert!(AttributeForm::Digits.takes("2026+01"));
        assert!(!AttributeForm::Digits.takes("202"));
        assert!(AttributeForm::Integer.takes("-3"));
        assert!(!AttributeForm::Integer.takes("1.5"));
        assert!(AttributeForm::Token.takes("BR"));
        assert!(!AttributeForm::Token.takes(" BR ") && !AttributeForm::Token.takes(""));
    }
}
