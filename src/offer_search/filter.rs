//! The filters of the search: what each is called in an address, its values, and the codes of the
//! offers that each value stands for.

use crate::terminology::Terminology;

/// National list of departments.
const DEPARTMENTS: &str = "JDV_J248-DepartementOM-ROR";

/// A filter. Several of its values mean "one of them"; several filters mean "all of them".
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Filter {
    /// One of the 13 categories.
    Category,
    /// Care type, below a category.
    CareType,
    /// Specific pathway.
    Pathway,
    /// Department of the place, or of a commune served.
    Department,
    /// For whom.
    Audience,
    /// Age group.
    Age,
    /// Where the care is given.
    Place,
    /// When in the pathway.
    Phase,
    /// How one gets in, and whether patients followed elsewhere may.
    Access,
    /// What is left to pay.
    Cost,
    /// For people with a disability or another language.
    Accessibility,
}

/// A value of a filter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FilterValue {
    /// What stands in the address.
    pub code: String,
    /// French label.
    pub label: String,
    /// Codes of the offers that say it.
    pub stated: Vec<String>,
    /// Codes of the offers that may mean it too, without saying so: shown after the others.
    pub possible: Vec<String>,
}

impl Filter {
    /// Every filter, in the order of the page.
    pub const ALL: [Self; 11] = [
        Self::Category,
        Self::CareType,
        Self::Pathway,
        Self::Department,
        Self::Audience,
        Self::Age,
        Self::Place,
        Self::Phase,
        Self::Access,
        Self::Cost,
        Self::Accessibility,
    ];

    /// Its name in an address.
    #[must_use]
    pub fn parameter(self) -> &'static str {
        match self {
            Self::Category => "categorie",
            Self::CareType => "soin",
            Self::Pathway => "parcours",
            Self::Department => "departement",
            Self::Audience => "public",
            Self::Age => "age",
            Self::Place => "lieu",
            Self::Phase => "phase",
            Self::Access => "acces",
            Self::Cost => "cout",
            Self::Accessibility => "accessibilite",
        }
    }

    /// Its values, care types of every category included; departments are those of the national
    /// list.
    #[must_use]
    pub fn values(self, terminology: &Terminology) -> Vec<FilterValue> {
        let facets = |facet: &str| -> Vec<FilterValue> {
            let known = terminology.facets(facet);
            known
                .map(|found| FilterValue::of(&found.code, &found.label))
                .collect()
        };
        match self {
            Self::Category => {
                let known = terminology.categories().iter();
                known
                    .map(|found| FilterValue::of(&found.code, &found.label))
                    .collect()
            }
            Self::CareType => {
                let known = terminology.care_types().iter();
                known
                    .map(|found| FilterValue::of(&found.code, &found.label))
                    .collect()
            }
            Self::Department => departments(terminology),
            Self::Pathway => facets("PAR"),
            Self::Place => facets("LIEU"),
            Self::Audience => facets("PUB").into_iter().filter_map(audience).collect(),
            Self::Age => facets("AGE")
                .into_iter()
                .map(|value| FilterValue {
                    possible: vec![derived(&value.code)],
                    ..value
                })
                .collect(),
            Self::Phase => facets("PHA")
                .into_iter()
                .map(or_not_stated("PHA"))
                .collect(),
            Self::Access => facets("ACC")
                .into_iter()
                .filter(|value| !is_accessibility(&value.code) && value.code != "ACC-GRATUIT")
                .chain(terminology.facet("LIEU-HAD").map(|found| FilterValue {
                    label: "En hospitalisation à domicile (HAD)".to_owned(),
                    ..FilterValue::of(&found.code, &found.label)
                }))
                .map(or_not_stated("ACC"))
                .collect(),
            Self::Accessibility => facets("ACC")
                .into_iter()
                .filter(|value| is_accessibility(&value.code))
                .collect(),
            Self::Cost => COSTS
                .iter()
                .map(|(code, label, _)| FilterValue::of(code, label))
                .collect(),
        }
    }
}

