//! Searching reports by what was extracted of them, and by where they stand.

use super::{
    KeyKind, Report, Storage, StorageError,
    query::Row,
    reports::{COLUMNS, report_of},
    sql_text::SqlText,
};
use crate::{outbox::DeliveryState, rcp::Standing};

/// A condition on reports. Several in a list: one of them is enough.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReportCondition {
    /// Our identifier is one of these.
    Id(Vec<String>),
    /// The author's identity of the document is one of these.
    DocumentId(Vec<String>),
    /// It says that it replaces one of these documents.
    Replaces(Vec<String>),
    /// It has one of these keys: system, when it matters, and value, when it matters.
    Key(KeyKind, Vec<(Option<String>, Option<String>)>),
    /// It stands so.
    Standing(Vec<Standing>),
    /// Its delivery stands so.
    Delivery(Vec<DeliveryState>),
    /// Its attending physician has that RPPS number.
    Attending(String),
    /// That date is at least that text.
    From(ReportDate, String),
    /// That date is before that text.
    Before(ReportDate, String),
}

/// A date of a report. Days are `YYYY-MM-DD`; instants are UTC, as the tables write them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReportDate {
    /// Day of the meeting.
    SessionOn,
    /// Instant of arrival.
    ReceivedAt,
    /// Instant of the last change of its standing.
    ChangedAt,
    /// Instant at which the document was made.
    CreatedAt,
    /// Instant at which the meeting began.
    PeriodStart,
    /// Instant at which it ended, or else began.
    PeriodEnd,
}

/// Which reports are wanted: those that meet every condition, the latest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReportSearch {
    /// What they must meet.
    pub conditions: Vec<ReportCondition>,
    /// Arrival and identifier of the last one of the page before.
    pub after: Option<(String, String)>,
    /// How many at the most.
    pub limit: i64,
}

/// A report that was found, and where its delivery stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundReport {
    /// The report.
    pub report: Report,
    /// Where its delivery stands.
    pub delivery: Option<DeliveryState>,
    /// Why, when it stands badly.
    pub reason: Option<String>,
}

impl ReportDate {
    fn column(self) -> &'static str {
        match self {
            Self::SessionOn => "report.session_on",
            Self::ReceivedAt => "report.received_at",
            Self::ChangedAt => "report.changed_at",
            Self::CreatedAt => "report.created_at",
            Self::PeriodStart => "report.period_start",
            Self::PeriodEnd => "coalesce(report.period_end, report.period_start)",
        }
    }
}

fn push_condition(text: &mut SqlText, condition: &ReportCondition) {
    let mut one_of = |column: &str, values: &mut dyn Iterator<Item = &str>| {
        text.push(" and ").push(column).push(" in (");
        text.bind_list(values).push(")");
    };
    match condition {
        ReportCondition::Id(ids) => one_of("report.id", &mut ids.iter().map(String::as_str)),
        ReportCondition::DocumentId(ids) => {
            one_of("report.document_id", &mut ids.iter().map(String::as_str));
        }
        ReportCondition::Replaces(ids) => one_of(
            "report.replaces_document_id",
            &mut ids.iter().map(String::as_str),
        ),
        ReportCondition::Standing(words) => {
            one_of(
                "report.standing",
                &mut words.iter().map(|word| word.as_str()),
            );
        }
        ReportCondition::Delivery(words) => {
            one_of(
                "delivery.state",
                &mut words.iter().map(|word| word.as_str()),
            );
        }
        ReportCondition::Key(kind, keys) => push_keys(text, *kind, keys),
        ReportCondition::Attending(rpps) => {
            text.push(" and report.attending_rpps = ").bind(rpps);
        }
        ReportCondition::From(date, value) => {
            text.push(" and ")
                .push(date.column())
                .push(" >= ")
                .bind(value);
        }
        ReportCondition::Before(date, value) => {
            text.push(" and ")
                .push(date.column())
                .push(" < ")
                .bind(value);
        }
    }
}

fn push_keys(text: &mut SqlText, kind: KeyKind, keys: &[(Option<String>, Option<String>)]) {
    text.push(" and report.id in (select k.report_id from report_key k where k.kind = ")
        .bind(kind.as_str())
        .push(" and (1 = 0");
    for (system, value) in keys {
        text.push(" or (1 = 1");
        if let Some(value) = value {
            text.push(" and k.value = ").bind(value);
        }
        if let Some(system) = system {
            text.push(" and k.system = ").bind(system);
        }
        text.push(")");
    }
    text.push("))");
}

const FROM: &str = " from report left join delivery \
     on delivery.report_id = report.id and delivery.purpose = 'report' where 1 = 1";

fn found(row: &Row) -> Result<FoundReport, StorageError> {
    let state = row.try_get::<Option<String>>(13)?;
    Ok(FoundReport {
        report: report_of(row)?,
        delivery: state
            .map(|state| {
                state.parse().map_err(|_| StorageError::Corrupt {
                    column: "delivery.state",
                })
            })
            .transpose()?,
        reason: row.try_get(14)?,
    })
}

impl Storage {
    /// The reports that are wanted.
    ///
    /// # Errors
    /// [`StorageError::Database`] or [`StorageError::Corrupt`].
    pub async fn search_reports(
        &self,
        search: &ReportSearch,
    ) -> Result<Vec<FoundReport>, StorageError> {
        let mut text = SqlText::new(&format!(
            "select {COLUMNS}, delivery.state, delivery.reason"
        ));
        text.push(FROM);
        for condition in &search.conditions {
            push_condition(&mut text, condition);
        }
        if let Some((instant, id)) = &search.after {
            text.push(" and (report.received_at < ").bind(instant);
            text.push(" or (report.received_at = ").bind(instant);
            text.push(" and report.id < ").bind(id).push("))");
        }
        text.push(" order by report.received_at desc, report.id desc limit ")
            .bind_number(search.limit);
        let rows = text.query().fetch_all(&self.pool).await?;
        rows.iter().map(found).collect()
    }

    /// How many reports meet those conditions.
    ///
    /// # Errors
    /// [`StorageError::Database`].
    pub async fn count_found_reports(
        &self,
        conditions: &[ReportCondition],
    ) -> Result<i64, StorageError> {
        let mut text = SqlText::new("select count(*)");
        text.push(FROM);
        for condition in conditions {
            push_condition(&mut text, condition);
        }
        text.query().fetch_one(&self.pool).await?.try_get(0)
    }
}
