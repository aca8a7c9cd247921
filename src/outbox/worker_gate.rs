//! When the operator lets us send: not while it is away, and no faster than it allows.

use std::time::{Duration, Instant};

/// First and longest rest before an operator that is away is asked again.
const GATE_RESTS: [Duration; 2] = [Duration::from_secs(1), Duration::from_secs(60)];

/// Closed while the operator is away.
#[derive(Default)]
pub(super) struct Gate {
    failures: u32,
    opens_at: Option<Instant>,
}

/// How fast the operator lets us send.
pub(super) struct Pace {
    interval: Duration,
    next: Instant,
}

impl Pace {
    /// That many mails a minute; 0: no limit.
    pub fn new(per_minute: u32) -> Self {
        Self {
            interval: Duration::from_secs(60)
                .checked_div(per_minute)
                .unwrap_or_default(),
            next: Instant::now(),
        }
    }

    /// When the next one may leave.
    pub fn next(&self) -> Instant {
        self.next
    }

    /// True when one more may leave now.
    pub fn is_free(&self) -> bool {
        self.next <= Instant::now()
    }

    /// One leaves.
    pub fn take(&mut self) {
        self.next = self.next.max(Instant::now()) + self.interval;
    }
}

impl Gate {
    /// Failures in a row.
    pub fn failures(&self) -> u32 {
        self.failures
    }

    /// When it opens again, if it was closed.
    pub fn opens_at(&self) -> Option<Instant> {
        self.opens_at
    }

    /// True when mails may be handed over.
    pub fn is_open(&self) -> bool {
        self.opens_at
            .is_none_or(|instant| instant <= Instant::now())
    }

    /// True when one mail asks whether the operator is back.
    pub fn is_probing(&self) -> bool {
        self.failures > 0
    }

    /// The operator failed. Mails that failed together count once.
    pub fn close(&mut self) {
        if self.is_open() {
            let [first, longest] = GATE_RESTS;
            let rest = first.saturating_mul(1 << self.failures.min(8)).min(longest);
            self.failures += 1;
            self.opens_at = Some(Instant::now() + rest);
        }
    }

    /// The operator answered.
    pub fn open(&mut self) {
        *self = Self::default();
    }
}
