//! The eight criteria of an application, and what a validator says of each.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::finding::Bilingual;

/// A criterion. The eight are cumulative.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Criterion {
    /// The particulars of the structure.
    Particulars,
    /// A named referent.
    Referent,
    /// Activity with patients who have a cancer.
    Activity,
    /// Statutes.
    Statutes,
    /// Health project: three indicators.
    HealthProject,
    /// How its professionals are recruited: two indicators.
    Recruitment,
    /// The signed charter.
    Charter,
    /// The signed terms of use.
    Terms,
}

impl Criterion {
    /// The eight, in the order of the form.
    pub const ALL: [Self; 8] = [
        Self::Particulars,
        Self::Referent,
        Self::Activity,
        Self::Statutes,
        Self::HealthProject,
        Self::Recruitment,
        Self::Charter,
        Self::Terms,
    ];

    /// Word for forms and files.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Particulars => "particulars",
            Self::Referent => "referent",
            Self::Activity => "activity",
            Self::Statutes => "statutes",
            Self::HealthProject => "health-project",
            Self::Recruitment => "recruitment",
            Self::Charter => "charter",
            Self::Terms => "terms",
        }
    }

    /// What it is, for people.
    #[must_use]
    pub fn meaning(self) -> Bilingual {
        let (fr, en) = match self {
            Self::Particulars => (
                "Identité et coordonnées de la structure",
                "Particulars of the structure",
            ),
            Self::Referent => ("Référent nommé", "Named referent"),
            Self::Activity => (
                "Activité auprès de patients atteints de cancer (nombre par an)",
                "Activity with patients who have a cancer (number a year)",
            ),
            Self::Statutes => (
                "Statuts (extrait SIREN de moins de trois mois)",
                "Statutes (SIREN extract under three months)",
            ),
            Self::HealthProject => (
                "Projet de santé (trois indicateurs)",
                "Health project (three indicators)",
            ),
            Self::Recruitment => (
                "Critères de recrutement des professionnels (deux indicateurs)",
                "How professionals are recruited (two indicators)",
            ),
            Self::Charter => ("Charte signée", "Signed charter"),
            Self::Terms => ("Conditions d'utilisation signées", "Signed terms of use"),
        };
        Bilingual::new(fr, en)
    }
}

impl FromStr for Criterion {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        Self::ALL
            .into_iter()
            .find(|criterion| criterion.as_str() == text)
            .ok_or(())
    }
}

/// What a validator says of a criterion.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verdict {
    /// Which one.
    pub criterion: Criterion,
    /// Whether it is met.
    pub is_valid: bool,
    /// In the validator's words.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub comment: String,
}

/// The grid of a validation: what is said of each criterion.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Grid(pub Vec<Verdict>);

impl Grid {
    /// The grid in which every criterion is met.
    #[must_use]
    pub fn all_valid() -> Self {
        let verdict = |criterion| Verdict {
            criterion,
            is_valid: true,
            comment: String::new(),
        };
        Self(Criterion::ALL.into_iter().map(verdict).collect())
    }

    /// The verdict on a criterion.
    #[must_use]
    pub fn of(&self, criterion: Criterion) -> Option<&Verdict> {
        self.0.iter().find(|verdict| verdict.criterion == criterion)
    }

    /// True when each of the eight is met, and none is said not to be.
    #[must_use]
    pub fn is_met(&self) -> bool {
        self.0.iter().all(|verdict| verdict.is_valid)
            && Criterion::ALL
                .into_iter()
                .all(|criterion| self.of(criterion).is_some())
    }
}
