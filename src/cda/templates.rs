//! Templates of entries and sections that the volet asks for.
//!
//! **Source:** ANS, CI-SIS, volet CANCER-FRCP 2022.01; IHE PCC; HL7 CCD.

use super::{
    codes::{self, LOINC, Term},
    tree::Element,
};

/// `templateId` of the model of document, its extension being the version.
pub const FRCP_MODEL: &str = "1.2.250.1.213.1.1.1.8";
/// `templateId` of HL7 France.
pub(super) const HL7_FRANCE: &str = "2.16.840.1.113883.2.8.2.1";
/// `templateId` of the header of the CI-SIS.
pub(super) const CISIS_HEADER: &str = "1.2.250.1.213.1.1.1.1";

pub(super) const SIMPLE_OBSERVATION: &[&str] =
    &["1.3.6.1.4.1.19376.1.5.3.1.4.13", "1.2.250.1.213.1.1.3.48"];
pub(super) const DOCUMENT_STATUS: &[&str] = &[
    "1.3.6.1.4.1.19376.1.5.3.1.4.13",
    "1.2.250.1.213.1.1.3.48",
    "1.2.250.1.213.1.1.3.48.16",
];
pub(super) const COMMENT: &[&str] = &[
    "2.16.840.1.113883.10.20.1.40",
    "1.3.6.1.4.1.19376.1.5.3.1.4.2",
    "1.2.250.1.213.1.1.3.32",
];
pub(super) const PROBLEM: &[&str] = &[
    "2.16.840.1.113883.10.20.1.28",
    "1.3.6.1.4.1.19376.1.5.3.1.4.5",
    "1.2.250.1.213.1.1.3.37",
];
pub(super) const CANCER_PROBLEMS: &[&str] = &[
    "2.16.840.1.113883.10.20.1.27",
    "1.3.6.1.4.1.19376.1.5.3.1.4.5.1",
    "1.3.6.1.4.1.19376.1.5.3.1.4.5.2",
    "1.2.250.1.213.1.1.3.39",
    "1.2.250.1.213.1.1.3.39.1",
];
pub(super) const CANCER_DIAGNOSIS: &[&str] = &[
    "2.16.840.1.113883.10.20.1.28",
    "1.3.6.1.4.1.19376.1.5.3.1.4.5",
    "1.2.250.1.213.1.1.3.37",
    "1.3.6.1.4.1.19376.1.7.3.1.4.14.1",
    "1.2.250.1.213.1.1.3.113",
];
pub(super) const TNM_STAGE: &[&str] = &["1.3.6.1.4.1.19376.1.7.3.1.4.14.2"];
pub(super) const PAIN: &[&str] = &[
    "1.3.6.1.4.1.19376.1.5.3.1.4.13",
    "1.3.6.1.4.1.19376.1.5.3.1.1.12.3.1",
    "1.2.250.1.213.1.1.3.89",
];
pub(super) const ASSESSMENT: &[&str] = &[
    "1.3.6.1.4.1.19376.1.5.3.1.4.13",
    "2.16.840.1.113883.10.20.1.31",
    "1.3.6.1.4.1.19376.1.5.3.1.1.12.3.6",
    "1.2.250.1.213.1.1.3.25",
];
pub(super) const GERIATRIC_SCORE: &[&str] = &[
    "2.16.840.1.113883.10.20.1.31",
    "1.3.6.1.4.1.19376.1.5.3.1.4.13",
    "1.3.6.1.4.1.19376.1.5.3.1.1.12.3.4",
    "1.2.250.1.213.1.1.3.110",
];
pub(super) const ACT_DONE: &[&str] = &[
    "1.3.6.1.4.1.19376.1.5.3.1.4.19",
    "2.16.840.1.113883.10.20.1.29",
    "1.2.250.1.213.1.1.3.62",
];
pub(super) const ACT_PROPOSED: &[&str] = &[
    "1.3.6.1.4.1.19376.1.5.3.1.4.19",
    "2.16.840.1.113883.10.20.1.25",
    "1.2.250.1.213.1.1.3.62",
];
pub(super) const ENCOUNTER: &[&str] = &[
    "2.16.840.1.113883.10.20.1.25",
    "1.3.6.1.4.1.19376.1.5.3.1.4.14",
    "1.2.250.1.213.1.1.3.58",
];
pub(super) const EXAM_REQUEST: &[&str] = &[
    "2.16.840.1.113883.10.20.1.25",
    "1.3.6.1.4.1.19376.1.5.3.1.1.20.3.1",
    "1.2.250.1.213.1.1.3.27",
];
pub(super) const FILE_STATUS: &[&str] = &["1.2.250.1.213.1.1.3.7"];

