//! The index of the published offers.
//!
//! A row is one state of one offer and never changes: an offer that changes gets a new row, and its
//! old one is no longer live. Cloning an index costs a few milliseconds for 200,000 offers: what both
//! share is only counted.

use std::{collections::HashMap, sync::Arc};

use roaring::RoaringBitmap;

use super::{
    Position,
    filter::{Filter, FilterValue},
    order::NameOrder,
    published::{PublishedOffer, ReadOffer},
    words::WordIndex,
};
use crate::terminology::Terminology;

/// Every published offer, and the rows that each filter, word and structure stands for.
#[derive(Clone)]
pub struct OfferIndex {
    pub(super) rows: Vec<Arc<PublishedOffer>>,
    /// Where each row is, side by side: a search around a place looks at all of them.
    pub(super) positions: Vec<Option<Position>>,
    /// Rows that are the present state of an offer.
    pub(super) live: RoaringBitmap,
    pub(super) words: WordIndex,
    pub(super) title_words: WordIndex,
    pub(super) order: NameOrder,
    pub(super) filters: Arc<Vec<(Filter, Vec<FilterValue>)>>,
    codes: Arc<Codes>,
    columns: Vec<Arc<RoaringBitmap>>,
    /// Rows by the id of their structure, and of their place.
    holders: WordIndex,
}

/// Codes of the offers, each with a rank.
#[derive(Clone, Default)]
struct Codes {
    names: Vec<Box<str>>,
    ranks: HashMap<Box<str>, u16>,
}

impl OfferIndex {
    /// An index without offers, with the filters that these lists give.
    #[must_use]
    pub fn new(terminology: &Terminology) -> Self {
        let filters = Filter::ALL.map(|filter| (filter, filter.values(terminology)));
        Self {
            rows: Vec::new(),
            positions: Vec::new(),
            live: RoaringBitmap::new(),
            words: WordIndex::default(),
            title_words: WordIndex::default(),
            order: NameOrder::default(),
            filters: Arc::new(filters.into()),
            codes: Arc::default(),
            columns: Vec::new(),
            holders: WordIndex::default(),
        }
    }

    /// Adds offers; returns the row of the first, the others follow it.
    ///
    /// # Panics
    /// After four thousand million rows, or 65,000 different codes: no directory comes near.
    pub fn add(&mut self, offers: Vec<ReadOffer>) -> u32 {
        let first = u32::try_from(self.rows.len()).expect("fewer rows than that");
        let mut words: HashMap<String, Vec<u32>> = HashMap::new();
        let mut title_words: HashMap<String, Vec<u32>> = HashMap::new();
        let mut holders: HashMap<String, Vec<u32>> = HashMap::new();
        let last = first + u32::try_from(offers.len()).expect("fewer rows than that");
        for (row, read) in (first..last).zip(offers) {
            let mut offer = read.offer;
            offer.codes = read.codes.into_iter().map(|code| self.rank(code)).collect();
            for rank in &offer.codes {
                Arc::make_mut(&mut self.columns[usize::from(*rank)]).insert(row);
            }
            for (found, into) in [
                (read.words, &mut words),
                (read.title_words, &mut title_words),
            ] {
                for word in found {
                    into.entry(word).or_default().push(row);
                }
            }
            for holder in [
                structure_key(&offer.structure.id),
                place_key(&offer.place.id),
            ] {
                holders.entry(holder).or_default().push(row);
            }
            self.live.insert(row);
            self.positions.push(offer.place.position);
            self.rows.push(Arc::new(offer));
        }
        self.words.add(words);
        self.title_words.add(title_words);
        self.holders.add(holders);
        self.order.add(&self.rows, first);
        first
    }

    /// Takes the offers of these rows out.
    pub fn remove(&mut self, rows: impl IntoIterator<Item = u32>) {
        for row in rows {
            self.live.remove(row);
        }
    }

