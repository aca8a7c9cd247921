//! Code systems, and the codes that the volet fixes.
//!
//! **Source:** ANS, CI-SIS, volets CANCER-FRCP 2022.01 and 2025.01.

use crate::config::Volet;

/// OID of LOINC.
pub const LOINC: &str = "2.16.840.1.113883.6.1";
/// OID of the French terminology of interoperability (`TA_ASIP`).
pub const TA: &str = "1.2.250.1.213.1.1.4.322";
/// OID of SNOMED CT.
pub const SNOMED: &str = "2.16.840.1.113883.6.96";
/// OID of the NCI Thesaurus.
pub const NCIT: &str = "2.16.840.1.113883.3.26.1.1";
/// OID of CIM-10 (ICD-10).
pub const CIM10: &str = "2.16.840.1.113883.6.3";
/// OID of CIM-O (ICD-O), topography and morphology alike.
pub const CIMO: &str = "2.16.840.1.113883.6.43.1";
/// OID of the TNM classification.
pub const TNM: &str = "2.16.840.1.113883.15.6";

/// Name that documents give to a code system, when it is one of those above.
pub(super) fn system_name(oid: &str, volet: Volet) -> Option<&'static str> {
    let (in_2022, in_2025) = match oid {
        LOINC => ("LOINC", "LOINC"),
        TA => ("TA_ASIP", "TerminologieCISIS"),
        SNOMED => ("SNOMED CT", "SNOMED_CT"),
        NCIT => ("NCIT", "NCIT"),
        CIM10 => ("CIM-10", "CIM10FRPMSI"),
        CIMO => ("CIM-O", "CIMO3"),
        TNM => ("TNM_UICC", "TNM7UICC"),
        _ => return None,
    };
    Some(match volet {
        Volet::Frcp2022 => in_2022,
        Volet::Frcp2025 => in_2025,
    })
}

/// A code that the volet fixes. Its label is that of the terminology in use.
#[derive(Clone, Copy, Debug)]
pub(super) struct Term {
    pub(super) code: &'static str,
    pub(super) system: &'static str,
}

const fn term(system: &'static str, code: &'static str) -> Term {
    Term { code, system }
}

pub(super) const DOCUMENT: Term = term(LOINC, "34794-8");
pub(super) const RCP_ACT: Term = term("1.2.250.1.213.3.3.13", "39");
pub(super) const TOPOGRAPHY: Term = term(TA, "GEN-243");
pub(super) const ATTENDING: Term = term("2.16.840.1.113883.5.88", "PCP");
pub(super) const TEAM_MEMBER: Term = term("1.2.250.1.213.1.6.1.107", "353");
pub(super) const CORRESPONDENT: Term = term("1.2.250.1.213.1.1.4.2.280", "CORRE");
pub(super) const APPOINTMENT: Term = term("2.16.840.1.113883.5.7", "CS");

pub(super) const NATURE: Term = term(TA, "GEN-098");
pub(super) const BY_ORGAN: Term = term(TA, "ORG-117");
pub(super) const TRANSVERSE: Term = term(TA, "ORG-132");
pub(super) const APPARATUS: Term = term(TA, "ORG-118");
pub(super) const ORGAN: Term = term(TA, "ORG-119");
pub(super) const CARE: Term = term(TA, "ORG-138");
pub(super) const RECOURS_RCP: Term = term(TA, "ORG-184");
pub(super) const PAEDIATRIC_RCP: Term = term(TA, "ORG-185");
pub(super) const REASON: Term = term(TA, "ORG-186");
pub(super) const ADVICE: Term = term(TA, "MED-235");
pub(super) const PROPOSAL: Term = term(TA, "ORG-114");
pub(super) const RECOURS: Term = term(TA, "ORG-115");
pub(super) const PAEDIATRIC: Term = term(TA, "ORG-116");
pub(super) const CASE_STATUS: Term = term(TA, "ORG-127");
pub(super) const REGISTERED: Term = term(TA, "ORG-128");
pub(super) const DISCUSSED: Term = term(TA, "ORG-134");
pub(super) const PROBLEM: Term = term(SNOMED, "55607006");
pub(super) const SCREENING: Term = term(LOINC, "63921-1");

