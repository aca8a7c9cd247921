//! Clinical cases: what a board is shown, coherent from the organ to the treatment.

use serde::Deserialize;

use super::{
    names::Gender,
    tables::{self, List},
};

/// A kind of case, as `cases.csv` describes it.
#[derive(Clone, Debug)]
pub(super) struct CaseModel {
    /// Board that it is shown to.
    pub board: String,
    /// Weight among the cases of that board.
    pub weight: u64,
    /// Sex, when only one has this disease here.
    pub gender: Option<Gender>,
    /// Youngest and oldest age at diagnosis, in years.
    pub ages: (i64, i64),
    /// The disease, in words.
    pub label: String,
    /// Code of `JDV_Tumeur`.
    pub topography: String,
    /// Code of `JDV_Morphologie`.
    pub morphology: String,
    /// True when the organ has a right and a left one.
    pub has_sides: bool,
    /// Code of `JDV_RCP_Appareil`; none for a cross-cutting meeting.
    pub apparatus: Option<String>,
    /// Code of `JDV_RCP_Organe`, or of `JDV_TraitementSoins_FRCP` without an apparatus.
    pub organ: String,
    /// Name and version of a classification other than TNM.
    pub classification: Option<(String, String)>,
    /// How far it may have spread, least first; at least one.
    pub extents: Vec<Extent>,
    /// What is done for a relapse in place; empty when a relapse is at a distance, or not shown.
    pub relapse_plans: Vec<Vec<Step>>,
    /// Examinations, `name : result`.
    pub exams: Vec<String>,
    /// Conclusion of the pathologist.
    pub pathology: String,
    /// Conclusion of the molecular biologist, when there is one.
    pub molecular: Option<String>,
}

/// How far a disease has spread, and what is done then.
#[derive(Clone, Debug)]
pub(super) struct Extent {
    pub spread: Spread,
    pub stages: Vec<Stage>,
    pub plans: Vec<Vec<Step>>,
}

/// How far a disease has spread.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Spread {
    Early,
    Advanced,
    Metastatic,
}

/// A stage, by TNM, by another classification, or by both.
#[derive(Clone, Debug)]
pub(super) struct Stage {
    pub tnm: Option<StageGroup>,
    /// Value of the other classification.
    pub value: Option<String>,
}

/// Group and parts of a TNM stage.
#[derive(Clone, Debug)]
pub(super) struct StageGroup {
    pub group: String,
    pub t: String,
    pub n: String,
    pub m: String,
}

/// One step of a treatment plan.
#[derive(Clone, Debug)]
pub(super) struct Step {
    pub kind: StepKind,
    /// What exactly, in words.
    pub label: String,
}

/// What a step of a treatment plan is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum StepKind {
    Surgery,
    Radiotherapy,
    Brachytherapy,
    Chemotherapy,
    TargetedTherapy,
    HormoneTherapy,
    Immunotherapy,
    InterventionalRadiology,
    InterventionalEndoscopy,
    RadioactiveIodine,
    Transplant,
    OtherDrug,
    ActiveSurveillance,
    Surveillance,
    SupportiveCare,
    PalliativeCare,
}

#[derive(Deserialize)]
struct Row {
    board: String,
    weight: u64,
    sex: String,
    age_min: i64,
    age_max: i64,
    label: String,
    topography: String,
    morphology: String,
    sides: String,
    apparatus: String,
    organ: String,
    classification: String,
    early: List,
    early_plan: List,
    advanced: List,
    advanced_plan: List,
    metastatic: List,
    metastatic_plan: List,
    relapse_plan: List,
    exams: List,
    pathology: String,
    molecular: String,
}

impl CaseModel {
    /// The cases of the file, in its order.
    pub(super) fn all() -> Vec<Self> {
        tables::read::<Row>(include_str!("cases.csv"))
            .into_iter()
            .map(Self::of)
            .collect()
    }

