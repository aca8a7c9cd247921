//! When to try a delivery again, and when to stop.

use time::{Duration, OffsetDateTime};

/// Waits between two attempts: 1, 5, 15, 30, then 60 minutes, as long as [`PATIENCE`] lasts.
const WAITS_MINUTES: [i64; 5] = [1, 5, 15, 30, 60];

/// How long a delivery is tried before it is given up.
const PATIENCE: Duration = Duration::hours(24);

/// How long to wait after the network failed between the mail and its acceptance: time for a
/// report of the mail system to tell whether it left.
const AMBIGUOUS_WAIT: Duration = Duration::minutes(15);

/// A full mailbox is tried once more, the next day.
const FULL_MAILBOX_WAIT: Duration = Duration::hours(24);

/// What kept a mail from leaving.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hindrance {
    /// It may pass at any time.
    Passing,
    /// The mail may have left all the same.
    Ambiguous,
    /// The mailbox is full.
    FullMailbox,
    /// The operator is away or does not know us: no fault of the mail, which waits as long as it takes.
    Operator,
}

/// What to do after a failed attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Retry {
    /// Try again after that time.
    After(Duration),
    /// Give up: somebody must look.
    GiveUp,
}

/// The wait after failed attempt number `attempts` (from 1) of a delivery that is `age` old.
///
/// `spread` (0 to 255, fixed for a delivery) moves the wait by up to a quarter, so that deliveries
/// that failed together do not come back together.
#[must_use]
pub fn next_attempt(attempts: i64, age: Duration, spread: u8, hindrance: Hindrance) -> Retry {
    let (base, patience) = match hindrance {
        Hindrance::Passing => (wait(attempts), PATIENCE),
        Hindrance::Ambiguous => (AMBIGUOUS_WAIT, PATIENCE),
        Hindrance::FullMailbox => (FULL_MAILBOX_WAIT, FULL_MAILBOX_WAIT * 2),
        Hindrance::Operator => (wait(attempts), Duration::MAX),
    };
    let wait = base + base * i32::from(spread) / 1024;
    if age.saturating_add(wait) > patience {
        Retry::GiveUp
    } else {
        Retry::After(wait)
    }
}

/// How long a destination is left alone after that many failures in a row, this one included.
#[must_use]
pub fn destination_wait(failures: i64) -> Duration {
    wait(failures)
}

/// When a delivery to a destination that fails was created too long ago to be kept waiting.
#[must_use]
pub fn patience_ends(now: OffsetDateTime) -> OffsetDateTime {
    now - PATIENCE
}

fn wait(failures: i64) -> Duration {
    let rank = usize::try_from(failures.max(1) - 1).unwrap_or(usize::MAX);
    let minutes = WAITS_MINUTES.get(rank).or(WAITS_MINUTES.last());
    Duration::minutes(minutes.copied().unwrap_or(60))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn waits_grow_and_end_after_a_day() {
        assert_eq!(
            next_attempt(1, Duration::ZERO, 0, Hindrance::Passing),
            Retry::After(Duration::minutes(1))
        );
        assert_eq!(
            next_attempt(4, Duration::ZERO, 0, Hindrance::Passing),
            Retry::After(Duration::minutes(30))
        );
        assert_eq!(
            next_attempt(9, Duration::hours(2), 0, Hindrance::Passing),
            Retry::After(Duration::hours(1))
        );
        assert_eq!(
            next_attempt(30, Duration::hours(24), 0, Hindrance::Passing),
            Retry::GiveUp
        );
    }

    #[test]
    fn an_ambiguous_end_waits_for_the_mail_system_to_speak() {
        assert_eq!(
            next_attempt(1, Duration::ZERO, 0, Hindrance::Ambiguous),
            Retry::After(Duration::minutes(15))
        );
    }

    #[test]
    fn a_full_mailbox_is_tried_once_more_the_next_day() {
        let full = Hindrance::FullMailbox;
        assert_eq!(
            next_attempt(1, Duration::ZERO, 0, full),
            Retry::After(Duration::hours(24))
        );
        assert_eq!(next_attempt(2, Duration::hours(25), 0, full), Retry::GiveUp);
    }

    #[test]
    fn nothing_is_given_up_because_the_operator_is_away() {
        assert_eq!(
            next_attempt(90, Duration::days(90), 0, Hindrance::Operator),
            Retry::After(Duration::hours(1))
        );
    }

    proptest! {
        #[test]
        fn a_wait_is_positive_and_bounded(attempts in any::<i64>(), minutes in 0_i64..3000, spread: u8, is_ambiguous: bool) {
            let hindrance = if is_ambiguous { Hindrance::Ambiguous } else { Hindrance::Passing };
            if let Retry::After(wait) = next_attempt(attempts, Duration::minutes(minutes), spread, hindrance) {
                prop_assert!(wait >= Duration::minutes(1));
                prop_assert!(wait <= Duration::minutes(75));
            }
        }
    }
}
