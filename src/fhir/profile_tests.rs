use std::sync::LazyLock;

use serde_json::json;

use super::*;
use crate::finding::Severity;

/// Complete resources, and one mistake a case: the rule that it breaks, as a JSON Patch.
const RULES: &str = include_str!("../../tests/data/fhir/rules.json");

/// The lists are read once for all the rules.
fn terminology() -> &'static Terminology {
    static LISTS: LazyLock<Terminology> = LazyLock::new(Terminology::embedded);
    &LISTS
}

fn kind_of(name: &str) -> ResourceType {
    match name {
        "offer" => ResourceType::HealthcareService,
        "structure" => ResourceType::Organization,
        "place" => ResourceType::Location,
        "person" => ResourceType::Practitioner,
        "list" => ResourceType::List,
        _ => ResourceType::PractitionerRole,
    }
}

fn check(name: &str, resource: &Value, origin: Origin) -> Vec<Finding> {
    let today = time::macros::date!(2026 - 11 - 23);
    check_profile(kind_of(name), resource, terminology(), origin, today)
}

#[test]
fn complete_resources_pass_and_each_rule_is_broken_by_its_own_mistake() {
    let rules: Value = serde_json::from_str(RULES).expect("JSON");
    let resources = rules["resources"].as_object().expect("resources");
    let mut faults = Vec::new();
    for (name, resource) in resources {
        for finding in check(name, resource, Origin::Written) {
            faults.push(format!("{name}: {} {}", finding.rule, finding.place));
        }
    }
    for case in rules["cases"].as_array().expect("cases") {
        let (name, rule) = (case["on"].as_str().expect("a name"), case["rule"].as_str());
        let severity = match case["severity"].as_str() {
            Some("warning") => Severity::Warning,
            _ => Severity::Error,
        };
        let mut mutant = resources[name].clone();
        let patch: json_patch::Patch =
            serde_json::from_value(case["patch"].clone()).expect("a patch");
        json_patch::patch(&mut mutant, &patch).unwrap_or_else(|error| panic!("{case}: {error}"));
        let findings = check(name, &mutant, Origin::Written);
        let is_told = findings
            .iter()
            .any(|finding| Some(finding.rule) == rule && finding.severity == severity);
        if !is_told {
            let told: Vec<_> = findings
                .iter()
                .map(|finding| (finding.rule, &finding.place))
                .collect();
            faults.push(format!("{case}: {told:?}"));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn what_comes_from_elsewhere_may_break_what_official_data_break() {
    let rules: Value = serde_json::from_str(RULES).expect("JSON");
    let mut offer = rules["resources"]["offer"].clone();
    offer["characteristic"] = json!([{"text": "x"}]);
    assert!(!accepts(&check("offer", &offer, Origin::Written)));
    assert!(accepts(&check("offer", &offer, Origin::Imported)));
}

#[test]
fn every_element_of_a_profile_is_one_of_its_type() {
    let definitions = Definitions::embedded();
    for profile in definitions.profiles() {
        let elements = &profile.definition["differential"]["element"];
        for element in elements.as_array().expect("elements") {
            let path = element["path"].as_str().expect("a path");
            let mut content = profile.kind.clone();
            for name in path.split('.').skip(1) {
                let bare = name.trim_end_matches("[x]");
                let is_primitive = definitions.structures.primitive(&content).is_some();
                let content_here = if is_primitive { "Element" } else { &content };
                let of_type = definitions.structures.children(content_here);
                let found = of_type.iter().find(|one| one.name.as_ref() == bare);
                let found = found.unwrap_or_else(|| panic!("{}: {path}", profile.url));
                content = found.types[0].content.to_string();
                if found.is_choice {
                    break;
                }
            }
        }
    }
}
