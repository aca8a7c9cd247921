//! The loops that run beside the server: they send what is due, and read what comes back.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use tokio_util::{sync::CancellationToken, task::TaskTracker};

use super::{
    worker_answering::answer_until,
    worker_gate::Gate,
    worker_reading::{InboxReader, open_inbox},
    worker_sending::Sending,
    worker_supervision::supervise,
};
use crate::{
    config::{Delivery, Inbox as InboxConfig, InboxKind, Sasl, Settings, Smtp},
    flows::Context,
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
        let smtp = mail.smtp.clone();
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
        let inbox = (mail.inbox.kind != InboxKind::None).then(|| mail.inbox.clone());
        if let Some(inbox) = &inbox {
            open_inbox(inbox)?;
        }
        let system = Self {
            submission,
            smtp,
            inbox,
        };
        // A certificate that cannot be used must stop the start, not the first report.
        system
            .client()
            .map_err(|error| format!("mail.smtp: {error}"))?;
        Ok(Some(system))
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
        let mail_system = Arc::clone(&mail_system);
        move |context, stop| {
            let (client, gate) = (mail_system.client(), gate.clone());
            async move {
                match client {
                    Ok(client) => answer_until(context, client, gate, stop).await,
                    Err(error) => cannot_use(&error),
                }
            }
        }
    });
    if let Some(settings) = mail_system.inbox.clone() {
        keep_up(tasks, context, stop, "reading", move |context, stop| {
            InboxReader::new(context, settings.clone()).run(stop)
        });
    }
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
