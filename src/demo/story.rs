//! What happened to one patient, from the diagnosis to the meeting: every report tells one story.

use time::{Date, Duration};

use super::{
    boards::Board,
    cases::{CaseModel, Extent, Spread, Stage, Step, StepKind},
    dice::{Dice, Topic},
    patients::{Origin, Person},
    region::Region,
    timeline,
};

/// Where in the course of the disease a case is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Turn {
    /// Before any treatment.
    Initial,
    /// After the first step of the treatment.
    AfterFirstStep,
    /// The disease came back.
    Relapse,
}

/// A step of treatment that is behind, or under way.
pub(super) struct PastStep<'r> {
    pub step: &'r Step,
    pub start: Date,
    /// None while it goes on.
    pub end: Option<Date>,
}

/// One patient before one meeting.
pub(super) struct Story<'r> {
    pub board: &'r Board,
    /// Rank of the board.
    pub board_rank: usize,
    /// Which of the hospitals that hold the board, from 0.
    pub site: usize,
    pub model: &'r CaseModel,
    pub person: Person,
    pub turn: Turn,
    /// Stage at the diagnosis.
    pub stage: &'r Stage,
    /// How far the disease has spread now.
    pub spread: Spread,
    pub is_left: bool,
    pub diagnosed_on: Date,
    pub met_on: Date,
    pub past: Vec<PastStep<'r>>,
    /// What remains to be done.
    pub plan: &'r [Step],
    /// Another possible first step, when there is one.
    pub alternative: Option<&'r Step>,
    /// Rank of the attending physician; none when the patient has none, or nobody knows.
    pub physician: AttendingPhysicianRank,
}

/// Who attends the patient.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum AttendingPhysicianRank {
    Known(usize),
    None,
    Unknown,
}

/// Which case a report is about, and at which of its meetings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    /// Rank of the case.
    pub case_rank: usize,
    /// True for the second meeting about it.
    pub is_second_meeting: bool,
    /// Rank of the report that this one replaces.
    pub replaces: Option<usize>,
}

/// Reports come in groups of 20: sixteen new cases, two corrected reports, two second meetings.
const GROUP: usize = 20;
const CASES_OF_A_GROUP: usize = 16;
const CORRECTED: [usize; 2] = [3, 9];
const SHOWN_TWICE: [usize; 2] = [5, 12];

impl Place {
    /// The place of the report of that rank.
    pub(super) fn of(rank: usize) -> Self {
        let (group, within) = (rank / GROUP, rank % GROUP);
        let case = |within| group * CASES_OF_A_GROUP + within;
        let (corrected, second) = (CASES_OF_A_GROUP, CASES_OF_A_GROUP + CORRECTED.len());
        if within < corrected {
            Self {
                case_rank: case(within),
                is_second_meeting: false,
                replaces: None,
            }
        } else if within < second {
            let replaced = CORRECTED[within - corrected];
            Self {
                case_rank: case(replaced),
                is_second_meeting: false,
                replaces: Some(group * GROUP + replaced),
            }
        } else {
            Self {
                case_rank: case(SHOWN_TWICE[within - second]),
                is_second_meeting: true,
                replaces: None,
            }
        }
    }
}

impl<'r> Story<'r> {
    /// The story of a case, at its first or second meeting.
    pub(super) fn tell(region: &'r Region<'_>, place: Place) -> Self {
        let dice = &mut Dice::new(region.plan.seed, Topic::Case, place.case_rank);
        let ranks: Vec<usize> = (0..region.boards.len()).collect();
        let board_rank = *dice.weighted(&ranks, |rank| region.boards[*rank].share);
        let board = &region.boards[board_rank];
        let site = dice.below(board.sites) as usize;
        let models: Vec<&CaseModel> = region.cases_of(&board.board).collect();
        let model = *dice.weighted(&models, |model| model.weight);
        let is_shown_twice = SHOWN_TWICE.contains(&(place.case_rank % CASES_OF_A_GROUP));
        let turn = if is_shown_twice {
            Turn::Initial
        } else {
            match *dice.pick(&TURNS) {
                Turn::Relapse if model.relapse().is_none() => Turn::Initial,
                turn => turn,
            }
        };
        let extent = first_extent(model, turn, dice);
        let stage = dice.pick(&extent.stages);
        let plan = dice.pick(&extent.plans);
        let met_on = meeting_day(region, board, is_shown_twice, dice);
        let diagnosed_on = diagnosis_day(turn, met_on, dice);
        let age = dice.between(model.ages.0, model.ages.1);
        let hospital = &region.structures[region.hospital(board_rank, site)];
        let origin = Origin {
            case_rank: place.case_rank,
            gender: model.gender,
            age,
            diagnosed_on,
            department: &region.communes[hospital.commune].department,
        };
        let patient_dice = &mut Dice::new(region.plan.seed, Topic::Patient, place.case_rank);
        let person = Person::throw(region, origin, patient_dice);
        let physician = physician(region, person.department(region), dice);
        let mut story = Self {
            board,
            board_rank,
            site,
            model,
            person,
            turn,
            stage,
            spread: extent.spread,
            is_left: dice.chance(50),
            diagnosed_on,
            met_on,
            past: Vec::new(),
            plan,
            alternative: alternative(extent, plan, dice),
            physician,
        };
        story.go_on(plan, place, dice);
        story
    }

