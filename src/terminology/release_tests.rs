use std::sync::LazyLock;

use super::*;
use serde_json::{Value, json};

static TERMINOLOGY: LazyLock<Terminology> = LazyLock::new(Terminology::embedded);

const R338: &str =
    "https://mos.esante.gouv.fr/NOS/TRE_R338-ModaliteAccueil/FHIR/TRE-R338-ModaliteAccueil";

fn read(files: &[(&str, &str)]) -> Result<Release, Vec<FileFinding>> {
    let files: Vec<(String, Vec<u8>)> = files
        .iter()
        .map(|(name, text)| ((*name).to_owned(), text.as_bytes().to_vec()))
        .collect();
    Release::read(&files, &TERMINOLOGY, Terminology::embedded_files())
}

/// The list in use as a release of a later day, changed by `change`.
fn code_system(change: impl FnOnce(&mut Vec<Value>)) -> Value {
    let known = TERMINOLOGY
        .value_set("TRE_R338-ModaliteAccueil")
        .expect("in use");
    let mut concepts = known
        .concepts()
        .iter()
        .map(|concept| json!({"code": concept.code, "display": concept.display}))
        .collect();
    change(&mut concepts);
    json!({"resourceType": "CodeSystem", "url": R338, "name": "TRE_R338_ModaliteAccueil",
        "version": "20261030120000", "status": "active", "content": "complete",
        "count": concepts.len(), "concept": concepts})
}

fn one_fault(files: &[(&str, &str)]) -> Finding {
    let mut faults = read(files).expect_err("a fault");
    assert_eq!(faults.len(), 1, "{faults:?}");
    let fault = faults.remove(0);
    assert_eq!(fault.finding.rule, "MAP-RELEASE");
    assert_eq!(fault.file, files[files.len() - 1].0);
    fault.finding
}

#[test]
fn a_code_system_is_taken_with_the_days_of_its_codes() {
    let resource = code_system(|concepts| {
        concepts[0]["property"] = json!([
            {"code": "dateValid", "valueDateTime": "2022-09-30T12:00:00+01:00"},
            {"code": "dateFin", "valueDateTime": "2026-10-30T12:00:00+01:00"},
            {"code": "status", "valueCode": "deprecated"}]);
        concepts[1]["display"] = json!("Un autre libellé");
    });
    let release = read(&[("r338.json", &resource.to_string())]).expect("a release");
    let [(path, table)] = release.tables.as_slice() else {
        panic!("{release:?}");
    };
    assert_eq!(path, "national/TRE_R338-ModaliteAccueil.csv");
    assert!(table.contains("# version: 20261030120000\n"), "{table}");
    assert!(table.contains("# licence: "), "the owner's terms stay");
    let row = format!("01,{R338},Accueil séquentiel accepté,deprecated,2022-09-30,2026-10-30");
    assert!(table.contains(&row), "{table}");
    assert!(table.contains("Un autre libellé,active,,"));
}

#[test]
fn a_bundle_gives_each_of_its_lists_and_names_those_that_nothing_uses() {
    let bundle = json!({"resourceType": "Bundle", "type": "collection", "entry": [
        {"resource": code_system(|_| {})},
        {"resource": {"resourceType": "Patient", "name": [{"text": "x"}]}},
        {"resource": {"resourceType": "ValueSet", "name": "JDV_Autre", "url": "https://x.invalid/v",
            "compose": {"include": [{"system": "https://x.invalid/s",
                "concept": [{"code": "1", "display": "Un"}]}]}}}]});
    let release = read(&[("b.json", &bundle.to_string())]).expect("a release");
    assert_eq!(release.tables.len(), 1);
    assert_eq!(release.unused, ["JDV_Autre"]);
}

const SVS: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<RetrieveValueSetResponse xmlns="urn:ihe:iti:svs:2008">
  <ValueSet dateMaj="20270101120000" description="Phase du cancer" displayName="x.tabs" id="OID">
    <ConceptList>
      <Concept code="A &amp; B" codeSystem="SYSTEM" displayName="L'un" dateValid="20200101000000"/>
      CONCEPTS
    </ConceptList>
  </ValueSet>
