use std::sync::LazyLock;

use proptest::prelude::*;
use serde_json::Value;

use crate::{
    config::Volet,
    demo::{Plan, Region},
    finding::Finding,
    rcp::{Moment, PrivacyNotice, RcpReport, When},
    terminology::Terminology,
};

use super::{
    Target, losses, read_report, write,
    write_tests::{FICHES, report},
};

fn terminology() -> &'static Terminology {
    static EMBEDDED: LazyLock<Terminology> = LazyLock::new(Terminology::embedded);
    &EMBEDDED
}

/// Texts of a configuration.
fn notice() -> PrivacyNotice {
    PrivacyNotice {
        team_text: Some("Vos soignants.\nVos droits.".to_owned()),
        reuse_text: Some("La recherche : https://example.org.".to_owned()),
    }
}

/// The report as JSON, without what the writer declared lost.
fn json(report: &RcpReport, losses: &[Finding]) -> String {
    let mut value = serde_json::to_value(report).expect("json");
    for loss in losses {
        let place = loss.place.replace('[', ".").replace(']', "");
        let pointer = format!("/{}", place.replace('.', "/"));
        let (parent, field) = pointer.rsplit_once('/').expect("a pointer");
        if let Some(serde_json::Value::Object(members)) = value.pointer_mut(parent) {
            members.shift_remove(field);
        }
    }
    serde_json::to_string_pretty(&value).expect("json")
}

/// Written and read back: nothing is left over, nothing lost but what was declared, and the
/// report that was read makes the same bytes.
fn holds(report: &RcpReport, terminology: &Terminology, name: &str) {
    for volet in Volet::ALL {
        holds_in(report, terminology, name, volet);
    }
}

fn holds_in(report: &RcpReport, terminology: &Terminology, name: &str, volet: Volet) {
    let name = &format!("{name}, {}", volet.version());
    let notice = notice();
    let target = match volet {
        Volet::Frcp2022 => Target::Frcp2022,
        Volet::Frcp2025 => Target::Frcp2025 {
            notice: &notice,
            pdf_copy: Some(b"%PDF-1.4\n%%EOF"),
        },
    };
    let bytes = write(report, terminology, target).expect(name);
    let reading = read_report(&bytes, terminology).expect(name);
    assert_eq!(reading.findings, [], "{name}");
    let read = reading.report().expect(name);
    let mut plain = report.clone().without_defaults(terminology);
    if volet == Volet::Frcp2025 {
        // The document says the texts of the configuration, and so does the report that it gives.
        plain.privacy_notice.get_or_insert(notice.clone());
    }
    let losses = losses(&plain, volet);
    pretty(&json(&plain, &losses), &json(read, &losses), name);
    assert!(
        write(read, terminology, target).expect(name) == bytes,
        "{name}"
    );
}

#[test]
fn every_fiche_reads_back_as_it_was_written() {
    let terminology = terminology();
    for (name, _) in FICHES {
        holds(&report(name), terminology, name);
    }
}

/// Shows where two texts start to differ.
fn pretty(expected: &str, found: &str, name: &str) {
    let at = expected
        .lines()
        .zip(found.lines())
        .take_while(|(expected, found)| expected == found)
        .count();
    let around = |text: &str| -> Vec<String> {
        let lines = text.lines().skip(at.saturating_sub(5)).take(12);
        lines.map(str::to_owned).collect()
    };
    assert_eq!(around(found), around(expected), "{name}, line {}", at + 1);
    assert_eq!(found, expected, "{name}");
}

#[test]
fn every_report_of_the_demonstration_reads_back_as_it_was_written() {
    let terminology = terminology();
    let region = Region::generate(Plan::default(), terminology);
    for report in region.reports() {
        holds(&report, terminology, &report.document.id.root);
    }
}

/// Fields of the complete fiche that it can go without, by JSON pointer.
fn optional_fields() -> &'static [String] {
    static FIELDS: LazyLock<Vec<String>> = LazyLock::new(|| {
        let whole = serde_json::to_value(report("appareil-complet")).expect("json");
        let mut pointers = Vec::new();
        collect(&whole, String::new(), &mut pointers);
        pointers.retain(|pointer| without(std::slice::from_ref(pointer)).is_some());
        pointers
    });
    &FIELDS
}

