use crate::config::Environment;
use std::sync::LazyLock;

use proptest::prelude::*;

use crate::{finding::Severity, rcp::PrivacyNotice, terminology::Terminology};

use super::{
    validate::validate,
    volet::Target,
    write::write,
    write_tests::{FICHES, report},
};

static TERMINOLOGY: LazyLock<Terminology> = LazyLock::new(Terminology::embedded);

/// The fiche of that name as a document of 2022.01.
pub(super) fn written(name: &str) -> String {
    let bytes = write(&report(name), &TERMINOLOGY, Target::Frcp2022).expect("a document");
    String::from_utf8(bytes).expect("UTF-8")
}

/// The fiche of that name as a document of 2025.01.
pub(super) fn written_in_2025(name: &str) -> String {
    let notice = PrivacyNotice {
        team_text: Some("Vos données de santé.".to_owned()),
        reuse_text: Some("Leur réutilisation.".to_owned()),
    };
    let target = Target::Frcp2025 {
        notice: &notice,
        pdf_copy: Some(b"%PDF-1.4\n%%EOF"),
    };
    let bytes = write(&report(name), &TERMINOLOGY, target).expect("a document");
    String::from_utf8(bytes).expect("UTF-8")
}

fn rules_of(text: &str) -> Vec<(&'static str, Severity)> {
    validate(text.as_bytes(), &TERMINOLOGY, Environment::Test)
        .into_iter()
        .filter(|finding| finding.severity > Severity::Information)
        .map(|finding| (finding.rule, finding.severity))
        .collect()
}

#[test]
fn what_is_written_here_has_no_finding() {
    for (name, _) in FICHES {
        assert_eq!(rules_of(&written(name)), [], "{name}");
        assert_eq!(rules_of(&written_in_2025(name)), [], "{name}");
    }
}

#[test]
fn labels_are_those_of_the_lists_or_of_the_volet() {
    let told = |text: &str| -> Vec<String> {
        let findings = validate(text.as_bytes(), &TERMINOLOGY, Environment::Test);
        let of_labels = findings
            .into_iter()
            .filter(|finding| finding.rule == "R-COD-1");
        of_labels.map(|finding| finding.place).collect()
    };
    for (name, _) in FICHES {
        assert_eq!(told(&written(name)), [""; 0], "{name}");
        assert_eq!(told(&written_in_2025(name)), [""; 0], "{name}");
    }
    let stage = "Activité physique diminuée mais ambulatoire";
    let newest = written_in_2025("evaluations-2025");
    let numbered = newest.replacen(&format!("\"{stage}"), &format!("\"1. {stage}"), 1);
    assert_ne!(newest, numbered);
    assert_eq!(
        told(&numbered).len(),
        1,
        "2025.01 does not number the stages"
    );
}

#[test]
fn the_rules_are_those_of_the_version_that_the_document_declares() {
    let newest = written_in_2025("evaluations-2025");
    for (from, to, rule) in [
        ("extension=\"2025.01\"", "extension=\"2031.01\"", "R-DOC-1"),
        ("code=\"LA9623-5\"", "code=\"LA9999-9\"", "R-FUN-2"),
        ("code=\"75320-2\"", "code=\"75320-9\"", "V25-07"),
        ("code=\"GEN-294\"", "code=\"GEN-295\"", "V25-03"),
        (
            "\"1.2.250.1.213.1.1.2.243\"",
            "\"1.2.250.1.213.1.1.2.999\"",
            "V25-02",
        ),
    ] {
        let broken = newest.replacen(from, to, 1);
        assert_ne!(broken, newest, "{from}");
        let rules = rules_of(&broken);
        assert!(
            rules.iter().any(|(found, _)| *found == rule),
            "{from}: {rules:?}"
        );
    }
    let deceased = written("evaluations-2025").replacen("LA9623-5", "LA9627-6", 1);
    assert_eq!(rules_of(&deceased), []);
}

