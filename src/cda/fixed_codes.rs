//! The codes that documents are written with, whatever the report says.

use super::codes::{self, Term};

/// Each code that the volet fixes, but for the stages of the WHO scale.
const FIXED: [Term; 66] = [
    codes::DOCUMENT,
    codes::RCP_ACT,
    codes::TOPOGRAPHY,
    codes::ATTENDING,
    codes::TEAM_MEMBER,
    codes::CORRESPONDENT,
    codes::APPOINTMENT,
    codes::NATURE,
    codes::BY_ORGAN,
    codes::TRANSVERSE,
    codes::APPARATUS,
    codes::ORGAN,
    codes::CARE,
    codes::RECOURS_RCP,
    codes::PAEDIATRIC_RCP,
    codes::REASON,
    codes::ADVICE,
    codes::PROPOSAL,
    codes::RECOURS,
    codes::PAEDIATRIC,
    codes::CASE_STATUS,
    codes::REGISTERED,
    codes::DISCUSSED,
    codes::PROBLEM,
    codes::SCREENING,
    codes::DIAGNOSIS,
    codes::SIDE,
    codes::STAGE,
    codes::STAGE_GROUP,
    codes::TNM_EDITION,
    codes::TNM_T,
    codes::TNM_N,
    codes::TNM_M,
    codes::OTHER_STAGE,
    codes::CLASSIFICATION_NAME,
    codes::CLASSIFICATION_VERSION,
    codes::PAIN,
    codes::OMS,
    codes::GERIATRIC_SCORE,
    codes::PHASE,
    codes::FIRST_PHASE,
    codes::RELAPSE,
    codes::PROGRESSION,
    codes::LOCAL_PROGRESSION,
    codes::REGIONAL_PROGRESSION,
    codes::DISTANT_PROGRESSION,
    codes::SURGERY_NOTE,
    codes::CONCLUSION,
    codes::FILE,
    codes::FILE_COMPLETE,
    codes::QUORUM,
    codes::QUORUM_REACHED,
    codes::QUORUM_NOT_REACHED,
    codes::QUORUM_UNKNOWN,
    codes::GO_TO_RECOURS,
    codes::EXAM_REQUEST,
    codes::SURVEILLANCE,
    codes::GUIDELINE,
    codes::TRIAL,
    codes::COMMENT,
    codes::PATIENT_NOTICE,
    codes::DOCUMENT_STATUS,
    codes::STATUS_RUNNING,
    codes::STATUS_DONE,
    codes::STATUS_APPROVED,
    codes::STATUS_CLOSED,
];

/// The codes that the volet fixes: OID of the system, code.
pub fn codes_written() -> impl Iterator<Item = (&'static str, &'static str)> {
    let stages = codes::OMS_STAGES.iter();
    FIXED
        .iter()
        .chain(stages)
        .map(|term| (term.system, term.code))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{config::Volet, terminology::Terminology};

    #[test]
    fn every_fixed_code_has_a_label_in_both_volets() {
        let terminology = Terminology::embedded();
        for (system, code) in codes_written() {
            for volet in Volet::ALL {
                let label = terminology.document_label(system, code, volet.version());
                assert!(label.is_some(), "{system} {code} {}", volet.version());
            }
        }
    }

    #[test]
    fn a_fixed_code_that_a_national_list_carries_is_in_force_there() {
        let terminology = Terminology::embedded();
        let mut carried = 0;
        for (system, code) in codes_written() {
            let lists = terminology.value_sets();
            for concept in lists.filter_map(|list| list.find_in(system, code)) {
                assert!(!concept.validity.has_end(), "{system} {code}");
                carried += 1;
            }
        }
        assert!(carried > 20, "{carried}");
    }
}
