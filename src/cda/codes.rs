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

/// A code that the volet fixes, with its label.
#[derive(Clone, Copy, Debug)]
pub(super) struct Term {
    pub(super) code: &'static str,
    pub(super) system: &'static str,
    pub(super) label: &'static str,
}

const fn term(system: &'static str, code: &'static str, label: &'static str) -> Term {
    Term {
        code,
        system,
        label,
    }
}

pub(super) const DOCUMENT: Term = term(
    LOINC,
    "34794-8",
    "CR de réunion de concertation pluridisciplinaire",
);
pub(super) const RCP_ACT: Term = term(
    "1.2.250.1.213.3.3.13",
    "39",
    "Réunion de Concertation Pluridisciplinaire (RCP)",
);
pub(super) const TOPOGRAPHY: Term = term(TA, "GEN-243", "Topographie");
pub(super) const ATTENDING: Term = term("2.16.840.1.113883.5.88", "PCP", "Médecin traitant");
pub(super) const TEAM_MEMBER: Term = term(
    "1.2.250.1.213.1.6.1.107",
    "353",
    "Membre de l'équipe de soins",
);
pub(super) const CORRESPONDENT: Term = term("1.2.250.1.213.1.1.4.2.280", "CORRE", "Correspondant");
pub(super) const APPOINTMENT: Term =
    term("2.16.840.1.113883.5.7", "CS", "recontacter pour fixer RDV");

pub(super) const NATURE: Term = term(TA, "GEN-098", "Nature de la discussion");
pub(super) const BY_ORGAN: Term = term(TA, "ORG-117", "RCP Appareil - Organes");
pub(super) const TRANSVERSE: Term = term(TA, "ORG-132", "RCP Transversale et de soins de support");
pub(super) const APPARATUS: Term = term(TA, "ORG-118", "Appareil concerné");
pub(super) const ORGAN: Term = term(TA, "ORG-119", "Organe");
pub(super) const CARE: Term = term(TA, "ORG-138", "Traitement / Soins");
pub(super) const RECOURS_RCP: Term = term(TA, "ORG-184", "RCP de recours");
pub(super) const PAEDIATRIC_RCP: Term = term(TA, "ORG-185", "RCP pédiatrique");
pub(super) const REASON: Term = term(TA, "ORG-186", "Motif de la RCP");
pub(super) const ADVICE: Term = term(TA, "MED-235", "Avis diagnostique");
pub(super) const PROPOSAL: Term = term(
    TA,
    "ORG-114",
    "Proposition de traitement (dont ajustement et surveillance)",
);
pub(super) const RECOURS: Term = term(TA, "ORG-115", "Recours");
pub(super) const PAEDIATRIC: Term = term(TA, "ORG-116", "Pédiatrie");
pub(super) const CASE_STATUS: Term = term(TA, "ORG-127", "Statut du cas présenté");
pub(super) const REGISTERED: Term = term(TA, "ORG-128", "Cas enregistré");
pub(super) const DISCUSSED: Term = term(TA, "ORG-134", "Cas discuté");
pub(super) const PROBLEM: Term = term(SNOMED, "55607006", "problème");
pub(super) const SCREENING: Term = term(LOINC, "63921-1", "Dépistage du cancer");

pub(super) const DIAGNOSIS: Term = term(SNOMED, "282291009", "interprétation diagnostique");
pub(super) const SIDE: Term = term(LOINC, "20228-3", "Latéralité");
pub(super) const STAGE: Term = term(LOINC, "75620-5", "Stade TNM Clinique");
pub(super) const STAGE_GROUP: Term = term(LOINC, "21909-7", "Stade clinique");
pub(super) const TNM_EDITION: Term = term(LOINC, "21917-0", "Version TNM Classification");
pub(super) const TNM_T: Term = term(LOINC, "21905-5", "TNM Clinique T");
pub(super) const TNM_N: Term = term(LOINC, "21906-3", "TNM Clinique N");
pub(super) const TNM_M: Term = term(LOINC, "21907-1", "TNM Clinique M");
pub(super) const OTHER_STAGE: Term = term(LOINC, "21918-8", "Autre classification du stade");
pub(super) const CLASSIFICATION_NAME: Term = term(TA, "GEN-101", "Nom de la classification");
pub(super) const CLASSIFICATION_VERSION: Term = term(TA, "GEN-102", "Version de la classification");

pub(super) const PAIN: Term = term(LOINC, "38208-5", "Sévérité de la douleur");
pub(super) const OMS: Term = term(TA, "MED-239", "Echelle de performance OMS");
pub(super) const GERIATRIC_SCORE: Term =
    term(LOINC, "48544-1", "Score de la dépression gériatrique");
