//! Starting: from the settings to a server that answers, and its end.

use std::{
    net::SocketAddr,
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

use tokio::{
    net::TcpListener,
    signal::unix::{SignalKind, signal},
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use super::mappings::{current_terminology, mapping_source};
use crate::{
    annuaire::http::DirectoryClient,
    api::Secrets,
    clock::Clock,
    config::{self, Settings},
    flows::{
        Context, PublishedOffers, SearchTally, Sender, follow_releases, index_resources,
        index_waiting_reports, keep_offers_fresh, realign_offers, write_search_counts,
    },
    governance::RulesError,
    identifiers::TrustedDomains,
    ids::Ids,
    metrics::Metrics,
    offer_search::{Communes, Geography, Outline},
    outbox::worker::{self, MailSystem},
    storage::{Storage, StorageError},
};

/// How often what both searches keep in memory is compared with the database, beside each search.
const OFFERS_PERIOD: Duration = Duration::from_millis(500);

/// How often what the directory is searched for is written down.
const SEARCHES_PERIOD: Duration = Duration::from_secs(60);

/// Why Passerelle does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The settings contradict each other.
    #[error("the settings have faults:\n{}", .0.iter().map(|fault| format!("  - {fault}")).collect::<Vec<_>>().join("\n"))]
    Settings(Vec<String>),
    /// A secret cannot be read.
    #[error("{path}: {reason}")]
    Secret {
        /// The file.
        path: String,
        /// What the system says.
        reason: String,
    },
    /// The database cannot be opened or migrated.
    #[error("database {url}")]
    Storage {
        /// Where it should be, without a password.
        url: String,
        /// What failed.
        #[source]
        source: StorageError,
    },
    /// The address cannot be listened on.
    #[error(
        "cannot listen on {address}: {reason}; stop the other program, or choose another port with --listen or server.listen"
    )]
    Listen {
        /// The address.
        address: SocketAddr,
        /// What the system says.
        reason: String,
    },
    /// The code lists and maps have faults.
    #[error("the code lists and maps have faults:\n{}", .0.iter().map(|fault| format!("  - {fault}")).collect::<Vec<_>>().join("\n"))]
    Mappings(Vec<String>),
    /// A table of communes or outlines cannot be used.
    #[error("public_pages: {0}")]
    Geography(String),
    /// The rules of the directory cannot be used.
    #[error("{0}")]
    Governance(#[from] RulesError),
    /// The national directory cannot be asked.
    #[error("annuaire: {0}")]
    Directory(String),
    /// The mail settings cannot be used.
    #[error("mail: {0}")]
    Mail(String),
    /// The server stopped by itself.
    #[error("the server stopped: {0}")]
    Serve(std::io::Error),
}

/// Everything that runs, before it listens.
pub struct App {
    /// What every journey is handed.
    pub context: Arc<Context>,
    settings: Settings,
    secrets: Arc<Secrets>,
    mail_system: Option<MailSystem>,
    relay: Option<MailSystem>,
    directory: Option<DirectoryClient>,
}

/// Opens and migrates the database that the settings name.
///
/// # Errors
/// [`StartError::Storage`].
pub async fn open_storage(settings: &Settings) -> Result<Storage, StartError> {
    let database = &settings.database;
    let failed = |source| StartError::Storage {
        url: database.url_without_password(),
        source,
    };
    let storage = Storage::open(&database.url, database.max_connections)
        .await
        .map_err(failed)?;
    let known = Storage::latest_migration();
    let begin = Instant::now();
    let from = storage.schema_version().await;
    if let Some(from) = from.filter(|from| *from < known) {
        tracing::info!(from, to = known, "the database is brought to this release");
    }
    storage.migrate().await.map_err(failed)?;
    if from.is_some_and(|from| from < known) {
        let ms = begin.elapsed().as_millis();
        tracing::info!(ms, "the database has the tables of this release");
    }
    Ok(storage)
}

