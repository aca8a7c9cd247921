//! Answering a question: the offers of a page, how many each filter would give, and what to give up
//! when there is none.

use std::collections::BTreeMap;

use roaring::RoaringBitmap;

use super::{
    filter::Filter,
    index::{OfferIndex, Site},
    page,
    position::{Near, Position},
    reading::Address,
    text::{Correction, TextRows, WordGroup},
};

/// What somebody wants.
#[derive(Clone, Debug, Default)]
pub struct Question {
    /// Values wanted of each filter; a value that the filter does not have finds nothing.
    pub filters: BTreeMap<Filter, Vec<String>>,
    /// Words.
    pub text: Vec<WordGroup>,
    /// Where; offers are then sorted by distance.
    pub near: Option<Near>,
    /// The [`Found::cursor`] of the last offer of the page before.
    pub after: Option<String>,
    /// Offers of a page.
    pub page: usize,
}

/// A part of a question that can be given up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Relaxation {
    /// The words.
    Text,
    /// The distance.
    Near,
    /// A filter.
    Filter(Filter),
}

/// An offer of a page.
#[derive(Clone, Debug)]
pub struct Found {
    /// Its row in the index that was asked: [`OfferIndex::offer`].
    pub row: u32,
    /// How far it is, when that was asked.
    pub distance_km: Option<f32>,
    /// True when it is called by the words and says what each filter wants: it comes before others.
    pub is_first: bool,
    /// False when it does not say what a filter wants.
    pub is_stated: bool,
    /// What comes after it: [`Question::after`].
    pub cursor: String,
}

/// The answer.
#[derive(Clone, Debug)]
pub struct Answer {
    /// How many offers meet the question.
    pub total: u64,
    /// Those of the page.
    pub offers: Vec<Found>,
    /// True when others come after them.
    pub has_more: bool,
    /// For each filter, in the order of its values: how many offers that value would give, the
    /// other filters kept.
    pub counts: Vec<(Filter, Vec<u64>)>,
    /// What giving up one part would give, most first; only when there is no offer.
    pub relaxations: Vec<(Relaxation, u64)>,
    /// Words that were understood as others.
    pub corrections: Vec<Correction>,
    /// Rows of every offer that meets the question.
    rows: RoaringBitmap,
}

/// Rows that a part of a question allows: those that say so, and all that may.
struct Part {
    what: Relaxation,
    stated: RoaringBitmap,
    all: RoaringBitmap,
}

/// Answers a question.
#[must_use]
pub fn answer(index: &OfferIndex, question: &Question) -> Answer {
    let mut parts = Vec::new();
    let mut corrections = Vec::new();
    if !question.text.is_empty() {
        let found = TextRows::of(index, &question.text);
        corrections = found.corrections;
        parts.push(Part {
            what: Relaxation::Text,
            stated: found.titles,
            all: found.all,
        });
    }
    let distances = question.near.map(|near| Distances::of(index, near));
    if let Some(distances) = &distances {
        parts.push(Part {
            what: Relaxation::Near,
            stated: distances.within.clone(),
            all: distances.within.clone(),
        });
    }
    for (filter, wanted) in &question.filters {
        parts.push(of_filter(index, *filter, wanted));
    }
    let without = without_each(&index.live, &parts);
    let rows = match (without.first(), parts.first()) {
        (Some(others), Some(part)) => others & &part.all,
        _ => index.live.clone(),
    };
    let first = parts
        .iter()
        .fold(rows.clone(), |found, part| found & &part.stated);
    let mut relaxations = Vec::new();
    if rows.is_empty() {
        let each = parts.iter().zip(&without);
        relaxations.extend(each.map(|(part, found)| (part.what, found.len())));
        relaxations.retain(|(_, count)| *count > 0);
        relaxations.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    }
    let counts = counts(index, &parts, &without, &rows);
    let (mut offers, has_more) = page::cut(index, question, &first, &rows, distances.as_ref());
    let filters = || {
        let are_filters = |part: &&Part| matches!(part.what, Relaxation::Filter(_));
        parts.iter().filter(are_filters)
    };
    for found in &mut offers {
        found.is_stated = filters().all(|part| part.stated.contains(found.row));
    }
    Answer {
        total: rows.len(),
        offers,
        has_more,
        counts,
        relaxations,
        corrections,
        rows,
    }
}