    /// How many offers there are.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.live.len()
    }

    /// True when no offer is published.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.live.is_empty()
    }

    /// Rows that are no longer the state of an offer.
    #[must_use]
    pub fn dead(&self) -> u64 {
        self.rows.len() as u64 - self.live.len()
    }

    /// Every offer, by name.
    pub fn offers(&self) -> impl Iterator<Item = &PublishedOffer> {
        let live = self.order.rows().filter(|row| self.live.contains(*row));
        live.map(|row| &*self.rows[row as usize])
    }

    /// Rows of every offer, by name; [`OfferIndex::offer`] reads one.
    #[must_use]
    pub fn rows_by_name(&self) -> Vec<u32> {
        let rows = self.order.rows();
        rows.filter(|row| self.live.contains(*row)).collect()
    }

    /// The offer of a row that this index gave.
    ///
    /// # Panics
    /// When another index gave it.
    #[must_use]
    pub fn offer(&self, row: u32) -> &PublishedOffer {
        &self.rows[row as usize]
    }

    /// The offers of a structure, by name.
    #[must_use]
    pub fn of_structure(&self, id: &str) -> Vec<&PublishedOffer> {
        let mut found: Vec<_> = self.held(&structure_key(id)).collect();
        found.sort_by(|one, other| (&one.sort_name, &one.id).cmp(&(&other.sort_name, &other.id)));
        found
    }

    /// Ids of the offers that a structure gives, or that are given at a place.
    #[must_use]
    pub fn held_by(&self, id_of_structure_or_place: &str) -> Vec<String> {
        [
            structure_key(id_of_structure_or_place),
            place_key(id_of_structure_or_place),
        ]
        .iter()
        .flat_map(|key| self.held(key))
        .map(|offer| offer.id.to_string())
        .collect()
    }

    fn held(&self, key: &str) -> impl Iterator<Item = &PublishedOffer> {
        let rows = self.holders.rows(key).map(|rows| rows & &self.live);
        rows.unwrap_or_default()
            .into_iter()
            .map(|row| &*self.rows[row as usize])
    }

    /// Codes of an offer: pivot codes, and those of [`super::department_code`] and of the costs.
    pub fn codes_of<'i>(&'i self, offer: &'i PublishedOffer) -> impl Iterator<Item = &'i str> {
        let names = &self.codes.names;
        offer.codes.iter().map(|rank| &*names[usize::from(*rank)])
    }

    /// Live rows that have one of these codes.
    pub(super) fn with_codes<'c>(
        &self,
        codes: impl IntoIterator<Item = &'c String>,
    ) -> RoaringBitmap {
        let mut found = RoaringBitmap::new();
        for code in codes {
            if let Some(rank) = self.codes.ranks.get(code.as_str()) {
                found |= &*self.columns[usize::from(*rank)];
            }
        }
        found &= &self.live;
        found
    }

    /// How many of these rows have a code.
    pub(super) fn count_among(&self, code: &str, rows: &RoaringBitmap) -> u64 {
        let rank = self.codes.ranks.get(code);
        rank.map_or(0, |rank| {
            self.columns[usize::from(*rank)].intersection_len(rows)
        })
    }

    /// The filters and their values, in the order of the counts of an answer.
    #[must_use]
    pub fn filters(&self) -> &[(Filter, Vec<FilterValue>)] {
        &self.filters
    }

    fn rank(&mut self, code: String) -> u16 {
        if let Some(rank) = self.codes.ranks.get(code.as_str()) {
            return *rank;
        }
        let codes = Arc::make_mut(&mut self.codes);
        let rank = u16::try_from(codes.names.len()).expect("fewer codes than that");
        codes.names.push(code.clone().into());
        codes.ranks.insert(code.into(), rank);
        self.columns.push(Arc::default());
        rank
    }
}

fn structure_key(id: &str) -> String {
    format!("structure {id}")
}

fn place_key(id: &str) -> String {
    format!("place {id}")
}
