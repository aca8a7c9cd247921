//! Reports on their way to their physician: counted stage by stage, and listed.

use super::{Storage, StorageError, query::Row, recipients::parsed_if_there, sql_text::SqlText};
use crate::outbox::{ClosingWay, DeliveryState};

/// How far a report has come. Whoever reached a stage reached those before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    /// It was taken in, and it counts.
    Received,
    /// It names an attending physician by number.
    WithPhysician,
    /// There is an address to send it to.
    WithAddress,
    /// The mail left.
    Sent,
    /// The mailbox holds it.
    Delivered,
    /// The physician read or integrated it.
    Read,
}

/// Which reports are looked at. Only versions that count ever are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FollowUpFilter {
    /// Name of the board.
    pub board: Option<String>,
    /// Identifier, or name, of the structure that keeps the document.
    pub hospital: Option<String>,
    /// First day of the meetings, `YYYY-MM-DD`.
    pub from: Option<String>,
    /// Day after the last one.
    pub before: Option<String>,
}

/// Which of them are listed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// Those that reached that stage.
    Reached(Stage),
    /// Those that reached the stage before, and not that one.
    Missed(Stage),
    /// Those about which somebody must do something.
    Work(Work),
}

/// What somebody must do something about, unless it was closed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Work {
    /// Reports that left before that instant and were not read since.
    pub unread_since: String,
    /// Reports that have waited for the directory since before that instant.
    pub awaited_since: String,
    /// Only those that stand badly for that reason; `unread` for those that were not read.
    pub reason: Option<String>,
}

/// By what the counts are grouped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grouping {
    /// One line for all.
    Whole,
    /// A line a board.
    Board,
    /// A line a hospital.
    Hospital,
    /// A line a month of meetings.
    Month,
}

/// How many reports reached each stage.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FunnelCount {
    /// What the filter calls the group.
    pub key: String,
    /// What people call it.
    pub name: String,
    /// The counts, in the order of the stages.
    pub counts: [i64; 6],
    /// Reports that did not arrive by mail, and were brought otherwise.
    pub closed: i64,
}

/// A report and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FollowedReport {
    /// Our identifier.
    pub id: String,
    /// Name of the board.
    pub board: String,
    /// Name of the structure that keeps the document.
    pub hospital: Option<String>,
    /// Day of the meeting.
    pub session_on: String,
    /// When it arrived.
    pub received_at: String,
    /// Number of the attending physician.
    pub physician_rpps: Option<String>,
    /// Family name of the attending physician.
    pub physician_family: Option<String>,
    /// Given name of the attending physician.
    pub physician_given: Option<String>,
    /// Where its delivery stands.
    pub state: DeliveryState,
    /// Why, when it stands badly.
    pub reason: Option<String>,
    /// Last change of its delivery.
    pub updated_at: String,
    /// Number of the mailboxes of the physician's place of work.
    pub organization_mailboxes: i64,
    /// True when the directory gives a postal address.
    pub has_postal_address: bool,
    /// How it was closed, when it was.
    pub closing: Option<ClosingWay>,
    /// When somebody else was called for.
    pub escalated_at: Option<String>,
}

/// A page of reports: where it begins, and how long it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FollowUpPage {
    /// Arrival and identifier of the last one of the page before.
    pub after: Option<(String, String)>,
    /// How many at the most.
    pub limit: i64,
}

const DAY: &str = "coalesce(report.session_on, substr(report.received_at, 1, 10))";

/// A mail that bounced had left.
const HAS_LEFT: &str = "(delivery.state in ('sent', 'delivered', 'acknowledged', 'rejected') \
     or (delivery.state = 'failed' and delivery.reason like 'dsn-%'))";

/// The last word on a report that people closed or opened again.
const CLOSING: &str = "(select c.way from report_closing c where c.report_id = report.id \
     order by c.at desc, c.id desc limit 1)";

const FROM: &str = " from report join delivery on delivery.report_id = report.id \
     and delivery.purpose = 'report' where report.standing = 'current'";

impl Stage {
    /// Every stage, the first one first.
    pub const ALL: [Self; 6] = [
        Self::Received,
        Self::WithPhysician,
        Self::WithAddress,
        Self::Sent,
        Self::Delivered,
        Self::Read,
    ];

