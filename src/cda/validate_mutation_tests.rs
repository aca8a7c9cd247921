//! Each fault of `tests/data/cda/mutations.txt` is seen by its rule, and not before it was made.

use std::{collections::HashSet, ops::Range};

use crate::{config::Environment, terminology::Terminology};

use super::{
    rule_path::{ElementIndex, Path},
    tree::Tree,
    validate::validate,
    validate_tests::{FICHES, written, written_in_2025},
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

fn rules_of(text: &str, terminology: &Terminology) -> HashSet<&'static str> {
    validate(text.as_bytes(), terminology, Environment::Test)
        .into_iter()
        .map(|finding| finding.rule)
        .collect()
}

#[test]
fn each_fault_of_the_table_is_seen_by_its_rule() {
    let terminology = Terminology::embedded();
    let documents = [
        ("A", written(FICHES[1])),
        ("M", written(FICHES[0])),
        ("T", written(FICHES[2])),
        ("V", written(FICHES[4])),
        ("N", written_in_2025(FICHES[6])),
    ];
    let before: Vec<_> = documents
        .iter()
        .map(|(_, text)| rules_of(text, &terminology))
        .collect();
    let mut missed = Vec::new();
    let table = std::fs::read_to_string(TABLE).expect("the table");
    let lines = table
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'));
    for line in lines {
        let (fault, rule) = line.rsplit_once(" => ").expect("a rule");
        let (head, value) = fault.split_once(" := ").unwrap_or((fault, ""));
        let mut words = head.splitn(3, ' ');
        let document = words.next().expect("a document");
        let operation = words.next().expect("an operation");
        let target = words.next().expect("a path");
        let at = documents
            .iter()
            .position(|(name, _)| *name == document)
            .expect("a known document");
        let Some(text) = changed(&documents[at].1, operation, target, value) else {
            missed.push(format!("{line}: no such element"));
            continue;
        };
        let after = rules_of(&text, &terminology);
        let new: HashSet<_> = after.difference(&before[at]).copied().collect();
        let is_seen = match rule {
            "none" => new.is_empty(),
            rule => new.contains(rule),
        };
        if !is_seen {
            missed.push(format!("{line}: {new:?}"));
        }
    }
    assert_eq!(missed, Vec::<String>::new());
}

/// Rules of the tables that stand in no line above are told, so that none is forgotten.
#[test]
fn no_finding_is_without_cure_in_both_languages() {
    let terminology = Terminology::embedded();
    let text = written(FICHES[1]);
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
