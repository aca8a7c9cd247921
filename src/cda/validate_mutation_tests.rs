//! Each fault of `tests/data/cda/mutations.txt` is seen by its rule, and not before it was made.

use std::{collections::HashSet, ops::Range};

use crate::{config::Environment, terminology::Terminology};

use super::{
    enclosed::LEVEL_1_MODEL,
    report_reading::read_report,
    rule_path::{ElementIndex, Path},
    tree::Tree,
    validate::validate,
    validate_tests::{written, written_in_2025},
};

const TABLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/cda/mutations.txt");

/// The text of one line, with its abbreviations written out.
fn spelled(text: &str) -> String {
    let sections = text.replace('{', "//section[t:1.2.250.1.213.1.1.2.");
    let sections = sections.replace('}', "]");
    match sections.split_once('<') {
        Some(("", rest)) => {
            let (code, rest) = rest.split_once('>').expect("a code");
            format!("//observation[code/@code={code}]{rest}")
        }
        _ => sections,
    }
}

/// Start tag and whole of the element that begins at `start`.
fn extent(text: &str, start: usize) -> (Range<usize>, Range<usize>) {
    let tag_end = start + text[start..].find('>').expect("a tag") + 1;
    if text[start..tag_end].ends_with("/>") {
        return (start..tag_end, start..tag_end);
    }
    let mut depth = 1;
    let mut at = tag_end;
    while depth > 0 {
        let next = at + text[at..].find('<').expect("balanced");
        at = next + text[next..].find('>').expect("a tag") + 1;
        let tag = &text[next..at];
        if tag.starts_with("</") {
            depth -= 1;
        } else if !tag.ends_with("/>") {
            depth += 1;
        }
    }
    (start..tag_end, start..at)
}

/// The document with one change.
fn changed(text: &str, operation: &str, target: &str, value: &str) -> Option<String> {
    let (path, attribute) = match target.rsplit_once('@') {
        Some((path, attribute)) if !attribute.contains(']') => (path, Some(attribute)),
        _ => (target, None),
    };
    let tree = Tree::parse(text.as_bytes()).expect("a document");
    let index = ElementIndex::of(tree.root());
    let path = Path::read(spelled(path).leak());
    let found = *path.select(tree.root(), &index).first()?;
    let (tag, whole) = extent(text, tree.nodes[found.index()].offset);
    let is_empty = tag == whole;
    let name: String = text[tag.start + 1..]
        .chars()
        .take_while(|char| !char.is_whitespace() && !matches!(char, '/' | '>'))
        .collect();
    let start_tag = text[tag.clone()]
        .trim_end_matches("/>")
        .trim_end_matches('>')
        .to_owned();
    let inner = if is_empty {
        ""
    } else {
        &text[tag.end..whole.end - name.len() - 3]
    };
    let with_attribute = |value: Option<&str>| {
        let own = attribute.expect("an attribute");
        let mut bare = start_tag.clone();
        if let Some(at) = bare.find(&format!(" {own}=\"")) {
            let end = at + own.len() + 3;
            let end = end + bare[end..].find('"').expect("closed") + 1;
            bare.replace_range(at..end, "");
        }
        let added = value
            .map(|value| format!(" {own}=\"{value}\""))
            .unwrap_or_default();
        format!("{bare}{added}>{inner}</{name}>")
    };
    let new = match operation {
        "remove" => String::new(),
        "repeat" => text[whole.clone()].repeat(2),
        "set" => with_attribute(Some(value)),
        "unset" => with_attribute(None),
        "inner" => format!("{start_tag}>{value}</{name}>"),
        "append" => format!("{start_tag}>{inner}{value}</{name}>"),
        "before" => format!("{value}{}", &text[whole.clone()]),
        _ => panic!("{operation}: no such operation"),
    };
    Some(format!(
        "{}{new}{}",
        &text[..whole.start],
        &text[whole.end..]
    ))
}

