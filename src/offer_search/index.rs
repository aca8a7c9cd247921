//! The index of the published offers.
//!
//! A row is one state of one offer and never changes: an offer that changes gets a new row, and its
//! old one is no longer live. Cloning an index costs a few milliseconds for 200,000 offers: most of it
//! is shared.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use roaring::RoaringBitmap;

use super::{
    Position,
    filter::{Filter, FilterValue},
    holders::Holders,
    order::NameOrder,
    published::PublishedOffer,
    reading::{Address, Place, ReadOffer, Structure},
    row_ids::RowIds,
    rows::Rows,
    words::WordIndex,
};
use crate::{terminology::Terminology, texts::Numbering};

/// Every published offer, and the rows that each filter, word and structure stands for.
#[derive(Clone)]
pub struct OfferIndex {
    pub(super) rows: Rows,
    /// Names of the structures.
    pub(super) structures: Holders<Arc<str>>,
    pub(super) places: Holders<Site>,
    /// Rows that are the present state of an offer.
    pub(super) live: RoaringBitmap,
    pub(super) words: WordIndex,
    pub(super) title_words: WordIndex,
    pub(super) order: NameOrder,
    pub(super) filters: Arc<Vec<(Filter, Vec<FilterValue>)>>,
    /// Codes of the offers, each with a rank.
    pub(super) codes: Arc<Numbering>,
    columns: Vec<Arc<RoaringBitmap>>,
    ids: RowIds,
    /// The addresses of the places: many have the same.
    addresses: Arc<HashSet<Arc<Address>>>,
}

/// What is kept of a place.
#[derive(Clone, Default)]
pub(super) struct Site {
    pub(super) address: Arc<Address>,
    pub(super) position: Option<Position>,
}

impl OfferIndex {
    /// An index without offers, with the filters that these lists give.
    #[must_use]
    pub fn new(terminology: &Terminology) -> Self {
        let filters = Filter::ALL.map(|filter| (filter, filter.values(terminology)));
        Self {
            rows: Rows::default(),
            structures: Holders::default(),
            places: Holders::default(),
            live: RoaringBitmap::new(),
            words: WordIndex::default(),
            title_words: WordIndex::default(),
            order: NameOrder::default(),
            filters: Arc::new(filters.into()),
            codes: Arc::default(),
            columns: Vec::new(),
            ids: RowIds::default(),
            addresses: Arc::default(),
        }
    }

    /// Takes a structure in, for the offers that are added from now on.
    pub fn put_structure(&mut self, structure: &Structure) {
        self.structures
            .put(&structure.id, structure.name.as_str().into());
    }

    /// Takes a place in, for the offers that are added from now on.
    pub fn put_place(&mut self, place: Place) {
        let known = self.addresses.get(&place.address).map(Arc::clone);
        let address = known.unwrap_or_else(|| {
            let address = Arc::new(place.address);
            Arc::make_mut(&mut self.addresses).insert(Arc::clone(&address));
            address
        });
        let position = place.position;
        self.places.put(&place.id, Site { address, position });
    }

    /// Takes a structure out; the offers that it gave are to be [removed](OfferIndex::remove).
    pub fn forget_structure(&mut self, id: &str) {
        self.structures.forget(id);
    }

    /// Takes a place out; the offers that were given there are to be [removed](OfferIndex::remove).
    pub fn forget_place(&mut self, id: &str) {
        self.places.forget(id);
    }

    /// True when a structure was taken in.
    #[must_use]
    pub fn knows_structure(&self, id: &str) -> bool {
        self.structures.find(id).is_some()
    }

    /// True when a place was taken in.
    #[must_use]
    pub fn knows_place(&self, id: &str) -> bool {
        self.places.find(id).is_some()
    }

    /// Id and name of a structure that was taken in; empty for another.
    #[must_use]
    pub fn structure(&self, id: &str) -> (&str, &str) {
        let (id, name) = self
            .structures
            .get(self.structures.find(id).unwrap_or_default());
        (id, name)
    }

    /// Id and address of a place that was taken in; empty for another.
    #[must_use]
    pub fn place(&self, id: &str) -> (&str, &Address) {
        let (id, site) = self.places.get(self.places.find(id).unwrap_or_default());
        (id, &site.address)
    }

