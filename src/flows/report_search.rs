//! Reports found by what they are asked for: board, session, date, physician, state.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use time::{Date, Duration, OffsetDateTime, format_description::well_known::Rfc3339};

use super::Context;
use crate::{
    cda::{RCP_ROOT, SESSION_ROOT},
    clock::instant_text,
    finding::{Bilingual, Finding},
    identifiers::Rpps,
    outbox::DeliveryState,
    rcp::Standing,
    storage::{FoundReport, KeyKind, ReportCondition, ReportDate, ReportSearch, StorageError},
};

/// Reports in a page, unless another number is asked for.
const PAGE: i64 = 100;
/// Most reports in a page.
const MAX_PAGE: i64 = 500;
/// Parameters that are understood.
const KNOWN: &str = "board, session, date, physician, state, count, cursor";

/// What is asked for, read and understood.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReportFilter {
    search: ReportSearch,
}

/// A page of reports.
#[derive(Clone, Debug)]
pub struct ReportPage {
    /// The reports, the latest first.
    pub reports: Vec<FoundReport>,
    /// Where the next page begins, when there may be one.
    pub cursor: Option<String>,
}

impl ReportFilter {
    /// Reads the parameters of a query.
    ///
    /// # Errors
    /// A finding for each parameter that is not known, or has a value that makes no sense.
    pub fn read(pairs: &[(String, String)]) -> Result<Self, Vec<Finding>> {
        let mut search = ReportSearch {
            limit: PAGE,
            ..ReportSearch::default()
        };
        let mut findings = Vec::new();
        for (name, value) in pairs {
            match condition(name, value.trim(), &mut search) {
                Ok(mut conditions) => search.conditions.append(&mut conditions),
                Err(finding) => findings.push(*finding),
            }
        }
        if findings.is_empty() {
            Ok(Self { search })
        } else {
            Err(findings)
        }
    }
}

/// The conditions that a parameter makes; `count` and `cursor` change the search itself.
fn condition(
    name: &str,
    value: &str,
    search: &mut ReportSearch,
) -> Result<Vec<ReportCondition>, Box<Finding>> {
    let meeting = |root: &str| {
        let key = (Some(root.to_owned()), Some(value.to_owned()));
        vec![ReportCondition::Key(KeyKind::Meeting, vec![key])]
    };
    match name {
        "board" if !value.is_empty() => Ok(meeting(RCP_ROOT)),
        "session" if !value.is_empty() => Ok(meeting(SESSION_ROOT)),
        "date" => DateAsked::read(value)
            .map(|asked| asked.conditions(ReportDate::SessionOn, ReportDate::SessionOn))
            .ok_or_else(|| bad_value("date", "2026-10-12, ge2026-10-01, lt2026-11-01")),
        "physician" => value
            .parse::<Rpps>()
            .map(|rpps| vec![ReportCondition::Attending(rpps.as_str().to_owned())])
            .map_err(|_| bad_value("physician", "10999000127 (RPPS)")),
        "state" => {
            states(value).ok_or_else(|| bad_value("state", "pending, sent, current, superseded…"))
        }
        "count" => match value.parse() {
            Ok(count @ 1..=MAX_PAGE) => {
                search.limit = count;
                Ok(Vec::new())
            }
            Ok(_) | Err(_) => Err(bad_value("count", "1…500")),
        },
        "cursor" => match read_cursor(value) {
            Some(after) => {
                search.after = Some(after);
                Ok(Vec::new())
            }
            None => Err(bad_value("cursor", "`next`")),
        },
        _ => Err(unknown(name)),
    }
}

/// Words of the delivery, or of the standing; several, with commas, mean any of them.
fn states(value: &str) -> Option<Vec<ReportCondition>> {
    let words = || value.split(',').map(str::trim);
    let deliveries: Result<Vec<DeliveryState>, _> = words().map(str::parse).collect();
    if let Ok(states) = deliveries {
        return Some(vec![ReportCondition::Delivery(states)]);
    }
    let standings: Result<Vec<Standing>, _> = words().map(str::parse).collect();
    Some(vec![ReportCondition::Standing(standings.ok()?)])
}

