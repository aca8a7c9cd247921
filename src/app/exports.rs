//! The loop that prepares the exports that others asked for, and takes out those that expired.

use std::{sync::Arc, time::Duration};

use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::flows::{Context, drop_expired_exports, prepare_next_export};

/// How often an export is looked for.
const ROUND: Duration = Duration::from_secs(1);
/// Rounds between two looks for exports that expired.
const ROUNDS_A_CLEANING: u32 = 600;

/// Starts the loop. It ends when `stop` is cancelled, after the export that is under way.
pub(super) fn spawn(tasks: &TaskTracker, context: &Arc<Context>, stop: &CancellationToken) {
    let (context, stop) = (Arc::clone(context), stop.clone());
    tasks.spawn(async move {
        let mut rounds: u32 = 0;
        while !stop.is_cancelled() {
            match prepare_next_export(&context).await {
                Ok(true) => continue,
                Ok(false) => {}
                Err(error) => tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "exports could not be prepared"
                ),
            }
            if rounds.is_multiple_of(ROUNDS_A_CLEANING) {
                match drop_expired_exports(&context).await {
                    Ok(0) => {}
                    Ok(count) => tracing::info!(count, "exports expired"),
                    Err(error) => tracing::error!(
                        error = &error as &dyn std::error::Error,
                        "exports that expired could not be taken out"
                    ),
                }
            }
            rounds = rounds.wrapping_add(1);
            tokio::select! {
                () = stop.cancelled() => {}
                () = tokio::time::sleep(ROUND) => {}
            }
        }
    });
}
