use crate::{config::Environment, finding::Severity, terminology::Terminology};

use super::{
    coded::{Coded, Tri},
    fiche,
    patient::{InsEnvironment, Sex},
    report::RcpReport,
    rules::check,
};

const MINIMAL: &str = include_str!("../../tests/data/fiches/appareil-minimal.json");

fn minimal() -> RcpReport {
    fiche::read(MINIMAL.as_bytes()).expect("a report")
}

fn complete() -> RcpReport {
    fiche::read(include_bytes!(
        "../../tests/data/fiches/appareil-complet.json"
    ))
    .expect("a report")
}

fn rules_of(report: &RcpReport) -> Vec<(&'static str, String, Severity)> {
    check(report, &Terminology::embedded(), Environment::Test)
        .into_iter()
        .map(|finding| (finding.rule, finding.place, finding.severity))
        .collect()
}

/// Changes a report in one way, and expects exactly that finding.
#[track_caller]
fn expect(
    mut report: RcpReport,
    change: impl FnOnce(&mut RcpReport),
    expected: (&str, &str, Severity),
) {
    change(&mut report);
    let found = rules_of(&report);
    let found: Vec<_> = found
        .iter()
        .map(|(rule, place, severity)| (*rule, place.as_str(), *severity))
        .collect();
    assert_eq!(found, [expected]);
}

#[test]
fn the_invented_reports_have_no_error_and_few_warnings() {
    let fiches: [(&[u8], &[&str]); 6] = [
        (MINIMAL.as_bytes(), &[]),
        (
            include_bytes!("../../tests/data/fiches/appareil-complet.json"),
            &[],
        ),
        (
            include_bytes!("../../tests/data/fiches/transversale.json"),
            &[],
        ),
        (
            include_bytes!("../../tests/data/fiches/recours-pediatrique.json"),
            &[],
        ),
        (
            include_bytes!("../../tests/data/fiches/version-2.json"),
            &[],
        ),
        (
            include_bytes!("../../tests/data/fiches/sans-medecin-traitant.json"),
            &["R-INS-7"],
        ),
    ];
    for (json, expected) in fiches {
        let report = fiche::read(json).expect("a report");
        let found: Vec<_> = rules_of(&report)
            .into_iter()
            .map(|(rule, ..)| rule)
            .collect();
        assert_eq!(found, expected);
    }
}

#[test]
fn identities_are_checked() {
    use Severity::{Error, Warning};
    let ins = |report: &mut RcpReport, value: &str| {
        report.patient.ins.as_mut().expect("an INS").value = value.to_owned();
    };
    let key = |report: &mut RcpReport| {
        let mut value = report.patient.ins.as_ref().expect("an INS").value.clone();
        let last = if value.ends_with('0') { "1" } else { "0" };
        value.replace_range(14.., last);
        ins(report, &value);
    };
    expect(minimal(), key, ("R-INS-1", "patient.ins.value", Error));
    expect(
        minimal(),
        |r| r.patient.sex = Sex::M,
        ("R-INS-3", "patient.sex", Warning),
    );
    expect(
        minimal(),
        |r| r.patient.ins.as_mut().expect("an INS").environment = InsEnvironment::Production,
        ("R-INS-10", "patient.ins.environment", Error),
    );
    expect(
        minimal(),
        |r| r.patient.birth_family_name = None,
        ("N07", "patient.birth_family_name", Error),
    );
    expect(
        minimal(),
        |r| r.patient.first_birth_given_name = Some("MARIE".to_owned()),
        ("R-INS-5", "patient.first_birth_given_name", Error),
    );
    expect(
        minimal(),
        |r| r.patient.birth_family_name = Some("Hélène".to_owned()),
        ("R-INS-6", "patient", Warning),
    );
    expect(
        minimal(),
        |r| {
            r.people.correspondents = vec![{
                let mut entry = r.people.coordinator.clone();
                entry.professional.id.as_mut().expect("an id").value = "10999000121".to_owned();
                entry
            }]
        },
        (
            "R-ID-1",
            "people.correspondents[0].professional.id.value",
            Error,
        ),
    );
    expect(
        minimal(),
        |r| r.custodian.id.as_mut().expect("an id").value = "990000100".to_owned(),
        ("R-ID-3", "custodian.id.value", Error),
    );
    expect(
        minimal(),
        |r| r.people.author.professional.id = None,
        ("N30", "people.author.id", Error),
    );
}

#[test]
fn a_production_gateway_takes_no_test_identity() {
    let findings = check(
        &minimal(),
        &Terminology::embedded(),
        Environment::Production,
    );
    assert_eq!(findings.len(), 1);
    assert_eq!(findings[0].rule, "R-INS-10");
}

