//! Reports followed to their physician: the counts, the lists behind them, and what waits for somebody.

use time::Duration;

use super::{
    Context,
    report_search::{cursor_of, read_cursor},
};
use crate::{
    clock::instant_text,
    identifiers::Rpps,
    outbox::{NextStep, Resources},
    storage::{
        Closing, Decision, FollowUpFilter, FollowUpPage, FollowedReport, FunnelCount, Grouping,
        Opposition, Recipient, StorageError, StoredMailbox, Wanted, Work,
    },
};

/// Lines of one table of counts.
const MOST_GROUPS: i64 = 300;

/// How long a report waits for the directory before a person is told.
const DIRECTORY_PATIENCE: Duration = Duration::hours(1);

/// The counts, all together and by board, hospital and month.
#[derive(Clone, Debug)]
pub struct Funnel {
    /// All together.
    pub whole: FunnelCount,
    /// By board, the largest first.
    pub boards: Vec<FunnelCount>,
    /// By hospital, the largest first.
    pub hospitals: Vec<FunnelCount>,
    /// By month of the meetings, the latest first.
    pub months: Vec<FunnelCount>,
}

/// A page of a list.
#[derive(Clone, Debug)]
pub struct FollowedPage {
    /// The reports.
    pub reports: Vec<FollowedReport>,
    /// Where the next page begins, when there may be one.
    pub cursor: Option<String>,
}

/// A report that somebody deals with, and all that may help. No datum of the patient.
#[derive(Clone, Debug)]
pub struct WorkItem {
    /// The report.
    pub report: FollowedReport,
    /// What the mirror of the directory holds of its physician.
    pub recipient: Option<Recipient>,
    /// Every mailbox of the physician.
    pub mailboxes: Vec<StoredMailbox>,
    /// What was decided of the physician's address, the latest first.
    pub decisions: Vec<Decision>,
    /// What was done about the report, the latest first.
    pub closings: Vec<Closing>,
    /// What the patient said, the latest first.
    pub oppositions: Vec<Opposition>,
}

impl FollowedReport {
    /// The next best thing to do about it.
    #[must_use]
    pub fn next_step(&self) -> NextStep {
        let known = Resources {
            has_organization_mailbox: self.organization_mailboxes > 0,
            has_postal_address: self.has_postal_address,
        };
        NextStep::of(self.state, self.reason.as_deref(), known)
    }
}

/// Counts the reports of that filter, stage by stage.
///
/// # Errors
/// [`StorageError`].
pub async fn funnel(context: &Context, filter: &FollowUpFilter) -> Result<Funnel, StorageError> {
    let storage = &context.storage;
    let lines = |grouping| storage.count_stages(filter, grouping, MOST_GROUPS);
    Ok(Funnel {
        whole: lines(Grouping::Whole).await?.pop().unwrap_or_default(),
        boards: lines(Grouping::Board).await?,
        hospitals: lines(Grouping::Hospital).await?,
        months: lines(Grouping::Month).await?,
    })
}

/// What waits for somebody now, only for that reason when there is one.
#[must_use]
pub fn work(context: &Context, reason: Option<String>) -> Work {
    let now = context.clock.now();
    Work {
        unread_since: instant_text(now - Duration::days(context.follow_up.unread_days)),
        awaited_since: instant_text(now - DIRECTORY_PATIENCE),
        reason,
    }
}

/// How many reports wait for somebody, for each reason.
///
/// # Errors
/// [`StorageError`].
pub async fn count_work(
    context: &Context,
    filter: &FollowUpFilter,
) -> Result<Vec<(String, i64)>, StorageError> {
    let work = work(context, None);
    context.storage.count_work(filter, &work).await
}

/// A page of the reports that are wanted; a cursor that makes no sense starts anew.
///
/// # Errors
/// [`StorageError`].
pub async fn list_followed(
    context: &Context,
    filter: &FollowUpFilter,
    wanted: &Wanted,
    cursor: Option<&str>,
    limit: i64,
) -> Result<FollowedPage, StorageError> {
    let page = FollowUpPage {
        after: cursor.and_then(read_cursor),
        limit,
    };
    let reports = context.storage.list_followed(filter, wanted, &page).await?;
    let is_full = i64::try_from(reports.len()).is_ok_and(|count| count == limit);
    let cursor = reports
        .last()
        .filter(|_| is_full)
        .map(|last| cursor_of(&last.received_at, &last.id));
    Ok(FollowedPage { reports, cursor })
}

/// All that helps to deal with a report; `None` when there is none that counts.
///
/// # Errors
/// [`StorageError`].
pub async fn work_item(
    context: &Context,
    report_id: &str,
) -> Result<Option<WorkItem>, StorageError> {
    let storage = &context.storage;
    let Some(report) = storage.find_followed(report_id).await? else {
        return Ok(None);
    };
    let rpps = report.physician_rpps.as_deref();
    let rpps: Option<Rpps> = rpps.and_then(|rpps| rpps.parse().ok());
    let (recipient, mailboxes, decisions) = match &rpps {
        Some(rpps) => (
            storage.find_mirrored(rpps).await?,
            storage.list_mirrored_mailboxes(rpps).await?,
            storage.list_decisions(rpps).await?,
        ),
        None => (None, Vec::new(), Vec::new()),
    };
    Ok(Some(WorkItem {
        closings: storage.list_closings(report_id).await?,
        oppositions: storage.list_oppositions(report_id).await?,
        report,
        recipient,
        mailboxes,
        decisions,
    }))
}