    /// Adds offers; returns the row of the first, the others follow it.
    ///
    /// # Panics
    /// After four thousand million rows, or 65,000 different codes: no directory comes near.
    pub fn add(&mut self, offers: &[ReadOffer]) -> u32 {
        let first = u32::try_from(self.rows.len()).expect("fewer rows than that");
        let mut words: HashMap<&str, Vec<u32>> = HashMap::new();
        let mut title_words: HashMap<&str, Vec<u32>> = HashMap::new();
        for (row, offer) in (first..).zip(offers) {
            let codes: Vec<u16> = offer.codes.iter().map(|code| self.rank(code)).collect();
            for rank in &codes {
                Arc::make_mut(&mut self.columns[usize::from(*rank)]).insert(row);
            }
            for (found, into) in [
                (&offer.words, &mut words),
                (&offer.title_words, &mut title_words),
            ] {
                for word in found {
                    into.entry(word).or_default().push(row);
                }
            }
            self.structures.push_row(&offer.structure_id);
            self.places.push_row(&offer.place_id);
            self.live.insert(row);
            self.rows.push(offer, codes.into_iter());
            self.ids.put(&self.rows, row);
        }
        self.words.add(words);
        self.title_words.add(title_words);
        self.order.add(&self.rows, first);
        first
    }

    /// Gives back the room that adding many offers took beyond what they need.
    pub fn close_up(&mut self) {
        self.words.close_up();
        self.title_words.close_up();
        self.columns.iter_mut().for_each(super::words::close_up);
    }

    /// The row of an offer.
    #[must_use]
    pub fn row_of(&self, id: &str) -> Option<u32> {
        let row = self.ids.find(&self.rows, id);
        row.filter(|row| self.live.contains(*row))
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
    pub fn offers(&self) -> impl Iterator<Item = PublishedOffer<'_>> {
        let live = self.order.rows().filter(|row| self.live.contains(*row));
        live.map(|row| self.offer(row))
    }

    /// Rows of every offer, by name; [`OfferIndex::offer`] reads one.
    #[must_use]
    pub fn rows_by_name(&self) -> Vec<u32> {
        let rows = self.order.rows();
        rows.filter(|row| self.live.contains(*row)).collect()
    }

    /// The offer of a row that this index gave; another's row is none of this one's.
    #[must_use]
    pub fn offer(&self, row: u32) -> PublishedOffer<'_> {
        PublishedOffer { index: self, row }
    }

    /// The offers of a structure, by name.
    #[must_use]
    pub fn of_structure(&self, id: &str) -> Vec<PublishedOffer<'_>> {
        let rows = self.structures.rows_of(id);
        let mut rows: Vec<u32> = rows.filter(|row| self.live.contains(*row)).collect();
        rows.sort_unstable_by_key(|row| self.order.place(*row));
        rows.into_iter().map(|row| self.offer(row)).collect()
    }

    /// Ids of the offers that a structure gives, or that are given at a place.
    pub fn held_by(&self, id_of_structure_or_place: &str) -> impl Iterator<Item = &str> {
        let of_structure = self.structures.rows_of(id_of_structure_or_place);
        let at_place = self.places.rows_of(id_of_structure_or_place);
        let live = of_structure
            .chain(at_place)
            .filter(|row| self.live.contains(*row));
        live.map(|row| self.rows.id(row))
    }

    /// Live rows that have one of these codes.
    pub(super) fn with_codes<'c>(
        &self,
        codes: impl IntoIterator<Item = &'c String>,
    ) -> RoaringBitmap {
        let mut found = RoaringBitmap::new();
        for code in codes {
            if let Some(rank) = self.codes.find(code) {
                found |= &*self.columns[rank as usize];
            }
        }
        found &= &self.live;
        found
    }

    /// How many of these rows have a code.
    pub(super) fn count_among(&self, code: &str, rows: &RoaringBitmap) -> u64 {
        let rank = self.codes.find(code);
        rank.map_or(0, |rank| self.columns[rank as usize].intersection_len(rows))
    }

    /// The filters and their values, in the order of the counts of an answer.
    #[must_use]
    pub fn filters(&self) -> &[(Filter, Vec<FilterValue>)] {
        &self.filters
    }

    fn rank(&mut self, code: &str) -> u16 {
        let known = self.codes.find(code);
        let rank = known.unwrap_or_else(|| {
            self.columns.push(Arc::default());
            Arc::make_mut(&mut self.codes).number(code)
        });
        u16::try_from(rank).expect("fewer codes than that")
    }
}
