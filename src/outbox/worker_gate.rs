//! When the operator lets us send: not while it is away, and no faster than it allows.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use crate::{metrics::Metrics, mssante::smtp::Scope};

/// First and longest rest before an operator that is away is asked again.
const GATE_RESTS: [Duration; 2] = [Duration::from_secs(1), Duration::from_secs(60)];

/// The gate that everything we send passes, shared by the loops of this process: reports, answers and
/// notices.
#[derive(Clone)]
pub(super) struct Gate(Arc<Mutex<State>>);

/// Closed while the operator is away; ahead of it, a place for each mail in turn.
struct State {
    failures: u32,
    opens_at: Option<Instant>,
    interval: Duration,
    next: Instant,
}

impl Gate {
    /// An open gate that lets that many mails through in a minute; 0: no limit.
    pub fn new(per_minute: u32) -> Self {
        Self(Arc::new(Mutex::new(State {
            failures: 0,
            opens_at: None,
            interval: Duration::from_secs(60)
                .checked_div(per_minute)
                .unwrap_or_default(),
            next: Instant::now(),
        })))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Every change is one assignment after another of plain numbers: a fault leaves none half done.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// When it opens again, if it was closed.
    pub fn opens_at(&self) -> Option<Instant> {
        self.state().opens_at
    }

    /// True when mails may be handed over.
    pub fn is_open(&self) -> bool {
        self.state().is_open()
    }

    /// True when one mail asks whether the operator is back.
    pub fn is_probing(&self) -> bool {
        self.state().failures > 0
    }

    /// When the next mail may leave, as far as the pace goes.
    pub fn next(&self) -> Instant {
        self.state().next
    }

    /// True when one more may leave now, as far as the pace goes.
    pub fn is_free(&self) -> bool {
        self.next() <= Instant::now()
    }

    /// How long the next mail has to wait, for the operator and for the pace.
    pub fn wait(&self) -> Duration {
        let state = self.state();
        let now = Instant::now();
        let opens_at = state.opens_at.unwrap_or(now);
        opens_at.max(state.next).saturating_duration_since(now)
    }

    /// One mail leaves.
    pub fn take(&self) {
        let mut state = self.state();
        state.next = state.next.max(Instant::now()) + state.interval;
    }

    /// What an attempt tells of the operator, for those who watch it too.
    pub fn learn(&self, failed: Option<Scope>, metrics: &Metrics) {
        self.heed(failed);
        let failures = i64::from(self.state().failures);
        metrics.operator_failures.set(failures);
    }

    /// What an attempt tells of the server behind the gate.
    pub fn heed(&self, failed: Option<Scope>) {
        match failed {
            Some(Scope::Operator) => self.close(),
            // It waits for the other side: the operator said nothing of itself.
            Some(Scope::Destination) => {}
            Some(Scope::Mail) | None => self.open(),
        }
    }

    /// The operator failed. Mails that failed together count once.
    fn close(&self) {
        let mut state = self.state();
        if !state.is_open() {
            return;
        }
        if state.failures == 0 {
            tracing::error!("the operator is away or refuses us: mails wait until it is back");
        }
        let [first, longest] = GATE_RESTS;
        let rest = first
            .saturating_mul(1 << state.failures.min(8))
            .min(longest);
        state.failures += 1;
        state.opens_at = Some(Instant::now() + rest);
    }

    /// The operator answered.
    fn open(&self) {
        let mut state = self.state();
        if state.failures > 0 {
            tracing::info!("the operator is back");
        }
        state.failures = 0;
        state.opens_at = None;
    }
}

impl State {
    fn is_open(&self) -> bool {
        self.opens_at
            .is_none_or(|instant| instant <= Instant::now())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_of_the_operator_holds_up_whatever_passes_the_gate() {
        let (gate, metrics) = (Gate::new(0), Metrics::default());
        let other_loop = gate.clone();
        gate.learn(Some(Scope::Destination), &metrics);
        gate.learn(Some(Scope::Mail), &metrics);
        assert_eq!(other_loop.wait(), Duration::ZERO);
        gate.learn(Some(Scope::Operator), &metrics);
        assert!(other_loop.wait() > Duration::ZERO && other_loop.is_probing());
        other_loop.learn(None, &metrics);
        assert!(gate.is_open() && !gate.is_probing());
    }

    #[test]
    fn what_leaves_one_loop_takes_its_place_before_the_others() {
        let gate = Gate::new(60);
        let other_loop = gate.clone();
        assert!(gate.is_free());
        other_loop.take();
        assert!(!gate.is_free());
        let wait = gate.wait();
        assert!(wait > Duration::from_millis(900) && wait <= Duration::from_secs(1));
    }
}
