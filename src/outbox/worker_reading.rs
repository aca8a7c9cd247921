//! Reading what comes back: mails are taken in side by side, and marked once their effect is durable.

use std::{sync::Arc, time::Duration};

use futures_util::{StreamExt, stream};
use tokio_util::sync::CancellationToken;

use super::worker::{given, login, pause};
use crate::{
    config::{Inbox as InboxConfig, InboxKind},
    flows::{Context, MailWay, take_mail, take_ordinary_mail},
    mssante::{
        imap::ImapMailbox,
        inbox::Inbox,
        maildir::Maildir,
        tls::{Patience, ServerSettings},
    },
};

/// First and longest rest after the database or the operator failed.
const AFTER_FAULT: [Duration; 2] = [Duration::from_secs(1), Duration::from_secs(5)];

/// Mails read from the inbox at once.
const BATCH: usize = 200;

/// Mails taken in side by side: they become durable together.
const SIDE_BY_SIDE: usize = 32;

/// Longest mail read from the inbox; more of it is not kept.
const MAX_BYTES: u32 = 25_000_000;

/// The mailbox that the settings name.
///
/// # Errors
/// The secret or certificate that cannot be read.
pub(super) fn open_inbox(inbox: &InboxConfig) -> Result<Inbox, String> {
    if inbox.kind == InboxKind::Maildir {
        return Ok(Inbox::Maildir(Maildir::new(&inbox.path)));
    }
    let server = ServerSettings {
        host: inbox.host.clone(),
        port: inbox.port,
        tls: inbox.tls,
        ca_file: given(&inbox.ca_file),
        client_cert_file: given(&inbox.client_certificate_file),
        client_key_file: given(&inbox.client_key_file),
        login: login(
            inbox.sasl,
            &inbox.user,
            &inbox.password_file,
            &inbox.token_file,
        )?,
        patience: Patience {
            mail: Duration::from_secs(300),
            ..Patience::default()
        },
    };
    let mailbox = ImapMailbox::new(server).map_err(|error| error.to_string())?;
    Ok(Inbox::Imap(Box::new(mailbox)))
}

/// Reads one mailbox for as long as the service runs.
pub(super) struct InboxReader {
    context: Arc<Context>,
    settings: InboxConfig,
    way: MailWay,
}

impl InboxReader {
    /// A reader of that mailbox.
    pub fn new(context: Arc<Context>, settings: InboxConfig, way: MailWay) -> Self {
        Self {
            context,
            settings,
            way,
        }
    }

    /// Reads until `stop`.
    pub async fn run(self, stop: CancellationToken) {
        let poll = Duration::from_secs(self.settings.poll_seconds.max(1));
        let mut inbox = match open_inbox(&self.settings) {
            Ok(inbox) => inbox,
            Err(error) => {
                tracing::error!(error, "receipts cannot be read");
                return;
            }
        };
        let [first, longest] = AFTER_FAULT;
        let mut rest = first;
        while !stop.is_cancelled() {
            let read = tokio::select! {
                read = self.read(&mut inbox, poll) => read,
                () = stop.cancelled() => return,
            };
            match read {
                Ok(()) => rest = first,
                Err(error) => {
                    tracing::error!(error = error.as_ref(), "the inbox could not be read");
                    pause(rest, &stop).await;
                    rest = (rest * 2).min(longest);
                }
            }
        }
    }

    /// Takes the mails that wait; when there are none, waits for some.
    async fn read(
        &self,
        inbox: &mut Inbox,
        poll: Duration,
    ) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
        let mails = inbox.fetch_unseen(BATCH, MAX_BYTES).await?;
        if mails.is_empty() {
            return Ok(inbox.wait(poll).await?);
        }
        let taken: Vec<_> = stream::iter(mails)
            .map(async |mail| {
                let taken = match self.way {
                    MailWay::Secure => take_mail(&self.context, &mail.bytes).await,
                    MailWay::Ordinary => take_ordinary_mail(&self.context, &mail.bytes).await,
                };
                (mail.key, taken)
            })
            .buffered(SIDE_BY_SIDE)
            .collect()
            .await;
        // What could not be stored comes again; what could is marked all the same.
        let mut failure = None;
        let mut stored = Vec::with_capacity(taken.len());
        for (key, result) in taken {
            match result {
                Ok(_) => stored.push(key),
                Err(error) => failure = Some(error),
            }
        }
        inbox.mark_processed(&stored).await?;
        failure.map_or(Ok(()), |error| Err(error.into()))
    }
}
