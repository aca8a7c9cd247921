use std::collections::{HashMap, HashSet};

use super::*;
use crate::{
    config::Environment,
    demo::Plan,
    finding::Finding,
    identifiers::{Finess, Ins, InsAuthority, Rpps},
    rcp::{AttendingPhysician, Phase, Professional, Sex, Tnm, rules},
    terminology::Terminology,
};

fn all() -> Vec<RcpReport> {
    let terminology = Terminology::embedded();
    let region = Region::generate(Plan::default(), &terminology);
    region.reports().collect()
}

fn professionals(report: &RcpReport) -> Vec<&Professional> {
    let people = &report.people;
    let mut all = vec![
        &people.author.professional,
        &people.legal_authenticator.professional,
        &people.coordinator.professional,
    ];
    let lists = [
        &people.quorum_members,
        &people.other_attendees,
        &people.correspondents,
    ];
    all.extend(lists.into_iter().flatten().map(|entry| &entry.professional));
    all.extend(
        people
            .attending_physician
            .known()
            .map(|entry| &entry.professional),
    );
    all
}

#[test]
fn a_report_reads_back_as_it_was_written() {
    for report in all() {
        let text = serde_json::to_string(&report).expect("json");
        let read: RcpReport = serde_json::from_str(&text).expect("readable");
        assert!(read == report, "{:?}", report.document.id);
    }
}

#[test]
fn every_report_satisfies_the_rules() {
    let terminology = Terminology::embedded();
    let region = Region::generate(Plan::default(), &terminology);
    for report in region.reports() {
        let found = rules::check(&report, &terminology, Environment::Test);
        // The rule wants a check of a stage IV that has not spread: it exists in head and neck.
        let topography = report.tumours[0]
            .topography
            .code
            .as_deref()
            .unwrap_or_default();
        let is_head_or_neck = ["C32", "C02"]
            .iter()
            .any(|code| topography.starts_with(code));
        let others = |finding: &&Finding| !(is_head_or_neck && finding.rule == "R-TUM-4");
        let unexpected: Vec<_> = found.iter().filter(others).collect();
        assert!(
            unexpected.is_empty(),
            "{:?}: {unexpected:?}",
            report.document.id
        );
    }
}

#[test]
fn every_report_can_be_written_as_a_document() {
    let terminology = Terminology::embedded();
    let region = Region::generate(Plan::default(), &terminology);
    for report in region.reports() {
        let written = crate::cda::write(&report, &terminology, crate::cda::Target::Frcp2022);
        assert!(written.is_ok(), "{:?}: {written:?}", report.document.id);
    }
}

#[test]
fn the_first_report_is_as_documented() {
    let first = &all()[0];
    insta::assert_json_snapshot!(first);
}

#[test]
fn every_number_has_its_key() {
    for report in all() {
        let ins = report.patient.ins.as_ref().expect("a test matricule");
        Ins::new(&ins.value, InsAuthority::TestNir).expect("a valid key");
        for professional in professionals(&report) {
            if let Some(id) = &professional.id {
                id.value.parse::<Rpps>().expect("a valid key");
            }
            if let Some(id) = professional
                .organization
                .as_ref()
                .and_then(|o| o.id.as_ref())
            {
                id.value.parse::<Finess>().expect("a valid key");
            }
        }
    }
}

#[test]
fn the_matricule_says_the_same_as_the_traits() {
    for report in all() {
        let patient = &report.patient;
        let number = &patient.ins.as_ref().expect("a matricule").value;
        let sex = if patient.sex == Sex::F { "2" } else { "1" };
        let birth = patient.birth_date.to_string();
        let expected = format!(
            "{sex}{}{}{}9",
            &birth[2..4],
            &birth[5..7],
            patient.birth_place_insee.as_deref().expect("a commune")
        );
        assert!(number.starts_with(&expected), "{expected}");
        let given = patient.birth_given_names.first();
        assert_eq!(given, patient.first_birth_given_name.as_ref());
    }
}

#[test]
fn different_cases_have_different_matricules() {
    let terminology = Terminology::embedded();
    let plan = Plan {
        fiches: 2_000,
        ..Plan::default()
    };
    let region = Region::generate(plan, &terminology);
    let mut seen: HashMap<String, usize> = HashMap::new();
    for (rank, report) in region.reports().enumerate() {
        let number = report.patient.ins.expect("a matricule").value;
        let case = Place::of(rank).case_rank;
        assert_eq!(*seen.entry(number).or_insert(case), case);
    }
    assert_eq!(seen.len(), 1_600);
}

