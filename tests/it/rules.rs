//! Every rule on reports is held by a case that fails and one that passes.
//!
//! Rules on documents have theirs in `tests/data/cda/mutations.txt`, which the checker's own test runs; rules on
//! fiches in `tests/data/fiches/faults.txt`, which is run here. A rule that is added without its line fails below.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use passerelle::{
    cda,
    config::{Environment, Volet},
    rcp::{fiche, rules},
    terminology::Terminology,
};
use serde_json::Value;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn text_of(path: &str) -> String {
    fs::read_to_string(root().join(path)).expect("a file of ours")
}

/// Lines of a table, without comments: what is changed, and the rule that sees it.
fn cases(path: &str) -> Vec<(String, String)> {
    text_of(path)
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .map(|line| line.rsplit_once(" => ").expect("a rule"))
        .map(|(fault, rule)| (fault.to_owned(), rule.to_owned()))
        .collect()
}

fn rules_of(json: &str, terminology: &Terminology) -> BTreeSet<&'static str> {
    let findings = match fiche::read(json.as_bytes()) {
        Ok(report) => {
            let mut findings = rules::check(&report, terminology, Environment::Test);
            findings.extend(cda::losses(&report, Volet::Frcp2022));
            findings
        }
        Err(findings) => findings,
    };
    findings.iter().map(|finding| finding.rule).collect()
}

/// The fiche with the change of one line.
fn changed(json: &str, fault: &str) -> String {
    let (head, value) = fault.split_once(" := ").unwrap_or((fault, ""));
    let (operation, target) = head.split_once(' ').expect("an operation");
    if operation == "text" {
        assert!(json.contains(target), "{target}: not in the fiche");
        return json.replacen(target, value, 1);
    }
    let mut fiche: Value = serde_json::from_str(json).expect("JSON");
    let (parent, field) = target.rsplit_once('/').expect("a pointer");
    let parent = fiche.pointer_mut(parent).expect("a place");
    match (operation, parent) {
        ("set", Value::Object(fields)) => {
            let value = serde_json::from_str(value).expect("a value");
            fields.insert(field.to_owned(), value);
        }
        ("set", Value::Array(items)) => {
            let rank: usize = field.parse().expect("a rank");
            items[rank] = serde_json::from_str(value).expect("a value");
        }
        ("remove", Value::Object(fields)) => {
            fields.remove(field).expect("a field");
        }
        (operation, _) => panic!("{operation}: no such operation there"),
    }
    fiche.to_string()
}

#[test]
fn each_fault_of_a_fiche_is_seen_by_its_rule() {
    let terminology = Terminology::embedded();
    let mut missed = Vec::new();
    for (fault, rule) in cases("tests/data/fiches/faults.txt") {
        let (name, fault) = fault.split_once(' ').expect("a fiche");
        let json = text_of(&format!("tests/data/fiches/{name}.json"));
        let before = rules_of(&json, &terminology);
        let after = rules_of(&changed(&json, fault), &terminology);
        if before.contains(rule.as_str()) || !after.contains(rule.as_str()) {
            missed.push(format!("{name} {fault} => {rule}: {after:?}"));
        }
    }
    assert_eq!(missed, Vec::<String>::new());
}

/// Sources of a folder, without their tests.
fn sources(folder: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(root().join(folder)).expect("a folder of ours") {
        let path = entry.expect("an entry").path();
        let name = path
            .file_name()
            .expect("a name")
            .to_string_lossy()
            .into_owned();
        if name.ends_with(".rs") && !name.ends_with("_tests.rs") {
            let text = fs::read_to_string(&path).expect("a text");
            let shipped = text.split("#[cfg(test)]").next().unwrap_or_default();
            found.push((name, shipped.to_owned()));
        }
    }
    assert!(found.len() > 10, "{folder}: the sources were not found");
    found
}

/// True for `F10`, `R-INS-3`, `V25-02` and the like.
fn is_rule(word: &str) -> bool {
    let has_number = |digits: &str| {
        !digits.is_empty() && digits.len() < 3 && digits.bytes().all(|byte| byte.is_ascii_digit())
    };
    match word.rsplit_once('-') {
        Some(("V25", number)) => has_number(number),
        Some((head, number)) => {
            let family = head.strip_prefix("R-").unwrap_or_default();
            let is_family = (2..=3).contains(&family.len())
                && family.bytes().all(|byte| byte.is_ascii_uppercase());
            is_family && has_number(number)
        }
        None => {
            let mut chars = word.chars();
            let is_family = chars.next().is_some_and(|head| "XFIMANT".contains(head));
            is_family && chars.as_str().len() == 2 && has_number(chars.as_str())
        }
    }
}

/// Rules that a source names as texts of the program.
fn named_in(source: &str) -> impl Iterator<Item = String> {
    let quoted = source.split('"').skip(1).step_by(2);
    quoted.filter(|word| is_rule(word)).map(ToOwned::to_owned)
}

/// Rules of the tables of the checker.
fn tabled() -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let folder = root().join("profiles/cda");
    for entry in fs::read_dir(&folder).expect("the tables") {
        let table = fs::read_to_string(entry.expect("a table").path()).expect("a text");
        for line in table.lines().filter(|line| !line.starts_with('#')) {
            if let Some(head) = line.strip_prefix("rule ") {
                found.insert(head.split(' ').next().unwrap_or_default().to_owned());
            }
            let marks = line.split(' ').filter_map(|word| word.strip_prefix('='));
            let ids = marks.flat_map(|mark| mark.split(':'));
            found.extend(ids.filter(|id| is_rule(id)).map(ToOwned::to_owned));
        }
    }
    assert!(found.len() > 150, "{} rules in the tables", found.len());
    found
}

fn seen(path: &str) -> BTreeSet<String> {
    cases(path).into_iter().map(|(_, rule)| rule).collect()
}

/// Files of `src/cda` whose rules are about fiches.
fn is_about_fiches(file: &str) -> bool {
    Path::new(file) == Path::new("write_losses.rs")
}

#[test]
fn every_rule_on_documents_has_a_failing_and_a_passing_case() {
    let mut rules = tabled();
    for (file, source) in sources("src/cda") {
        if !is_about_fiches(&file) {
            rules.extend(named_in(&source));
        }
    }
    let seen = seen("tests/data/cda/mutations.txt");
    let forgotten: Vec<_> = rules.difference(&seen).collect();
    assert!(forgotten.is_empty(), "rules without a case: {forgotten:?}");
    let unknown: Vec<_> = seen
        .difference(&rules)
        .filter(|rule| *rule != "none")
        .collect();
    assert!(unknown.is_empty(), "cases of no rule: {unknown:?}");
}

#[test]
fn every_rule_on_fiches_has_a_failing_and_a_passing_case() {
    let mut rules = BTreeSet::new();
    for (_, source) in sources("src/rcp") {
        rules.extend(named_in(&source));
    }
    for (file, source) in sources("src/cda") {
        if is_about_fiches(&file) {
            rules.extend(named_in(&source));
        }
    }
    let seen = seen("tests/data/fiches/faults.txt");
    let forgotten: Vec<_> = rules.difference(&seen).collect();
    assert!(forgotten.is_empty(), "rules without a case: {forgotten:?}");
    let unknown: Vec<_> = seen.difference(&rules).collect();
    assert!(unknown.is_empty(), "cases of no rule: {unknown:?}");
}
