//! A map: the rows that say what the codes of one vocabulary become in another.

use std::collections::HashMap;

use time::Date;

use super::{
    canonical::CONCEPT_MAP,
    equivalence::Equivalence,
    table::{LoadError, Row, Table},
    validity::{Validity, parse_day},
};

/// What a pivot code becomes, or a word of a region.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// Short name of the national list: `R210`, `R211`, `R213`, `R239`, `R244`…; `pivot` for a code
    /// of the pivot.
    pub list: String,
    /// Its code system, as a URL, or `urn:oid:` and an OID.
    pub system: String,
    /// The code.
    pub code: String,
    /// French label.
    pub display: String,
    /// When it may be sent.
    pub validity: Validity,
}

/// A code that goes with a target: together they say it.
///
/// **Source:** FHIR R4, `ConceptMap.group.element.target.product`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Product {
    /// Short name of the national list.
    pub list: String,
    /// Its code system; empty until the lists are known.
    pub system: String,
    /// The code.
    pub code: String,
    /// French label.
    pub display: String,
}

/// How far a row has been looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReviewStatus {
    /// Proposed.
    Draft,
    /// Looked at with the network concerned.
    Reviewed,
}

/// One row of a map.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mapping {
    /// Code of the source vocabulary.
    pub source: String,
    /// What it becomes; nothing when the row says that nothing does.
    pub target: Option<Target>,
    /// How the target stands to the source.
    pub equivalence: Equivalence,
    /// Why, for people.
    pub reason: String,
    /// Who judged.
    pub author: String,
    /// When.
    pub date: Date,
    /// How far the row has been looked at.
    pub status: ReviewStatus,
    /// Facet values of the pivot (`PUB-PROCHE`, `ACC-COLL`…) that must all be said for the row to
    /// hold.
    ///
    /// **Source:** FHIR R4, `ConceptMap.group.element.target.dependsOn`.
    pub depends_on: Vec<String>,
    /// Codes that go with the target.
    pub products: Vec<Product>,
    /// Line in the file, from 1.
    pub line: u64,
}

/// The rows from one vocabulary to another.
#[derive(Clone, Debug)]
pub struct ConceptMap {
    id: String,
    title: String,
    version: String,
    file: String,
    source_system: String,
    target_system: String,
    rows: Vec<Mapping>,
    by_source: HashMap<String, Vec<usize>>,
    by_target: HashMap<String, Vec<usize>>,
}

impl ReviewStatus {
    fn parse(word: &str) -> Option<Self> {
        match word {
            "draft" => Some(Self::Draft),
            "reviewed" => Some(Self::Reviewed),
            _ => None,
        }
    }
}

impl ConceptMap {
    pub(super) fn new(
        id: String,
        file: &str,
        systems: (&str, &str),
        heads: (&str, &str),
        rows: Vec<Mapping>,
    ) -> Self {
        let mut by_source: HashMap<String, Vec<usize>> = HashMap::new();
        let mut by_target: HashMap<String, Vec<usize>> = HashMap::new();
        for (rank, row) in rows.iter().enumerate() {
            by_source.entry(row.source.clone()).or_default().push(rank);
            if let Some(target) = &row.target {
                by_target.entry(target.code.clone()).or_default().push(rank);
            }
        }
        Self {
            id,
            title: heads.0.to_owned(),
            version: heads.1.to_owned(),
            file: file.to_owned(),
            source_system: systems.0.to_owned(),
            target_system: systems.1.to_owned(),
            rows,
            by_source,
            by_target,
        }
    }

    /// Its name: `bretagne-to-pivot`, `pivot-to-r211`.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Canonical URL.
    #[must_use]
    pub fn url(&self) -> String {
        format!("{CONCEPT_MAP}{}", self.id)
    }

    /// Title, for people.
    #[must_use]
    pub fn title(&self) -> &str {
        &self.title
    }

    /// Version of the file.
    #[must_use]
    pub fn version(&self) -> &str {
        &self.version
    }

    /// Path of the file, below `mappings/`.
    #[must_use]
    pub fn file(&self) -> &str {
        &self.file
    }

    /// Canonical name of the vocabulary that the rows start from.
    #[must_use]
    pub fn source_system(&self) -> &str {
        &self.source_system
    }

    /// Canonical name of the vocabulary that they lead to.
    #[must_use]
    pub fn target_system(&self) -> &str {
        &self.target_system
    }

    /// The rows, in file order.
    #[must_use]
    pub fn rows(&self) -> &[Mapping] {
        &self.rows
    }

    /// The latest date of a row.
    #[must_use]
    pub fn date(&self) -> Option<Date> {
        self.rows.iter().map(|row| row.date).max()
    }

    /// The rows of a source code.
    pub fn of_source<'m>(&'m self, code: &str) -> impl Iterator<Item = &'m Mapping> {
        let ranks = self.by_source.get(code).map_or(&[][..], Vec::as_slice);
        ranks.iter().map(|rank| &self.rows[*rank])
    }

    /// The rows that lead to a target code.
    pub fn of_target<'m>(&'m self, code: &str) -> impl Iterator<Item = &'m Mapping> {
        let ranks = self.by_target.get(code).map_or(&[][..], Vec::as_slice);
        ranks.iter().map(|rank| &self.rows[*rank])
    }
}

/// What a table of rows says, before it is made into maps.
pub(super) struct MappingTable {
    pub(super) title: String,
    pub(super) version: String,
    pub(super) rows: Vec<Mapping>,
}

/// Reads the rows of a map. `target` reads the columns that name the target.
///
/// # Errors
/// [`LoadError`] on a malformed table.
pub(super) fn read_mappings(
    file: &str,
    text: &str,
    target: impl Fn(&Row<'_>) -> Result<Target, LoadError>,
) -> Result<MappingTable, LoadError> {
    let table = Table::read(file, text)?;
    let one = |key| table.head(key).next().unwrap_or_default().to_owned();
    let rows = table
        .rows()
        .map(|row| read_mapping(&row, &target))
        .collect::<Result<_, _>>()?;
    Ok(MappingTable {
        title: one("title"),
        version: one("version"),
        rows,
    })
}

/// Reads one row of a map.
///
/// # Errors
/// [`LoadError::Value`] names the cell.
pub(super) fn read_mapping(
    row: &Row<'_>,
    target: impl Fn(&Row<'_>) -> Result<Target, LoadError>,
) -> Result<Mapping, LoadError> {
    let equivalence = row.parsed("equivalence", Equivalence::parse)?;
    let target = match equivalence {
        Equivalence::Unmatched => None,
        _ => Some(target(row)?),
    };
    Ok(Mapping {
        source: row.filled("source")?,
        target,
        equivalence,
        reason: row.filled("reason")?,
        author: row.filled("author")?,
        date: row.parsed("date", parse_day)?,
        status: row.parsed("status", ReviewStatus::parse)?,
        depends_on: codes(row.optional("depends_on")),
        products: products(row)?,
        line: row.line(),
    })
}

fn codes(cell: &str) -> Vec<String> {
    cell.split_whitespace().map(str::to_owned).collect()
}

/// Reads `R213:32 R213:42`.
fn products(row: &Row<'_>) -> Result<Vec<Product>, LoadError> {
    row.optional("product")
        .split_whitespace()
        .map(|word| {
            let (list, code) = word.split_once(':').ok_or_else(|| row.refuse("product"))?;
            Ok(Product {
                list: list.to_owned(),
                system: String::new(),
                code: code.to_owned(),
                display: String::new(),
            })
        })
        .collect()
}