    fn condition(self) -> &'static str {
        match self {
            Self::Received => "1 = 1",
            Self::WithPhysician => "delivery.recipient_rpps is not null",
            Self::WithAddress => "delivery.recipient_address is not null",
            Self::Sent => HAS_LEFT,
            Self::Delivered => "delivery.state in ('delivered', 'acknowledged', 'rejected')",
            Self::Read => "delivery.state = 'acknowledged'",
        }
    }

    /// The stage before.
    #[must_use]
    pub fn before(self) -> Option<Self> {
        let rank = Self::ALL.iter().position(|stage| *stage == self)?;
        Self::ALL.get(rank.checked_sub(1)?).copied()
    }
}

impl Grouping {
    /// Columns that the lines are grouped by: key and name.
    fn columns(self) -> (&'static str, &'static str) {
        match self {
            Self::Whole => ("''", "''"),
            Self::Board => ("report.board", "report.board"),
            Self::Hospital => (
                "coalesce(report.hospital_key, '')",
                "coalesce(report.hospital_name, '')",
            ),
            Self::Month => (
                "substr(coalesce(report.session_on, report.received_at), 1, 7)",
                "substr(coalesce(report.session_on, report.received_at), 1, 7)",
            ),
        }
    }
}

fn push_filter(text: &mut SqlText, filter: &FollowUpFilter) {
    if let Some(board) = &filter.board {
        text.push(" and report.board = ").bind(board);
    }
    if let Some(hospital) = &filter.hospital {
        text.push(" and coalesce(report.hospital_key, '') = ")
            .bind(hospital);
    }
    if let Some(from) = &filter.from {
        text.push(" and ").push(DAY).push(" >= ").bind(from);
    }
    if let Some(before) = &filter.before {
        text.push(" and ").push(DAY).push(" < ").bind(before);
    }
}

fn push_wanted(text: &mut SqlText, wanted: &Wanted) {
    match wanted {
        Wanted::Reached(stage) => {
            text.push(" and ").push(stage.condition());
        }
        Wanted::Missed(stage) => {
            text.push(" and not (").push(stage.condition()).push(")");
            if let Some(before) = stage.before() {
                text.push(" and ").push(before.condition());
            }
        }
        Wanted::Work(work) => push_work(text, work),
    }
}

fn push_work(text: &mut SqlText, work: &Work) {
    text.push(" and coalesce(").push(CLOSING);
    text.push(", 'reopened') = 'reopened' and (delivery.state in ('failed', 'rejected') \
         or (delivery.state = 'undeliverable' and (coalesce(delivery.reason, '') <> 'directory-awaited' \
             or delivery.updated_at <= ")
        .bind(&work.awaited_since);
    text.push(")) or (delivery.state in ('sent', 'delivered') and delivery.updated_at <= ")
        .bind(&work.unread_since)
        .push("))");
    match work.reason.as_deref() {
        None => {}
        Some("unread") => {
            text.push(" and delivery.state in ('sent', 'delivered')");
        }
        Some(reason) => {
            text.push(" and delivery.state not in ('sent', 'delivered') and coalesce(delivery.reason, delivery.state) = ")
                .bind(reason);
        }
    }
}

const COLUMNS: &str = "report.id, report.board, report.hospital_name, report.received_at, \
     delivery.recipient_rpps, report.physician_family, report.physician_given, delivery.state, \
     delivery.reason, delivery.updated_at, \
     (select count(*) from recipient_mailbox m where m.rpps = delivery.recipient_rpps \
         and m.holder = 'organization' and m.is_listed = 1 and m.refused_at is null), \
     (select count(*) from recipient r where r.rpps = delivery.recipient_rpps and r.postal_address <> ''), \
     (select f.at from follow_up f where f.report_id = report.id and f.kind = 'escalation')";

fn followed(row: &Row) -> Result<FollowedReport, StorageError> {
    Ok(FollowedReport {
        id: row.try_get(0)?,
        board: row.try_get(1)?,
        hospital: row.try_get(2)?,
        received_at: row.try_get(3)?,
        physician_rpps: row.try_get(4)?,
        physician_family: row.try_get(5)?,
        physician_given: row.try_get(6)?,
        state: super::deliveries::state_of(row, 7)?,
        reason: row.try_get(8)?,
        updated_at: row.try_get(9)?,
        organization_mailboxes: row.try_get(10)?,
        has_postal_address: row.try_get::<i64>(11)? > 0,
        escalated_at: row.try_get(12)?,
        session_on: row.try_get(13)?,
        closing: parsed_if_there(row, 14, "report_closing.way")?,
    })
}

