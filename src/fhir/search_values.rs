//! Values of a search: lists, tokens, instants.

use time::{
    Date, Duration, Month, OffsetDateTime, PrimitiveDateTime, Time, UtcOffset,
    format_description::well_known::Rfc3339,
};

use super::search_query::{InstantRange, TokenTest};
use crate::clock::instant_text;

/// Cuts at each `separator` that no backslash escapes; the backslashes stay.
///
/// **Source:** FHIR R4, 3.1.1.3.2, escaping.
#[must_use]
pub fn split(value: &str, separator: char) -> Vec<&str> {
    let mut is_escaped = false;
    value
        .split(|character| {
            let cuts = character == separator && !is_escaped;
            is_escaped = character == '\\' && !is_escaped;
            cuts
        })
        .collect()
}

/// Takes the backslashes of the escapes away.
#[must_use]
pub fn unescape(value: &str) -> String {
    let mut plain = String::with_capacity(value.len());
    let mut characters = value.chars();
    while let Some(character) = characters.next() {
        match character {
            '\\' => plain.extend(characters.next()),
            other => plain.push(other),
        }
    }
    plain
}

/// `code`, `system|code`, `|code` or `system|`.
///
/// **Source:** FHIR R4, 3.1.1.5.7, token.
pub(super) fn token(value: &str, with_below: bool) -> TokenTest {
    let parts = split(value, '|');
    let (system, code) = match parts.as_slice() {
        [system, code @ ..] if !code.is_empty() => (Some(unescape(system)), code.join("|")),
        _ => (None, value.to_owned()),
    };
    let code = unescape(&code);
    TokenTest {
        system,
        code: Some(code).filter(|code| !code.is_empty()),
        with_below,
    }
}

/// A date or an instant with its prefix: `ge2026-11-21`, `lt2026-11-21T02:00`. Without a zone, the
/// clock of Paris is meant.
///
/// **Source:** FHIR R4, 3.1.1.5.5, date; ANS, ROR guide, `_lastUpdated`.
#[must_use]
pub fn instants(value: &str) -> Option<InstantRange> {
    let prefixes = ["eq", "ge", "le", "gt", "lt", "sa", "eb"];
    let (prefix, text) = prefixes
        .into_iter()
        .find_map(|prefix| Some((prefix, value.strip_prefix(prefix)?)))
        .unwrap_or(("eq", value));
    let (start, end) = period_of(text)?;
    let (start, end) = (Some(instant_text(start)), Some(instant_text(end)));
    let (from, before) = match prefix {
        "ge" => (start, None),
        "gt" | "sa" => (end, None),
        "le" => (None, end),
        "lt" | "eb" => (None, start),
        _ => (start, end),
    };
    Some(InstantRange { from, before })
}

/// The period that a date names, by its precision: first instant, first instant after.
pub(super) fn period_of(text: &str) -> Option<(OffsetDateTime, OffsetDateTime)> {
    if let Some((day, clock)) = text.split_once('T') {
        // A `+` that nobody escaped arrives as a space.
        if let Ok(instant) = OffsetDateTime::parse(&text.replace(' ', "+"), &Rfc3339) {
            let step = if clock.contains('.') {
                Duration::MILLISECOND
            } else {
                Duration::SECOND
            };
            return Some((instant, instant.checked_add(step)?));
        }
        let (time, step) = local_time(clock)?;
        let start = in_paris(PrimitiveDateTime::new(iso_date(day)?, time));
        return Some((start, start.checked_add(step)?));
    }
    let mut parts = text.split('-');
    let year: i32 = parts.next()?.parse().ok()?;
    if !(1900..=9000).contains(&year) {
        return None;
    }
    let month: Option<u8> = parts.next().map(str::parse).transpose().ok()?;
    let day: Option<u8> = parts.next().map(str::parse).transpose().ok()?;
    if parts.next().is_some() {
        return None;
    }
    let first = Date::from_calendar_date(
        year,
        Month::try_from(month.unwrap_or(1)).ok()?,
        day.unwrap_or(1),
    )
    .ok()?;
    let after = match (month, day) {
        (_, Some(_)) => first.next_day()?,
        (Some(12), None) | (None, None) => {
            Date::from_calendar_date(year + 1, Month::January, 1).ok()?
        }
        (Some(_), None) => Date::from_calendar_date(year, first.month().next(), 1).ok()?,
    };
    Some((in_paris(first.midnight()), in_paris(after.midnight())))
}