    /// Puts behind what was done before this meeting.
    fn go_on(&mut self, plan: &'r [Step], place: Place, dice: &mut Dice) {
        if place.is_second_meeting {
            let first_meeting = self.met_on;
            let later = first_meeting + Duration::days(dice.between(90, 150));
            self.met_on = timeline::on_or_before(later, self.board.weekday);
            self.turn = Turn::AfterFirstStep;
            self.first_step_done(plan, first_meeting + Duration::days(14));
        } else if self.turn == Turn::AfterFirstStep {
            let start = self.diagnosed_on + Duration::days(dice.between(20, 35));
            self.first_step_done(plan, start);
        } else if self.turn == Turn::Relapse {
            self.all_steps_done(plan);
            self.alternative = None;
            if let Some((spread, plans)) = self.model.relapse() {
                self.spread = spread.unwrap_or(self.spread);
                self.plan = dice.pick::<Vec<Step>>(plans);
            }
        }
    }

    fn first_step_done(&mut self, plan: &'r [Step], start: Date) {
        let Some((step, rest)) = plan.split_first() else {
            return;
        };
        self.plan = rest;
        self.alternative = None;
        if step.kind.is_watching() {
            return;
        }
        let end = if step.kind == StepKind::Surgery {
            start
        } else {
            self.met_on - Duration::days(8)
        };
        let goes_on = rest.is_empty() && end != start;
        self.past.push(PastStep {
            step,
            start,
            end: (!goes_on).then_some(end),
        });
    }

    fn all_steps_done(&mut self, plan: &'r [Step]) {
        let treated = plan.iter().filter(|step| !step.kind.is_watching());
        self.past = treated
            .enumerate()
            .map(|(rank, step)| {
                let start = self.diagnosed_on + Duration::days(30 + 120 * rank as i64);
                let days = match step.kind {
                    StepKind::Surgery => 0,
                    _ => 84,
                };
                PastStep {
                    step,
                    start,
                    end: Some(start + Duration::days(days)),
                }
            })
            .collect();
    }
}

/// How often cases are shown at each turn.
const TURNS: [Turn; 8] = [
    Turn::Initial,
    Turn::Initial,
    Turn::Initial,
    Turn::Initial,
    Turn::AfterFirstStep,
    Turn::AfterFirstStep,
    Turn::AfterFirstStep,
    Turn::Relapse,
];

/// How far the disease had spread when it was found.
fn first_extent<'r>(model: &'r CaseModel, turn: Turn, dice: &mut Dice) -> &'r Extent {
    let weight = |extent: &Extent| match (extent.spread, turn) {
        (Spread::Early, Turn::Initial) => 5,
        (Spread::Early, Turn::AfterFirstStep | Turn::Relapse) => 6,
        (Spread::Advanced, _) => 3,
        (Spread::Metastatic, Turn::Initial) => 2,
        (Spread::Metastatic, Turn::AfterFirstStep) => 1,
        (Spread::Metastatic, Turn::Relapse) => 0,
    };
    dice.weighted(&model.extents, weight)
}

fn meeting_day(region: &Region<'_>, board: &Board, is_shown_twice: bool, dice: &mut Dice) -> Date {
    let reference_day = region.plan.reference_day;
    let day = if is_shown_twice {
        dice.day_before(reference_day, 200, 480)
    } else {
        dice.day_before(reference_day, 8, 330)
    };
    timeline::on_or_before(day, board.weekday)
}

fn diagnosis_day(turn: Turn, met_on: Date, dice: &mut Dice) -> Date {
    match turn {
        Turn::Initial => dice.day_before(met_on, 8, 45),
        Turn::AfterFirstStep => dice.day_before(met_on, 70, 130),
        Turn::Relapse => dice.day_before(met_on, 730, 2_200),
    }
}

/// The first step of another plan for the same extent, now and then.
fn alternative<'r>(extent: &'r Extent, plan: &[Step], dice: &mut Dice) -> Option<&'r Step> {
    let other = dice.pick(&extent.plans).first()?;
    let is_other = plan.first().is_some_and(|first| first.label != other.label);
    (is_other && dice.chance(25)).then_some(other)
}

fn physician(region: &Region<'_>, department: &str, dice: &mut Dice) -> AttendingPhysicianRank {
    match dice.below(100) {
        0..5 => AttendingPhysicianRank::None,
        5..9 => AttendingPhysicianRank::Unknown,
        _ => AttendingPhysicianRank::Known(region.any_physician(department, dice)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reports_are_about_new_cases_corrected_reports_and_second_meetings() {
        let places: Vec<Place> = (0..300).map(Place::of).collect();
        let replaced = places.iter().filter(|place| place.replaces.is_some());
        assert_eq!(replaced.count(), 30);
        assert_eq!(
            places
                .iter()
                .filter(|place| place.is_second_meeting)
                .count(),
            30
        );
        assert_eq!(
            places[36],
            Place {
                case_rank: 19,
                is_second_meeting: false,
                replaces: Some(23)
            }
        );
        assert_eq!(Place::of(23).case_rank, 19);
        assert_eq!(places[18].case_rank, Place::of(5).case_rank);
    }
}