impl FilterValue {
    fn of(code: &str, label: &str) -> Self {
        Self {
            code: code.to_owned(),
            label: label.to_owned(),
            stated: vec![code.to_owned()],
            possible: Vec::new(),
        }
    }
}

/// What is left to pay: code, French label, folded words that say it.
const COSTS: [(&str, &str, &[&str]); 4] = [
    ("GRATUIT", "Gratuit", &["gratuit"]),
    (
        "PRIS-EN-CHARGE",
        "Pris en charge",
        &["pris en charge", "prise en charge", "rembourse"],
    ),
    (
        "RESTE-A-CHARGE",
        "Reste à charge",
        &["reste a charge", "payant", "participation"],
    ),
    ("VARIABLE", "Variable", &["variable", "selon"]),
];

/// The answer that folded words give to the question of the cost.
pub(super) fn cost_code(words: &str) -> Option<&'static str> {
    // "Reste à charge" comes first: "pris en charge, reste à charge de 10 €" is one.
    [2, 0, 1, 3]
        .into_iter()
        .map(|rank: usize| COSTS[rank])
        .find(|(_, _, said)| said.iter().any(|said| words.contains(said)))
        .map(|(code, _, _)| code)
}

/// True for the code of a cost.
pub(super) fn is_cost(code: &str) -> bool {
    COSTS.iter().any(|(known, _, _)| *known == code)
}

/// Code of the offers of a department.
#[must_use]
pub fn department_code(department: &str) -> String {
    format!("DEP:{department}")
}

/// Code of the offers that say nothing of a facet.
pub(super) fn not_stated(facet: &str) -> String {
    format!("{facet}:?")
}

/// Code of the offers whose range of ages meets a group that they do not name.
pub(super) fn derived(age_group: &str) -> String {
    format!("{age_group}:?")
}

fn or_not_stated(facet: &'static str) -> impl Fn(FilterValue) -> FilterValue {
    move |value| FilterValue {
        possible: vec![not_stated(facet)],
        ..value
    }
}

fn is_accessibility(code: &str) -> bool {
    matches!(code, "ACC-PMR" | "ACC-LSF" | "ACC-LANGUE" | "ACC-ANONYME")
}

/// Relatives and carers are one choice, and what is for everybody is for each.
fn audience(value: FilterValue) -> Option<FilterValue> {
    let mut value = value;
    match value.code.as_str() {
        "PUB-AIDANT" | "PUB-TOUT" => return None,
        "PUB-PROCHE" => {
            value.label = "Proches et aidants".to_owned();
            value.stated.push("PUB-AIDANT".to_owned());
        }
        _ => {}
    }
    value.possible.push("PUB-TOUT".to_owned());
    Some(value)
}

fn departments(terminology: &Terminology) -> Vec<FilterValue> {
    let list = terminology.value_set(DEPARTMENTS);
    let known = list.map(|list| list.concepts()).unwrap_or_default();
    known
        .iter()
        .map(|found| FilterValue {
            stated: vec![department_code(&found.code)],
            ..FilterValue::of(&found.code, &found.display)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_filter_has_values_and_none_stands_twice() {
        let terminology = Terminology::embedded();
        for filter in Filter::ALL {
            let values = filter.values(&terminology);
            assert!(values.len() >= 3, "{filter:?}");
            let mut codes: Vec<_> = values.iter().map(|value| &value.code).collect();
            codes.sort();
            codes.dedup();
            assert_eq!(codes.len(), values.len(), "{filter:?}");
        }
    }

    #[test]
    fn words_of_a_cost_give_one_answer() {
        assert_eq!(cost_code("gratuit"), Some("GRATUIT"));
        assert_eq!(
            cost_code("pris en charge reste a charge 10"),
            Some("RESTE-A-CHARGE")
        );
        assert_eq!(cost_code("sur devis"), None);
    }
}