    fn of(row: Row) -> Self {
        let classification = row.classification.split_once('@');
        Self {
            board: row.board,
            weight: row.weight,
            gender: match row.sex.as_str() {
                "F" => Some(Gender::Female),
                "M" => Some(Gender::Male),
                _ => None,
            },
            ages: (row.age_min, row.age_max),
            label: row.label,
            topography: row.topography,
            morphology: row.morphology,
            has_sides: row.sides == "oui",
            apparatus: Some(row.apparatus).filter(|code| !code.is_empty()),
            organ: row.organ,
            classification: classification.map(|(name, version)| (name.into(), version.into())),
            extents: [
                (Spread::Early, row.early, row.early_plan),
                (Spread::Advanced, row.advanced, row.advanced_plan),
                (Spread::Metastatic, row.metastatic, row.metastatic_plan),
            ]
            .into_iter()
            .filter(|(_, stages, _)| !stages.0.is_empty())
            .map(|(spread, stages, plans)| Extent {
                spread,
                stages: stages.0.iter().map(|text| Stage::parse(text)).collect(),
                plans: plans.0.iter().map(|text| plan(text)).collect(),
            })
            .collect(),
            relapse_plans: row.relapse_plan.0.iter().map(|text| plan(text)).collect(),
            exams: row.exams.0,
            pathology: row.pathology,
            molecular: Some(row.molecular).filter(|text| !text.is_empty()),
        }
    }

    /// How far a relapse has spread, when it is not in place, and what may be done; nothing when
    /// no relapse of this disease is shown.
    pub(super) fn relapse(&self) -> Option<(Option<Spread>, &[Vec<Step>])> {
        if !self.relapse_plans.is_empty() {
            return Some((None, &self.relapse_plans));
        }
        let is_metastatic = |extent: &&Extent| extent.spread == Spread::Metastatic;
        let extent = self.extents.iter().find(is_metastatic)?;
        let was_local = self.extents.len() > 1;
        was_local.then_some((Some(extent.spread), &extent.plans))
    }
}

impl Stage {
    /// Reads `IIB T2 N1 M0`, `I T1c N0 M0 ISUP_1` or `- value`.
    fn parse(text: &str) -> Self {
        let mut words = text.split(' ').map(|word| word.replace('_', " "));
        let mut next = || words.next().unwrap_or_default();
        let group = next();
        if group == "-" {
            return Self {
                tnm: None,
                value: Some(next()),
            };
        }
        Self {
            tnm: Some(StageGroup {
                group,
                t: next(),
                n: next(),
                m: next(),
            }),
            value: Some(next()).filter(|value| !value.is_empty()),
        }
    }
}

fn plan(text: &str) -> Vec<Step> {
    text.split('>')
        .map(|step| {
            let (kind, label) = step.split_once(':').expect("a test reads every plan");
            Step {
                kind: StepKind::parse(kind).expect("a test reads every plan"),
                label: label.to_owned(),
            }
        })
        .collect()
}

impl StepKind {
    fn parse(word: &str) -> Option<Self> {
        Some(match word {
            "chir" => Self::Surgery,
            "radio" => Self::Radiotherapy,
            "curie" => Self::Brachytherapy,
            "chimio" => Self::Chemotherapy,
            "cible" => Self::TargetedTherapy,
            "hormono" => Self::HormoneTherapy,
            "immuno" => Self::Immunotherapy,
            "ri" => Self::InterventionalRadiology,
            "endo" => Self::InterventionalEndoscopy,
            "ira" => Self::RadioactiveIodine,
            "greffe" => Self::Transplant,
            "medic" => Self::OtherDrug,
            "active" => Self::ActiveSurveillance,
            "surv" => Self::Surveillance,
            "support" => Self::SupportiveCare,
            "pallia" => Self::PalliativeCare,
            _ => return None,
        })
    }

    /// Code of `JDV_TypeTraitement_FRCP`.
    pub(super) fn code(self) -> &'static str {
        match self {
            Self::Surgery => "387713003",
            Self::Radiotherapy => "C15313",
            Self::Brachytherapy => "C15195",
            Self::Chemotherapy => "C15632",
            Self::TargetedTherapy => "C93352",
            Self::HormoneTherapy => "C547",
            Self::Immunotherapy => "C15262",
            Self::InterventionalRadiology => "C63334",
            Self::InterventionalEndoscopy => "C157891",
            Self::RadioactiveIodine => "MED-232",
            Self::Transplant => "MED-126",
            Self::OtherDrug => "GEN-092.03.02",
            Self::ActiveSurveillance => "424313000",
            Self::Surveillance => "MED-226",
            Self::SupportiveCare => "C15747",
            Self::PalliativeCare => "C15252",
        }
    }

    /// True for what is watching, not treating.
    pub(super) fn is_watching(self) -> bool {
        matches!(self, Self::ActiveSurveillance | Self::Surveillance)
    }
}

#[cfg(test)]
#[path = "cases_tests.rs"]
mod tests;
