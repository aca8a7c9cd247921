//! When to try a delivery again, and when to stop.

use time::Duration;

/// Waits between two attempts: 1, 5, 15, 30, then 60 minutes, as long as [`PATIENCE`] lasts.
const WAITS_MINUTES: [i64; 5] = [1, 5, 15, 30, 60];

/// How long a delivery is tried before it is given up.
const PATIENCE: Duration = Duration::hours(24);

/// How long to wait after the network failed between the mail and its acceptance: time for a
/// report of the mail system to tell whether it left.
const AMBIGUOUS_WAIT: Duration = Duration::minutes(15);

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
/// that failed together do not come back together. `is_ambiguous` tells that the mail may have
/// been taken over all the same.
#[must_use]
pub fn next_attempt(attempts: i64, age: Duration, spread: u8, is_ambiguous: bool) -> Retry {
    let rank = usize::try_from(attempts.max(1) - 1).unwrap_or(usize::MAX);
    let minutes = WAITS_MINUTES
        .get(rank)
        .or(WAITS_MINUTES.last())
        .copied()
        .unwrap_or(60);
    let base = if is_ambiguous {
        AMBIGUOUS_WAIT
    } else {
        Duration::minutes(minutes)
    };
    let wait = base + base * i32::from(spread) / 1024;
    if age + wait > PATIENCE {
        Retry::GiveUp
    } else {
        Retry::After(wait)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn waits_grow_and_end_after_a_day() {
        assert_eq!(
            next_attempt(1, Duration::ZERO, 0, false),
            Retry::After(Duration::minutes(1))
        );
        assert_eq!(
            next_attempt(4, Duration::ZERO, 0, false),
            Retry::After(Duration::minutes(30))
        );
        assert_eq!(
            next_attempt(9, Duration::hours(2), 0, false),
            Retry::After(Duration::hours(1))
        );
        assert_eq!(
            next_attempt(30, Duration::hours(24), 0, false),
            Retry::GiveUp
        );
    }

    #[test]
    fn an_ambiguous_end_waits_for_the_mail_system_to_speak() {
        assert_eq!(
            next_attempt(1, Duration::ZERO, 0, true),
            Retry::After(Duration::minutes(15))
        );
    }

    proptest! {
        #[test]
        fn a_wait_is_positive_and_bounded(attempts in any::<i64>(), minutes in 0_i64..3000, spread: u8, ambiguous: bool) {
            if let Retry::After(wait) = next_attempt(attempts, Duration::minutes(minutes), spread, ambiguous) {
                prop_assert!(wait >= Duration::minutes(1));
                prop_assert!(wait <= Duration::minutes(75));
            }
        }
    }
}
