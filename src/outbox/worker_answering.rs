//! Answering the mails that brought documents: one answer at a time, beside the reports.

use std::{sync::Arc, time::Duration};

use tokio_util::sync::CancellationToken;

use super::worker::pause;
use crate::{
    flows::{Context, answer_next},
    mssante::smtp::SmtpClient,
};

/// Rest when no answer is due.
const IDLE: Duration = Duration::from_secs(5);

/// Sends the answers that are due until `stop`.
pub(super) async fn answer_until(
    context: Arc<Context>,
    mut client: SmtpClient,
    stop: CancellationToken,
) {
    while !stop.is_cancelled() {
        match answer_next(&context, &mut client).await {
            Ok(true) => continue,
            Ok(false) => {}
            Err(error) => tracing::error!(
                error = &error as &dyn std::error::Error,
                "an answer could not be dealt with"
            ),
        }
        pause(IDLE, &stop).await;
    }
    client.quit().await;
}