pub(super) const DIAGNOSIS: Term = term(SNOMED, "282291009");
pub(super) const SIDE: Term = term(LOINC, "20228-3");
pub(super) const STAGE: Term = term(LOINC, "75620-5");
pub(super) const STAGE_GROUP: Term = term(LOINC, "21909-7");
pub(super) const TNM_EDITION: Term = term(LOINC, "21917-0");
pub(super) const TNM_T: Term = term(LOINC, "21905-5");
pub(super) const TNM_N: Term = term(LOINC, "21906-3");
pub(super) const TNM_M: Term = term(LOINC, "21907-1");
pub(super) const OTHER_STAGE: Term = term(LOINC, "21918-8");
pub(super) const CLASSIFICATION_NAME: Term = term(TA, "GEN-101");
pub(super) const CLASSIFICATION_VERSION: Term = term(TA, "GEN-102");

pub(super) const PAIN: Term = term(LOINC, "38208-5");
pub(super) const OMS: Term = term(TA, "MED-239");
pub(super) const GERIATRIC_SCORE: Term = term(LOINC, "48544-1");
pub(super) const PHASE: Term = term(TA, "MED-243");
pub(super) const FIRST_PHASE: Term = term(TA, "MED-268");
pub(super) const RELAPSE: Term = term(TA, "MED-244");
pub(super) const PROGRESSION: Term = term(TA, "MED-245");
pub(super) const LOCAL_PROGRESSION: Term = term(TA, "MED-246");
pub(super) const REGIONAL_PROGRESSION: Term = term(TA, "MED-247");
pub(super) const DISTANT_PROGRESSION: Term = term(TA, "MED-248");

pub(super) const SURGERY_NOTE: Term = term(LOINC, "10218-6");
pub(super) const CONCLUSION: Term = term(LOINC, "22637-3");
pub(super) const FILE: Term = term(TA, "GEN-099");
pub(super) const FILE_COMPLETE: Term = term(TA, "GEN-100");
pub(super) const QUORUM: Term = term(TA, "ORG-125");
pub(super) const QUORUM_REACHED: Term = term(TA, "ORG-126");
pub(super) const QUORUM_NOT_REACHED: Term = term(TA, "ORG-133");
pub(super) const QUORUM_UNKNOWN: Term = term(TA, "GEN-010");

pub(super) const GO_TO_RECOURS: Term = term(TA, "ORG-120");
pub(super) const EXAM_REQUEST: Term = term(TA, "ORG-064");
pub(super) const SURVEILLANCE: Term = term(TA, "MED-226");
pub(super) const GUIDELINE: Term = term(TA, "MED-249");
pub(super) const TRIAL: Term = term(TA, "MED-250");
pub(super) const COMMENT: Term = term(LOINC, "48767-8");
pub(super) const PATIENT_NOTICE: Term = term(TA, "GEN-294");
pub(super) const DOCUMENT_STATUS: Term = term(TA, "GEN-065");
pub(super) const STATUS_RUNNING: Term = term(SNOMED, "385651009");
pub(super) const STATUS_DONE: Term = term(SNOMED, "398166005");
pub(super) const STATUS_APPROVED: Term = term(SNOMED, "9571008");
pub(super) const STATUS_CLOSED: Term = term(SNOMED, "29179001");

/// Codes of `TA` for the same stages, as documents had them before.
pub(super) const FORMER_OMS_STAGES: [&str; 5] =
    ["MED-240", "MED-264", "MED-265", "MED-266", "MED-267"];

/// Stages of the WHO scale, from 0 to 5.
///
/// The volet first wanted a code of `TA` with one of LOINC beside; since the national value set
/// `jdv-indice-performance-ecog-cisis` (2024-12-30) it wants the code of LOINC alone.
pub(super) const OMS_STAGES: [Term; 6] = [
    term(LOINC, "LA9622-7"),
    term(LOINC, "LA9623-5"),
    term(LOINC, "LA9624-3"),
    term(LOINC, "LA9625-0"),
    term(LOINC, "LA9626-8"),
    term(LOINC, "LA9627-6"),
];
