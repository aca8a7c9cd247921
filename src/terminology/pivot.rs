//! The pivot vocabulary of the supportive-care offer: categories, care types, facets, and their
//! national targets.

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
    /// `exact`, `approximate` or `none`: how well the national lists say the same.
    pub coverage: String,
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
    /// `exact`, `approximate` or `none`: how well the national lists say the same.
    pub coverage: String,
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

/// How a national code stands to the pivot code that is mapped to it.
///
/// **Source:** FHIR R4, `ConceptMap.group.element.target.equivalence`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Equivalence {
    /// The same kind of care.
    Equivalent,
    /// The national code is broader.
    Wider,
    /// The national code covers only a part.
    Narrower,
    /// They overlap.
    Inexact,
    /// Nothing national says it.
    Unmatched,
}

/// A national target of a pivot code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NationalCode {
    /// Short name of the national list: `R210`, `R211`, `R213`, `R239`, `R244`…
    pub list: String,
    /// Its code system, as a URL, or `urn:oid:` and an OID.
    pub system: String,
    /// The code.
    pub code: String,
    /// French label.
    pub display: String,
    /// How it stands to the pivot code.
    pub equivalence: Equivalence,
    /// True when the national list has withdrawn the code: never published.
    pub is_deprecated: bool,
}

/// The pivot and its targets.
pub(super) struct Pivot {
    pub(super) categories: Vec<Category>,
    pub(super) care_types: Vec<CareType>,
    pub(super) facets: Vec<Facet>,
    targets: HashMap<String, Vec<NationalCode>>,
    /// Folded codes, category labels and care type labels, to their pivot code.
    names: HashMap<String, String>,
}

impl Equivalence {
    /// Reads the word of FHIR R4.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Some(match word {
            "equivalent" => Self::Equivalent,
            "wider" => Self::Wider,
            "narrower" => Self::Narrower,
            "inexact" => Self::Inexact,
            "unmatched" => Self::Unmatched,
            _ => return None,
        })
    }

    /// True when the national code may be sent as a coding of the pivot: it says the same, or more
    /// broadly.
    #[must_use]
    pub fn is_published(self) -> bool {
        matches!(self, Self::Equivalent | Self::Wider)
    }
}

impl Pivot {
    /// Reads the four tables of `mappings/pivot/`, found by `text`.
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
            targets: read_targets(text("pivot/to-national.csv")?)?,
            names: HashMap::new(),
        };
        let codes = pivot
            .categories
            .iter()
            .map(|category| (&category.code, &category.label))
            .chain(
                pivot
                    .care_types
                    .iter()
                    .map(|care| (&care.code, &care.label)),
            );
        let mut names = HashMap::new();
        for (code, label) in codes {
            for name in [code, label] {
                names.entry(fold(name)).or_insert_with(|| code.clone());
            }
        }
        pivot.names = names;
        Ok(pivot)
    }

    /// Pivot code of a folded code or label of a category or care type.
    pub(super) fn named(&self, folded: &str) -> Option<&str> {
        self.names.get(folded).map(String::as_str)
    }

    /// National targets of a pivot code.
    pub(super) fn targets(&self, code: &str) -> &[NationalCode] {
        self.targets.get(code).map_or(&[], Vec::as_slice)
    }

    /// Marks the targets that the national lists have withdrawn.
    pub(super) fn mark_deprecated(&mut self, is_deprecated: impl Fn(&str, &str) -> bool) {
        for target in self.targets.values_mut().flatten() {
            target.is_deprecated = is_deprecated(&target.system, &target.code);
        }
    }
}

fn read_categories(text: &str) -> Result<Vec<Category>, LoadError> {
    Table::read("pivot/categories.csv", text)?
        .rows()
        .map(|row| {
            Ok(Category {
                code: row.filled("code")?,
                label: row.filled("label")?,
                activity: row.filled("activity")?,
                coverage: row.filled("coverage")?,
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
                coverage: row.filled("coverage")?,
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

fn read_targets(text: &str) -> Result<HashMap<String, Vec<NationalCode>>, LoadError> {
    let table = Table::read("pivot/to-national.csv", text)?;
    let mut targets: HashMap<String, Vec<NationalCode>> = HashMap::new();
    for row in table.rows() {
        let of_source = targets.entry(row.filled("source")?).or_default();
        let equivalence = row.parsed("equivalence", Equivalence::parse)?;
        if equivalence == Equivalence::Unmatched {
            continue;
        }
        of_source.push(NationalCode {
            list: row.filled("target_list")?,
            system: row.filled("target_system")?,
            code: row.filled("target_code")?,
            display: row.filled("target_display")?,
            equivalence,
            is_deprecated: false,
        });
    }
    Ok(targets)
}