/// A kind of section.
#[derive(Clone, Copy, Debug)]
pub(super) struct SectionKind {
    /// Part of the identifiers made for it.
    pub(super) key: &'static str,
    /// `templateId`s; the last one is that of the CI-SIS.
    pub(super) templates: &'static [&'static str],
    /// Code, of LOINC.
    pub(super) code: &'static str,
    /// Second code, which tells this kind from another with the same code.
    pub(super) translation: Option<Term>,
    /// Title shown; none where the section only carries a machine's entry.
    pub(super) title: Option<&'static str>,
}

impl SectionKind {
    /// OID of the system of `code`.
    pub(super) const SYSTEM: &'static str = LOINC;

    /// True when another kind of section has the same code.
    pub(super) fn shares_code(&self) -> bool {
        matches!(self.code, "30954-2" | "55112-7")
    }

    /// False for a section of another kind with the same templates and code, told by a second
    /// code.
    pub(super) fn tells(&self, section: Element<'_>) -> bool {
        let second = section
            .path(&["code", "translation"])
            .and_then(|second| second.attribute("code"));
        match &self.translation {
            Some(own) => second == Some(own.code),
            None => second != Some(codes::PATIENT_NOTICE.code),
        }
    }

    /// True when the section has the code of this kind.
    pub(super) fn has_code_of(&self, section: Element<'_>) -> bool {
        section.first("code").is_some_and(|code| {
            code.attribute("code") == Some(self.code)
                && code.attribute("codeSystem") == Some(Self::SYSTEM)
        })
    }
}

pub(super) const fn section(
    key: &'static str,
    templates: &'static [&'static str],
    code: &'static str,
    title: &'static str,
) -> SectionKind {
    SectionKind {
        key,
        templates,
        code,
        translation: None,
        title: Some(title),
    }
}

