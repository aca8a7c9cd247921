use crate::{
    rcp::{AttendingPhysician, RcpReport},
    terminology::Terminology,
};

use super::{
    header::Attending,
    narrative::Section,
    read::read,
    validate_tests::written_in_2025,
    volet::Target,
    write::{WriteError, write},
    write_meeting::{MANAGER_ROOT, RCP_ROOT, RRC_ROOT},
};

pub(super) const FICHES: [(&str, &str); 10] = [
    (
        "evaluations-2025",
        include_str!("../../tests/data/fiches/evaluations-2025.json"),
    ),
    (
        "appareil-minimal",
        include_str!("../../tests/data/fiches/appareil-minimal.json"),
    ),
    (
        "appareil-complet",
        include_str!("../../tests/data/fiches/appareil-complet.json"),
    ),
    (
        "transversale",
        include_str!("../../tests/data/fiches/transversale.json"),
    ),
    (
        "recours-pediatrique",
        include_str!("../../tests/data/fiches/recours-pediatrique.json"),
    ),
    (
        "version-2",
        include_str!("../../tests/data/fiches/version-2.json"),
    ),
    (
        "sans-medecin-traitant",
        include_str!("../../tests/data/fiches/sans-medecin-traitant.json"),
    ),
    (
        "decision-reportee",
        include_str!("../../tests/data/fiches/decision-reportee.json"),
    ),
    (
        "sans-quorum",
        include_str!("../../tests/data/fiches/sans-quorum.json"),
    ),
    (
        "suivi-rechute",
        include_str!("../../tests/data/fiches/suivi-rechute.json"),
    ),
];

pub(super) fn report(name: &str) -> RcpReport {
    let (_, json) = FICHES
        .iter()
        .find(|(fiche, _)| *fiche == name)
        .expect("a fiche of that name");
    serde_json::from_str(json).expect(name)
}

fn written(name: &str) -> Vec<u8> {
    write(&report(name), &Terminology::embedded(), Target::Frcp2022).expect(name)
}

#[test]
fn every_fiche_becomes_a_document_that_reads_back() {
    for (name, _) in FICHES {
        let report = report(name);
        let document = read(&written(name)).expect(name);
        let header = document.header;
        assert_eq!(header.id.root, report.document.id.root, "{name}");
        assert_eq!(
            header.version,
            Some(report.document.version.into()),
            "{name}"
        );
        assert_eq!(header.code.code.as_deref(), Some("34794-8"));
        assert_eq!(header.acts.len(), 2, "{name}");
        let encounter = header.encounter.as_ref().expect(name);
        for root in [RRC_ROOT, MANAGER_ROOT, RCP_ROOT] {
            assert!(encounter.id_under(root).is_some(), "{name}: {root}");
        }
        assert_eq!(header.patient.ins().is_some(), report.patient.ins.is_some());
        match (
            header.attending_physician(),
            &report.people.attending_physician,
        ) {
            (Attending::Known(_), AttendingPhysician::Known(_))
            | (Attending::None, AttendingPhysician::None)
            | (Attending::Unknown, AttendingPhysician::Unknown) => {}
            (read, written) => panic!("{name}: {written:?} became {read:?}"),
        }
        assert!(document.sections.len() >= 9, "{name}");
    }
}

#[test]
fn the_same_report_gives_the_same_bytes() {
    assert_eq!(written("appareil-complet"), written("appareil-complet"));
}

#[test]
fn a_minimal_and_a_complete_document_do_not_change_unseen() {
    for name in ["appareil-minimal", "appareil-complet"] {
        let text = String::from_utf8(written(name)).expect("UTF-8");
        insta::assert_snapshot!(name, text);
        insta::assert_snapshot!(format!("{name}-2025"), written_in_2025(name));
    }
}

/// Titles and texts of sections and of those below them.
fn said(sections: &[Section], level: usize) -> String {
    let mut said = String::new();
    for section in sections {
        let title = section.title.as_deref().unwrap_or_default();
        said.push_str(&format!("{} {title}\n", "#".repeat(level)));
        for block in &section.blocks {
            said.push_str(&format!("{}\n", block.plain_text()));
        }
        said.push_str(&self::said(&section.sections, level + 1));
    }
    said
}

/// What people read in the document of each fiche, section by section.
#[test]
fn what_the_documents_of_both_versions_say_does_not_change_unseen() {
    for (name, _) in FICHES {
        for (version, bytes) in [
            ("2022", written(name)),
            ("2025", written_in_2025(name).into_bytes()),
        ] {
            let document = read(&bytes).expect(name);
            insta::assert_snapshot!(
                format!("said-{name}-{version}"),
                said(&document.sections, 1)
            );
        }
    }
}

#[test]
fn free_text_is_shown_as_it_was_written() {
    let document = read(&written("appareil-complet")).expect("a document");
    let text: Vec<String> = document
        .sections
        .iter()
        .flat_map(|section| {
            section
                .blocks
                .iter()
                .map(super::narrative::Block::plain_text)
        })
        .collect();
    let text = text.join("\n");
    assert!(text.contains("Adénocarcinome du rectum & métastase hépatique < 2 cm"));
    assert!(text.contains("T3N1.\n\nTraitement néoadjuvant ?"));
    assert!(text.contains("FOLFIRINOX néoadjuvant"));
}

#[test]
fn what_cannot_be_written_is_said() {
    let terminology = Terminology::embedded();
    let mut unknown = report("appareil-minimal");
    unknown.reason.organs[0].code = Some("NONSENSE".to_owned());
    assert!(matches!(
        write(&unknown, &terminology, Target::Frcp2022),
        Err(WriteError::UnknownCode { .. })
    ));
    let mut control = report("appareil-minimal");
    control.case_summary.summary_and_question.push('\u{1}');
    assert_eq!(
        write(&control, &terminology, Target::Frcp2022),
        Err(WriteError::IllegalCharacter)
    );
    let mut nobody = report("appareil-minimal");
    nobody.people.author.professional.id = None;
    assert_eq!(
        write(&nobody, &terminology, Target::Frcp2022),
        Err(WriteError::Missing("people.author.id"))
    );
    let mut twice = report("appareil-minimal");
    let proposal = twice.decision.proposals[0].clone();
    twice.decision.proposals.push(proposal);
    assert!(matches!(
        write(&twice, &terminology, Target::Frcp2022),
        Err(WriteError::Reference(_))
    ));
}
