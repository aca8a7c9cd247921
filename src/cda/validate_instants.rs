//! Instants of a document, under check: do they exist, which one comes first.
//!
//! **Source:** HL7 datatypes R1, `TS`: `YYYYMMDDhhmmss.fff±hhmm`, cut after any part.

use std::cmp::Ordering;

use time::{Date, Month};

/// True when the calendar has that instant.
pub(super) fn is_real(value: &str) -> bool {
    parts(value).is_some()
}

/// Digits, day and offset of an instant, when the calendar has it.
fn parts(value: &str) -> Option<(&str, Option<Date>, i64)> {
    let at = value.find(['+', '-']).unwrap_or(value.len());
    let (local, offset) = value.split_at_checked(at)?;
    let digits = local.split('.').next()?;
    let number = |from: usize, to: usize| -> Option<u32> { digits.get(from..to)?.parse().ok() };
    let is_cut_well = matches!(digits.len(), 2 | 4 | 6 | 8 | 10 | 12 | 14);
    if !is_cut_well || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let part = |from: usize, or: u32| -> Option<u32> {
        if from < digits.len() {
            number(from, from + 2)
        } else {
            Some(or)
        }
    };
    let year = if digits.len() == 2 {
        number(0, 2)? * 100
    } else {
        number(0, 4)?
    };
    let month = Month::try_from(u8::try_from(part(4, 1)?).ok()?).ok()?;
    let day = u8::try_from(part(6, 1)?).ok()?;
    let day = Date::from_calendar_date(i32::try_from(year).ok()?, month, day).ok()?;
    let [hour, minute, second] = [part(8, 0)?, part(10, 0)?, part(12, 0)?];
    let is_hour = (hour < 24 && minute < 60 && second < 60) || (hour, minute, second) == (24, 0, 0);
    let offset = minutes(offset)?;
    is_hour.then_some((digits, Some(day), offset))
}

/// Minutes that `+hhmm` says; none of an offset that does not exist.
fn minutes(offset: &str) -> Option<i64> {
    if offset.is_empty() {
        return Some(0);
    }
    let (sign, digits) = offset.split_at_checked(1)?;
    let hours: i64 = digits.get(0..2)?.parse().ok()?;
    let minutes: i64 = digits.get(2..4)?.parse().ok()?;
    let is_offset = digits.len() == 4 && minutes < 60 && hours * 60 + minutes <= 14 * 60;
    let signed = (hours * 60 + minutes) * if sign == "-" { -1 } else { 1 };
    is_offset.then_some(signed)
}

/// Which of two instants comes first, at the precision of the coarser one; none when one of them
/// does not exist.
pub(super) fn compare(one: &str, other: &str) -> Option<Ordering> {
    let (one_digits, one_day, one_offset) = parts(one)?;
    let (other_digits, other_day, other_offset) = parts(other)?;
    let length = one_digits.len().min(other_digits.len());
    if length <= 8 {
        return Some(one_digits.get(..length)?.cmp(other_digits.get(..length)?));
    }
    let minute = |digits: &str, day: Option<Date>, offset: i64| -> Option<i64> {
        let number = |from: usize| -> i64 {
            digits
                .get(from..from + 2)
                .and_then(|text| text.parse().ok())
                .unwrap_or(0)
        };
        let seconds = (number(8) * 60 + number(10) - offset) * 60 + number(12);
        Some(i64::from(day?.to_julian_day()) * 86_400 + seconds)
    };
    let [one, other] = [
        minute(one_digits.get(..length)?, one_day, one_offset)?,
        minute(other_digits.get(..length)?, other_day, other_offset)?,
    ];
    Some(one.cmp(&other))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_exist_or_not() {
        for real in [
            "20",
            "2026",
            "202602",
            "20240229",
            "20260127153000+0100",
            "20260127153000.25-0330",
            "2026012724",
        ] {
            assert!(is_real(real), "{real}");
        }
        for false_one in [
            "202",
            "20261",
            "202613",
            "20260230",
            "2026012725",
            "20260127153060",
            "20260127153000+01",
            "20260127153000+1500",
            "x",
            "",
        ] {
            assert!(!is_real(false_one), "{false_one}");
        }
    }

    #[test]
    fn the_coarser_precision_decides() {
        assert_eq!(compare("2026", "20260401"), Some(Ordering::Equal));
        assert_eq!(compare("20260331", "20260401"), Some(Ordering::Less));
        assert_eq!(
            compare("20260401100000+0200", "20260401083000+0000"),
            Some(Ordering::Less)
        );
        assert_eq!(compare("20260230", "20260401"), None);
    }
}
