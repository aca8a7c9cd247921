//! The boards of the region: which meetings are held, by whom, on which day.

use serde::Deserialize;

use super::tables::{self, List};

/// A board, as `boards.csv` describes it.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Board {
    /// Its name in the tables.
    pub board: String,
    /// Letters of its identifiers.
    pub short: String,
    /// Its name for people.
    pub name: String,
    /// Weight among the reports.
    pub share: u64,
    /// Number of hospitals that hold it.
    pub sites: u64,
    /// 1 for Monday.
    pub weekday: u8,
    /// Local hour of the meeting.
    pub hour: u8,
    /// Specialities around the table, `SM24`…; the coordinator's first, then the surgeon's.
    pub specialties: List,
    /// What sort of meeting it is.
    pub kind: BoardKind,
    /// Guideline that it follows.
    pub guideline: String,
}

/// What sort of meeting a board is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum BoardKind {
    /// A local board.
    Ordinary,
    /// A board of children and adolescents.
    Paediatric,
    /// A board that other boards refer cases to.
    Recours,
}

impl Board {
    /// The boards of the file, in its order.
    pub(super) fn all() -> Vec<Self> {
        tables::read(include_str!("boards.csv"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::terminology::Terminology;

    #[test]
    fn every_speciality_is_one_that_a_document_may_carry() {
        let terminology = Terminology::embedded();
        let allowed = terminology
            .value_set("JDV_J01-XdsAuthorSpecialty-CISIS")
            .expect("J01");
        for board in Board::all() {
            assert!(board.specialties.0.len() >= 5, "{}", board.board);
            for specialty in &board.specialties.0 {
                let code = format!("G15_10/{specialty}");
                assert!(allowed.find(&code).is_some(), "{code}");
            }
        }
    }

    #[test]
    fn the_usual_boards_are_there() {
        let boards = Board::all();
        assert_eq!(boards.len(), 12);
        let count = |kind| boards.iter().filter(|b| b.kind == kind).count();
        assert_eq!(
            (count(BoardKind::Paediatric), count(BoardKind::Recours)),
            (1, 1)
        );
    }
}
