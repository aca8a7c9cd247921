//! Mails to the referents and validators of the directory, one at a time: to secure mailboxes through the
//! operator's gate, to ordinary ones through that of the relay.

use std::{sync::Arc, time::Duration};

use tokio_util::sync::CancellationToken;

use super::{worker::pause, worker_gate::Gate};
use crate::{
    flows::{Context, MailWay, send_governance_notice},
    mssante::smtp::SmtpClient,
};

/// Rest when nothing is due: somebody waits for a login link.
const IDLE: Duration = Duration::from_secs(2);

/// Sends the mails that go that way until `stop`. `public_url` is the address of the pages.
pub(super) async fn notify_until(
    context: Arc<Context>,
    mut client: SmtpClient,
    way: MailWay,
    gate: Gate,
    public_url: String,
    stop: CancellationToken,
) {
    while !stop.is_cancelled() {
        let wait = gate.wait();
        if !wait.is_zero() {
            pause(wait, &stop).await;
            continue;
        }
        match send_governance_notice(&context, &mut client, way, &public_url).await {
            Ok(Some(attempted)) => {
                gate.take();
                match way {
                    MailWay::Secure => gate.learn(attempted.failed, &context.metrics),
                    MailWay::Ordinary => gate.heed(attempted.failed),
                }
                continue;
            }
            Ok(None) => {}
            Err(error) => tracing::error!(
                error = &error as &dyn std::error::Error,
                "mails of the directory could not be sent"
            ),
        }
        pause(IDLE, &stop).await;
    }
    client.quit().await;
}
