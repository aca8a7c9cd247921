use proptest::prelude::*;
use serde_json::Value;

use super::fiche::read;

const MINIMAL: &str = include_str!("../../tests/data/fiches/appareil-minimal.json");
const COMPLETE: &str = include_str!("../../tests/data/fiches/appareil-complet.json");

fn faults(text: &str) -> Vec<(&'static str, String)> {
    read(text.as_bytes())
        .expect_err("a faulty report")
        .into_iter()
        .map(|finding| (finding.rule, finding.place))
        .collect()
}

/// Fields of the schema without a description that says where they go in a document.
fn without_place(schema: &Value, path: &str, found: &mut Vec<String>) {
    for (name, field) in schema["properties"].as_object().into_iter().flatten() {
        let path = format!("{path}/{name}");
        // `false` stands where a shared definition has a field that is not wanted there.
        if !field.is_object() {
            continue;
        }
        if !field["description"]
            .as_str()
            .is_some_and(|text| text.contains("CDA"))
        {
            found.push(path.clone());
        }
        without_place(field, &path, found);
        without_place(&field["items"], &path, found);
    }
}

#[test]
fn each_field_of_the_schema_says_what_it_is_and_where_it_goes() {
    let schema: Value = serde_json::from_str(super::fiche::SCHEMA).expect("JSON");
    let mut found = Vec::new();
    without_place(&schema, "", &mut found);
    for (name, shared) in schema["$defs"].as_object().expect("definitions") {
        without_place(shared, name, &mut found);
    }
    assert_eq!(found, Vec::<String>::new());
}

#[test]
fn what_is_read_is_what_is_written() {
    for text in [MINIMAL, COMPLETE] {
        let report = read(text.as_bytes()).expect("a report");
        let again = serde_json::to_vec(&report).expect("JSON");
        assert!(read(&again) == Ok(report), "changed by a round trip");
    }
}

#[test]
fn absent_null_and_empty_are_the_same() {
    let report = read(MINIMAL.as_bytes()).expect("a report");
    let mut value: Value = serde_json::from_str(MINIMAL).expect("JSON");
    value["patient_comment"] = Value::Null;
    value["history"] = Value::Array(Vec::new());
    value["relatives"] = Value::Null;
    value["document"]["title"] = Value::Null;
    assert!(
        read(value.to_string().as_bytes()) == Ok(report),
        "a difference"
    );
}

#[test]
fn every_fault_is_told_at_once_with_its_place() {
    let text = MINIMAL
        .replace("\"version\": 1", "\"version\": \"1\"")
        .replace("\"sex\": \"F\"", "\"sex\": \"X\"")
        .replace("\"1968-05-14\"", "\"1968-02-30\"")
        .replace("\"complete\": true,", "\"complet\": true,");
    let faults = faults(&text);
    for expected in [
        ("R-JSN-4", "document.version"),
        ("R-JSN-5", "patient.sex"),
        ("R-JSN-5", "patient.birth_date"),
        ("R-JSN-2", "file_status.complet"),
        ("R-JSN-3", "file_status.complete"),
    ] {
        assert!(
            faults
                .iter()
                .any(|(rule, place)| (*rule, place.as_str()) == expected),
            "{expected:?} is not in {faults:?}"
        );
    }
    assert_eq!(faults.len(), 5, "{faults:?}");
}

#[test]
fn lines_and_columns_point_at_the_value() {
    let text = MINIMAL.replace("\"sex\": \"F\"", "\"sex\": \"X\"");
    let findings = read(text.as_bytes()).expect_err("a fault");
    let line = text
        .lines()
        .position(|line| line.contains("\"sex\""))
        .expect("there")
        + 1;
    assert_eq!(findings[0].line, Some(line as u64));
    assert_eq!(findings[0].column, Some(12));
    let broken = "{\n  \"kind\": ,\n}";
    let findings = read(broken.as_bytes()).expect_err("malformed");
    assert_eq!(
        (findings[0].rule, findings[0].line, findings[0].column),
        ("R-JSN-1", Some(2), Some(11))
    );
}

#[test]
fn what_no_document_can_carry_is_refused() {
    let control = MINIMAL.replace("Stratégie", "Strat\\u0001égie");
    assert_eq!(
        faults(&control),
        [("R-JSN-5", "reason.problem_text".to_owned())]
    );
    let blank = MINIMAL.replace("\"T1b\"", "\"T 1b\"");
    assert_eq!(faults(&blank), [("R-JSN-5", "tumours[0].tnm.t".to_owned())]);
}

#[test]
fn a_field_given_twice_is_refused() {
    let text = MINIMAL.replace(
        "\"kind\": \"appareil_organes\",",
        "\"kind\": \"transversale\",\"kind\": \"appareil_organes\",",
    );
    assert_eq!(faults(&text), [("R-JSN-6", "kind".to_owned())]);
}

#[test]
fn findings_never_repeat_a_value() {
    let text = MINIMAL
        .replace("\"sex\": \"F\"", "\"sex\": \"SECRET\"")
        .replace("1968-05-14", "SECRET");
    let findings = read(text.as_bytes()).expect_err("faults");
    assert!(!format!("{findings:?}").contains("SECRET"));
}

#[test]
fn choices_are_checked_on_the_side_that_was_taken() {
    let physician = MINIMAL.replace(
        "\"attending_physician\": {",
        "\"attending_physician\": {\"nom\": 1,",
    );
    assert_eq!(
        faults(&physician),
        [("R-JSN-2", "people.attending_physician.nom".to_owned())]
    );
    let stage = MINIMAL.replace("\"edition\": \"8\",", "");
    assert_eq!(
        faults(&stage),
        [("R-JSN-3", "tumours[0].tnm.edition".to_owned())]
    );
    let title = COMPLETE.replace(
        "\"surgery_report\": {",
        "\"surgery_report\": {\"title\": \"x\",",
    );
    assert_eq!(
        faults(&title),
        [("R-JSN-2", "surgery_report.title".to_owned())]
    );
}

proptest! {
    #[test]
    fn no_bytes_make_the_reader_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = read(&bytes);
    }

    #[test]
    fn no_change_of_a_report_makes_the_reader_panic(
        edits in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0_u8..3), 1..6),
    ) {
        let mut bytes = MINIMAL.as_bytes().to_vec();
        for (at, byte, kind) in edits {
            let at = at.index(bytes.len());
            match kind {
                0 => bytes[at] = byte,
                1 => bytes.insert(at, byte),
                _ => { bytes.remove(at); }
            }
        }
        let _ = read(&bytes);
    }
}
