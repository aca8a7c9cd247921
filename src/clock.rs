//! Where the present instant comes from, so that nothing else asks the machine.

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use time::{
    Date, Duration, Month, OffsetDateTime, PrimitiveDateTime, Time, UtcOffset, Weekday,
    format_description::BorrowedFormatItem, macros::format_description,
};

/// UTC instant with fixed milliseconds: such texts sort as the instants do.
const INSTANT: &[BorrowedFormatItem<'_>] =
    format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:3]Z");

/// Source of the present instant.
#[derive(Clone, Debug)]
pub enum Clock {
    /// The machine's clock.
    System,
    /// A stopped clock, for tests and reproducible runs.
    Fixed(OffsetDateTime),
    /// The machine's clock, moved by a number of seconds that tests change while it runs.
    Shifted(Arc<AtomicI64>),
}

impl Clock {
    /// The present instant, in UTC.
    #[must_use]
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place that reads the machine's clock"
    )]
    pub fn now(&self) -> OffsetDateTime {
        match self {
            Self::System => OffsetDateTime::now_utc(),
            Self::Fixed(instant) => *instant,
            Self::Shifted(seconds) => {
                OffsetDateTime::now_utc() + Duration::seconds(seconds.load(Ordering::Relaxed))
            }
        }
    }
}

/// Text of an instant as every table keeps it: UTC, milliseconds, sortable.
#[must_use]
pub fn instant_text(instant: OffsetDateTime) -> String {
    instant
        .to_offset(time::UtcOffset::UTC)
        .format(INSTANT)
        .expect("year, month, day and time are always there")
}

/// Offset of metropolitan France at that local time.
///
/// **Source:** directive 2000/84/EC: summer time from the last Sunday of March to the last of
/// October, both at one o'clock UTC.
#[must_use]
pub fn offset_of_paris(local: PrimitiveDateTime) -> UtcOffset {
    let change = |month: Month, hour: u8| -> Option<PrimitiveDateTime> {
        let last = Date::from_calendar_date(local.year(), month, 31).ok()?;
        let back = i64::from(last.weekday().number_days_from_sunday());
        let sunday = last.checked_sub(Duration::days(back))?;
        debug_assert_eq!(sunday.weekday(), Weekday::Sunday);
        Some(sunday.with_time(Time::from_hms(hour, 0, 0).ok()?))
    };
    let is_summer = match (change(Month::March, 2), change(Month::October, 3)) {
        (Some(start), Some(end)) => start <= local && local < end,
        _ => false,
    };
    let hours = if is_summer { 2 } else { 1 };
    UtcOffset::from_hms(hours, 0, 0).expect("one or two hours are an offset")
}

/// The day that people in Paris have at that instant.
#[must_use]
pub fn day_in_paris(instant: OffsetDateTime) -> Date {
    let utc = instant.to_offset(UtcOffset::UTC);
    let winter = utc + Duration::HOUR;
    let offset = offset_of_paris(PrimitiveDateTime::new(winter.date(), winter.time()));
    utc.to_offset(offset).date()
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::{date, datetime};

    #[test]
    fn an_instant_is_written_in_utc_with_three_decimals() {
        assert_eq!(
            instant_text(datetime!(2026-11-23 01:02:03.45 +1)),
            "2026-11-23T00:02:03.450Z"
        );
    }

    #[test]
    fn a_fixed_clock_does_not_move() {
        let clock = Clock::Fixed(datetime!(2026-11-23 0:00 UTC));
        assert_eq!(clock.now(), clock.now());
    }

    #[test]
    fn a_day_begins_at_midnight_in_paris_in_winter_and_in_summer() {
        for (instant, day) in [
            (datetime!(2026-12-31 22:59:59 UTC), date!(2026 - 12 - 31)),
            (datetime!(2026-12-31 23:00 UTC), date!(2027 - 01 - 01)),
            (datetime!(2026-07-13 21:59 UTC), date!(2026 - 07 - 13)),
            (datetime!(2026-07-13 22:00 UTC), date!(2026 - 07 - 14)),
            (datetime!(2028-02-28 23:00 UTC), date!(2028 - 02 - 29)),
            (datetime!(2026-03-28 23:30 UTC), date!(2026 - 03 - 29)),
            (datetime!(2026-03-29 22:00 UTC), date!(2026 - 03 - 30)),
            (datetime!(2026-10-24 22:00 UTC), date!(2026 - 10 - 25)),
            (datetime!(2026-10-25 22:59 UTC), date!(2026 - 10 - 25)),
            (datetime!(2026-10-25 23:00 UTC), date!(2026 - 10 - 26)),
        ] {
            assert_eq!(day_in_paris(instant), day, "{instant}");
        }
    }
}
