//! What the machine must be, told differently: by words, from the whole past, with no state but the log.

use super::*;

/// Where the structure is, by what was accepted so far.
pub fn is_seen(log: &[Event]) -> bool {
    let last = log.iter().rev().find_map(|event| match &event.act {
        Act::TakeOver { .. } | Act::Confirm { .. } => Some(true),
        Act::Lapse | Act::Delist { .. } => Some(false),
        Act::Validate { .. } if event.author.role == Role::Regional => Some(true),
        _ => None,
    });
    last.unwrap_or(false)
}

/// Checks that whatever brought the structure in had both validations behind it.
pub fn check_validations(log: &[Event], kind: &str) -> Result<(), TestCaseError> {
    for (rank, event) in log.iter().enumerate() {
        let before = &log[..rank];
        match &event.act {
            Act::Validate { grid } => {
                prop_assert!(grid.0.len() == 8 && grid.0.iter().all(|verdict| verdict.is_valid));
                let handed_in = before
                    .iter()
                    .rposition(|event| matches!(event.act, Act::Submit { .. }))
                    .expect("nothing is validated that was not handed in");
                let since = &before[handed_in..];
                let is_closed =
                    |e: &Event| matches!(e.act, Act::Refuse { .. } | Act::Delist { .. });
                prop_assert!(!since.iter().any(is_closed));
                prop_assert_ne!(&since[0].author.id, &event.author.id, "own application");
                let territorial: Vec<_> = since
                    .iter()
                    .filter(|e| matches!(e.act, Act::Validate { .. }))
                    .collect();
                match event.author.role {
                    Role::Territorial(body) => {
                        prop_assert!(territorial.is_empty());
                        let is_hospital = kind == "STR-CLCC";
                        prop_assert!(body == Body::ThreeC || !is_hospital);
                        prop_assert!(event.author.territory.ends_with("-29"));
                    }
                    Role::Regional => {
                        prop_assert_eq!(territorial.len(), 1, "the territory first");
                        let first = territorial[0];
                        prop_assert!(matches!(first.author.role, Role::Territorial(_)));
                        prop_assert_ne!(&first.author.id, &event.author.id);
                    }
                    Role::Referent | Role::System => prop_assert!(false, "no validator"),
                }
            }
            // Confirming brings back only what was listed and lapsed, never what was delisted.
            Act::Confirm { .. } => {
                let mut past = before.iter().rev();
                let was_listed = past.find_map(|e| match &e.act {
                    Act::Delist { .. } => Some(false),
                    Act::TakeOver { .. } | Act::Confirm { .. } => Some(true),
                    Act::Validate { .. } if e.author.role == Role::Regional => Some(true),
                    _ => None,
                });
                prop_assert_eq!(was_listed, Some(true));
            }
            Act::TakeOver { .. } => prop_assert_eq!(rank, 0),
            _ => {}
        }
    }
    Ok(())
}

/// Year, month, day counted by hand.
fn later(day: Date, months: i32) -> (i32, i32, i32) {
    let (year, month, dom) = (
        day.year(),
        i32::from(u8::from(day.month())),
        i32::from(day.day()),
    );
    let total = month - 1 + months;
    let (year, month) = (year + total / 12, total % 12 + 1);
    let is_leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    let lengths = [
        31,
        if is_leap { 29 } else { 28 },
        31,
        30,
        31,
        30,
        31,
        31,
        30,
        31,
        30,
        31,
    ];
    (
        year,
        month,
        dom.min(lengths[usize::try_from(month - 1).expect("a month")]),
    )
}

fn plain(day: Date) -> (i32, i32, i32) {
    (
        day.year(),
        i32::from(u8::from(day.month())),
        i32::from(day.day()),
    )
}

/// True when `today` is beyond the last day on which what was verified on `verified` may be seen.
pub fn is_stale(verified: Date, today: Date) -> bool {
    let (year, month, day) = later(verified, 12);
    let due = Date::from_calendar_date(
        year,
        time::Month::try_from(u8::try_from(month).expect("a month")).expect("a month"),
        u8::try_from(day).expect("a day"),
    )
    .expect("a day of the calendar");
    plain(today) >= later(due, 2)
}
