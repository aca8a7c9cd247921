//! The words of one region, and the pivot codes that they stand for.

use std::collections::HashMap;

use super::{
    fold::fold,
    table::{LoadError, Table},
};

/// A regional vocabulary: folded codes and labels, to pivot codes in the order of the map.
pub(super) struct Region {
    pivots: HashMap<String, Vec<String>>,
    labels: Vec<String>,
}

impl Region {
    /// Reads `vocabulary.csv` and `to-pivot.csv` of a region. A word without a target is known
    /// but leads nowhere yet.
    ///
    /// # Errors
    /// [`LoadError`] on a malformed table, or when the map has a source that is not a word.
    pub(super) fn read(vocabulary: (&str, &str), map: (&str, &str)) -> Result<Self, LoadError> {
        let words = Table::read(vocabulary.0, vocabulary.1)?;
        let map = Table::read(map.0, map.1)?;
        let mut by_code: HashMap<String, (String, Vec<String>)> = HashMap::new();
        let mut labels = Vec::new();
        for row in words.rows() {
            let label = row.filled("label")?;
            labels.push(label.clone());
            by_code.insert(row.filled("code")?, (label, Vec::new()));
        }
        for row in map.rows() {
            let target = row.filled("target")?;
            let source = row.parsed("source", |code| by_code.contains_key(code).then_some(code))?;
            if let Some((_, targets)) = by_code.get_mut(source) {
                targets.push(target);
            }
        }
        let mut pivots = HashMap::new();
        for (code, (label, targets)) in by_code {
            pivots.insert(fold(&label), targets.clone());
            pivots.insert(fold(&code), targets);
        }
        Ok(Self { pivots, labels })
    }

    /// Pivot codes of a folded regional code or label.
    pub(super) fn named(&self, folded: &str) -> &[String] {
        self.pivots.get(folded).map_or(&[], Vec::as_slice)
    }

    /// The labels of the region, in file order.
    pub(super) fn labels(&self) -> &[String] {
        &self.labels
    }
}