</RetrieveValueSetResponse>"#;

/// The set in use as SVS of a later day, with one code more.
fn svs() -> String {
    let known = TERMINOLOGY
        .value_set("JDV_PhaseCancer_CISIS")
        .expect("in use");
    let concepts: String = known
        .concepts()
        .iter()
        .map(|concept| {
            format!(
                "<Concept code=\"{}\" codeSystem=\"{}\" displayName=\"{}\" dateFin=\"\"></Concept>\n",
                concept.code, concept.system, concept.display
            )
        })
        .collect();
    SVS.replace("OID", known.oid().expect("an OID"))
        .replace("SYSTEM", &known.concepts()[0].system)
        .replace("CONCEPTS", &concepts)
}

#[test]
fn an_svs_file_of_the_kit_is_taken() {
    let release = read(&[("phase.xml", &svs())]).expect("a release");
    assert_eq!(release.tables[0].0, "national/JDV_PhaseCancer_CISIS.csv");
    assert!(
        release.tables[0].1.contains("A & B,"),
        "{}",
        release.tables[0].1
    );
    assert!(release.tables[0].1.contains(",L'un,active,2020-01-01,"));
}

#[test]
fn a_file_cut_anywhere_is_refused_with_its_place() {
    let json = code_system(|_| {}).to_string();
    let xml = svs();
    for (name, text) in [("cut.json", json.as_str()), ("cut.xml", xml.trim_end())] {
        let cuts = text
            .char_indices()
            .map(|(at, _)| at)
            .filter(|at| at % 37 == 0);
        for at in cuts {
            let faults = read(&[(name, &text[..at])]).expect_err("cut");
            assert_eq!(faults[0].file, name);
        }
        let finding = one_fault(&[(name, &text[..text.len() / 2])]);
        assert!(
            finding.line.is_some() && finding.column.is_some(),
            "{finding:?}"
        );
    }
}

#[test]
fn a_list_that_lost_most_of_its_codes_was_cut() {
    let resource = code_system(|concepts| concepts.truncate(5));
    let finding = one_fault(&[("short.json", &resource.to_string())]);
    assert!(finding.message.en.contains("22 codes of 27"), "{finding:?}");
    let mut resource = code_system(|_| {});
    resource["count"] = json!(28);
    let finding = one_fault(&[("count.json", &resource.to_string())]);
    assert_eq!(finding.place, "count");
}

#[test]
fn what_contradicts_itself_is_refused() {
    let twice = code_system(|concepts| {
        let mut again = concepts[3].clone();
        again["display"] = json!("Autre chose");
        concepts.push(again);
    });
    assert!(
        one_fault(&[("t.json", &twice.to_string())])
            .message
            .en
            .contains("stands twice")
    );
    let first = code_system(|_| {}).to_string();
    let other = code_system(|concepts| concepts[0]["display"] = json!("Autre")).to_string();
    let finding = one_fault(&[("one.json", &first), ("other.json", &other)]);
    assert!(finding.message.en.contains("one.json"), "{finding:?}");
    read(&[("one.json", &first), ("same.json", &first)]).expect("the same list twice is one list");
}

#[test]
fn an_older_list_and_what_is_no_list_change_nothing() {
    let mut older = code_system(|_| {});
    older["version"] = json!("20250101120000");
    assert!(
        one_fault(&[("old.json", &older.to_string())])
            .message
            .en
            .contains("1 list(s) older")
    );
    one_fault(&[("p.json", "{\"resourceType\": \"Patient\"}")]);
    one_fault(&[("p.xml", "<ClinicalDocument/>")]);
    one_fault(&[("p.txt", "code;libellé")]);
    let mut part = code_system(|_| {});
    part["content"] = json!("fragment");
    assert_eq!(
        one_fault(&[("f.json", &part.to_string())]).place,
        "CodeSystem.content"
    );
}
