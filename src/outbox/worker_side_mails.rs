//! The mails beside the reports, one at a time: answers to what came and notices of what waits, through the
//! gate of the reports; and those to the people of the directory, to secure mailboxes through the same
//! gate, to ordinary ones through that of the relay.

use std::{sync::Arc, time::Duration};

use tokio_util::sync::CancellationToken;

use super::{worker::pause, worker_gate::Gate};
use crate::{
    flows::{Attempted, Context, MailWay, answer_next, send_governance_notice, send_notice},
    mssante::smtp::SmtpClient,
    storage::StorageError,
};

/// What one loop sends.
pub(super) enum SideMails {
    /// Answers to the mails that brought documents, and what tells people that something waits.
    AnswersAndNotices,
    /// Mails to the referents and validators of the directory.
    Directory {
        /// The mailboxes that they go to.
        way: MailWay,
        /// Address of the pages.
        public_url: String,
    },
}

impl SideMails {
    /// Sends what is due until `stop`.
    pub(super) async fn send_until(
        self,
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
            match self.send_next(&context, &mut client).await {
                Ok(Some(attempted)) => {
                    gate.take();
                    match self {
                        Self::Directory {
                            way: MailWay::Ordinary,
                            ..
                        } => gate.heed(attempted.failed),
                        _ => gate.learn(attempted.failed, &context.metrics),
                    }
                    continue;
                }
                Ok(None) => {}
                Err(error) => tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "{} could not be sent",
                    self.name()
                ),
            }
            pause(self.rest(), &stop).await;
        }
        client.quit().await;
    }

    /// Sends what is due first; nothing when nothing is.
    async fn send_next(
        &self,
        context: &Context,
        client: &mut SmtpClient,
    ) -> Result<Option<Attempted>, StorageError> {
        match self {
            Self::AnswersAndNotices => match answer_next(context, client).await? {
                None => send_notice(context, client).await,
                attempted => Ok(attempted),
            },
            Self::Directory { way, public_url } => {
                send_governance_notice(context, client, *way, public_url).await
            }
        }
    }

    fn name(&self) -> &'static str {
        match self {
            Self::AnswersAndNotices => "an answer or a notice",
            Self::Directory { .. } => "mails of the directory",
        }
    }

    /// Rest when nothing is due.
    fn rest(&self) -> Duration {
        match self {
            Self::AnswersAndNotices => Duration::from_secs(5),
            // Somebody waits for a login link.
            Self::Directory { .. } => Duration::from_secs(2),
        }
    }
}
