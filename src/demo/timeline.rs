//! Days and hours of the region: working days, and the local time of metropolitan France.

use time::{Date, Duration, Month, Time, UtcOffset, Weekday};

use crate::rcp::Moment;

/// That day and local hour in metropolitan France.
///
/// **Source:** directive 2000/84/CE: summer time from the last Sunday of March to the last Sunday
/// of October.
pub(super) fn paris(day: Date, hour: u8, minute: u8) -> Moment {
    let summer = last_sunday(day.year(), Month::March)..last_sunday(day.year(), Month::October);
    let hours = if summer.contains(&day) { 2 } else { 1 };
    let offset = UtcOffset::from_hms(hours, 0, 0).expect("one or two hours");
    let time = Time::from_hms(hour % 24, minute % 60, 0).expect("an hour of the day");
    Moment(day.with_time(time).assume_offset(offset))
}

/// The last day not after `day` that falls on `weekday`, 1 for Monday.
pub(super) fn on_or_before(day: Date, weekday: u8) -> Date {
    let past = i64::from(day.weekday().number_from_monday()) - i64::from(weekday);
    day - Duration::days(past.rem_euclid(7))
}

/// `days` after `day`, put forward to Monday when it falls on a week-end.
pub(super) fn working_day_after(day: Date, days: i64) -> Date {
    let later = day + Duration::days(days);
    match later.weekday() {
        Weekday::Saturday => later + Duration::days(2),
        Weekday::Sunday => later + Duration::days(1),
        _ => later,
    }
}

/// Whole years from `birth` to `day`.
pub(super) fn age(birth: Date, day: Date) -> i32 {
    let had_birthday = (day.month() as u8, day.day()) >= (birth.month() as u8, birth.day());
    day.year() - birth.year() - i32::from(!had_birthday)
}

fn last_sunday(year: i32, month: Month) -> Date {
    let last = Date::from_calendar_date(year, month, 31).expect("March and October have 31 days");
    on_or_before(last, 7)
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::date;

    #[test]
    fn summer_and_winter_time_are_told_apart() {
        let text = |day| paris(day, 17, 30).to_string();
        assert_eq!(text(date!(2026 - 03 - 28)), "2026-03-28T17:30:00+01:00");
        assert_eq!(text(date!(2026 - 03 - 29)), "2026-03-29T17:30:00+02:00");
        assert_eq!(text(date!(2026 - 10 - 24)), "2026-10-24T17:30:00+02:00");
        assert_eq!(text(date!(2026 - 10 - 25)), "2026-10-25T17:30:00+01:00");
    }

    #[test]
    fn weekdays_are_found_on_the_right_side() {
        assert_eq!(
            on_or_before(date!(2026 - 09 - 30), 2),
            date!(2026 - 09 - 29)
        );
        assert_eq!(
            on_or_before(date!(2026 - 09 - 29), 2),
            date!(2026 - 09 - 29)
        );
        assert_eq!(
            working_day_after(date!(2026 - 09 - 25), 1),
            date!(2026 - 09 - 28)
        );
    }

    #[test]
    fn an_age_changes_on_the_birthday() {
        assert_eq!(age(date!(1960 - 05 - 12), date!(2026 - 05 - 11)), 65);
        assert_eq!(age(date!(1960 - 05 - 12), date!(2026 - 05 - 12)), 66);
    }
}
