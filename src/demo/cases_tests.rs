use super::*;
use crate::{demo::boards::Board, terminology::Terminology};

fn in_set(terminology: &Terminology, set: &str, code: &str) {
    let found = terminology.value_set(set).expect(set).find(code);
    assert!(found.is_some(), "{code} is not in {set}");
}

#[test]
fn every_code_of_a_case_is_in_its_national_set() {
    let terminology = Terminology::embedded();
    for case in CaseModel::all() {
        in_set(&terminology, "JDV_Tumeur_CISIS", &case.topography);
        in_set(&terminology, "JDV_Morphologie_CISIS", &case.morphology);
        if let Some(apparatus) = &case.apparatus {
            in_set(&terminology, "JDV_RCP_Appareil_CISIS", apparatus);
            in_set(&terminology, "JDV_RCP_Organe_CISIS", &case.organ);
        } else {
            in_set(&terminology, "JDV_TraitementSoins_FRCP_CISIS", &case.organ);
        }
        for step in case
            .extents
            .iter()
            .flat_map(|extent| extent.plans.iter().flatten())
        {
            in_set(
                &terminology,
                "JDV_TypeTraitement_FRCP_CISIS",
                step.kind.code(),
            );
            assert!(!step.label.is_empty(), "{}", case.label);
        }
    }
}

#[test]
fn every_board_has_cases_and_every_case_has_a_board() {
    let cases = CaseModel::all();
    let boards = Board::all();
    for board in &boards {
        assert!(
            cases.iter().any(|case| case.board == board.board),
            "{}",
            board.board
        );
    }
    for case in &cases {
        assert!(
            boards.iter().any(|board| board.board == case.board),
            "{}",
            case.board
        );
        assert!(
            !case.extents.is_empty() && case.ages.0 >= 1,
            "{}",
            case.label
        );
    }
}

#[test]
fn stages_plans_and_classifications_go_together() {
    for case in CaseModel::all() {
        for extent in &case.extents {
            assert!(
                !extent.stages.is_empty() && !extent.plans.is_empty(),
                "{}",
                case.label
            );
            for stage in &extent.stages {
                check_stage(&case, extent.spread, stage);
            }
        }
    }
}

fn check_stage(case: &CaseModel, spread: Spread, stage: &Stage) {
    let label = &case.label;
    assert_eq!(
        stage.value.is_some(),
        case.classification.is_some(),
        "{label}"
    );
    let Some(tnm) = &stage.tnm else { return };
    assert!(tnm.t.starts_with('T') && tnm.n.starts_with('N'), "{label}");
    let is_distant = tnm.m.starts_with("M1");
    assert_eq!(is_distant, spread == Spread::Metastatic, "{label}");
    // A testicular cancer has no stage IV; one of the larynx or tongue has one before it spreads.
    let is_testis = case.topography.starts_with("C62");
    let is_four = tnm.group.starts_with("IV");
    assert!(is_four || !is_distant || is_testis, "{label}");
    assert!(!is_four || is_distant || tnm.group == "IVA", "{label}");
}

#[test]
fn an_organ_of_one_sex_is_shown_for_that_sex_only() {
    for case in CaseModel::all() {
        let female = ["C51", "C53", "C54", "C56"]
            .iter()
            .any(|c| case.topography.starts_with(c));
        let male = ["C61", "C62"]
            .iter()
            .any(|c| case.topography.starts_with(c));
        assert!(
            !female || case.gender == Some(Gender::Female),
            "{}",
            case.label
        );
        assert!(!male || case.gender == Some(Gender::Male), "{}", case.label);
    }
}