impl Storage {
    /// How many reports reached each stage, a line for each group, the largest first; months in their
    /// order. At most `limit` lines.
    ///
    /// # Errors
    /// [`StorageError::Database`].
    pub async fn count_stages(
        &self,
        filter: &FollowUpFilter,
        grouping: Grouping,
        limit: i64,
    ) -> Result<Vec<FunnelCount>, StorageError> {
        let (key, name) = grouping.columns();
        let mut text = SqlText::new(&format!("select {key}, coalesce(max({name}), '')"));
        for stage in Stage::ALL {
            text.push(", coalesce(sum(case when ")
                .push(stage.condition());
            text.push(" then 1 else 0 end), 0)");
        }
        text.push(
            ", coalesce(sum(case when delivery.state not in ('delivered', 'acknowledged') and ",
        )
        .push(CLOSING);
        text.push(" in ('letter', 'telephone', 'handed-over') then 1 else 0 end), 0)")
            .push(FROM);
        push_filter(&mut text, filter);
        if grouping != Grouping::Whole {
            let order = if grouping == Grouping::Month {
                "1 desc"
            } else {
                "3 desc, 2"
            };
            text.push(&format!(" group by {key} order by {order}"));
        }
        text.push(" limit ").bind_number(limit);
        let rows = text.query().fetch_all(&self.pool).await?;
        rows.iter()
            .map(|row| {
                let mut counts = [0; 6];
                for (rank, count) in counts.iter_mut().enumerate() {
                    *count = row.try_get(rank + 2)?;
                }
                Ok(FunnelCount {
                    key: row.try_get(0)?,
                    name: row.try_get(1)?,
                    counts,
                    closed: row.try_get(8)?,
                })
            })
            .collect()
    }

    /// The reports that are wanted: what waits for somebody the oldest first, else the latest first.
    ///
    /// # Errors
    /// [`StorageError::Database`] or [`StorageError::Corrupt`].
    pub async fn list_followed(
        &self,
        filter: &FollowUpFilter,
        wanted: &Wanted,
        page: &FollowUpPage,
    ) -> Result<Vec<FollowedReport>, StorageError> {
        let (sign, order) = match wanted {
            Wanted::Work(_) => (">", ""),
            Wanted::Reached(_) | Wanted::Missed(_) => ("<", " desc"),
        };
        let mut text = SqlText::new(&format!("select {COLUMNS}, {DAY}, {CLOSING}"));
        text.push(FROM);
        push_filter(&mut text, filter);
        push_wanted(&mut text, wanted);
        if let Some((instant, id)) = &page.after {
            text.push(&format!(" and (report.received_at {sign} "))
                .bind(instant);
            text.push(" or (report.received_at = ").bind(instant);
            text.push(&format!(" and report.id {sign} "))
                .bind(id)
                .push("))");
        }
        text.push(&format!(
            " order by report.received_at{order}, report.id{order} limit "
        ))
        .bind_number(page.limit);
        let rows = text.query().fetch_all(&self.pool).await?;
        rows.iter().map(followed).collect()
    }

    /// That report, if it counts and there is a delivery of it.
    ///
    /// # Errors
    /// [`StorageError::Database`] or [`StorageError::Corrupt`].
    pub async fn find_followed(
        &self,
        report_id: &str,
    ) -> Result<Option<FollowedReport>, StorageError> {
        let mut text = SqlText::new(&format!("select {COLUMNS}, {DAY}, {CLOSING}"));
        text.push(FROM).push(" and report.id = ").bind(report_id);
        let row = text.query().fetch_optional(&self.pool).await?;
        row.as_ref().map(followed).transpose()
    }

    /// How many reports wait for somebody, for each reason; `unread` for those that were not read.
    ///
    /// # Errors
    /// [`StorageError::Database`].
    pub async fn count_work(
        &self,
        filter: &FollowUpFilter,
        work: &Work,
    ) -> Result<Vec<(String, i64)>, StorageError> {
        const REASON: &str = "case when delivery.state in ('sent', 'delivered') then 'unread' \
             else coalesce(delivery.reason, delivery.state) end";
        let mut text = SqlText::new(&format!("select {REASON}, count(*)"));
        text.push(FROM);
        push_filter(&mut text, filter);
        push_work(&mut text, work);
        text.push(&format!(" group by {REASON} order by 2 desc, 1"));
        let rows = text.query().fetch_all(&self.pool).await?;
        rows.iter()
            .map(|row| Ok((row.try_get(0)?, row.try_get(1)?)))
            .collect()
    }
}