#[test]
fn each_fault_has_its_rule() {
    let complete = written("appareil-complet");
    let cases = [
        ("<realmCode code=\"FR\"/>", "", "N04"),
        ("code=\"34794-8\"", "code=\"11488-4\"", "F10"),
        ("extension=\"2022.01\"", "extension=\"2021.01\"", "R-DOC-1"),
        (
            "<versionNumber value=\"1\"/>",
            "<versionNumber value=\"0\"/>",
            "R-DOC-2",
        ),
        ("<versionNumber value=\"1\"/>", "", "N05"),
        (
            "<family qualifier=\"BR\">",
            "<family qualifier=\"SP\">",
            "N07",
        ),
        ("code=\"PCP\"", "code=\"ATTPHYS\"", "R-ROL-1"),
        (
            "1.2.250.1.161.1.20.3.1",
            "1.2.250.1.161.1.20.3.9",
            "R-EVT-5",
        ),
        (
            "1.2.250.1.213.1.1.2.33\"",
            "1.2.250.1.213.1.1.2.99\"",
            "F08",
        ),
        (
            "code=\"C20\" codeSystem=\"2.16.840.1.113883.6.3\" codeSystemName=\"CIM-10\" displayName=\"Tumeur maligne du rectum\">",
            "code=\"Z00.0\" codeSystem=\"2.16.840.1.113883.6.3\">",
            "F24",
        ),
        ("code=\"8140/3\"", "code=\"9999/9\"", "F25"),
        ("code=\"21906-3\"", "code=\"21906-0\"", "F18"),
        (
            "xsi:type=\"CD\" code=\"ORG-126\"",
            "xsi:type=\"ST\" code=\"ORG-126\"",
            "R-VAL-2",
        ),
        (
            "<value xsi:type=\"BL\" value=\"true\"/>",
            "<value xsi:type=\"BL\"/>",
            "R-VAL-1",
        ),
        ("code=\"86762007\"", "code=\"86762000\"", "F21"),
        ("code=\"ORG-118\"", "code=\"ORG-999\"", "R-RSN-1"),
        (
            "<reference value=\"#oms\"/>",
            "<reference value=\"#nowhere\"/>",
            "R-NAR-1",
        ),
        ("ID=\"quorum\"", "ID=\"oms\"", "X09"),
        ("code=\"C15632\"", "code=\"C99999\"", "F29"),
        ("extension=\"810999", "extension=\"811999", "R-ID-1"),
        (
            "value=\"20260312180500+0100\"",
            "value=\"20260312\"",
            "R-TIM-1",
        ),
        ("code=\"47420-5\"", "code=\"47420-0\"", "I05"),
    ];
    for (before, after, rule) in cases {
        assert!(complete.contains(before), "{before} is not in the document");
        let changed = complete.replace(before, after);
        let found = rules_of(&changed);
        assert!(
            found.iter().any(|(found, _)| *found == rule),
            "{rule} is not in {found:?}"
        );
    }
}

#[test]
fn a_prefixed_type_hides_nothing() {
    let changed = written("appareil-complet")
        .replacen(
            "<ClinicalDocument ",
            "<ClinicalDocument xmlns:h=\"urn:hl7-org:v3\" ",
            1,
        )
        .replacen(
            "xsi:type=\"CD\" code=\"8140/3\"",
            "xsi:type=\"h:CD\" code=\"9999/9\"",
            1,
        );
    assert_eq!(
        rules_of(&changed),
        [("F25", Severity::Error), ("R-VAL-3", Severity::Warning)]
    );
}

#[test]
fn a_finding_names_place_and_line_and_no_value() {
    let text = written("appareil-minimal");
    let changed = text.replacen(
        "<id root=\"1.2.250.1.213.1.4.10\" extension=\"2",
        "<id root=\"1.2.250.1.213.1.4.10\" extension=\"1",
        1,
    );
    let mut findings = validate(changed.as_bytes(), &TERMINOLOGY, Environment::Test);
    findings.retain(|finding| finding.severity > Severity::Information);
    let rules: Vec<_> = findings.iter().map(|finding| finding.rule).collect();
    assert_eq!(rules, ["R-INS-1", "R-INS-3"]);
    assert_eq!(
        findings[0].place,
        "/ClinicalDocument/recordTarget/patientRole/id"
    );
    let line = changed
        .lines()
        .position(|line| line.contains("1.2.250.1.213.1.4.10"))
        .expect("there");
    assert_eq!(findings[0].line, Some(line as u64 + 1));
    assert!(!format!("{findings:?}").contains("PATIENT"));
}

#[test]
fn a_hostile_number_of_faults_is_cut_short() {
    let text = written("appareil-minimal");
    let dangling =
        "<content/><originalText><reference value=\"#x\"/></originalText>".repeat(60_000);
    let changed = text.replacen(
        "</structuredBody>",
        &format!("{dangling}</structuredBody>"),
        1,
    );
    assert_eq!(
        validate(changed.as_bytes(), &TERMINOLOGY, Environment::Test).len(),
        500
    );
}

#[test]
fn what_is_no_document_has_one_finding() {
    assert_eq!(rules_of("<a>"), [("R-XML-1", Severity::Error)]);
    assert_eq!(rules_of("<a/>"), [("R-XML-3", Severity::Error)]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn no_change_of_a_document_makes_the_checker_panic(
        edits in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0_u8..4), 1..12),
    ) {
        let mut bytes = include_bytes!("../../tests/data/cda/appareil-minimal.xml").to_vec();
        for (at, byte, kind) in edits {
            let at = at.index(bytes.len());
            match kind {
                0 => bytes[at] = byte,
                1 => bytes.insert(at, byte),
                2 => { bytes.remove(at); }
                _ => bytes.truncate(at.max(1)),
            }
        }
        let _ = validate(&bytes, &TERMINOLOGY, Environment::Test);
        let _ = super::read::read(&bytes);
    }
}
