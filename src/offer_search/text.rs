//! Free text: which rows hold the words that somebody typed.

use roaring::RoaringBitmap;

use super::index::OfferIndex;

/// Words that mean one thing together: a word, or several that are a term of a region.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WordGroup {
    /// Folded words.
    pub words: Vec<String>,
    /// Pivot codes that the words are a name of.
    pub codes: Vec<String>,
}

/// A word that no offer holds, and the one that was looked for instead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Correction {
    /// As it was typed, folded.
    pub typed: String,
    /// As it was understood.
    pub understood: String,
}

/// Rows that hold a text.
pub(super) struct TextRows {
    /// In what they are called, or in the care that they give.
    pub titles: RoaringBitmap,
    /// Anywhere.
    pub all: RoaringBitmap,
    pub corrections: Vec<Correction>,
}

impl TextRows {
    /// Rows that meet every group; each word may be the start of one.
    pub(super) fn of(index: &OfferIndex, groups: &[WordGroup]) -> Self {
        let mut found = Self {
            titles: index.live.clone(),
            all: index.live.clone(),
            corrections: Vec::new(),
        };
        for group in groups {
            let mut titles = index.live.clone();
            let mut all = index.live.clone();
            for word in &group.words {
                let (of_titles, of_all) = found.word(index, word, !group.codes.is_empty());
                // A word that names no care, such as that of a town, ranks nothing.
                if !of_titles.is_disjoint(&index.live) {
                    titles &= of_titles;
                }
                all &= of_all;
            }
            let of_codes = index.with_codes(&group.codes);
            found.titles &= titles | &of_codes;
            found.all &= all | of_codes;
        }
        found
    }

    fn word(
        &mut self,
        index: &OfferIndex,
        word: &str,
        is_understood: bool,
    ) -> (RoaringBitmap, RoaringBitmap) {
        let all = index.words.rows_from(word);
        if is_understood || !all.is_disjoint(&index.live) {
            return (index.title_words.rows_from(word), all);
        }
        let Some(understood) = index.words.nearest(word) else {
            return (all.clone(), all);
        };
        self.corrections.push(Correction {
            typed: word.to_owned(),
            understood: understood.to_owned(),
        });
        (
            index.title_words.rows_from(understood),
            index.words.rows_from(understood),
        )
    }
}
