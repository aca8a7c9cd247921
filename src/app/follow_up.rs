//! The loop that reminds of reports that nobody reads, and tells people so.

use std::{sync::Arc, time::Duration};

use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{
    flows::{Context, note_follow_ups, send_notice},
    mssante::smtp::SmtpClient,
    storage::StorageError,
};

/// How often what became due is looked for.
const ROUND: Duration = Duration::from_secs(600);

/// Starts the loop. It ends when `stop` is cancelled, after the notice that is under way.
pub(super) fn spawn(
    tasks: &TaskTracker,
    context: &Arc<Context>,
    client: Option<SmtpClient>,
    stop: &CancellationToken,
) {
    let (context, stop) = (Arc::clone(context), stop.clone());
    tasks.spawn(async move {
        let mut client = client;
        while !stop.is_cancelled() {
            if let Err(error) = round(&context, client.as_mut(), &stop).await {
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "reports could not be followed up"
                );
            }
            tokio::select! {
                () = stop.cancelled() => {}
                () = tokio::time::sleep(ROUND) => {}
            }
        }
        if let Some(mut client) = client {
            client.quit().await;
        }
    });
}

async fn round(
    context: &Context,
    client: Option<&mut SmtpClient>,
    stop: &CancellationToken,
) -> Result<(), StorageError> {
    let noted = note_follow_ups(context).await?;
    if noted.reminders > 0 || noted.escalations > 0 {
        tracing::info!(
            reminders = noted.reminders,
            escalations = noted.escalations,
            "reports followed up"
        );
    }
    let Some(client) = client else { return Ok(()) };
    while !stop.is_cancelled() && send_notice(context, client).await? {}
    Ok(())
}
