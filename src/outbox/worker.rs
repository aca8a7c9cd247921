//! The loops that run beside the server: they send what is due, and read what comes back.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use tokio_util::{sync::CancellationToken, task::TaskTracker};

use super::{
    worker_gate::Gate,
    worker_reading::{InboxReader, open_inbox},
    worker_sending::Sending,
    worker_side_mails::SideMails,
    worker_supervision::supervise,
};
use crate::{
    config::{Delivery, Inbox as InboxConfig, InboxKind, Sasl, Settings, Smtp},
    flows::{Context, MailWay},
    mssante::{
        login::Login,
        smtp::SmtpClient,
        tls::{Patience, ServerSettings, TlsError},
    },
};

/// The mail servers that the workers speak with.
pub struct MailSystem {
    submission: ServerSettings,
    smtp: Smtp,
    inbox: Option<InboxConfig>,
    /// Address of the pages that mails to people of the directory name.
    pages: Option<String>,
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
        Self::new("mail", &mail.smtp, &mail.inbox).map(Some)
    }

    /// The servers of ordinary mail that the settings name for the directory; `None` when there is none.
    ///
    /// # Errors
    /// The secret or certificate that cannot be read.
    pub fn relay_of_settings(settings: &Settings) -> Result<Option<Self>, String> {
        let relay = &settings.governance.relay;
        if relay.from.is_empty() {
            return Ok(None);
        }
        Self::new("governance.relay", &relay.smtp, &relay.inbox).map(Some)
    }

    fn new(section: &str, smtp: &Smtp, inbox: &InboxConfig) -> Result<Self, String> {
        let submission = ServerSettings {
            host: smtp.host.clone(),
            port: smtp.port,
            tls: smtp.tls,
            ca_file: given(&smtp.ca_file),
            client_cert_file: given(&smtp.client_certificate_file),
            client_key_file: given(&smtp.client_key_file),
            login: login(smtp.sasl, &smtp.user, &smtp.password_file, &smtp.token_file)?,
            patience: Patience {
                command: Duration::from_secs(smtp.command_timeout_seconds),
                mail: Duration::from_secs(smtp.verdict_timeout_seconds),
                ..Patience::default()
            },
        };
        let inbox = (inbox.kind != InboxKind::None).then(|| inbox.clone());
        if let Some(inbox) = &inbox {
            open_inbox(inbox).map_err(|error| format!("{section}.inbox: {error}"))?;
        }
        let system = Self {
            submission,
            smtp: smtp.clone(),
            inbox,
            pages: None,
        };
        // A certificate that cannot be used must stop the start, not the first report.
        system
            .client()
            .map_err(|error| format!("{section}.smtp: {error}"))?;
        Ok(system)
    }

    /// The same servers, for mails to people of the directory too: they name pages below that address.
    #[must_use]
    pub fn with_pages(self, public_url: &str) -> Self {
        Self {
            pages: Some(public_url.to_owned()),
            ..self
        }
    }

    /// A client of the submission server.
    ///
    /// # Errors
    /// The certificates that cannot be used.
    pub fn client(&self) -> Result<SmtpClient, TlsError> {
        let client = SmtpClient::new(self.submission.clone())?;
        Ok(client.with_max_mails(self.smtp.max_mails_per_connection))
    }
}

pub(super) fn given(path: &Path) -> Option<PathBuf> {
    (!path.as_os_str().is_empty()).then(|| path.to_owned())
}

/// How to log in, with its secret read from its file.
pub(super) fn login(
    sasl: Sasl,
    user: &str,
    password_file: &Path,
    token_file: &Path,
) -> Result<Login, String> {
    let user = user.to_owned();
    Ok(match (sasl, given(password_file)) {
        (Sasl::Plain, Some(path)) if !user.is_empty() => {
            let password = std::fs::read_to_string(&path)
                .map_err(|error| format!("{}: {error}", path.display()))?;
            Login::Plain {
                user,
                password: password.trim().to_owned(),
            }
        }
        (Sasl::Plain, _) => Login::None,
        (Sasl::External, _) => Login::External { user },
        (Sasl::XOauth2, _) => Login::XOauth2 {
            user,
            token_file: token_file.to_owned(),
        },
    })
}

