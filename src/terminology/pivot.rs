//! The pivot vocabulary of the supportive-care offer: categories, care types and facets.

use std::collections::HashMap;

use super::{
    fold::fold,
    table::{LoadError, Table},
};

/// The activity published when a pivot code says nothing more precise: "Soins de support en
/// oncologie et hématologie".
///
/// **Source:** ANS, TRE_R211-ActiviteOperationnelle, code 414.
pub const DEFAULT_ACTIVITY: &str = "414";

/// One of the 13 categories, first level of the pivot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Category {
    /// `DOUL`, `NUTR`…
    pub code: String,
    /// French label.
    pub label: String,
    /// `TRE_R211` activity under which an offer of the category is published.
    pub activity: String,
}

/// One of the care types, second level of the pivot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CareType {
    /// `DOUL-01`…
    pub code: String,
    /// French label.
    pub label: String,
    /// Code of its category.
    pub category: String,
    /// `TRE_R211` activity under which an offer of the care type is published.
    pub activity: String,
}

/// A value of a facet: public, age, place, phase, access, pathway, structure or professional.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facet {
    /// `PUB-PATIENT`…
    pub code: String,
    /// The facet: `PUB`, `AGE`, `LIEU`, `PHA`, `ACC`, `PAR`, `STR` or `INT`.
    pub facet: String,
    /// French label.
    pub label: String,
}

/// The vocabulary.
pub(super) struct Pivot {
    pub(super) version: String,
    pub(super) categories: Vec<Category>,
    pub(super) care_types: Vec<CareType>,
    pub(super) facets: Vec<Facet>,
    /// Folded codes, category labels and care type labels, to their pivot code.
    names: HashMap<String, String>,
    /// Folded codes and labels of each facet, to the rank of the value.
    facet_names: HashMap<(String, String), usize>,
}

impl Pivot {
    /// Reads the three tables of `mappings/pivot/`, found by `text`.
    ///
    /// # Errors
    /// [`LoadError`] on a missing or malformed table.
    pub(super) fn read<'a>(
        text: impl Fn(&'static str) -> Result<&'a str, LoadError>,
    ) -> Result<Self, LoadError> {
        let mut pivot = Self {
            categories: read_categories(text("pivot/categories.csv")?)?,
            care_types: read_care_types(text("pivot/care-types.csv")?)?,
            facets: read_facets(text("pivot/facets.csv")?)?,
            version: version(text("pivot/care-types.csv")?)?,
            names: HashMap::new(),
            facet_names: HashMap::new(),
        };
        let of_care = pivot
            .codes()
            .take(pivot.categories.len() + pivot.care_types.len());
        let mut names = HashMap::new();
        for (code, label, _) in of_care {
            for name in [code, label] {
                names.entry(fold(name)).or_insert_with(|| code.to_owned());
            }
        }
        pivot.names = names;
        for (rank, facet) in pivot.facets.iter().enumerate() {
            for name in [&facet.label, &facet.code] {
                let key = (facet.facet.clone(), fold(name));
                pivot.facet_names.entry(key).or_insert(rank);
            }
        }
        Ok(pivot)
    }

    /// Every code with its label and the code just above it: categories, care types, facet values.
    pub(super) fn codes(&self) -> impl Iterator<Item = (&str, &str, Option<&str>)> {
        let categories = self
            .categories
            .iter()
            .map(|found| (found.code.as_str(), found.label.as_str(), None));
        let care_types = self.care_types.iter().map(|found| {
            let parent = Some(found.category.as_str());
            (found.code.as_str(), found.label.as_str(), parent)
        });
        let facets = self
            .facets
            .iter()
            .map(|found| (found.code.as_str(), found.label.as_str(), None));
        categories.chain(care_types).chain(facets)
    }

    /// The value of a facet that a folded text names by code or label.
    pub(super) fn facet_named(&self, facet: &str, folded: String) -> Option<&Facet> {
        let rank = self.facet_names.get(&(facet.to_owned(), folded))?;
        Some(&self.facets[*rank])
    }

    /// Pivot code of a folded code or label of a category or care type.
    pub(super) fn named(&self, folded: &str) -> Option<&str> {
        self.names.get(folded).map(String::as_str)
    }
}

fn version(text: &str) -> Result<String, LoadError> {
    let table = Table::read("pivot/care-types.csv", text)?;
    Ok(table.head("version").next().unwrap_or_default().to_owned())
}

fn read_categories(text: &str) -> Result<Vec<Category>, LoadError> {
    Table::read("pivot/categories.csv", text)?
        .rows()
        .map(|row| {
            Ok(Category {
                code: row.filled("code")?,
                label: row.filled("label")?,
                activity: row.filled("activity")?,
            })
        })
        .collect()
}

fn read_care_types(text: &str) -> Result<Vec<CareType>, LoadError> {
    Table::read("pivot/care-types.csv", text)?
        .rows()
        .map(|row| {
            Ok(CareType {
                code: row.filled("code")?,
                label: row.filled("label")?,
                category: row.filled("category")?,
                activity: row.filled("activity")?,
            })
        })
        .collect()
}

fn read_facets(text: &str) -> Result<Vec<Facet>, LoadError> {
    Table::read("pivot/facets.csv", text)?
        .rows()
        .map(|row| {
            Ok(Facet {
                code: row.filled("code")?,
                facet: row.filled("facet")?,
                label: row.filled("label")?,
            })
        })
        .collect()
}
