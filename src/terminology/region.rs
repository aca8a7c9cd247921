//! The words of one region, and the pivot codes that they stand for.

use std::collections::HashMap;

use super::{
    concept_map::ConceptMap,
    fold::fold,
    table::{LoadError, Table},
};

/// A word of a region, never edited to look like the pivot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegionalWord {
    /// Its code in the vocabulary of the region.
    pub code: String,
    /// The word as the region writes it.
    pub label: String,
    /// Line in its file, from 1.
    pub line: u64,
}

/// A regional vocabulary.
pub(super) struct Region {
    title: String,
    version: String,
    words: Vec<RegionalWord>,
    labels: Vec<String>,
    /// Folded codes and labels, to the pivot codes in the order of the map.
    pivots: HashMap<String, Vec<String>>,
    /// Folded codes and labels, to the rank of the word.
    named: HashMap<String, usize>,
}

impl Region {
    /// Reads `vocabulary.csv` of a region, beside its map to the pivot. A word without a target is
    /// known but leads nowhere yet.
    ///
    /// # Errors
    /// [`LoadError`] on a malformed table.
    pub(super) fn read(file: &str, text: &str, map: &ConceptMap) -> Result<Self, LoadError> {
        let table = Table::read(file, text)?;
        let one = |key| table.head(key).next().unwrap_or_default().to_owned();
        let mut region = Self {
            title: one("title"),
            version: one("version"),
            words: Vec::new(),
            labels: Vec::new(),
            pivots: HashMap::new(),
            named: HashMap::new(),
        };
        for row in table.rows() {
            let word = RegionalWord {
                code: row.filled("code")?,
                label: row.filled("label")?,
                line: row.line(),
            };
            let targets: Vec<String> = map
                .of_source(&word.code)
                .filter(|mapping| mapping.depends_on.is_empty())
                .filter_map(|mapping| Some(mapping.target.as_ref()?.code.clone()))
                .collect();
            for name in [&word.label, &word.code] {
                region.pivots.insert(fold(name), targets.clone());
                region.named.insert(fold(name), region.words.len());
            }
            region.labels.push(word.label.clone());
            region.words.push(word);
        }
        Ok(region)
    }

    /// Title of the vocabulary.
    pub(super) fn title(&self) -> &str {
        &self.title
    }

    /// Version of the vocabulary.
    pub(super) fn version(&self) -> &str {
        &self.version
    }

    /// The words, in file order.
    pub(super) fn words(&self) -> &[RegionalWord] {
        &self.words
    }

    /// Pivot codes of a folded regional code or label.
    pub(super) fn named(&self, folded: &str) -> &[String] {
        self.pivots.get(folded).map_or(&[], Vec::as_slice)
    }

    /// The word of a folded code or label.
    pub(super) fn word(&self, folded: &str) -> Option<&RegionalWord> {
        self.named.get(folded).map(|rank| &self.words[*rank])
    }

    /// The labels of the region, in file order.
    pub(super) fn labels(&self) -> &[String] {
        &self.labels
    }
}