pub(super) const PHASE: Term = term(TA, "MED-243", "Phase du cancer");
pub(super) const FIRST_PHASE: Term = term(TA, "MED-268", "Phase initiale du cancer");
pub(super) const RELAPSE: Term = term(TA, "MED-244", "Rechute du cancer");
pub(super) const PROGRESSION: Term = term(TA, "MED-245", "Progression du cancer");
pub(super) const LOCAL_PROGRESSION: Term = term(TA, "MED-246", "Progression locale");
pub(super) const REGIONAL_PROGRESSION: Term = term(TA, "MED-247", "Progression régionale");
pub(super) const DISTANT_PROGRESSION: Term = term(TA, "MED-248", "Progression à distance");

pub(super) const SURGERY_NOTE: Term = term(LOINC, "10218-6", "Note postopératoire");
pub(super) const CONCLUSION: Term = term(LOINC, "22637-3", "Conclusion - Diagnostic");
pub(super) const FILE: Term = term(TA, "GEN-099", "Information RCP");
pub(super) const FILE_COMPLETE: Term = term(TA, "GEN-100", "Dossier complet");
pub(super) const QUORUM: Term = term(TA, "ORG-125", "Quorum RCP");
pub(super) const QUORUM_REACHED: Term = term(TA, "ORG-126", "Quorum atteint");
pub(super) const QUORUM_NOT_REACHED: Term = term(TA, "ORG-133", "Quorum non atteint");
pub(super) const QUORUM_UNKNOWN: Term = term(TA, "GEN-010", "Ne sait pas");

pub(super) const GO_TO_RECOURS: Term = term(TA, "ORG-120", "Passage en RCP recours");
pub(super) const EXAM_REQUEST: Term = term(TA, "ORG-064", "Demande d'examen ou de suivi");
pub(super) const SURVEILLANCE: Term = term(TA, "MED-226", "Surveillance seule");
pub(super) const GUIDELINE: Term = term(
    TA,
    "MED-249",
    "Recommandation/référentiel de pratique clinique",
);
pub(super) const TRIAL: Term = term(
    TA,
    "MED-250",
    "Proposition d'inclusion dans un essai clinique",
);
pub(super) const COMMENT: Term = term(LOINC, "48767-8", "Commentaire");
pub(super) const PATIENT_NOTICE: Term = term(TA, "GEN-294", "Information pour le patient");
pub(super) const DOCUMENT_STATUS: Term = term(TA, "GEN-065", "Statut du document");
pub(super) const STATUS_RUNNING: Term = term(SNOMED, "385651009", "en cours d'exécution");
pub(super) const STATUS_DONE: Term = term(SNOMED, "398166005", "réalisé");
pub(super) const STATUS_APPROVED: Term = term(SNOMED, "9571008", "approuvé");
pub(super) const STATUS_CLOSED: Term = term(SNOMED, "29179001", "clôturé");

/// Codes of `TA` for the same stages, as documents had them before.
pub(super) const FORMER_OMS_STAGES: [&str; 5] =
    ["MED-240", "MED-264", "MED-265", "MED-266", "MED-267"];

/// Stages of the WHO scale, from 0 to 5, as the volet of 2022 labels them.
///
/// The volet first wanted a code of `TA` with one of LOINC beside; since the national value set
/// `jdv-indice-performance-ecog-cisis` (2024-12-30) it wants the code of LOINC alone.
pub(super) const OMS_STAGES: [Term; 6] = [
    term(
        LOINC,
        "LA9622-7",
        "0. Capable d'une activité identique à celle précédant la maladie sans aucune restriction.",
    ),
    term(
        LOINC,
        "LA9623-5",
        "1. Activité physique diminuée mais ambulatoire et capable de mener un travail",
    ),
    term(
        LOINC,
        "LA9624-3",
        "2. Ambulatoire et capable de prendre soin de soi-même, incapable de travailler. Alité moins de 50 % de son temps",
    ),
    term(
        LOINC,
        "LA9625-0",
        "3. Capable seulement de quelques soins. Alité ou en chaise plus de 50 % du temps",
    ),
    term(
        LOINC,
        "LA9626-8",
        "4. Incapable de prendre soins de soi-même. Alité ou en chaise en permanence",
    ),
    term(LOINC, "LA9627-6", "5. Décédé"),
];

/// The same as the volet of 2025 labels them.
pub(super) const ECOG_SCORES: [Term; 6] = [
    term(
        LOINC,
        "LA9622-7",
        "Capable d'une activité identique à celle précédant la maladie sans aucune restriction.",
    ),
    term(
        LOINC,
        "LA9623-5",
        "Activité physique diminuée mais ambulatoire et capable de mener un travail",
    ),
    term(
        LOINC,
        "LA9624-3",
        "Ambulatoire et capable de prendre soin de soi-même, incapable de travailler. Alité moins de 50 % de son temps",
    ),
    term(
        LOINC,
        "LA9625-0",
        "Capable seulement de quelques soins. Alité ou en chaise plus de 50 % du temps",
    ),
    term(
        LOINC,
        "LA9626-8",
        "Incapable de prendre soins de soi-même. Alité ou en chaise en permanence",
    ),
    term(LOINC, "LA9627-6", "Décédé"),
];
