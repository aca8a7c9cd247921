//! The loops that run beside the server: they send what is due, and read what comes back.

use std::{path::Path, sync::Arc, time::Duration};

use tokio_util::{sync::CancellationToken, task::TaskTracker};

use super::worker_answering::answer_until;
use crate::{
    clock::instant_text,
    config::{Delivery, Inbox as InboxConfig, InboxKind, Settings},
    flows::{Context, send, take_mail},
    mssante::{
        imap::ImapMailbox,
        inbox::Inbox,
        maildir::Maildir,
        smtp::SmtpClient,
        tls::{ServerSettings, TlsError},
    },
    storage::StorageError,
};

/// Rest of a worker that found nothing to send.
const IDLE: Duration = Duration::from_secs(1);

/// Rest after the database or the operator failed.
const AFTER_FAULT: Duration = Duration::from_secs(5);

/// Mails read from the inbox at once.
const INBOX_BATCH: usize = 50;

/// Longest mail read from the inbox; more of it is not kept.
const INBOX_MAX_BYTES: u32 = 25_000_000;

/// Part of a lease that is kept for writing the result down.
const LEASE_MARGIN: Duration = Duration::from_secs(15);

/// The mail servers that the workers speak with.
pub struct MailSystem {
    submission: ServerSettings,
    inbox: Option<InboxConfig>,
}

impl MailSystem {
    /// The mail servers that the settings name; `None` when nothing is to be sent.
    ///
    /// # Errors
    /// The secret or certificate that cannot be read.
    pub fn of_settings(settings: &Settings) -> Result<Option<Self>, String> {
        let mail = &settings.mail;
        if mail.from.is_empty() {
            return Ok(None);
        }
        let smtp = &mail.smtp;
        let submission = ServerSettings {
            host: smtp.host.clone(),
            port: smtp.port,
            tls: smtp.tls,
            ca_file: given(&smtp.ca_file),
            client_cert_file: given(&smtp.client_certificate_file),
            client_key_file: given(&smtp.client_key_file),
            username: Some(smtp.user.clone()).filter(|user| !user.is_empty()),
            password: password(&smtp.password_file)?,
        };
        // A certificate that cannot be used must stop the start, not the first report.
        SmtpClient::new(submission.clone()).map_err(|error| format!("mail.smtp: {error}"))?;
        let inbox = (mail.inbox.kind != InboxKind::None).then(|| mail.inbox.clone());
        if let Some(inbox) = &inbox {
            open_inbox(inbox)?;
        }
        Ok(Some(Self { submission, inbox }))
    }

    /// A client of the submission server.
    ///
    /// # Errors
    /// The certificates that cannot be used.
    pub fn client(&self) -> Result<SmtpClient, TlsError> {
        SmtpClient::new(self.submission.clone())
    }
}

fn given(path: &Path) -> Option<std::path::PathBuf> {
    (!path.as_os_str().is_empty()).then(|| path.to_owned())
}

fn password(path: &Path) -> Result<Option<String>, String> {
    let Some(path) = given(path) else {
        return Ok(None);
    };
    let text =
        std::fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    Ok(Some(text.trim().to_owned()))
}

fn open_inbox(inbox: &InboxConfig) -> Result<Inbox, String> {
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
        username: Some(inbox.user.clone()).filter(|user| !user.is_empty()),
        password: password(&inbox.password_file)?,
    };
    let mailbox = ImapMailbox::new(server).map_err(|error| format!("mail.inbox: {error}"))?;
    Ok(Inbox::Imap(Box::new(mailbox)))
}

/// Starts the workers. They end when `stop` is cancelled, after what they are doing.
pub fn spawn(
    tasks: &TaskTracker,
    context: &Arc<Context>,
    mail_system: MailSystem,
    delivery: &Delivery,
    stop: &CancellationToken,
) {
    let lease = Duration::from_secs(delivery.lease_seconds.unsigned_abs());
    for _ in 0..delivery.workers {
        let (context, stop) = (Arc::clone(context), stop.clone());
        let client = SmtpClient::new(mail_system.submission.clone());
        tasks.spawn(async move {
            match client {
                Ok(client) => send_until(&context, client, lease, &stop).await,
                Err(error) => tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "nothing can be sent"
                ),
            }
        });
    }
    match SmtpClient::new(mail_system.submission.clone()) {
        Ok(client) => {
            tasks.spawn(answer_until(Arc::clone(context), client, stop.clone()));
        }
        Err(error) => tracing::error!(
            error = &error as &dyn std::error::Error,
            "nothing can be answered"
        ),
    }
    if let Some(inbox) = mail_system.inbox {
        let (context, stop) = (Arc::clone(context), stop.clone());
        tasks.spawn(async move { read_until(&context, &inbox, &stop).await });
    }
}

/// Sends what is due, one delivery at a time: a lease covers one talk with the operator.
async fn send_until(
    context: &Context,
    mut client: SmtpClient,
    lease: Duration,
    stop: &CancellationToken,
) {
    while !stop.is_cancelled() {
        let rest = match send_next(context, &mut client, lease).await {
            Ok(true) => continue,
            Ok(false) => IDLE,
            Err(error) => {
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "a delivery could not be dealt with"
                );
                AFTER_FAULT
            }
        };
        pause(rest, stop).await;
    }
    client.quit().await;
}

/// Claims and sends one delivery: false when none is due.
async fn send_next(
    context: &Context,
    client: &mut SmtpClient,
    lease: Duration,
) -> Result<bool, StorageError> {
    let now = context.clock.now();
    let token = context.ids.next();
    let due = context
        .storage
        .claim_deliveries(&token, &instant_text(now), &instant_text(now + lease), 1)
        .await?;
    let Some(due) = due.first() else {
        return Ok(false);
    };
    let patience = lease.saturating_sub(LEASE_MARGIN);
    send(context, client, due, &token, patience).await?;
    Ok(true)
}

async fn read_until(context: &Context, settings: &InboxConfig, stop: &CancellationToken) {
    let poll = Duration::from_secs(settings.poll_seconds.max(1));
    let mut inbox = match open_inbox(settings) {
        Ok(inbox) => inbox,
        Err(error) => {
            tracing::error!(error, "receipts cannot be read");
            return;
        }
    };
    while !stop.is_cancelled() {
        match read_batch(context, &mut inbox, stop).await {
            Ok(0) => pause(poll, stop).await,
            Ok(_) => {}
            Err(error) => {
                tracing::error!(error = error.as_ref(), "the inbox could not be read");
                pause(poll.max(AFTER_FAULT), stop).await;
            }
        }
    }
}

/// Takes the mails that wait, and marks each one only once its effect is stored.
async fn read_batch(
    context: &Context,
    inbox: &mut Inbox,
    stop: &CancellationToken,
) -> Result<usize, Box<dyn std::error::Error + Send + Sync>> {
    let mails = inbox.fetch_unseen(INBOX_BATCH, INBOX_MAX_BYTES).await?;
    let count = mails.len();
    for mail in mails {
        if stop.is_cancelled() {
            break;
        }
        take_mail(context, &mail.bytes).await?;
        inbox.mark_processed(&mail.key).await?;
    }
    Ok(count)
}

/// Rests, unless the work ends meanwhile.
pub(super) async fn pause(rest: Duration, stop: &CancellationToken) {
    tokio::select! {
        () = stop.cancelled() => {}
        () = tokio::time::sleep(rest) => {}
    }
}
