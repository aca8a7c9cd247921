//! The region as a whole: what its lists are made from, and the lists.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{
    annuaire,
    boards::Board,
    cases::CaseModel,
    communes::Commune,
    dice::Dice,
    offers::{self, Words},
    physicians::{self, Physician},
    plan::Plan,
    practitioner, reports,
    structures::{self, Kind, Structure},
};
use crate::{
    directory::OfferForm,
    rcp::{Coded, RcpReport},
    terminology::Terminology,
};

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
    pub(super) boards: Vec<Board>,
    cases: Vec<CaseModel>,
    /// Ranks of the structures where meetings are held; at least one.
    pub(super) hospitals: Vec<usize>,
    /// Ranks of the structures that manage the meetings; at least one.
    coordination_centres: Vec<usize>,
    /// Volumes of the structures, each added to those before it.
    volumes: Vec<u64>,
    /// Ranks of the physicians, by department.
    physicians_of: BTreeMap<String, Vec<usize>>,
}

/// Hospitals that hold meetings, at most: a region has no more, however many its structures.
const MOST_HOSPITALS: usize = 60;

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
        let structures = structures::generate(plan, &kinds, &communes);
        let physicians = physicians::generate(plan, &communes);
        let mut physicians_of: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for (rank, physician) in physicians.iter().enumerate() {
            let department = communes[physician.commune].department.clone();
            physicians_of.entry(department).or_default().push(rank);
        }
        Self {
            plan,
            terminology,
            hospitals: ranks_of(&structures, |structure| {
                kinds[structure.kind].holds_meetings()
            }),
            coordination_centres: ranks_of(&structures, |structure| {
                kinds[structure.kind].kind == "STR-3C"
            }),
            volumes: structures
                .iter()
                .scan(0, |total, structure| {
                    *total += kinds[structure.kind].volume;
                    Some(*total)
                })
                .collect(),
            structures,
            physicians,
            physicians_of,
            communes,
            kinds,
            words: Words::all(),
            boards: Board::all(),
            cases: CaseModel::all(),
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

    /// The same with their practices, as the interface of the national directory gives them.
    pub fn annuaire(&self) -> impl Iterator<Item = Value> {
        self.physicians
            .iter()
            .enumerate()
            .flat_map(|(rank, physician)| annuaire::resources(physician, rank, &self.communes))
    }

    /// The reports of multidisciplinary meetings, made one by one. The same rank is the same
    /// report, however many there are.
    pub fn reports(&self) -> impl Iterator<Item = RcpReport> {
        (0..self.plan.fiches).map(|rank| reports::report(self, rank))
    }

    /// Rank, among the hospitals that hold meetings, of a site of a board.
    pub(super) fn hospital_rank(&self, board_rank: usize, site: usize) -> usize {
        (board_rank * 3 + site * 5) % self.hospitals.len()
    }

    /// Rank, among the structures, of a site of a board.
    pub(super) fn hospital(&self, board_rank: usize, site: usize) -> usize {
        self.hospitals[self.hospital_rank(board_rank, site)]
    }

    /// A structure, the likelier the more offers its kind has.
    pub(super) fn any_structure(&self, dice: &mut Dice) -> &Structure {
        let thrown = dice.below(self.volumes.last().copied().unwrap_or_default());
        let rank = self.volumes.partition_point(|total| *total <= thrown);
        &self.structures[rank.min(self.structures.len() - 1)]
    }

    /// A physician of that department, or of another when it has none.
    pub(super) fn any_physician(&self, department: &str, dice: &mut Dice) -> usize {
        match self.physicians_of.get(department) {
            Some(ranks) => *dice.pick(ranks),
            None => dice.below(self.physicians.len() as u64) as usize,
        }
    }

    /// The cases that a board is shown.
    pub(super) fn cases_of<'r>(&'r self, board: &str) -> impl Iterator<Item = &'r CaseModel> {
        self.cases.iter().filter(move |case| case.board == board)
    }

    /// The structure that manages the meetings of a hospital.
    pub(super) fn coordination_centre(&self, hospital_rank: usize) -> &Structure {
        let centres = &self.coordination_centres;
        &self.structures[centres[hospital_rank % centres.len()]]
    }

    /// A code of a national set, with its system and its label; nothing when it is not in it.
    pub(super) fn coded(&self, set: &str, code: &str) -> Option<Coded> {
        let concept = self.terminology.value_set(set)?.find(code)?;
        Some(Coded {
            code: Some(concept.code.clone()),
            system: Some(concept.system.to_string()),
            display: Some(concept.display.clone()),
            text: None,
        })
    }
}

/// Ranks of the structures wanted, or of the first one when there is none.
fn ranks_of(structures: &[Structure], is_wanted: impl Fn(&Structure) -> bool) -> Vec<usize> {
    let ranks = (0..structures.len()).filter(|rank| is_wanted(&structures[*rank]));
    let mut ranks: Vec<usize> = ranks.take(MOST_HOSPITALS).collect();
    if ranks.is_empty() {
        ranks.push(0);
    }
    ranks
}
