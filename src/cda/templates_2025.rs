//! What the volet of 2025 adds, and the titles that it changes.
//!
//! **Source:** ANS, CI-SIS, volet CANCER-FRCP 2025.01.

use super::{
    codes::{self, Term},
    templates::{PATIENT_COMMENT, SectionKind, section},
};

pub(super) const PREGNANCY_FACT: &[&str] = &[
    "1.3.6.1.4.1.19376.1.5.3.1.4.13",
    "1.3.6.1.4.1.19376.1.5.3.1.4.13.5",
    "1.2.250.1.213.1.1.3.53",
];
pub(super) const ATTACHED_DOCUMENT: &[&str] = &["1.2.250.1.213.1.1.3.18"];
pub(super) const ATTACHED_TYPE: &[&str] = &[
    "1.3.6.1.4.1.19376.1.5.3.1.4.13",
    "1.2.250.1.213.1.1.3.48",
    "1.2.250.1.213.1.1.3.48.18",
];

pub(super) const PREGNANCY: SectionKind = section(
    "grossesses",
    &[
        "1.3.6.1.4.1.19376.1.5.3.1.1.5.3.4",
        "1.2.250.1.213.1.1.2.77",
    ],
    "10162-6",
    "Historique des grossesses",
);
pub(super) const WISHES: SectionKind = section(
    "souhaits",
    &["1.2.250.1.213.1.1.2.252"],
    "75320-2",
    "Souhaits du patient pour sa qualité de vie",
);
pub(super) const NOTICE: SectionKind = SectionKind {
    key: "information",
    translation: Some(codes::PATIENT_NOTICE),
    title: Some("Information sur les données personnelles vous concernant"),
    ..PATIENT_COMMENT
};
pub(super) const PDF_COPY: SectionKind = section(
    "copie",
    &["1.2.250.1.213.1.1.2.243"],
    "55108-5",
    "Copie du document",
);

pub(super) const ECOG: Term = Term {
    code: "89262-0",
    system: codes::LOINC,
};
pub(super) const GERIATRIC_EVALUATION: Term = Term {
    code: "84121-3",
    system: codes::LOINC,
};
pub(super) const GRAVIDITY: Term = Term {
    code: "11996-6",
    system: codes::LOINC,
};
pub(super) const PARITY: Term = Term {
    code: "11977-6",
    system: codes::LOINC,
};
pub(super) const PARENTAL_PROJECT: Term = Term {
    code: "ORG-173",
    system: codes::TA,
};
pub(super) const ATTACHED: Term = Term {
    code: "55107-7",
    system: codes::LOINC,
};
pub(super) const DOCUMENT_TYPE: Term = Term {
    code: "69764-9",
    system: codes::LOINC,
};
pub(super) const COPY: Term = Term {
    code: "55108-5",
    system: codes::LOINC,
};

/// Titles of the sections that both volets have, by their key.
const TITLES: [(&str, &str); 20] = [
    ("raison", "Type de RCP / Motif de la RCP"),
    ("evenements", "Mode de découverte du cancer"),
    ("diagnostic", "Tumeur"),
    ("antecedents", "Antécédents médicaux"),
    ("comorbidites", "Comorbidités"),
    ("fonctions-physiques", "Évaluations fonctionnelles"),
    ("examens", "Éléments paracliniques (résultats d'examens)"),
    ("progression", "Phase et progression du cancer"),
    (
        "traitements",
        "Traitements thérapeutiques passés ou en cours (réalisés ou non)",
    ),
    ("CRO", "Compte rendu opératoire (CRO)"),
    ("CR-ACP", "Compte rendu anatomocytopathologique (CR-ACP)"),
    ("CR-GM", "Compte rendu de génétique moléculaire (CR-GM)"),
    ("commentaire-source", "Commentaires / précisions"),
    (
        "synthese",
        "Synthèse du cas présenté et question posée à la RCP",
    ),
    ("statut-dossier", "Statut du dossier présenté et quorum"),
    ("plan", "Proposition de la RCP"),
    ("cadre", "Cadre de la proposition thérapeutique"),
    (
        "commentaire-patient",
        "Commentaires / précisions sur le patient",
    ),
    ("statut-document", "Statut du document"),
    ("copie", "Copie du document"),
];

/// Title of a kind of section in the volet of 2025.
pub(super) fn title_2025(kind: &SectionKind) -> Option<&'static str> {
    TITLES
        .iter()
        .find(|(key, _)| *key == kind.key)
        .map(|(_, title)| *title)
        .or(kind.title)
}