/// The document with the change of one line, when there is something to change.
fn mutated(text: &str, operation: &str, target: &str, value: &str) -> Option<String> {
    match operation {
        "whole" => Some(value.to_owned()),
        "nested" => {
            let levels = value.parse().expect("a number");
            Some("<a>".repeat(levels) + &"</a>".repeat(levels))
        }
        "remove-all" => {
            let mut rest = changed(text, "remove", target, value)?;
            while let Some(next) = changed(&rest, "remove", target, value) {
                rest = next;
            }
            Some(rest)
        }
        _ => changed(text, operation, target, value),
    }
}

/// Rules of what the checker finds.
fn rules_of(text: &str, terminology: &Terminology) -> HashSet<&'static str> {
    let found = validate(text.as_bytes(), terminology, Environment::Test);
    found.iter().map(|finding| finding.rule).collect()
}

/// True when the reader tells that rule of the document.
fn is_told(rule: &str, text: &str, terminology: &Terminology) -> bool {
    read_report(text.as_bytes(), terminology)
        .is_ok_and(|reading| reading.findings.iter().any(|finding| finding.rule == rule))
}

/// A document of level 1: the header of another, around a file.
fn around_text(text: &str) -> String {
    let start = text.find("<component>").expect("a body");
    let header = text[..start].replace(
        "<templateId root=\"1.2.250.1.213.1.1.1.8\" extension=\"2022.01\"/>",
        &format!("<templateId root=\"{LEVEL_1_MODEL}\"/>"),
    );
    format!(
        "{header}<component><nonXMLBody><text mediaType=\"text/plain\" \
         representation=\"B64\">U3VydmVpbGxhbmNlLg==</text></nonXMLBody></component></ClinicalDocument>"
    )
}

/// A document under test, with what is found in it before any change.
struct Base {
    name: &'static str,
    text: String,
    rules: HashSet<&'static str>,
}

/// Why a line of the table does not hold.
fn complaint(line: &str, bases: &[Base], terminology: &Terminology) -> Option<String> {
    let (fault, rule) = line.rsplit_once(" => ").expect("a rule");
    let (head, value) = fault.split_once(" := ").unwrap_or((fault, ""));
    let mut words = head.splitn(3, ' ');
    let name = words.next().expect("a document");
    let operation = words.next().expect("an operation");
    let target = words.next().expect("a path");
    let base = bases
        .iter()
        .find(|base| base.name == name)
        .expect("a known document");
    let Some(text) = mutated(&base.text, operation, target, value) else {
        return Some(format!("{line}: no such element"));
    };
    if rule.starts_with("R-RDG-") {
        let [before, after] = [&base.text, &text].map(|text| is_told(rule, text, terminology));
        let holds = !before && after;
        return (!holds).then(|| format!("{line}: told before, {before}, and after, {after}"));
    }
    let after = rules_of(&text, terminology);
    let new: HashSet<_> = after.difference(&base.rules).copied().collect();
    let holds = match rule {
        "none" => new.is_empty(),
        rule => new.contains(rule),
    };
    (!holds).then(|| format!("{line}: {new:?}"))
}

#[test]
fn each_fault_of_the_table_is_seen_by_its_rule() {
    let terminology = Terminology::embedded();
    let bases = [
        ("A", written("appareil-complet")),
        ("M", written("appareil-minimal")),
        ("T", written("transversale")),
        ("V", written("version-2")),
        ("N", written_in_2025("evaluations-2025")),
        ("C", written_in_2025("appareil-complet")),
        ("E", around_text(&written("appareil-minimal"))),
    ]
    .map(|(name, text)| Base {
        name,
        rules: rules_of(&text, &terminology),
        text,
    });
    let table = std::fs::read_to_string(TABLE).expect("the table");
    let missed: Vec<_> = table
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .filter_map(|line| complaint(line, &bases, &terminology))
        .collect();
    assert_eq!(missed, Vec::<String>::new());
}

#[test]
fn no_finding_is_without_cure_in_both_languages() {
    let terminology = Terminology::embedded();
    let text = written("appareil-complet");
    for (operation, target) in [("remove", "//observation"), ("remove", "participant")] {
        let text = changed(&text, operation, target, "").expect("an element");
        for finding in validate(text.as_bytes(), &terminology, Environment::Test) {
            for text in [&finding.message, &finding.cure] {
                assert!(
                    !text.fr.is_empty() && !text.en.is_empty(),
                    "{}",
                    finding.rule
                );
            }
        }
    }
}
