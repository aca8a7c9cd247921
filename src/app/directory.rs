//! The national directory: how the settings say to ask it, and the loop that does.

use std::{io, path::Path, sync::Arc, time::Duration};

use tokio::net::TcpListener;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use super::StartError;
use crate::{
    annuaire::{
        StandIn,
        http::{DirectoryClient, DirectoryServer},
    },
    api::stand_in_directory_router,
    config::Settings,
    flows::{
        Context, Followed, Freshness, RefreshError, Refreshed, follow_directory, refresh_recipients,
    },
    outbox::supervise,
};

/// Wait after a first failure of one request.
const RETRY_WAIT: Duration = Duration::from_millis(500);

/// Rest when it is nobody's turn.
const IDLE: Duration = Duration::from_secs(1);

/// How often it is looked whether it is time to ask what changed.
const BETWEEN_TURNS: Duration = Duration::from_secs(60);

/// Rest after a first failed round; it doubles with each further one.
const AFTER_FAILURE: Duration = Duration::from_secs(5);

/// Longest rest.
const LONGEST_REST: Duration = Duration::from_secs(300);

/// How long answers may be used; `None` when no directory is asked.
pub(super) fn freshness(settings: &Settings) -> Option<Freshness> {
    let annuaire = &settings.annuaire;
    (!annuaire.url.is_empty()).then(|| Freshness {
        known: time::Duration::hours(annuaire.known_hours),
        missing: time::Duration::hours(annuaire.missing_hours),
        unanswered: time::Duration::days(annuaire.unanswered_days),
        changes: (annuaire.changes_minutes > 0)
            .then(|| time::Duration::minutes(annuaire.changes_minutes)),
        whole: time::Duration::days(annuaire.whole_days),
    })
}

/// The client that the settings ask for.
///
/// # Errors
/// [`StartError::Directory`]: what cannot be used must stop the start, not the first question.
pub(super) fn client(settings: &Settings) -> Result<Option<DirectoryClient>, StartError> {
    let annuaire = &settings.annuaire;
    if annuaire.url.is_empty() {
        return Ok(None);
    }
    let given = |path: &Path| (!path.as_os_str().is_empty()).then(|| path.to_owned());
    let api_key = given(&annuaire.api_key_file).map(|path| {
        std::fs::read_to_string(&path)
            .map(|key| key.trim().to_owned())
            .map_err(|error| StartError::Secret {
                path: path.display().to_string(),
                reason: error.to_string(),
            })
    });
    let server = DirectoryServer {
        url: annuaire.url.clone(),
        api_key: api_key.transpose()?,
        ca_file: given(&annuaire.ca_file),
        requests_per_second: annuaire.requests_per_second,
        retry_wait: RETRY_WAIT,
    };
    DirectoryClient::new(&server)
        .map(Some)
        .map_err(|error| StartError::Directory(error.to_string()))
}

/// What a loop asks the directory.
#[derive(Clone, Copy)]
enum Asks {
    /// About physicians.
    Physicians,
    /// What it changed.
    Changes,
}

/// Starts the loops that keep the mirror fresh. They end when `stop` is cancelled: a question under way
/// is let go, its physicians have their turn again later.
pub(super) fn spawn(
    tasks: &TaskTracker,
    context: &Arc<Context>,
    client: DirectoryClient,
    stop: &CancellationToken,
) {
    let client = Arc::new(client);
    for (name, asks) in [
        ("directory", Asks::Physicians),
        ("directory-changes", Asks::Changes),
    ] {
        let (context, stop, client) = (Arc::clone(context), stop.clone(), Arc::clone(&client));
        tasks.spawn(async move {
            let begin = || {
                let (context, stop) = (Arc::clone(&context), stop.clone());
                let client = Arc::clone(&client);
                async move {
                    let asking = async {
                        match asks {
                            Asks::Physicians => refresh_for_ever(&context, &client).await,
                            Asks::Changes => follow_for_ever(&context, &client).await,
                        }
                    };
                    stop.run_until_cancelled(asking).await;
                }
            };
            supervise(name, &context.metrics, &stop, begin).await;
        });
    }
}

async fn follow_for_ever(context: &Context, client: &DirectoryClient) {
    loop {
        match follow_directory(context, client).await {
            Ok(Followed::NotDue) => {}
            Ok(Followed::Changed(count)) => {
                tracing::info!(count, "physicians may have changed in the directory");
            }
            Ok(Followed::Anew(count)) => {
                tracing::info!(count, "every known physician is asked of the directory");
            }
            Err(error) => tell(&error),
        }
        tokio::time::sleep(BETWEEN_TURNS).await;
    }
}

async fn refresh_for_ever(context: &Context, client: &DirectoryClient) {
    let mut rest_after_failure = AFTER_FAILURE;
    loop {
        let rest = match refresh_recipients(context, client).await {
            Ok(refreshed) => {
                rest_after_failure = AFTER_FAILURE;
                match refreshed {
                    Refreshed::Idle => IDLE,
                    Refreshed::Asked(count) => {
                        tracing::info!(count, "physicians asked of the directory");
                        continue;
                    }
                }
            }
            Err(error) => {
                tell(&error);
                let rest = rest_after_failure;
                rest_after_failure = (rest * 2).min(LONGEST_REST);
                rest
            }
        };
        tokio::time::sleep(rest).await;
    }
}

fn tell(error: &RefreshError) {
    match error {
        RefreshError::Directory(cause) if !cause.is_transient() => tracing::error!(
            error = cause as &dyn std::error::Error,
            "the directory cannot be asked until somebody mends it"
        ),
        RefreshError::Directory(cause) => tracing::warn!(
            error = cause as &dyn std::error::Error,
            "the directory does not answer"
        ),
        RefreshError::Storage(cause) => tracing::error!(
            error = cause as &dyn std::error::Error,
            "what the directory said could not be kept"
        ),
    }
}

/// Serves a stand-in of the national directory until `stop`.
///
/// # Errors
/// Whatever the network refuses.
pub async fn serve_stand_in(
    listener: TcpListener,
    directory: StandIn,
    stop: CancellationToken,
) -> io::Result<()> {
    let origin = format!("http://{}", listener.local_addr()?);
    let router = stand_in_directory_router(directory, &origin, None);
    axum::serve(listener, router)
        .with_graceful_shutdown(stop.cancelled_owned())
        .await
}