/// The context of the journeys, on a storage that is open.
///
/// # Errors
/// [`StartError::Mail`] when the sending mailbox is not an address, [`StartError::Mappings`] when
/// the code lists and maps have faults.
pub async fn context(
    settings: &Settings,
    storage: Storage,
    clock: Clock,
) -> Result<Context, StartError> {
    let mail = &settings.mail;
    let sender = if mail.from.is_empty() {
        None
    } else {
        Some(Sender {
            address: mail
                .from
                .parse()
                .map_err(|error| StartError::Mail(format!("mail.from: {error}")))?,
            label: mail.from_label.clone(),
            reply_to: match mail.reply_to.as_str() {
                "" => None,
                address => Some(
                    address
                        .parse()
                        .map_err(|error| StartError::Mail(format!("mail.reply_to: {error}")))?,
                ),
            },
            contact_phone: mail.contact_phone.clone(),
            nil: mail.nil.clone(),
            trusted: TrustedDomains::new(&mail.trusted_domains),
            max_mail_bytes: mail.max_mail_bytes,
        })
    };
    let terminology = current_terminology(settings, &storage, &clock).await?;
    Ok(Context {
        storage,
        terminology,
        mappings: mapping_source(settings),
        clock,
        ids: Ids::Random,
        metrics: Metrics::default(),
        region: settings.region.clone(),
        public_url: settings.server.public_url.trim_end_matches('/').to_owned(),
        reports: settings.reports.clone(),
        max_body_bytes: settings.server.max_body_bytes,
        max_release_bytes: settings.terminology.max_release_bytes,
        archives: settings.archives,
        exports: settings.export,
        patients: settings.patients,
        directory: super::directory::freshness(settings),
        governance: super::governance::rules(settings)?,
        offers: PublishedOffers::default(),
        searches: SearchTally::default(),
        geography: geography(settings)?,
        follow_up: settings.follow_up.clone(),
        relay: super::governance::relay(settings)?,
        sender,
    })
}

/// The communes and outlines that the settings name, else those built in.
fn geography(settings: &Settings) -> Result<Geography, StartError> {
    let built_in = Geography::built_in();
    let pages = &settings.public_pages;
    let failed = |path: &Path, reason: String| {
        StartError::Geography(format!("{}: {reason}", path.display()))
    };
    let text = |path: &Path| {
        std::fs::read_to_string(path).map_err(|error| failed(path, error.to_string()))
    };
    let (communes, outlines) = (&pages.communes_file, &pages.outlines_file);
    Ok(Geography {
        communes: match communes.as_os_str().is_empty() {
            true => built_in.communes,
            false => Communes::read(&text(communes)?).map_err(|reason| failed(communes, reason))?,
        },
        outlines: match outlines.as_os_str().is_empty() {
            true => built_in.outlines,
            false => Outline::read(&text(outlines)?).map_err(|reason| failed(outlines, reason))?,
        },
    })
}

impl App {
    /// Checks the settings, opens the database, reads the secrets. Nothing listens yet.
    ///
    /// # Errors
    /// [`StartError`].
    pub async fn prepare(settings: Settings) -> Result<Self, StartError> {
        let faults = config::check(&settings);
        if !faults.is_empty() {
            return Err(StartError::Settings(faults));
        }
        let secrets = Secrets::read(&settings.access, settings.server.is_exposed()).map_err(
            |(path, error)| StartError::Secret {
                path: path.display().to_string(),
                reason: error.to_string(),
            },
        )?;
        let mail_system = MailSystem::of_settings(&settings).map_err(StartError::Mail)?;
        let relay = MailSystem::relay_of_settings(&settings).map_err(StartError::Mail)?;
        let directory = super::directory::client(&settings)?;
        let storage = open_storage(&settings).await?;
        let context = Arc::new(context(&settings, storage, Clock::System).await?);
        let failed = |source| StartError::Storage {
            url: settings.database.url_without_password(),
            source,
        };
        let indexed = index_waiting_reports(&context).await.map_err(failed)?;
        if indexed > 0 {
            tracing::info!(indexed, "reports of an earlier release can be searched now");
        }
        let indexed = index_resources(&context).await.map_err(failed)?;
        if indexed > 0 {
            tracing::info!(
                indexed,
                "the search parameters changed: resources were indexed anew"
            );
        }
        // What became overdue while nothing ran is out of sight before anything is shown.
        super::governance::prepare(&context).await.map_err(failed)?;
        Ok(Self {
            context,
            settings,
            secrets: Arc::new(secrets),
            mail_system,
            relay,
            directory,
        })
    }

    /// Takes the address that the settings name.
    ///
    /// # Errors
    /// [`StartError::Listen`].
    pub async fn listen(&self) -> Result<TcpListener, StartError> {
        let address = self.settings.server.listen;
        TcpListener::bind(address)
            .await
            .map_err(|error| StartError::Listen {
                address,
                reason: error.to_string(),
            })
    }

