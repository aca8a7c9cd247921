//! What an import did, for the one who started it.

use std::{collections::BTreeMap, path::PathBuf};

use crate::{
    directory::{Divergence, MappingLoss, RoundTrip},
    finding::Finding,
    storage::Upsert,
};

/// Refusals and warnings kept in detail; all of them are counted.
const MAX_DETAILS: usize = 1_000;

/// What became of the records of one kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ImportCount {
    /// New.
    pub created: u64,
    /// Changed since.
    pub updated: u64,
    /// As they were.
    pub unchanged: u64,
}

impl ImportCount {
    /// All of them.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.created + self.updated + self.unchanged
    }

    pub(super) fn add(&mut self, upsert: Upsert) {
        match upsert {
            Upsert::Created => self.created += 1,
            Upsert::Updated => self.updated += 1,
            Upsert::Unchanged => self.unchanged += 1,
        }
    }
}

/// Findings about one record, or about a file as a whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportRemark {
    /// The file.
    pub file: PathBuf,
    /// Line, row or entry in it, from 1; 0 for the file as a whole.
    pub place: u64,
    /// What is wrong, or worth knowing.
    pub findings: Vec<Finding>,
}

/// A list that is told in part and counted whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told<T> {
    /// How many there are.
    pub count: u64,
    /// The first thousand.
    pub first: Vec<T>,
}

/// An offer whose national codes alone would not bring its categories and care types back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotComingBack {
    /// Its id.
    pub offer: String,
    /// What would be lost, and what gained.
    pub way_back: RoundTrip,
}

/// An offer that came back from the register.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReturnedOffer {
    /// Its id here.
    pub offer: String,
    /// In what it differs from what would be sent now.
    pub divergences: Vec<Divergence>,
}

impl<T> Default for Told<T> {
    fn default() -> Self {
        Self {
            count: 0,
            first: Vec::new(),
        }
    }
}

impl<T> Extend<T> for Told<T> {
    fn extend<I: IntoIterator<Item = T>>(&mut self, items: I) {
        for item in items {
            self.count += 1;
            if self.first.len() < MAX_DETAILS {
                self.first.push(item);
            }
        }
    }
}

/// What an import did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ImportReport {
    /// Structures.
    pub structures: ImportCount,
    /// Places.
    pub places: ImportCount,
    /// Offers.
    pub offers: ImportCount,
    /// Physicians put into the mirror.
    pub practitioners: u64,
    /// Records refused, all files together.
    pub refused_count: u64,
    /// Why, for the first thousand.
    pub refused: Vec<ImportRemark>,
    /// Files that could not be read, or not as far as their end.
    pub unreadable: Vec<ImportRemark>,
    /// Records accepted with a warning.
    pub warned_count: u64,
    /// Which warnings, for the first thousand.
    pub warned: Vec<ImportRemark>,
    /// Files with the refused records, to be corrected and sent again.
    pub refused_files: Vec<PathBuf>,
    /// What the national codes do not say, and of how many offers.
    pub losses: BTreeMap<MappingLoss, u64>,
    /// Offers whose national codes alone would not bring their categories and care types back.
    pub not_coming_back: Told<NotComingBack>,
    /// Offers that came back from the register and kept what is ours.
    pub returned: u64,
    /// Those of them that the register changed.
    pub diverging: Told<ReturnedOffer>,
}

impl ImportReport {
    /// True when not one record was read.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        let kept = self.structures.total() + self.places.total() + self.offers.total();
        kept + self.practitioners + self.refused_count == 0
    }

    /// True when everything that was given was taken.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.refused_count == 0 && self.unreadable.is_empty()
    }

    pub(super) fn refuse(&mut self, remark: ImportRemark) {
        self.refused_count += 1;
        if self.refused.len() < MAX_DETAILS {
            self.refused.push(remark);
        }
    }

    pub(super) fn warn(&mut self, remark: ImportRemark) {
        self.warned_count += 1;
        if self.warned.len() < MAX_DETAILS {
            self.warned.push(remark);
        }
    }
}