pub(super) const REASON: SectionKind = section(
    "raison",
    &[
        "1.3.6.1.4.1.19376.1.5.3.1.3.1",
        "1.3.6.1.4.1.19376.1.5.3.1.3.2",
        "1.2.250.1.213.1.1.2.128",
    ],
    "42349-1",
    "TYPE DE RCP / MOTIF DE LA RCP",
);
pub(super) const EVENTS: SectionKind = section(
    "evenements",
    &[
        "1.3.6.1.4.1.19376.1.5.3.1.1.21.2.9",
        "1.3.6.1.4.1.19376.1.7.3.1.1.13.7",
        "1.2.250.1.213.1.1.2.163",
    ],
    "42545-4",
    "MODE DE DÉCOUVERTE DU CANCER",
);
pub(super) const TUMOURS: SectionKind = section(
    "diagnostic",
    &[
        "2.16.840.1.113883.10.20.1.11",
        "1.3.6.1.4.1.19376.1.5.3.1.3.6",
        "1.3.6.1.4.1.19376.1.7.3.1.3.14.1",
        "1.2.250.1.213.1.1.2.27",
    ],
    "72135-7",
    "TUMEUR",
);
pub(super) const HISTORY: SectionKind = section(
    "antecedents",
    &["1.2.250.1.213.1.1.2.2"],
    "11348-0",
    "CLINIQUE",
);
pub(super) const COMORBIDITIES: SectionKind = section(
    "comorbidites",
    &["1.2.250.1.213.1.1.2.176"],
    "11450-4",
    "COMORBIDITÉS",
);
pub(super) const FUNCTIONAL_STATUS: SectionKind = section(
    "statut-fonctionnel",
    &[
        "2.16.840.1.113883.10.20.1.5",
        "1.3.6.1.4.1.19376.1.5.3.1.3.17",
        "1.3.6.1.4.1.19376.1.5.3.1.1.12.2.1",
        "1.2.250.1.213.1.1.2.111",
    ],
    "47420-5",
    "Évaluation du statut fonctionnel",
);
pub(super) const PAIN_SECTION: SectionKind = SectionKind {
    key: "douleur",
    templates: &[
        "1.3.6.1.4.1.19376.1.5.3.1.1.12.2.2",
        "1.2.250.1.213.1.1.2.112",
    ],
    code: "38208-5",
    translation: None,
    title: None,
};
pub(super) const PHYSICAL_FUNCTION: SectionKind = section(
    "fonctions-physiques",
    &[
        "1.3.6.1.4.1.19376.1.5.3.1.1.12.2.5",
        "1.2.250.1.213.1.1.2.115",
    ],
    "46006-3",
    "Échelle de performance OMS",
);
pub(super) const GERIATRICS: SectionKind = section(
    "geriatrie",
    &[
        "1.3.6.1.4.1.19376.1.5.3.1.1.12.2.4",
        "1.2.250.1.213.1.1.2.114",
    ],
    "48542-5",
    "Évaluation de la fragilité gériatrique",
);
pub(super) const EXAMS: SectionKind = section(
    "examens",
    &["1.3.6.1.4.1.19376.1.5.3.1.3.27", "1.2.250.1.213.1.1.2.150"],
    "30954-2",
    "ÉLÉMENTS PARACLINIQUES",
);
pub(super) const PROGRESS: SectionKind = section(
    "progression",
    &[
        "1.3.6.1.4.1.19376.1.5.3.1.1.13.2.7",
        "1.2.250.1.213.1.1.2.25",
    ],
    "18733-6",
    "PHASE CLINIQUE DE LA MALADIE",
);
pub(super) const PAST_TREATMENTS: SectionKind = section(
    "traitements",
    &[
        "1.3.6.1.4.1.19376.1.5.3.1.1.13.2.11",
        "1.2.250.1.213.1.1.2.118",
    ],
    "29554-3",
    "TRAITEMENTS THÉRAPEUTIQUES PASSÉS OU EN COURS",
);
pub(super) const SURGERY: SectionKind = section(
    "CRO",
    &["1.2.250.1.213.1.1.2.26"],
    "10218-6",
    "COMPTE RENDU OPÉRATOIRE (CRO)",
);
pub(super) const PATHOLOGY: SectionKind = section(
    "CR-ACP",
    &["1.2.250.1.213.1.1.2.34"],
    "30954-2",
    "COMPTE RENDU ANATOMOCYTOPATHOLOGIQUE (CR-ACP)",
);
pub(super) const MOLECULAR: SectionKind = section(
    "CR-GM",
    &["1.2.250.1.213.1.1.2.67"],
    "50397-9",
    "COMPTE RENDU D'ANALYSE MOLÉCULAIRE (CR-GM)",
);
pub(super) const SUMMARY: SectionKind = section(
    "synthese",
    &["1.3.6.1.4.1.19376.1.5.3.1.3.4", "1.2.250.1.213.1.1.2.130"],
    "10164-2",
    "SYNTHÈSE DU CAS PRÉSENTÉ ET QUESTION POSÉE À LA RCP",
);
pub(super) const FILE: SectionKind = section(
    "statut-dossier",
    &["1.2.250.1.213.1.1.2.33"],
    "21874-3",
    "PROPOSITION DE LA RCP",
);
pub(super) const PLAN: SectionKind = section(
    "plan",
    &[
        "2.16.840.1.113883.10.20.1.10",
        "1.3.6.1.4.1.19376.1.5.3.1.3.36",
        "1.2.250.1.213.1.1.2.158",
    ],
    "18776-5",
    "Plan de soins",
);
pub(super) const FRAMEWORK: SectionKind = section(
    "cadre",
    &["1.2.250.1.213.1.1.2.175"],
    "35510-7",
    "CADRE DE LA PROPOSITION THÉRAPEUTIQUE",
);
pub(super) const PATIENT_COMMENT: SectionKind = section(
    "commentaire-patient",
    &[
        "2.16.840.1.113883.10.12.201",
        "1.3.6.1.4.1.19376.1.4.1.2.16",
        "1.2.250.1.213.1.1.2.73",
    ],
    "55112-7",
    "COMMENTAIRES / PRÉCISIONS SUR LE PATIENT",
);
pub(super) const STATUS: SectionKind = section(
    "statut-document",
    &["1.2.250.1.213.1.1.2.35"],
    "33557-0",
    "Statut du document",
);