/// Finds the reports of a page.
///
/// # Errors
/// [`StorageError`].
pub async fn search_reports(
    context: &Context,
    filter: &ReportFilter,
) -> Result<ReportPage, StorageError> {
    let reports = context.storage.search_reports(&filter.search).await?;
    Ok(ReportPage {
        cursor: next_cursor(&reports, filter.search.limit),
        reports,
    })
}

/// Where the page after a full page begins.
pub(super) fn next_cursor(reports: &[FoundReport], limit: i64) -> Option<String> {
    let is_full = i64::try_from(reports.len()).is_ok_and(|count| count == limit);
    let last = &reports.last().filter(|_| is_full)?.report;
    Some(cursor_of(&last.received_at, &last.id))
}

/// Where the page after that row begins: opaque, and told apart from those of later releases.
pub(super) fn cursor_of(instant: &str, id: &str) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(format!("1|{instant}|{id}"))
}

/// Instant and identifier of the last row of the page before.
pub(super) fn read_cursor(token: &str) -> Option<(String, String)> {
    let text = String::from_utf8(BASE64_URL_SAFE_NO_PAD.decode(token).ok()?).ok()?;
    let (instant, id) = text.strip_prefix("1|")?.split_once('|')?;
    Some((instant.to_owned(), id.to_owned()))
}

