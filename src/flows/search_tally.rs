//! What the directory is searched for, counted: the map of needs that nothing meets.
//!
//! Nothing of who searches is read. A search leaves its filters, which are of a vocabulary, and, when
//! it found nothing, its words. A word is written down once [`FEWEST`] searches of a day held it, so
//! that a name that somebody typed by mistake stays in memory and goes at midnight.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use time::Date;

use super::{Context, Wanted};
use crate::{
    fhir::words,
    offer_search::{Answer, Filter},
    storage::{SearchCount, StorageError},
};

/// Searches of a day that must hold a word before it is written down.
pub const FEWEST: i64 = 5;
/// Different values counted at a time; what comes beyond is not counted.
const MOST_VALUES: usize = 20_000;

/// Counts that are not written yet.
#[derive(Debug, Default)]
pub struct SearchTally(Mutex<Counts>);

#[derive(Debug, Default)]
struct Counts {
    day: Option<Date>,
    /// By kind and value: searches, and those that found nothing.
    values: HashMap<(&'static str, String), (i64, i64)>,
    /// Words that were written down today: what comes is added at once.
    known: Vec<String>,
}

impl SearchTally {
    /// Counts a search.
    pub fn count(&self, today: Date, wanted: &Wanted, answer: &Answer, department: Option<&str>) {
        let is_empty = answer.total == 0;
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        counts.begin(today);
        counts.add("search", String::new(), is_empty);
        for (filter, values) in &wanted.filters {
            for value in values {
                counts.add(
                    "filter",
                    format!("{}={value}", filter.parameter()),
                    is_empty,
                );
            }
        }
        let chosen = |filter| wanted.filters.get(&filter).map_or(&[][..], Vec::as_slice);
        let places = chosen(Filter::Department).iter().map(String::as_str);
        let places: Vec<&str> = places.chain(department).collect();
        for category in chosen(Filter::Category) {
            for place in &places {
                counts.add("need", format!("{category} {place}"), is_empty);
            }
        }
        if is_empty {
            let mut words: Vec<String> = words(&wanted.text).collect();
            words.sort();
            words.dedup();
            for word in words {
                counts.add("word", word, true);
            }
        }
    }

    /// Takes what may be written down, with its day.
    fn take(&self) -> Option<(Date, Vec<SearchCount>)> {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let day = counts.day?;
        let known = std::mem::take(&mut counts.known);
        let may_go = |(kind, value): &(&'static str, String), (searches, _): &(i64, i64)| {
            *kind != "word" || *searches >= FEWEST || known.contains(value)
        };
        let ready: Vec<_> = counts
            .values
            .extract_if(|value, count| may_go(value, count))
            .collect();
        counts.known = known;
        for ((kind, value), _) in &ready {
            if *kind == "word" && !counts.known.contains(value) {
                counts.known.push(value.clone());
            }
        }
        let ready = ready
            .into_iter()
            .map(|((kind, value), (searches, without_result))| SearchCount {
                kind: kind.to_owned(),
                value,
                searches,
                without_result,
            });
        Some((day, ready.collect()))
    }
}

impl Counts {
    /// Begins a day: the words of the one before that were too few are forgotten.
    fn begin(&mut self, today: Date) {
        if self.day != Some(today) {
            self.day = Some(today);
            self.values.retain(|(kind, _), _| *kind != "word");
            self.known.clear();
        }
    }

    fn add(&mut self, kind: &'static str, value: String, is_empty: bool) {
        let key = (kind, value);
        if self.values.len() >= MOST_VALUES && !self.values.contains_key(&key) {
            return;
        }
        let count = self.values.entry(key).or_default();
        count.0 += 1;
        count.1 += i64::from(is_empty);
    }
}

/// Writes down what was counted.
///
/// # Errors
/// [`StorageError`]; what could not be written is lost.
pub async fn write_search_counts(ctx: &Context) -> Result<(), StorageError> {
    let Some((day, counts)) = ctx.searches.take() else {
        return Ok(());
    };
    if counts.is_empty() {
        return Ok(());
    }
    let mut tx = ctx.storage.begin_write().await?;
    for count in &counts {
        tx.add_search_count(&day.to_string(), count).await?;
    }
    tx.commit().await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        offer_search::{OfferIndex, Question, answer},
        terminology::Terminology,
    };
    use time::macros::date;

    fn search(tally: &SearchTally, day: Date, text: &str) {
        let index = OfferIndex::new(&Terminology::embedded());
        let wanted = Wanted {
            text: text.to_owned(),
            ..Wanted::default()
        };
        let nothing = answer(&index, &Question::default());
        tally.count(day, &wanted, &nothing, None);
    }

    fn words_of(tally: &SearchTally) -> Vec<(String, i64)> {
        let (_, counts) = tally.take().expect("something was counted");
        let words = counts.into_iter().filter(|count| count.kind == "word");
        words.map(|count| (count.value, count.searches)).collect()
    }

    #[test]
    fn a_word_is_told_once_enough_searches_held_it_and_forgotten_at_midnight() {
        let (tally, today) = (SearchTally::default(), date!(2026 - 11 - 23));
        for _ in 1..FEWEST {
            search(&tally, today, "Hydrothérapie hydrotherapie");
        }
        assert_eq!(words_of(&tally), []);
        search(&tally, today, "hydrotherapie");
        assert_eq!(words_of(&tally), [("hydrotherapie".to_owned(), FEWEST)]);
        search(&tally, today, "hydrotherapie");
        assert_eq!(words_of(&tally), [("hydrotherapie".to_owned(), 1)]);
        for _ in 1..FEWEST {
            search(&tally, today, "dupont");
        }
        search(&tally, today.next_day().expect("a day"), "dupont");
        assert_eq!(words_of(&tally), []);
    }
}
