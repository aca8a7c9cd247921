//! Answering the mails that brought documents, and telling people what waits: one mail at a time,
//! beside the reports and through the same gate.

use std::{sync::Arc, time::Duration};

use tokio_util::sync::CancellationToken;

use super::{worker::pause, worker_gate::Gate};
use crate::{
    flows::{Attempted, Context, answer_next, send_notice},
    mssante::smtp::SmtpClient,
    storage::StorageError,
};

/// Rest when nothing is due.
const IDLE: Duration = Duration::from_secs(5);

/// Sends the answers and the notices that are due until `stop`.
pub(super) async fn answer_until(
    context: Arc<Context>,
    mut client: SmtpClient,
    gate: Gate,
    stop: CancellationToken,
) {
    while !stop.is_cancelled() {
        let wait = gate.wait();
        if !wait.is_zero() {
            pause(wait, &stop).await;
            continue;
        }
        match next(&context, &mut client).await {
            Ok(Some(attempted)) => {
                gate.take();
                gate.learn(attempted.failed, &context.metrics);
                continue;
            }
            Ok(None) => {}
            Err(error) => tracing::error!(
                error = &error as &dyn std::error::Error,
                "an answer or a notice could not be dealt with"
            ),
        }
        pause(IDLE, &stop).await;
    }
    client.quit().await;
}

/// An answer that is due, else a notice.
async fn next(
    context: &Context,
    client: &mut SmtpClient,
) -> Result<Option<Attempted>, StorageError> {
    match answer_next(context, client).await? {
        None => send_notice(context, client).await,
        attempted => Ok(attempted),
    }
}
