//! The region as a whole: what its lists are made from, and the lists.

use serde_json::Value;

use super::{
    communes::Commune,
    offers::{self, Words},
    physicians::{self, Physician},
    plan::Plan,
    practitioner,
    structures::{self, Kind, Structure},
};
use crate::{directory::OfferForm, terminology::Terminology};

/// A demonstration region. It keeps its structures and physicians in memory and makes the rest
/// one by one, so that any number of offers or reports flows through.
pub struct Region<'t> {
    pub(super) plan: Plan,
    pub(super) terminology: &'t Terminology,
    pub(super) communes: Vec<Commune>,
    pub(super) kinds: Vec<Kind>,
    pub(super) words: Vec<Words>,
    pub(super) structures: Vec<Structure>,
    pub(super) physicians: Vec<Physician>,
}

impl<'t> Region<'t> {
    /// The region of that plan, in the words of `terminology`. A plan without a structure or
    /// without a physician is given one.
    #[must_use]
    pub fn generate(plan: Plan, terminology: &'t Terminology) -> Self {
        let plan = Plan {
            structures: plan.structures.max(1),
            physicians: plan.physicians.max(1),
            ..plan
        };
        let communes = Commune::all();
        let kinds = Kind::all();
        Self {
            plan,
            terminology,
            structures: structures::generate(plan, &kinds, &communes),
            physicians: physicians::generate(plan, &communes),
            communes,
            kinds,
            words: Words::all(),
        }
    }

    /// The plan it was made by.
    #[must_use]
    pub fn plan(&self) -> Plan {
        self.plan
    }

    /// The offers, as rows of the documented import file.
    pub fn offers(&self) -> impl Iterator<Item = OfferForm> {
        (0..self.plan.offers).map(|rank| offers::offer(self, rank))
    }

    /// What the national directory says of the attending physicians: FHIR `Practitioner`
    /// resources, without those whom it does not know.
    pub fn practitioners(&self) -> impl Iterator<Item = Value> {
        self.physicians
            .iter()
            .filter_map(|physician| practitioner::practitioner(physician, &self.communes))
    }
}