    /// Answers and sends until `stop`, then lets what is under way end, within the grace of the
    /// settings, and hands back what was claimed.
    ///
    /// # Errors
    /// [`StartError::Serve`].
    pub async fn run(
        self,
        listener: TcpListener,
        stop: CancellationToken,
    ) -> Result<(), StartError> {
        let workers = TaskTracker::new();
        let (context, stopped) = (Arc::clone(&self.context), stop.clone());
        workers.spawn(async move {
            let keep = keep_search_memory(&context);
            stopped.run_until_cancelled(keep).await;
        });
        let public_url = match self.settings.server.public_url.trim_end_matches('/') {
            "" => format!(
                "http://{}",
                listener.local_addr().map_err(StartError::Serve)?
            ),
            given => given.to_owned(),
        };
        super::follow_up::spawn(&workers, &self.context, &stop);
        super::governance::spawn(&workers, &self.context, &stop);
        if let Some(mail_system) = self.mail_system {
            worker::spawn(
                &workers,
                &self.context,
                mail_system.with_pages(&public_url),
                &self.settings.delivery,
                &stop,
            );
        }
        if let Some(relay) = self.relay {
            let relay = relay.with_pages(&public_url);
            worker::spawn_relay(&workers, &self.context, relay, &stop);
        }
        if let Some(client) = self.directory {
            super::directory::spawn(&workers, &self.context, client, &stop);
        }
        super::exports::spawn(&workers, &self.context, &stop);
        workers.spawn(follow(
            Arc::clone(&self.context),
            Duration::from_secs(self.settings.terminology.follow_seconds),
            stop.clone(),
        ));
        let (context, stopped) = (Arc::clone(&self.context), stop.clone());
        workers.spawn(async move {
            stopped
                .run_until_cancelled(keep_offers_fresh(&context, OFFERS_PERIOD))
                .await;
        });
        workers.spawn(count_searches(Arc::clone(&self.context), stop.clone()));
        workers.close();
        let router = super::router(Arc::clone(&self.context), self.secrets, &public_url);
        let serving =
            axum::serve(listener, router).with_graceful_shutdown(stop.clone().cancelled_owned());
        let grace = Duration::from_secs(self.settings.server.stop_grace_seconds);
        let bounded = async {
            stop.cancelled().await;
            tokio::time::sleep(grace).await;
        };
        tokio::select! {
            served = serving.into_future() => served.map_err(StartError::Serve)?,
            () = bounded => tracing::warn!("requests were still under way at the end of the grace"),
        }
        stop.cancel();
        if tokio::time::timeout(grace, workers.wait()).await.is_err() {
            tracing::warn!(
                "workers were still busy at the end of the grace; their leases will run out"
            );
        }
        self.context.storage.close().await;
        tracing::info!("stopped");
        Ok(())
    }
}

/// Loads what most searches are answered from; until then the database answers them. Then looks now and
/// then what changed, so that nobody who searches waits for all that a long import wrote.
async fn keep_search_memory(context: &Context) {
    let start = Instant::now();
    let mut kept = context.storage.load_search_memory().await;
    if kept.is_ok() {
        tracing::info!(
            ms = start.elapsed().as_millis(),
            "searches are answered from memory"
        );
    }
    loop {
        if let Err(error) = kept {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "the memory of the search could not be brought up to date"
            );
        }
        tokio::time::sleep(OFFERS_PERIOD).await;
        kept = context.storage.refresh_search_memory().await;
    }
}

/// Writes down what the directory is searched for, now and then, and once more at the end.
async fn count_searches(context: Arc<Context>, stop: CancellationToken) {
    loop {
        let is_stopped = stop
            .run_until_cancelled(tokio::time::sleep(SEARCHES_PERIOD))
            .await
            .is_none();
        if let Err(error) = write_search_counts(&context).await {
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "the counts of searches could not be written"
            );
        }
        if is_stopped {
            return;
        }
    }
}

/// Takes over each switch of the national lists and brings the offers to them, until `stop`.
async fn follow(context: Arc<Context>, period: Duration, stop: CancellationToken) {
    while stop
        .run_until_cancelled(tokio::time::sleep(period))
        .await
        .is_some()
    {
        match follow_releases(&context).await {
            Ok(true) => tracing::info!(
                edition = %context.terminology.edition(),
                "the national lists were switched"
            ),
            Ok(false) => {}
            Err(error) => tracing::error!(
                error = &error as &dyn std::error::Error,
                "the national lists could not be switched; those in use stay"
            ),
        }
        match realign_offers(&context).await {
            Ok(done) if done.changed > 0 => tracing::info!(
                looked_at = done.looked_at,
                changed = done.changed,
                restored = done.restored,
                "offers were brought to the national lists in force"
            ),
            Ok(_) => {}
            Err(error) => tracing::error!(
                error = &error as &dyn std::error::Error,
                "not all offers were brought to the national lists; tried again"
            ),
        }
    }
}

/// A token that a `SIGTERM` or a `Ctrl-C` cancels. Both are caught from the moment this returns.
#[must_use]
pub fn stop_on_signal() -> CancellationToken {
    let catch = |kind| signal(kind).expect("the runtime takes signals");
    let mut terminate = catch(SignalKind::terminate());
    let mut interrupt = catch(SignalKind::interrupt());
    let stop = CancellationToken::new();
    let token = stop.clone();
    tokio::spawn(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        tracing::info!("asked to stop");
        token.cancel();
    });
    stop
}