fn iso_date(text: &str) -> Option<Date> {
    let mut parts = text.split('-');
    let year = parts.next()?.parse().ok()?;
    let month = parts.next()?.parse::<u8>().ok()?;
    let day = parts.next()?.parse().ok()?;
    Date::from_calendar_date(year, Month::try_from(month).ok()?, day).ok()
}

/// `15:00` or `15:00:30`, and how long it lasts.
fn local_time(text: &str) -> Option<(Time, Duration)> {
    let mut parts = text.split(':').map(str::parse::<u8>);
    let hour = parts.next()?.ok()?;
    let minute = parts.next()?.ok()?;
    match parts.next() {
        None => Some((Time::from_hms(hour, minute, 0).ok()?, Duration::MINUTE)),
        Some(second) => Some((
            Time::from_hms(hour, minute, second.ok()?).ok()?,
            Duration::SECOND,
        )),
    }
}

/// The clock of Paris: one hour before UTC, two from the last Sunday of March to that of October,
/// both at 1:00 UTC.
///
/// **Source:** Directive 2000/84/EC.
fn in_paris(local: PrimitiveDateTime) -> OffsetDateTime {
    let change = |month| {
        let last = Date::from_calendar_date(local.year(), month, 31).ok()?;
        let sunday = last - Duration::days(i64::from(last.weekday().number_days_from_sunday()));
        sunday.with_hms(1, 0, 0).ok()
    };
    let winter = local - Duration::HOUR;
    let is_summer = match (change(Month::March), change(Month::October)) {
        (Some(start), Some(end)) => winter >= start && local - Duration::hours(2) < end,
        _ => false,
    };
    let hours = if is_summer { 2 } else { 1 };
    local.assume_offset(UtcOffset::from_hms(hours, 0, 0).unwrap_or(UtcOffset::UTC))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_and_tokens_are_cut_where_nothing_escapes() {
        assert_eq!(split("a,b\\,c", ','), ["a", "b\\,c"]);
        assert_eq!(unescape("b\\,c\\\\"), "b,c\\");
        let read = |text: &str| {
            let token = token(split(text, ',')[0], false);
            (token.system, token.code)
        };
        assert_eq!(read("x"), (None, Some("x".into())));
        assert_eq!(read("s|x"), (Some("s".into()), Some("x".into())));
        assert_eq!(read("|x"), (Some(String::new()), Some("x".into())));
        assert_eq!(read("s|"), (Some("s".into()), None));
        assert_eq!(read("s|a\\|b"), (Some("s".into()), Some("a|b".into())));
    }

    #[test]
    fn a_date_is_the_period_that_its_precision_names_in_paris() {
        let read = |text: &str| {
            let range = instants(text)?;
            Some((
                range.from.unwrap_or_default(),
                range.before.unwrap_or_default(),
            ))
        };
        let both = |from: &str, before: &str| Some((from.to_owned(), before.to_owned()));
        assert_eq!(
            read("2026-11-23"),
            both("2026-11-22T23:00:00.000Z", "2026-11-23T23:00:00.000Z")
        );
        assert_eq!(
            read("2026-07"),
            both("2026-06-30T22:00:00.000Z", "2026-07-31T22:00:00.000Z")
        );
        assert_eq!(
            read("ge2026-11-23T15:00"),
            both("2026-11-23T14:00:00.000Z", "")
        );
        assert_eq!(read("gt2026-12"), both("2026-12-31T23:00:00.000Z", ""));
        assert_eq!(
            read("lt2026-11-23T15:00:00.5+02:00"),
            both("", "2026-11-23T13:00:00.500Z")
        );
        for text in [
            "",
            "ge",
            "demain",
            "2026-13",
            "2026-02-30",
            "26",
            "2026-1-1-1",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
