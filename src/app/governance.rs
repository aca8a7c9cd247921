//! The governance of the directory: its rules and its ordinary mailbox from the settings, its daily round.

use std::{sync::Arc, time::Duration};

use tokio_util::{sync::CancellationToken, task::TaskTracker};

use super::StartError;
use crate::{
    config::Settings,
    flows::{Context, Relay, Round, delist_overdue, run_calendar},
    governance::{Rules, RulesError},
    identifiers::TrustedDomains,
    storage::StorageError,
};

/// How often it is looked whether the calendar has something to do: a new day is seen within the hour.
const ROUND: Duration = Duration::from_secs(3600);

/// The rules that the settings name.
pub(super) fn rules(settings: &Settings) -> Result<Rules, RulesError> {
    let file = &settings.governance.rules_file;
    let file = (!file.as_os_str().is_empty()).then_some(file.as_path());
    Rules::of_region(&settings.region.vocabulary, file)
}

/// Takes structures over and delists what nobody verified in time, before anybody is answered; the rest of
/// the round follows.
pub(super) async fn prepare(context: &Context) -> Result<(), StorageError> {
    tell(delist_overdue(context).await?);
    Ok(())
}

fn tell(round: Round) {
    if round != Round::default() {
        tracing::info!(
            taken_over = round.taken_over,
            asked = round.asked,
            reminded = round.reminded,
            lapsed = round.lapsed,
            "the calendar of the directory was followed"
        );
    }
}

/// Starts the loop that follows the calendar. It ends when `stop` is cancelled.
pub(super) fn spawn(tasks: &TaskTracker, context: &Arc<Context>, stop: &CancellationToken) {
    tasks.spawn(follow_calendar(Arc::clone(context), stop.clone()));
}

/// The ordinary mailbox that writes to people who have no secure one.
///
/// # Errors
/// [`StartError::Mail`] when it is not an address.
pub(super) fn relay(settings: &Settings) -> Result<Option<Relay>, StartError> {
    let relay = &settings.governance.relay;
    if relay.from.is_empty() {
        return Ok(None);
    }
    let address = relay.from.parse();
    Ok(Some(Relay {
        address: address
            .map_err(|error| StartError::Mail(format!("governance.relay.from: {error}")))?,
        label: relay.from_label.clone(),
        trusted: TrustedDomains::new(&settings.mail.trusted_domains),
    }))
}

async fn follow_calendar(context: Arc<Context>, stop: CancellationToken) {
    // The first round is due at once: at the start only what is overdue was delisted.
    while let Some(round) = stop.run_until_cancelled(run_calendar(&context)).await {
        match round {
            Ok(round) => tell(round),
            Err(error) => tracing::error!(
                error = &error as &dyn std::error::Error,
                "the calendar of the directory could not be followed; the next round catches up"
            ),
        }
        let rest = tokio::time::sleep(ROUND);
        if stop.run_until_cancelled(rest).await.is_none() {
            return;
        }
    }
}