impl Answer {
    /// The places of every offer that meets the question, each with its address, its position and how
    /// many are given there.
    #[must_use]
    pub fn places<'i>(&self, index: &'i OfferIndex) -> Vec<(&'i Address, Position, u64)> {
        let mut counts = vec![0; index.places.values().count()];
        for row in &self.rows {
            counts[index.places.of(row) as usize] += 1;
        }
        let counted = (0..).zip(counts).filter(|(_, count)| *count > 0);
        let mut found: Vec<_> = counted
            .filter_map(|(number, count)| {
                let (id, site) = index.places.get(number);
                Some((id, (&*site.address, site.position?, count)))
            })
            .collect();
        found.sort_unstable_by_key(|(id, _)| *id);
        found.into_iter().map(|(_, place)| place).collect()
    }

    /// Rows of every offer that meets the question, by name.
    #[must_use]
    pub fn rows_by_name(&self, index: &OfferIndex) -> Vec<u32> {
        let mut rows: Vec<u32> = self.rows.iter().collect();
        rows.sort_unstable_by_key(|row| index.order.place(*row));
        rows
    }
}

fn of_filter(index: &OfferIndex, filter: Filter, wanted: &[String]) -> Part {
    let known = index.filters.iter().find(|(known, _)| *known == filter);
    let values = known.map_or(&[][..], |(_, values)| values);
    let chosen = || values.iter().filter(|value| wanted.contains(&value.code));
    let stated = index.with_codes(chosen().flat_map(|value| &value.stated));
    let possible = index.with_codes(chosen().flat_map(|value| &value.possible));
    Part {
        what: Relaxation::Filter(filter),
        all: &stated | possible,
        stated,
    }
}

/// For each part, the rows that all the other parts allow.
fn without_each(live: &RoaringBitmap, parts: &[Part]) -> Vec<RoaringBitmap> {
    let mut after = vec![live.clone()];
    for part in parts.iter().skip(1).rev() {
        let next = after.last().expect("it begins with one") & &part.all;
        after.push(next);
    }
    let mut before = live.clone();
    let mut found = Vec::with_capacity(parts.len());
    for (part, after) in parts.iter().zip(after.iter().rev()) {
        found.push(&before & after);
        before &= &part.all;
    }
    found
}

fn counts(
    index: &OfferIndex,
    parts: &[Part],
    without: &[RoaringBitmap],
    rows: &RoaringBitmap,
) -> Vec<(Filter, Vec<u64>)> {
    index
        .filters
        .iter()
        .map(|(filter, values)| {
            let own = parts
                .iter()
                .position(|part| part.what == Relaxation::Filter(*filter));
            let among = own.map_or(rows, |rank| &without[rank]);
            let counts = values.iter().map(|value| {
                if let ([code], []) = (value.stated.as_slice(), value.possible.as_slice()) {
                    return index.count_among(code, among);
                }
                let codes = value.stated.iter().chain(&value.possible);
                index.with_codes(codes).intersection_len(among)
            });
            (*filter, counts.collect())
        })
        .collect()
}

/// How far each offer is.
pub(super) struct Distances<'i> {
    index: &'i OfferIndex,
    /// Kilometres by place; not a number outside the circle and where the place is not known.
    km: Vec<f32>,
    /// Rows within the circle.
    pub within: RoaringBitmap,
}

impl<'i> Distances<'i> {
    fn of(index: &'i OfferIndex, near: Near) -> Self {
        let reach = near.reach();
        let km_to = |site: Option<&Site>| {
            let position = site.and_then(|site| site.position);
            let position = position.filter(|position| position.chord_2(near.centre) <= reach);
            position.map_or(f32::NAN, |position| position.distance_km(near.centre))
        };
        let mut found = Self {
            index,
            km: index.places.values().map(km_to).collect(),
            within: RoaringBitmap::new(),
        };
        let is_within = |row: &u32| found.km(*row) <= near.radius_km;
        found.within = index.live.iter().filter(is_within).collect();
        found
    }

    /// Kilometres to an offer.
    pub(super) fn km(&self, row: u32) -> f32 {
        self.km[self.index.places.of(row) as usize]
    }
}

#[cfg(test)]
#[path = "answer_tests.rs"]
mod tests;
