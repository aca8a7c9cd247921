//! An offer as a list shows it.

use time::Date;

use super::{Position, index::OfferIndex, reading::Address};

/// An offer of an index.
#[derive(Clone, Copy)]
pub struct PublishedOffer<'i> {
    pub(super) index: &'i OfferIndex,
    pub(super) row: u32,
}

impl<'i> PublishedOffer<'i> {
    /// Its id.
    #[must_use]
    pub fn id(self) -> &'i str {
        self.index.rows.id(self.row)
    }

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'i str {
        self.index.rows.name(self.row)
    }

    /// Id of the structure that gives it; empty when it has none.
    #[must_use]
    pub fn structure_id(self) -> &'i str {
        let structures = &self.index.structures;
        structures.get(structures.of(self.row)).0
    }

    /// Name of the structure that gives it.
    #[must_use]
    pub fn structure_name(self) -> &'i str {
        let structures = &self.index.structures;
        structures.get(structures.of(self.row)).1
    }

    /// Where it is given.
    #[must_use]
    pub fn address(self) -> &'i Address {
        let places = &self.index.places;
        &places.get(places.of(self.row)).1.address
    }

    /// Where that stands on the globe, when it is said.
    #[must_use]
    pub fn position(self) -> Option<Position> {
        let places = &self.index.places;
        places.get(places.of(self.row)).1.position
    }

    /// What it is found by: pivot codes, and those of [`super::department_code`] and of the costs.
    pub fn codes(self) -> impl Iterator<Item = &'i str> {
        let codes = self.index.rows.codes(self.row).iter();
        codes.map(|rank| self.index.codes.text(u32::from(*rank)))
    }

    /// Telephones that everybody may call.
    pub fn phones(self) -> impl Iterator<Item = &'i str> {
        self.index.rows.phones(self.row)
    }

    /// Web sites, `http` or `https` only.
    pub fn websites(self) -> impl Iterator<Item = &'i str> {
        self.index.rows.websites(self.row)
    }

    /// Day of the last verification by a person.
    #[must_use]
    pub fn verified_on(self) -> Option<Date> {
        self.index.rows.days(self.row).0
    }

    /// Day of the next one.
    #[must_use]
    pub fn next_review(self) -> Option<Date> {
        self.index.rows.days(self.row).1
    }
}
