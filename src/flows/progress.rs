//! Saying how far long work is: whoever starts Passerelle over a large directory sees that it goes on.

use std::time::{Duration, Instant};

/// How often that is said.
const EVERY: Duration = Duration::from_secs(5);

/// Work of many steps, and how far it is.
pub(super) struct Progress {
    what: &'static str,
    /// Steps that are done.
    pub done: usize,
    /// Steps there are; 0 when that is not known.
    total: usize,
    told: Instant,
}

impl Progress {
    /// Work that begins now. `what` is a sentence for the log; `total` 0 when it is not known.
    pub fn new(what: &'static str, total: i64) -> Self {
        Self {
            what,
            done: 0,
            total: usize::try_from(total).unwrap_or_default(),
            told: Instant::now(),
        }
    }

    /// Counts steps, and says how far the work is now and then.
    pub fn advance(&mut self, steps: usize) {
        self.done += steps;
        if self.told.elapsed() >= EVERY {
            self.told = Instant::now();
            let total = self.total.max(self.done);
            tracing::info!(done = self.done, total, "{}", self.what);
        }
    }
}