#[test]
fn nothing_happens_before_its_cause_or_after_the_reference_day() {
    let last = Plan::default().reference_day;
    for report in all() {
        let met_on = report.rcp.date.date();
        let born_on = report.patient.birth_date;
        let document = &report.document;
        assert!(!document.created_at.date().is_surely_before(met_on));
        assert!(report.people.author.time.0 <= document.created_at.0);
        assert!(report.people.legal_authenticator.time.0 >= document.created_at.0);
        assert!(document.created_at.0.date() <= last && document.status_date.latest() <= last);
        for tumour in &report.tumours {
            let found = tumour.diagnosis_date.expect("a day or a month");
            assert!(born_on.is_surely_before(found) && found.is_surely_before(met_on));
        }
        for treatment in &report.past_treatments {
            let (start, end) = (treatment.start.expect("a start"), treatment.end);
            assert!(start.is_surely_before(met_on), "{treatment:?}");
            assert!(
                end.is_none_or(|end| !end.is_surely_before(start)),
                "{treatment:?}"
            );
            assert!(
                end.is_none_or(|end| end.is_surely_before(met_on)),
                "{treatment:?}"
            );
        }
        for event in report.history.iter().filter_map(|event| event.date) {
            assert!(born_on.is_surely_before(event.date()));
        }
        for proposal in report.decision.proposals.iter().filter_map(|p| p.start) {
            assert!(met_on.is_surely_before(proposal));
        }
    }
}

#[test]
fn every_board_meets_and_every_kind_of_report_is_there() {
    let reports = all();
    let some = |wanted: fn(&RcpReport) -> bool| reports.iter().filter(|r| wanted(r)).count();
    let boards: HashSet<_> = reports
        .iter()
        .map(|r| &r.rcp.rcp_id["DEMO-RCP-".len()..][..3])
        .collect();
    assert_eq!(boards.len(), 12, "{boards:?}");
    assert_eq!(some(|r| r.document.version == 2), 30);
    assert!(some(|r| r.kind == RcpKind::Transversale) >= 5);
    assert!(some(|r| r.reason.is_paediatric_rcp == Tri::Yes) >= 5);
    assert!(some(|r| r.reason.is_recours_rcp == Tri::Yes) >= 3);
    assert!(some(|r| r.file_status.quorum == Quorum::NonAtteint) >= 5);
    assert!(some(|r| r.reason.case_status == CaseStatus::Enregistre) >= 30);
    assert!(some(|r| r.course.phase == Phase::Rechute) >= 15);
    assert!(some(|r| r.people.attending_physician == AttendingPhysician::None) >= 5);
    assert!(some(|r| r.people.attending_physician == AttendingPhysician::Unknown) >= 3);
    assert!(some(|r| !r.patient.guardians.is_empty()) >= 5);
    assert!(some(|r| r.tumours.len() == 2) >= 1);
    assert!(some(|r| matches!(r.tumours[0].tnm, Tnm::NotApplicable)) >= 20);
    assert!(some(|r| r.rcp.facility.organization.name.is_none()) == 0);
}

#[test]
fn a_corrected_report_replaces_the_one_of_the_same_set() {
    let reports = all();
    for (rank, report) in reports.iter().enumerate() {
        let Some(replaced) = Place::of(rank).replaces else {
            assert_eq!(
                (report.document.version, &report.document.replaces),
                (1, &None)
            );
            continue;
        };
        let first = &reports[replaced].document;
        let second = &report.document;
        assert_eq!(second.set_id, first.set_id);
        assert_ne!(second.id, first.id);
        assert_eq!(
            second.replaces.as_ref().map(|r| &r.root),
            Some(&first.id.root)
        );
        assert!(second.created_at.0 > first.created_at.0);
    }
}

#[test]
fn a_second_meeting_is_about_the_same_patient_later_and_in_another_set() {
    let reports = all();
    let (first, second) = (&reports[5], &reports[18]);
    assert!(first.patient == second.patient);
    assert!(first.rcp.date.0 < second.rcp.date.0);
    assert_ne!(first.document.set_id, second.document.set_id);
    assert!(!second.past_treatments.is_empty() || second.decision.surveillance.needed);
}

#[test]
fn a_quorum_that_was_reached_has_three_specialities() {
    for report in all() {
        let specialities: HashSet<_> = report
            .people
            .quorum_members
            .iter()
            .filter_map(|member| member.professional.profession.as_ref()?.code.as_ref())
            .collect();
        let is_reached = report.file_status.quorum == Quorum::Atteint;
        assert_eq!(is_reached, specialities.len() >= 3);
    }
}

#[test]
fn a_report_is_the_same_however_many_are_made() {
    let terminology = Terminology::embedded();
    let few = Plan {
        fiches: 40,
        ..Plan::default()
    };
    let few = Region::generate(few, &terminology);
    let many = Region::generate(
        Plan {
            fiches: 92_888,
            ..Plan::default()
        },
        &terminology,
    );
    assert!(few.reports().eq(many.reports().take(40)));
}