#[test]
fn presences_and_identifiers_make_sense() {
    use Severity::Error;
    let period = |json: &str| serde_json::from_str(json).expect("a time");
    expect(
        minimal(),
        |r| {
            r.people.quorum_members[1].time = Some(period(
                r#"{"start":"2026-03-12T15:00:00+01:00","end":"2026-03-12T14:00:00+01:00"}"#,
            ));
        },
        ("R-TIM-8", "people.quorum_members[1].time", Error),
    );
    expect(
        complete(),
        |r| {
            let again = r.rcp.local_ids.clone();
            r.rcp.local_ids.extend(again);
        },
        ("N08", "rcp.local_ids", Error),
    );
}

#[test]
fn codes_are_looked_up_in_their_sets() {
    use Severity::Error;
    expect(
        minimal(),
        |r| r.tumours[0].topography = Coded::of("Z00.0"),
        ("F24", "tumours[0].topography", Error),
    );
    expect(
        minimal(),
        |r| r.reason.organs[0] = Coded::free_text("rate"),
        ("F22", "reason.organs[0]", Error),
    );
    expect(
        minimal(),
        |r| r.tumours[0].morphology.system = Some("1.2.3".to_owned()),
        ("F25", "tumours[0].morphology", Error),
    );
    expect(
        minimal(),
        |r| r.people.coordinator.professional.profession = Some(Coded::of("G15_10/SCH10")),
        ("N30", "people.coordinator.professional.profession", Error),
    );
}

#[test]
fn the_content_is_consistent() {
    use Severity::{Error, Warning};
    expect(
        minimal(),
        |r| r.reason.apparatus = None,
        ("R-RSN-1", "reason.apparatus", Error),
    );
    expect(
        minimal(),
        |r| r.reason.organs.clear(),
        ("R-RSN-2", "reason.organs", Error),
    );
    expect(
        minimal(),
        |r| r.reason.care_type = Some(Coded::of("C15252")),
        ("R-RSN-4", "reason.care_type", Error),
    );
    expect(
        minimal(),
        |r| r.course.phase = super::tumour::Phase::Rechute,
        ("R-CRS-1", "course.phase_date", Error),
    );
    expect(
        minimal(),
        |r| r.course.progression.local = Tri::Yes,
        ("R-CRS-2", "course.progression", Error),
    );
    expect(
        minimal(),
        |r| r.document.version = 2,
        ("R-DOC-3", "document.replaces", Error),
    );
    expect(
        minimal(),
        |r| r.decision.proposals[0].treatment = Coded::of("GEN-092.03.01"),
        ("R-TRT-1", "decision.proposals[0].precision", Error),
    );
    expect(
        minimal(),
        |r| r.reason.case_status = super::reason::CaseStatus::Enregistre,
        ("R-FRM-1", "framework.guideline", Error),
    );
    expect(
        minimal(),
        |r| r.decision.proposals.clear(),
        ("R-DEC-2", "decision", Warning),
    );
    expect(
        minimal(),
        |r| r.people.quorum_members.truncate(1),
        ("R-ROL-4", "people.quorum_members", Warning),
    );
    expect(
        minimal(),
        |r| {
            r.patient.addresses = vec![super::organization::Address {
                city: Some("VALMER".to_owned()),
                lines: vec!["1 rue".to_owned()],
                ..Default::default()
            }]
        },
        ("R-ADR-1", "patient.addresses[0]", Error),
    );
}

#[test]
fn dates_are_in_order() {
    use Severity::{Error, Warning};
    let date = |text: &str| text.parse().expect("a date");
    expect(
        minimal(),
        |r| r.tumours[0].diagnosis_date = Some(date("2027")),
        ("R-TIM-6", "tumours[0].diagnosis_date", Error),
    );
    expect(
        minimal(),
        |r| r.screening.date = Some(date("1960-01")),
        ("R-TIM-7", "screening.date", Error),
    );
    expect(
        complete(),
        |r| r.past_treatments[0].end = Some(date("2026-02-11")),
        ("R-TIM-8", "past_treatments[0].end", Error),
    );
    expect(
        complete(),
        |r| r.decision.proposals[0].start = Some(date("2025")),
        ("R-TIM-9", "decision.proposals[0].start", Warning),
    );
    expect(
        minimal(),
        |r| r.people.author.time = "2026-03-13T00:00:00+01:00".parse().expect("an instant"),
        ("R-TIM-3", "people.author.time", Error),
    );
}