/// Starts the workers. They end when `stop` is cancelled, after what they are doing; one that meets a
/// fault begins anew.
pub fn spawn(
    tasks: &TaskTracker,
    context: &Arc<Context>,
    mail_system: MailSystem,
    delivery: &Delivery,
    stop: &CancellationToken,
) {
    let gate = Gate::new(mail_system.smtp.rate_per_minute);
    let mail_system = Arc::new(mail_system);
    let workers = delivery.workers;
    let lease = Duration::from_secs(delivery.lease_seconds.unsigned_abs());
    keep_up(tasks, context, stop, "sending", {
        let (mail_system, gate) = (Arc::clone(&mail_system), gate.clone());
        move |context, stop| {
            let clients = (0..workers).map(|_| mail_system.client());
            let clients: Result<Vec<SmtpClient>, TlsError> = clients.collect();
            let gate = gate.clone();
            async move {
                match clients {
                    Ok(clients) => {
                        let sending = Sending::new(context, clients, lease, gate);
                        sending.run(stop).await;
                    }
                    Err(error) => cannot_use(&error),
                }
            }
        }
    });
    keep_up(tasks, context, stop, "answering", {
        let (mail_system, gate) = (Arc::clone(&mail_system), gate.clone());
        move |context, stop| {
            let (client, gate) = (mail_system.client(), gate.clone());
            async move {
                match client {
                    Ok(client) => {
                        let mails = SideMails::AnswersAndNotices;
                        mails.send_until(context, client, gate, stop).await;
                    }
                    Err(error) => cannot_use(&error),
                }
            }
        }
    });
    if let Some(settings) = mail_system.inbox.clone() {
        keep_up(tasks, context, stop, "reading", move |context, stop| {
            InboxReader::new(context, settings.clone(), MailWay::Secure).run(stop)
        });
    }
    keep_notifying(tasks, context, mail_system, MailWay::Secure, gate, stop);
}

/// Starts what writes to people who have no secure mailbox, and reads what comes back. They end as those of
/// [`spawn`].
pub fn spawn_relay(
    tasks: &TaskTracker,
    context: &Arc<Context>,
    relay: MailSystem,
    stop: &CancellationToken,
) {
    if let Some(settings) = relay.inbox.clone() {
        keep_up(
            tasks,
            context,
            stop,
            "reading-relay",
            move |context, stop| {
                InboxReader::new(context, settings.clone(), MailWay::Ordinary).run(stop)
            },
        );
    }
    let gate = Gate::new(relay.smtp.rate_per_minute);
    let relay = Arc::new(relay);
    keep_notifying(tasks, context, relay, MailWay::Ordinary, gate, stop);
}

/// Starts what writes to people of the directory that way, when their pages have an address.
fn keep_notifying(
    tasks: &TaskTracker,
    context: &Arc<Context>,
    mail_system: Arc<MailSystem>,
    way: MailWay,
    gate: Gate,
    stop: &CancellationToken,
) {
    let Some(url) = mail_system.pages.clone() else {
        return;
    };
    let name = match way {
        MailWay::Secure => "notifying",
        MailWay::Ordinary => "notifying-relay",
    };
    keep_up(tasks, context, stop, name, move |context, stop| {
        let (client, gate) = (mail_system.client(), gate.clone());
        let mails = SideMails::Directory {
            way,
            public_url: url.clone(),
        };
        async move {
            match client {
                Ok(client) => mails.send_until(context, client, gate, stop).await,
                Err(error) => cannot_use(&error),
            }
        }
    });
}

/// Starts a loop, and keeps it up.
fn keep_up<L>(
    tasks: &TaskTracker,
    context: &Arc<Context>,
    stop: &CancellationToken,
    name: &'static str,
    begin: impl Fn(Arc<Context>, CancellationToken) -> L + Send + Sync + 'static,
) where
    L: Future<Output = ()> + Send + 'static,
{
    let (context, stop) = (Arc::clone(context), stop.clone());
    tasks.spawn(async move {
        let begin = || begin(Arc::clone(&context), stop.clone());
        supervise(name, &context.metrics, &stop, begin).await;
    });
}

fn cannot_use(error: &TlsError) {
    tracing::error!(
        error = error as &dyn std::error::Error,
        "the certificates cannot be used: nothing can be sent"
    );
}

/// Rests, unless the work ends meanwhile.
pub(super) async fn pause(rest: Duration, stop: &CancellationToken) {
    tokio::select! {
        () = stop.cancelled() => {}
        () = tokio::time::sleep(rest) => {}
    }
}
