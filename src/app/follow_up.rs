//! The loop that notes which reports nobody reads or deals with; the workers tell people of them by mail.

use std::{sync::Arc, time::Duration};

use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{
    flows::{Context, note_follow_ups},
    outbox::supervise,
};

/// How often what became due is looked for.
const ROUND: Duration = Duration::from_secs(600);

/// Starts the loop. It ends when `stop` is cancelled.
pub(super) fn spawn(tasks: &TaskTracker, context: &Arc<Context>, stop: &CancellationToken) {
    let (context, stop) = (Arc::clone(context), stop.clone());
    tasks.spawn(async move {
        let begin = || follow_up(Arc::clone(&context), stop.clone());
        supervise("following-up", &context.metrics, &stop, begin).await;
    });
}

async fn follow_up(context: Arc<Context>, stop: CancellationToken) {
    while !stop.is_cancelled() {
        match note_follow_ups(&context).await {
            Ok(noted) if noted.reminders > 0 || noted.escalations > 0 => tracing::info!(
                reminders = noted.reminders,
                escalations = noted.escalations,
                "reports followed up"
            ),
            Ok(_) => {}
            Err(error) => tracing::error!(
                error = &error as &dyn std::error::Error,
                "reports could not be followed up"
            ),
        }
        tokio::select! {
            () = stop.cancelled() => {}
            () = tokio::time::sleep(ROUND) => {}
        }
    }
}
