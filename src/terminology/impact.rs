//! What differs between two states of the national lists.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use super::{Concept, ListKind, Terminology, ValueSet, fold::fold};
use crate::finding::Bilingual;

/// A list that a release changes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListChange {
    /// Name of its file: `TRE_R244-CategorieOrganisation`.
    pub list: String,
    /// French title.
    pub title: String,
    /// Version in use.
    pub from: String,
    /// Version of the release.
    pub to: String,
    /// The codes that change, in the order of the lists.
    pub codes: Vec<CodeChange>,
}

/// A code that a release changes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CodeChange {
    /// Its code system, as the list names it.
    pub system: String,
    /// The code.
    pub code: String,
    /// Its label: of the release, or the last one that there was.
    pub display: String,
    /// What happens to it.
    #[serde(flatten)]
    pub change: Change,
}

/// What happens to a code.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "change", rename_all = "lowercase")]
pub enum Change {
    /// It is new.
    Added,
    /// It may no longer be sent.
    Retired {
        /// Day on which it ends, when the release tells it.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        on: Option<String>,
    },
    /// It may no longer be sent, and a new code of the list has its label.
    Replaced {
        /// The new code.
        by: String,
    },
    /// It is no longer in the value set; its code system still has it, or tells its end.
    Left,
    /// It is no longer in its code system, though national lists end a code with a date.
    Removed,
    /// It has another label.
    Renamed {
        /// The label that it had.
        from: String,
    },
    /// It may be sent again.
    Restored,
}

impl Change {
    /// True when the code could be sent before and cannot be after.
    #[must_use]
    pub fn is_end(&self) -> bool {
        self.weight() > 0
    }

    /// What happens, for people.
    #[must_use]
    pub fn meaning(&self) -> Bilingual {
        match self {
            Self::Added => Bilingual::new("ajouté", "added"),
            Self::Retired { on: None } => Bilingual::new("retiré", "retired"),
            Self::Retired { on: Some(day) } => {
                Bilingual::new(format!("retiré le {day}"), format!("retired on {day}"))
            }
            Self::Replaced { by } => {
                Bilingual::new(format!("remplacé par {by}"), format!("replaced by {by}"))
            }
            Self::Left => Bilingual::new("sorti du jeu de valeurs", "left the value set"),
            Self::Removed => Bilingual::new("disparu de sa liste", "gone from its list"),
            Self::Renamed { from } => {
                Bilingual::new(format!("était « {from} »"), format!("was \"{from}\""))
            }
            Self::Restored => Bilingual::new("rétabli", "restored"),
        }
    }

    /// How much it matters to whoever uses the code.
    pub(super) fn weight(&self) -> u8 {
        match self {
            Self::Added | Self::Renamed { .. } | Self::Restored => 0,
            Self::Left => 1,
            Self::Retired { .. } | Self::Replaced { .. } => 2,
            Self::Removed => 3,
        }
    }
}

/// The lists named `names` that differ between `before` and `after`, each with its codes.
#[must_use]
pub fn list_changes<'n>(
    before: &Terminology,
    after: &Terminology,
    names: impl Iterator<Item = &'n str>,
) -> Vec<ListChange> {
    names
        .filter_map(|name| {
            let (old, new) = (before.value_set(name)?, after.value_set(name)?);
            Some(ListChange {
                list: new.name().to_owned(),
                title: new.title().to_owned(),
                from: old.version().to_owned(),
                to: new.version().to_owned(),
                codes: code_changes(old, new),
            })
        })
        .collect()
}

fn code_changes(before: &ValueSet, after: &ValueSet) -> Vec<CodeChange> {
    let key = |concept: &Concept| (concept.system.to_string(), concept.code.clone());
    let index = |set: &ValueSet| -> HashMap<(String, String), usize> {
        let concepts = set.concepts().iter().enumerate();
        concepts.map(|(rank, one)| (key(one), rank)).collect()
    };
    let (old, new) = (index(before), index(after));
    let is_added = |concept: &&Concept| !old.contains_key(&key(concept));
    let added: Vec<&Concept> = after.concepts().iter().filter(is_added).collect();
    let successors: HashMap<String, &Concept> = added
        .iter()
        .map(|concept| (fold(&concept.display), *concept))
        .collect();
    let ended = |concept: &Concept, change: Change| match successors.get(&fold(&concept.display)) {
        Some(by) => Change::Replaced {
            by: by.code.clone(),
        },
        None => change,
    };
    let gone = match after.kind() {
        ListKind::ValueSet => Change::Left,
        ListKind::CodeSystem => Change::Removed,
    };
    let mut changes = Vec::new();
    for concept in before.concepts() {
        let now = new.get(&key(concept)).map(|rank| &after.concepts()[*rank]);
        let change = match now {
            None => ended(concept, gone.clone()),
            Some(now) => match (concept.validity.has_end(), now.validity.has_end()) {
                (false, true) => {
                    let on = now.validity.to.map(|day| day.to_string());
                    ended(concept, Change::Retired { on })
                }
                (true, false) => Change::Restored,
                _ if now.display != concept.display => Change::Renamed {
                    from: concept.display.clone(),
                },
                _ => continue,
            },
        };
        changes.push(change_of(now.unwrap_or(concept), change));
    }
    changes.extend(added.into_iter().map(|one| change_of(one, Change::Added)));
    changes
}

fn change_of(concept: &Concept, change: Change) -> CodeChange {
    CodeChange {
        system: concept.system.to_string(),
        code: concept.code.clone(),
        display: concept.display.clone(),
        change,
    }
}