fn collect(value: &Value, at: String, pointers: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                pointers.push(format!("{at}/{name}"));
                collect(member, format!("{at}/{name}"), pointers);
            }
        }
        Value::Array(items) => {
            for (rank, item) in items.iter().enumerate() {
                collect(item, format!("{at}/{rank}"), pointers);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// The complete fiche without those fields, when it is a fiche still.
fn without(pointers: &[String]) -> Option<RcpReport> {
    let mut value = serde_json::to_value(report("appareil-complet")).expect("json");
    for pointer in pointers {
        let (parent, field) = pointer.rsplit_once('/').expect("a pointer");
        if let Some(Value::Object(members)) = value.pointer_mut(parent) {
            members.shift_remove(field);
        }
    }
    let bytes = serde_json::to_vec(&value).expect("json");
    let report = crate::rcp::fiche::read(&bytes).ok()?;
    write(&report, terminology(), Target::Frcp2022).ok()?;
    Some(report)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn a_fiche_without_any_of_its_fields_reads_back_as_it_was_written(
        picked in proptest::sample::subsequence(optional_fields().to_vec(), 0..40)
    ) {
        if let Some(report) = without(&picked) {
            holds(&report, terminology(), &format!("{picked:?}"));
        }
    }

    #[test]
    fn any_words_read_back_as_they_were_written(
        words in "[a-zé0-9<>&\"':;(){}/#.]{1,9}( {1,2}|\n{1,2})[A-Z<&;:()-]{1,9}"
    ) {
        let mut report = report("appareil-complet");
        report.case_summary.summary_and_question = words.clone();
        report.reason.problem_text = words.clone();
        report.patient_comment = Some(words.clone());
        report.history[0].label = words.clone();
        report.tumours[0].comment = Some(words.clone());
        report.decision.complementary_exams[0].text = words.clone();
        report.decision.surveillance.text = Some(words.clone());
        report.file_status.comment = Some(words.clone());
        report.document.comment = Some(words);
        holds(&report, terminology(), "words");
    }
}

#[test]
fn who_held_the_meeting_for_its_structure_may_be_its_coordinator() {
    let picked = [
        "/people/coordinator/professional/organization/telecoms",
        "/rcp/performer/organization",
    ];
    let report = without(&picked.map(str::to_owned)).expect("a fiche still");
    holds(
        &report,
        terminology(),
        "the same person, of the same structure",
    );
}

#[test]
fn instants_keep_their_offset_and_their_seconds() {
    let mut report = report("appareil-complet");
    let moment: Moment = "2026-02-03T08:15:30.25-03:30".parse().expect("an instant");
    report.document.created_at = moment;
    report.rcp.date = moment;
    let noon: Moment = "2026-02-03T12:00:07+04:00".parse().expect("an instant");
    report.history[0].date = Some(When::Moment(noon));
    holds(&report, terminology(), "instants");
}

#[test]
fn a_sample_is_dated_even_when_nobody_is_named() {
    let mut report = report("appareil-complet");
    for source in report
        .pathology_report
        .iter_mut()
        .chain(&mut report.molecular_reports)
    {
        source.sampler = None;
        source.performer = None;
        source.original_author = None;
    }
    holds(&report, terminology(), "samples");
}

#[test]
fn what_the_model_does_not_hold_is_listed_with_its_place() {
    let terminology = terminology();
    let text = String::from_utf8(
        write(&report("appareil-minimal"), terminology, Target::Frcp2022).expect("a document"),
    )
    .expect("UTF-8")
    .replace(
        "<component>\n<structuredBody>",
        "<authorization><consent><statusCode code=\"completed\"/></consent></authorization>\
             <component><structuredBody>\
             <component><section><code code=\"0-0\"/><text>Autre</text></section></component>",
    )
    .replace("value=\"20260312", "unit=\"d\" value=\"20260312");
    let reading = read_report(text.as_bytes(), terminology).expect("a document");
    let places: Vec<_> = reading
        .findings
        .iter()
        .map(|finding| (finding.rule, finding.place.as_str(), finding.line.is_some()))
        .collect();
    assert!(
        places.contains(&("R-RDG-1", "/ClinicalDocument/authorization", true)),
        "{places:?}"
    );
    let foreign = "/ClinicalDocument/component/structuredBody/component[1]";
    assert!(places.contains(&("R-RDG-1", foreign, true)), "{places:?}");
    assert!(reading.report().is_some());
}

#[test]
fn a_document_without_body_is_a_header_alone() {
    let terminology = terminology();
    let text = String::from_utf8(
        write(&report("appareil-complet"), terminology, Target::Frcp2022).expect("a document"),
    )
    .expect("UTF-8");
    let start = text.find("<component>\n<structuredBody>").expect("a body");
    let shell = format!(
        "{}<component><nonXMLBody><text mediaType=\"application/pdf\" representation=\"B64\">JVBERi0=\
         </text></nonXMLBody></component></ClinicalDocument>",
        text.get(..start).expect("a boundary")
    );
    let reading = read_report(shell.as_bytes(), terminology).expect("a document");
    assert!(reading.report().is_none());
    let fiche = reading.fiche();
    assert_eq!(fiche["rcp"]["rcp_name"], "Digestif");
    assert_eq!(fiche["patient"]["sex"], "F");
    for body in ["kind", "reason", "tumours", "decision", "case_summary"] {
        assert!(fiche.get(body).is_none(), "{body}");
    }
    let unread = |finding: &&Finding| finding.rule == "R-RDG-1";
    let unread: Vec<_> = reading
        .findings
        .iter()
        .filter(unread)
        .map(|one| one.place.as_str())
        .collect();
    assert_eq!(unread, ["/ClinicalDocument/component/nonXMLBody"]);
}

#[test]
fn a_foreign_report_is_read_with_what_it_leaves_unsaid() {
    let terminology = terminology();
    let bytes = include_bytes!("../../tests/data/cda/frcp-invented.xml");
    let reading = read_report(bytes, terminology).expect("a document");
    let fiche = serde_json::to_string_pretty(&reading.fiche()).expect("json");
    insta::assert_snapshot!("frcp-invented-fiche", fiche);
    let findings: Vec<_> = reading
        .findings
        .iter()
        .map(|finding| format!("{} {}", finding.rule, finding.place))
        .collect();
    insta::assert_json_snapshot!("frcp-invented-findings", findings);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_cut_and_no_swap_of_a_document_makes_the_reader_fail(
        from in 0.0..1.0_f64, length in 0_usize..400, inserted in "[<>/a-z\" =0-9]{0,12}"
    ) {
        let bytes = include_bytes!("../../tests/data/cda/appareil-minimal.xml");
        let at = (bytes.len() as f64 * from) as usize;
        let mut text = bytes[..at].to_vec();
        text.extend(inserted.as_bytes());
        text.extend(&bytes[(at + length).min(bytes.len())..]);
        if let Ok(reading) = read_report(&text, terminology()) {
            let _ = reading.fiche();
        }
    }
}
