//! The governance of the directory: its rules from the settings, its daily round, its mails.

use std::{sync::Arc, time::Duration};

use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{
    config::Settings,
    flows::{Context, Round, run_calendar, send_governance_notice},
    governance::{Rules, RulesError},
    mssante::smtp::SmtpClient,
    storage::StorageError,
};

/// How often it is looked whether the calendar has something to do: a new day is seen within the hour.
const ROUND: Duration = Duration::from_secs(3600);
/// How often mails that are due are looked for: somebody waits for a login link.
const MAILS: Duration = Duration::from_secs(2);

/// The rules that the settings name.
pub(super) fn rules(settings: &Settings) -> Result<Rules, RulesError> {
    let file = &settings.governance.rules_file;
    let file = (!file.as_os_str().is_empty()).then_some(file.as_path());
    Rules::of_region(&settings.region.vocabulary, file)
}

/// Does what the calendar has to do today, and says so.
pub(super) async fn run(context: &Context) -> Result<(), StorageError> {
    let round = run_calendar(context).await?;
    if round != Round::default() {
        tracing::info!(
            taken_over = round.taken_over,
            asked = round.asked,
            reminded = round.reminded,
            lapsed = round.lapsed,
            "the calendar of the directory was followed"
        );
    }
    Ok(())
}

/// Starts the two loops. They end when `stop` is cancelled, after the mail that is under way.
pub(super) fn spawn(
    tasks: &TaskTracker,
    context: &Arc<Context>,
    client: Option<SmtpClient>,
    public_url: &str,
    stop: &CancellationToken,
) {
    tasks.spawn(follow_calendar(Arc::clone(context), stop.clone()));
    if let Some(client) = client {
        let url = public_url.to_owned();
        tasks.spawn(send(Arc::clone(context), client, url, stop.clone()));
    }
}

async fn follow_calendar(context: Arc<Context>, stop: CancellationToken) {
    while stop
        .run_until_cancelled(tokio::time::sleep(ROUND))
        .await
        .is_some()
    {
        if let Err(error) = run(&context).await {
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "the calendar of the directory could not be followed; the next round catches up"
            );
        }
    }
}

async fn send(
    context: Arc<Context>,
    mut client: SmtpClient,
    public_url: String,
    stop: CancellationToken,
) {
    while !stop.is_cancelled() {
        match send_governance_notice(&context, &mut client, &public_url).await {
            Ok(true) => continue,
            Ok(false) => {}
            Err(error) => tracing::error!(
                error = &error as &dyn std::error::Error,
                "mails of the directory could not be sent"
            ),
        }
        tokio::select! {
            () = stop.cancelled() => {}
            () = tokio::time::sleep(MAILS) => {}
        }
    }
    client.quit().await;
}
