//! A loop that meets a fault of ours begins anew: one report that nobody thought of must not stop those
//! behind it, and a stopped loop would look like a quiet one.

use std::time::{Duration, Instant};

use tokio_util::sync::CancellationToken;

use super::worker::pause;
use crate::metrics::{ByLoop, Metrics};

/// First and longest rest before a loop begins anew.
const RESTS: [Duration; 2] = [Duration::from_secs(1), Duration::from_secs(60)];

/// Runs a loop until `stop`. One that ends before, by a fault or because it cannot begin, begins anew,
/// after a rest that doubles as long as it does not last.
pub(crate) async fn supervise<L>(
    name: &'static str,
    metrics: &Metrics,
    stop: &CancellationToken,
    begin: impl FnMut() -> L,
) where
    L: Future<Output = ()> + Send + 'static,
{
    supervise_resting(RESTS, name, metrics, stop, begin).await;
}

async fn supervise_resting<L>(
    [first, longest]: [Duration; 2],
    name: &'static str,
    metrics: &Metrics,
    stop: &CancellationToken,
    mut begin: impl FnMut() -> L,
) where
    L: Future<Output = ()> + Send + 'static,
{
    let mut rest = first;
    loop {
        let began = Instant::now();
        let ended = tokio::spawn(begin()).await;
        if stop.is_cancelled() {
            return;
        }
        if began.elapsed() > longest {
            rest = first;
        }
        metrics.loop_restarts.get_or_create(&ByLoop { name }).inc();
        match ended {
            Ok(()) => tracing::error!(name, ?rest, "a loop ended and begins anew"),
            Err(_) => tracing::error!(name, ?rest, "a loop met a fault and begins anew"),
        }
        pause(rest, stop).await;
        rest = (rest * 2).min(longest);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    };

    use super::*;

    #[tokio::test]
    async fn a_loop_that_meets_a_fault_begins_anew_until_it_is_asked_to_stop() {
        let (metrics, stop) = (Metrics::default(), CancellationToken::new());
        let runs = Arc::new(AtomicU32::new(0));
        let begin = || {
            let (runs, stop) = (Arc::clone(&runs), stop.clone());
            async move {
                let run = runs.fetch_add(1, Ordering::SeqCst);
                assert!(run >= 2, "the first two runs meet a fault");
                if run == 2 {
                    return;
                }
                stop.cancel();
            }
        };
        let rests = [Duration::from_millis(1), Duration::from_millis(4)];
        supervise_resting(rests, "test", &metrics, &stop, begin).await;
        assert_eq!(runs.load(Ordering::SeqCst), 4);
        let restarts = metrics
            .loop_restarts
            .get_or_create(&ByLoop { name: "test" });
        assert_eq!(restarts.get(), 3);
    }
}
