//! Where the present instant comes from, so that nothing else asks the machine.

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use time::{
    Duration, OffsetDateTime, format_description::BorrowedFormatItem, macros::format_description,
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

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

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
}
