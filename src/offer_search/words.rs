//! Words of the offers, and the rows that hold each: by their start, and by words that look alike.

use std::{collections::HashMap, sync::Arc};

use roaring::RoaringBitmap;
use strsim::osa_distance;

/// A shorter word is met whole or not at all: too many begin like it.
const MIN_START: usize = 3;
/// Shorter words are not corrected: every other short word looks like them.
const MIN_CORRECTED: usize = 4;
/// From this length on, two faults are forgiven instead of one.
const TWO_FAULTS_FROM: usize = 7;

/// Rows by word, in the order of the words.
#[derive(Clone, Debug, Default)]
pub(super) struct WordIndex(Vec<Word>);

#[derive(Clone, Debug)]
struct Word {
    text: Arc<str>,
    /// One bit for each letter or digit that occurs: words that look alike have almost the same.
    letters: u64,
    rows: Arc<RoaringBitmap>,
}

impl WordIndex {
    /// Adds rows to words, which may be new.
    pub(super) fn add(&mut self, rows_of: HashMap<&str, Vec<u32>>) {
        let mut new = Vec::new();
        for (text, rows) in rows_of {
            match self.find(text) {
                Ok(rank) => Arc::make_mut(&mut self.0[rank].rows).extend(rows),
                Err(_) => new.push(Word {
                    letters: letters(text),
                    text: text.into(),
                    rows: Arc::new(rows.into_iter().collect()),
                }),
            }
        }
        if !new.is_empty() {
            self.0.append(&mut new);
            self.0
                .sort_unstable_by(|one, other| one.text.cmp(&other.text));
        }
    }

    /// Gives back the room that adding many rows took beyond what they need.
    pub(super) fn close_up(&mut self) {
        self.0.iter_mut().for_each(|word| close_up(&mut word.rows));
    }

    /// Rows that hold that very word.
    pub(super) fn rows(&self, word: &str) -> Option<&RoaringBitmap> {
        let rank = self.find(word).ok()?;
        Some(&self.0[rank].rows)
    }

    /// Rows that hold that word, or one that begins so.
    pub(super) fn rows_from(&self, start: &str) -> RoaringBitmap {
        if start.chars().count() < MIN_START {
            return self.rows(start).cloned().unwrap_or_default();
        }
        let first = self.0.partition_point(|word| &*word.text < start);
        self.0[first..]
            .iter()
            .take_while(|word| word.text.starts_with(start))
            .fold(RoaringBitmap::new(), |mut found, word| {
                found |= &*word.rows;
                found
            })
    }

    /// The word that looks most like one that nobody wrote; of those equally near, the one that most
    /// rows hold.
    pub(super) fn nearest(&self, wanted: &str) -> Option<&str> {
        let length = wanted.chars().count();
        if length < MIN_CORRECTED {
            return None;
        }
        let most = if length < TWO_FAULTS_FROM { 1 } else { 2 };
        let letters = letters(wanted);
        self.0
            .iter()
            // One fault changes two letters of the set at the most.
            .filter(|word| (word.letters ^ letters).count_ones() as usize <= 2 * most)
            .filter(|word| word.text.len().abs_diff(wanted.len()) <= most)
            .map(|word| (osa_distance(&word.text, wanted), word))
            .filter(|(distance, _)| *distance <= most)
            .min_by_key(|(distance, word)| (*distance, std::cmp::Reverse(word.rows.len())))
            .map(|(_, word)| &*word.text)
    }

    fn find(&self, word: &str) -> Result<usize, usize> {
        self.0.binary_search_by(|known| (*known.text).cmp(word))
    }
}

/// Has a set take no more room than it needs.
pub(super) fn close_up(rows: &mut Arc<RoaringBitmap>) {
    let mut kept = (**rows).clone();
    kept.optimize();
    // A copy has no room to spare.
    *rows = Arc::new(kept.clone());
}

/// The set of the letters and digits of a folded word.
fn letters(word: &str) -> u64 {
    word.bytes().fold(0, |set, byte| set | 1 << (byte & 63))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn index(words: &[&str]) -> WordIndex {
        let mut index = WordIndex::default();
        let rows = words.iter().zip(0..);
        index.add(rows.map(|(word, row)| (*word, vec![row])).collect());
        index
    }

    #[test]
    fn a_word_is_met_by_its_start_and_a_short_one_only_whole() {
        let index = index(&["yoga", "yogatherapie", "an", "anse"]);
        assert_eq!(index.rows_from("yog").iter().collect::<Vec<_>>(), [0, 1]);
        assert_eq!(index.rows_from("an").iter().collect::<Vec<_>>(), [2]);
        assert!(index.rows_from("zzz").is_empty());
    }

    #[test]
    fn faults_of_typing_and_of_ear_are_forgiven() {
        let index = index(&["sophrologie", "psychologue", "lymphoedeme", "yoga", "kine"]);
        assert_eq!(index.nearest("sofrologie"), Some("sophrologie"));
        assert_eq!(index.nearest("psicologue"), Some("psychologue"));
        assert_eq!(index.nearest("lymphodeme"), Some("lymphoedeme"));
        assert_eq!(index.nearest("yoag"), Some("yoga"), "two letters swapped");
        assert_eq!(index.nearest("sophrologie"), Some("sophrologie"));
        assert_eq!(index.nearest("plomberie"), None);
        assert_eq!(index.nearest("kin"), None, "too short to be corrected");
    }

    proptest! {
        #[test]
        fn the_quick_look_never_hides_a_near_word(word in "[a-z]{4,12}", other in "[a-z]{4,12}") {
            let most = if word.len() < TWO_FAULTS_FROM { 1 } else { 2 };
            let is_near = osa_distance(&word, &other) <= most;
            prop_assert_eq!(index(&[&other]).nearest(&word).is_some(), is_near);
        }

        #[test]
        fn a_fault_is_forgiven_wherever_it_is(word in "[a-z]{7,12}", place in 0_usize..7, letter in "[a-z]") {
            let mut typed = word.clone();
            typed.replace_range(place..=place, &letter);
            let index = index(&[&word]);
            prop_assert_eq!(index.nearest(&typed), Some(word.as_str()));
        }
    }
}