/// A date with its prefix, as FHIR searches write it.
///
/// **Source:** FHIR R4, 3.1.1.4.7, date.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct DateAsked {
    comparison: Comparison,
    /// First instant of what is named.
    from: OffsetDateTime,
    /// First instant after it.
    to: OffsetDateTime,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Comparison {
    Equal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl DateAsked {
    /// Reads `ge2026-10-12`, `2026-10`, `lt2026-10-12T08:00:00Z`…
    pub(super) fn read(text: &str) -> Option<Self> {
        let split = |prefix: &str| text.strip_prefix(prefix);
        let (comparison, text) = [
            ("eq", Comparison::Equal),
            ("lt", Comparison::Less),
            ("le", Comparison::LessOrEqual),
            ("gt", Comparison::Greater),
            ("ge", Comparison::GreaterOrEqual),
        ]
        .into_iter()
        .find_map(|(prefix, comparison)| Some((comparison, split(prefix)?)))
        .unwrap_or((Comparison::Equal, text));
        let (from, to) = period(text)?;
        Some(Self {
            comparison,
            from,
            to,
        })
    }

    /// What a period that goes from `start` to `end` must meet; a day is a period of its own.
    pub(super) fn conditions(&self, start: ReportDate, end: ReportDate) -> Vec<ReportCondition> {
        let text = |date, instant| match date {
            ReportDate::SessionOn => instant_text(instant)[..10].to_owned(),
            ReportDate::ReceivedAt
            | ReportDate::ChangedAt
            | ReportDate::CreatedAt
            | ReportDate::PeriodStart
            | ReportDate::PeriodEnd => instant_text(instant),
        };
        let from = |date, instant| ReportCondition::From(date, text(date, instant));
        let before = |date, instant| ReportCondition::Before(date, text(date, instant));
        match self.comparison {
            Comparison::Equal => vec![from(start, self.from), before(end, self.to)],
            Comparison::Less => vec![before(start, self.from)],
            Comparison::LessOrEqual => vec![before(start, self.to)],
            Comparison::Greater => vec![from(end, self.to)],
            Comparison::GreaterOrEqual => vec![from(end, self.from)],
        }
    }
}

/// First instant of what a date names, and first instant after it.
fn period(text: &str) -> Option<(OffsetDateTime, OffsetDateTime)> {
    if text.contains('T') {
        let instant = OffsetDateTime::parse(text, &Rfc3339).ok()?;
        return Some((instant, instant.checked_add(Duration::SECOND)?));
    }
    let is_plain = text
        .bytes()
        .all(|byte| byte.is_ascii_digit() || byte == b'-');
    let mut parts = text.split('-');
    let (year, month, day) = (parts.next()?, parts.next(), parts.next());
    if !is_plain || year.len() != 4 || parts.next().is_some() {
        return None;
    }
    let number = |text: &str| -> Option<u8> { (text.len() == 2).then(|| text.parse().ok())? };
    let first_month = time::Month::try_from(month.map_or(Some(1), number)?).ok()?;
    let first = Date::from_calendar_date(
        year.parse().ok()?,
        first_month,
        day.map_or(Some(1), number)?,
    )
    .ok()?;
    let after = match (month, day) {
        (_, Some(_)) => first.next_day()?,
        (Some(_), None) if first_month == time::Month::December => {
            Date::from_calendar_date(first.year() + 1, time::Month::January, 1).ok()?
        }
        (Some(_), None) => Date::from_calendar_date(first.year(), first_month.next(), 1).ok()?,
        (None, _) => Date::from_calendar_date(first.year() + 1, first_month, 1).ok()?,
    };
    Some((first.midnight().assume_utc(), after.midnight().assume_utc()))
}

fn bad_value(name: &str, example: &str) -> Box<Finding> {
    Box::new(Finding::error(
        "P-QRY-2",
        name,
        Bilingual::new(
            "La valeur de ce paramètre n'a pas de sens.",
            "The value of this parameter makes no sense.",
        ),
        Bilingual::new(
            format!("Par exemple : {example}."),
            format!("For example: {example}."),
        ),
    ))
}

fn unknown(name: &str) -> Box<Finding> {
    // The name comes from outside: it is cut short, and shown only when it is a plain word.
    let is_word = name.len() <= 40 && name.bytes().all(|byte| byte.is_ascii_alphanumeric());
    Box::new(Finding::error(
        "P-QRY-1",
        if is_word { name } else { "" },
        Bilingual::new(
            "Ce paramètre n'est pas connu, ou n'a pas de valeur.",
            "This parameter is not known, or has no value.",
        ),
        Bilingual::new(
            format!("Paramètres connus : {KNOWN}."),
            format!("Known parameters: {KNOWN}."),
        ),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn conditions(text: &str) -> Vec<ReportCondition> {
        let asked = DateAsked::read(text).expect("a date");
        asked.conditions(ReportDate::SessionOn, ReportDate::SessionOn)
    }

    fn from(day: &str) -> ReportCondition {
        ReportCondition::From(ReportDate::SessionOn, day.to_owned())
    }

    fn before(day: &str) -> ReportCondition {
        ReportCondition::Before(ReportDate::SessionOn, day.to_owned())
    }

    #[test]
    fn a_date_names_a_period_as_long_as_it_says() {
        assert_eq!(
            conditions("2026-12-31"),
            [from("2026-12-31"), before("2027-01-01")]
        );
        assert_eq!(
            conditions("2026-12"),
            [from("2026-12-01"), before("2027-01-01")]
        );
        assert_eq!(
            conditions("2026"),
            [from("2026-01-01"), before("2027-01-01")]
        );
        assert_eq!(conditions("ge2026-02"), [from("2026-02-01")]);
        assert_eq!(conditions("gt2026-02"), [from("2026-03-01")]);
        assert_eq!(conditions("le2026-02-28"), [before("2026-03-01")]);
        assert_eq!(conditions("lt2026-02-28"), [before("2026-02-28")]);
    }

    #[test]
    fn what_is_no_date_is_refused() {
        for text in [
            "",
            "ge",
            "2026-13",
            "2026-02-30",
            "26-01-01",
            "2026-1-1",
            "2026-01-01-01",
            "9999",
            "+026",
        ] {
            assert!(DateAsked::read(text).is_none(), "{text}");
        }
    }

    #[test]
    fn a_cursor_is_read_back_and_another_text_is_not() {
        let token = cursor_of("2026-11-23T09:00:00.000Z", "r1");
        let after = ("2026-11-23T09:00:00.000Z".to_owned(), "r1".to_owned());
        assert_eq!(read_cursor(&token), Some(after));
        assert_eq!(read_cursor("r1"), None);
        assert_eq!(read_cursor("é"), None);
    }

    #[test]
    fn every_fault_of_a_query_is_told_at_once() {
        let pairs = [
            ("date", "hier"),
            ("physician", "123"),
            ("nom", "DUPONT"),
            ("state", "lost"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()));
        let findings = ReportFilter::read(&pairs).expect_err("refused");
        assert_eq!(findings.len(), 4);
        assert!(!format!("{findings:?}").contains("DUPONT"));
    }
}
