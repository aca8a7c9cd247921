//! How fast the directory may be asked.

use std::time::{Duration, Instant};

/// Gives each request its moment, so that no more of them leave in a second than the directory takes:
/// they are spread evenly, without a burst.
///
/// **Source:** ANS, API FHIR Annuaire Santé: 17 calls a second for one application.
#[derive(Debug)]
pub struct Pace {
    interval: Duration,
    next: Option<Instant>,
}

impl Pace {
    /// A pace of that many requests a second, at least one.
    #[must_use]
    pub fn per_second(requests: u32) -> Self {
        Self {
            interval: Duration::from_secs(1) / requests.max(1),
            next: None,
        }
    }

    /// How long the request that asks at `now` must wait. Its moment is taken.
    pub fn wait(&mut self, now: Instant) -> Duration {
        let moment = self.next.map_or(now, |next| next.max(now));
        self.next = Some(moment + self.interval);
        moment - now
    }

    /// The same seen by who is asked: true, and no moment is taken, when the request comes more than
    /// `burst` ahead of its moment.
    pub fn is_beyond(&mut self, now: Instant, burst: Duration) -> bool {
        let is_beyond = self.next.is_some_and(|next| next > now + burst);
        if !is_beyond {
            self.wait(now);
        }
        is_beyond
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// Whenever requests come, no second holds more of them than allowed.
        #[test]
        fn no_second_holds_more_requests_than_allowed(
            rate in 1_u32..=17,
            gaps in prop::collection::vec(0_u64..200, 1..120),
        ) {
            let mut pace = Pace::per_second(rate);
            let begin = Instant::now();
            let mut now = begin;
            let mut moments = Vec::new();
            for gap in gaps {
                now += Duration::from_millis(gap);
                moments.push(now + pace.wait(now) - begin);
            }
            for (rank, moment) in moments.iter().enumerate() {
                let within = moments[rank..].iter().filter(|later| **later < *moment + Duration::from_secs(1));
                // A division that does not come out even may let one more in.
                prop_assert!(within.count() <= rate as usize + 1);
            }
        }
    }
}
