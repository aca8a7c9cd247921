//! Structures that hold offers: hospitals, associations, health houses…

use std::collections::HashSet;

use serde::Deserialize;

use super::{
    communes::{self, Commune},
    dice::{Dice, Topic},
    names,
    plan::Plan,
    tables::{self, List, Weights},
};
use crate::identifiers::{Finess, luhn_check_digit};

/// A kind of structure, as `structure-kinds.csv` describes it.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Kind {
    /// Facet code, `STR-…`.
    pub kind: String,
    share: u64,
    /// Offers that one structure has, relative to the others.
    pub volume: u64,
    smallest_commune: u64,
    names: List,
    /// Categories of its offers.
    pub categories: Weights,
    /// Places where it gives care.
    pub places: Weights,
}

/// One invented structure.
#[derive(Clone, Debug)]
pub(super) struct Structure {
    /// Rank of its kind.
    pub kind: usize,
    pub finess: Finess,
    pub name: String,
    /// Rank of its commune.
    pub commune: usize,
    pub house_number: String,
    pub street: &'static str,
    pub latitude: String,
    pub longitude: String,
    pub phone: String,
    /// Label of its hosts: they all end in `.invalid`.
    pub host: String,
    pub has_mailbox: bool,
    pub has_website: bool,
}

impl Kind {
    /// The kinds of the file, in its order.
    pub(super) fn all() -> Vec<Self> {
        tables::read(include_str!("structure-kinds.csv"))
    }

    /// True when the structure has beds: it gives the care that only a hospital gives.
    pub(super) fn is_hospital(&self) -> bool {
        let place = |wanted| self.places.0.iter().any(|(place, _)| place == wanted);
        place("LIEU-ETAB") || place("LIEU-SMR")
    }

    /// True for the hospitals where meetings are held.
    pub(super) fn holds_meetings(&self) -> bool {
        self.kind == "STR-CLCC" || self.kind == "STR-AUT"
    }
}

/// The structures of the plan, those of a kind together.
pub(super) fn generate(plan: Plan, kinds: &[Kind], communes: &[Commune]) -> Vec<Structure> {
    let mut taken = HashSet::new();
    let mut structures = Vec::with_capacity(plan.structures);
    for (kind_rank, count) in counts(plan.structures as u64, kinds)
        .into_iter()
        .enumerate()
    {
        for _ in 0..count {
            let rank = structures.len();
            let mut dice = Dice::new(plan.seed, Topic::Structure, rank);
            let place = Place {
                rank,
                kind_rank,
                kind: &kinds[kind_rank],
                communes,
            };
            structures.push(structure(place, &mut taken, &mut dice));
        }
    }
    structures
}

/// How many structures of each kind make `total`, in the proportion of their shares.
fn counts(total: u64, kinds: &[Kind]) -> Vec<u64> {
    let shares: u64 = kinds.iter().map(|kind| kind.share).sum();
    let mut before = 0;
    let mut given = 0;
    kinds
        .iter()
        .map(|kind| {
            before += kind.share;
            let up_to_here = total * before / shares;
            let own = up_to_here - given;
            given = up_to_here;
            own
        })
        .collect()
}

/// What a structure is made from.
struct Place<'a> {
    rank: usize,
    kind_rank: usize,
    kind: &'a Kind,
    communes: &'a [Commune],
}

fn structure(place: Place<'_>, taken: &mut HashSet<String>, dice: &mut Dice) -> Structure {
    let ranks: Vec<usize> = (0..place.communes.len())
        .filter(|rank| place.communes[*rank].population >= place.kind.smallest_commune)
        .collect();
    let commune_rank = *dice.weighted(&ranks, |rank| place.communes[*rank].weight());
    let commune = &place.communes[commune_rank];
    let pattern = dice.pick(&place.kind.names.0);
    let name = free_name(pattern, &commune.name, taken, dice);
    let (house_number, street) = communes::street(dice);
    let (latitude, longitude) = commune.point(dice);
    Structure {
        kind: place.kind_rank,
        finess: finess(&commune.department, place.rank),
        host: names::host_label(&name),
        name,
        commune: commune_rank,
        house_number,
        street,
        latitude,
        longitude,
        phone: names::phone(dice),
        has_mailbox: dice.chance(55),
        has_website: dice.chance(70),
    }
}

/// A name that no structure bears yet.
fn free_name(pattern: &str, commune: &str, taken: &mut HashSet<String>, dice: &mut Dice) -> String {
    let mut attempts = 0;
    loop {
        attempts += 1;
        let ordinal = match attempts {
            ..=40 => String::new(),
            later => format!(" {}", later - 39),
        };
        let named = pattern.replace("{word}", names::word(dice));
        let name = format!("{named}{ordinal} – {commune}");
        if taken.insert(name.clone()) {
            return name;
        }
    }
}

/// An invented FINESS number: real ones of these departments go on with a zero, these with a nine.
fn finess(department: &str, rank: usize) -> Finess {
    let payload = format!("{department}9{:05}", rank % 100_000);
    let key = luhn_check_digit(&payload).expect("digits only");
    format!("{payload}{key}")
        .parse()
        .expect("its key was just made")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::terminology::Terminology;

    fn generated(structures: usize) -> Vec<Structure> {
        let plan = Plan {
            structures,
            ..Plan::default()
        };
        generate(plan, &Kind::all(), &Commune::all())
    }

    #[test]
    fn every_kind_is_a_value_of_the_facet_and_has_known_words() {
        let terminology = Terminology::embedded();
        for kind in Kind::all() {
            assert!(terminology.facet(&kind.kind).is_some(), "{}", kind.kind);
            for (category, _) in &kind.categories.0 {
                assert!(terminology.category(category).is_some(), "{category}");
            }
            for (place, _) in &kind.places.0 {
                assert!(terminology.facet(place).is_some(), "{place}");
            }
        }
    }

    #[test]
    fn structures_have_their_own_name_and_number() {
        let structures = generated(400);
        assert_eq!(structures.len(), 400);
        let names: HashSet<_> = structures.iter().map(|s| &s.name).collect();
        let numbers: HashSet<_> = structures.iter().map(|s| s.finess.as_str()).collect();
        assert_eq!((names.len(), numbers.len()), (400, 400));
    }

    #[test]
    fn every_kind_and_every_department_is_there() {
        let communes = Commune::all();
        let structures = generated(400);
        let kinds: HashSet<_> = structures.iter().map(|s| s.kind).collect();
        assert_eq!(kinds.len(), Kind::all().len());
        let departments: HashSet<_> = structures
            .iter()
            .map(|s| communes[s.commune].department.as_str())
            .collect();
        assert_eq!(departments.len(), 4);
    }

    #[test]
    fn any_number_of_structures_can_be_made() {
        for number in [1, 7, 5_000] {
            assert_eq!(generated(number).len(), number);
        }
    }
}
