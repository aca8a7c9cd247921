//! The rules of a region, as data: kinds of structure, practices, calendar, territories.

use std::{collections::BTreeMap, path::Path};

use figment::{
    Figment,
    providers::{Format, Toml},
};
use serde::{Deserialize, Serialize};

use super::Calendar;

/// What every region starts from.
const DEFAULT: &str = include_str!("../../profiles/governance/default.toml");
/// What the regions say differently: name of the vocabulary, file.
const REGIONS: [(&str, &str); 1] = [(
    "bretagne",
    include_str!("../../profiles/governance/bretagne.toml"),
)];

/// The rules in force.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rules {
    /// What holds for each kind of structure, by pivot code.
    pub kinds: BTreeMap<String, KindRule>,
    /// What holds for practices.
    pub practices: Practices,
    /// What holds for changes.
    pub changes: ChangeRules,
    /// When a person verifies.
    pub calendar: Calendar,
    /// Territories of the validators, by code.
    pub territories: BTreeMap<String, Territory>,
}

/// What holds for a kind of structure.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KindRule {
    /// Whether such a structure may be listed.
    pub listed: Listed,
    /// What an unconventional practice may lean on there.
    pub framework: Framework,
    /// Who validates for the territory.
    pub validators: Vec<Body>,
}

/// Whether a structure may be listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Listed {
    /// It may.
    Always,
    /// It may when it responded to the call of the health agency.
    Call,
    /// It may not.
    Never,
}

/// What an unconventional practice leans on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Framework {
    /// A hospital: given by a specialised health professional.
    Hospital,
    /// An association: a recognised one.
    Association,
    /// A coordinated structure.
    Coordinated,
    /// Nothing: it may not be given.
    None,
}

/// Who validates for a territory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Body {
    /// *Centre de coordination en cancérologie*.
    #[serde(rename = "3c")]
    ThreeC,
    /// *Dispositif d'appui à la coordination*.
    Dac,
}

/// What holds for practices.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Practices {
    /// Care types that need a framework.
    pub unconventional: Vec<String>,
}

/// What holds for changes.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChangeRules {
    /// Columns that a referent corrects without a new validation.
    pub plain: Vec<String>,
}

/// A territory of a validator.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Territory {
    /// Its name.
    pub label: String,
    /// Who validates there.
    pub body: Body,
    /// Departments that belong to it.
    #[serde(default)]
    pub departments: Vec<String>,
    /// Communes (INSEE) that belong to it besides.
    #[serde(default)]
    pub communes: Vec<String>,
}

/// Why rules cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum RulesError {
    /// They cannot be read.
    #[error("the rules of the governance cannot be read")]
    Unreadable(#[from] Box<figment::Error>),
    /// They contradict themselves.
    #[error("the rules of the governance: {0}")]
    Contradictory(&'static str),
}

impl Rules {
    /// The rules of the region of that vocabulary, with what `file` says differently.
    ///
    /// # Errors
    /// [`RulesError`].
    pub fn of_region(vocabulary: &str, file: Option<&Path>) -> Result<Self, RulesError> {
        let own = REGIONS.iter().find(|(name, _)| *name == vocabulary);
        let mut layers = Figment::from(Toml::string(DEFAULT));
        if let Some((_, text)) = own {
            layers = layers.merge(Toml::string(text));
        }
        if let Some(path) = file {
            layers = layers.merge(Toml::file_exact(path));
        }
        let rules: Self = layers.extract().map_err(Box::new)?;
        rules.check()?;
        Ok(rules)
    }

    fn check(&self) -> Result<(), RulesError> {
        let calendar = &self.calendar;
        let fault = if calendar.review_months == 0 || calendar.lapse_months == 0 {
            "calendar.review_months and calendar.lapse_months are at least 1"
        } else if calendar.remind_after_days.iter().any(|days| {
            *days <= 0 || *days + calendar.grace_days > i64::from(calendar.lapse_months) * 28
        }) {
            "calendar.remind_after_days: after the asking, and grace_days before the delisting"
        } else if !calendar.remind_after_days.is_sorted() {
            "calendar.remind_after_days: in ascending order"
        } else if self.kinds.values().any(|kind| kind.validators.is_empty()) {
            "kinds: each kind has at least one validator"
        } else {
            return Ok(());
        };
        Err(RulesError::Contradictory(fault))
    }

    /// True when that territory holds that commune.
    #[must_use]
    pub fn covers(&self, territory: &str, department: &str, insee_code: &str) -> bool {
        self.territories.get(territory).is_some_and(|found| {
            found.departments.iter().any(|known| known == department)
                || found.communes.iter().any(|known| known == insee_code)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::terminology::Terminology;

    #[test]
    fn every_kind_and_practice_of_the_rules_is_one_of_the_pivot_and_no_kind_is_forgotten() {
        let terminology = Terminology::embedded();
        for (region, _) in REGIONS {
            let rules = Rules::of_region(region, None).expect("readable");
            for kind in rules.kinds.keys() {
                assert!(terminology.facet(kind).is_some(), "{kind}");
            }
            for kind in terminology.facets("STR") {
                assert!(rules.kinds.contains_key(&kind.code), "{}", kind.code);
            }
            for practice in &rules.practices.unconventional {
                assert!(terminology.care_type(practice).is_some(), "{practice}");
            }
        }
    }

    #[test]
    fn a_file_of_the_operator_is_laid_over_the_rules_and_nonsense_is_refused() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("rules.toml");
        std::fs::write(&path, "[kinds]\nSTR-LIB = { listed = \"always\", framework = \"none\", validators = [\"dac\"] }\n")
            .expect("written");
        let rules = Rules::of_region("bretagne", Some(&path)).expect("readable");
        assert_eq!(rules.kinds["STR-LIB"].listed, Listed::Always);
        assert_eq!(rules.kinds["STR-CLCC"].listed, Listed::Always);
        for nonsense in [
            "[calendar]\nremind_after_days = [58]\n",
            "[calendar]\nlapse_months = 0\n",
            "[calendar]\nunknown = 1\n",
            "[kinds]\nSTR-LIB = { listed = \"perhaps\" }\n",
        ] {
            std::fs::write(&path, nonsense).expect("written");
            assert!(
                Rules::of_region("bretagne", Some(&path)).is_err(),
                "{nonsense}"
            );
        }
    }
}
