//! Values of a search: lists, tokens, instants.

use time::{
    Date, Duration, Month, OffsetDateTime, PrimitiveDateTime, Time,
    format_description::well_known::Rfc3339,
};

use super::{
    search_criterion::{DateComparator, DateTest},
    search_query::InstantRange,
};
use crate::clock::{instant_text, offset_of_paris};

/// Years that are dates of a directory.
const YEARS: std::ops::RangeInclusive<i32> = 1900..=9000;

/// How values compare, before them.
///
/// **Source:** FHIR R4, 3.1.1.5.1.
const PREFIXES: [&str; 9] = ["eq", "ne", "gt", "lt", "ge", "le", "sa", "eb", "ap"];

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

/// Puts a backslash before what a list of values would take for its own.
pub(super) fn escape(value: &str) -> String {
    let mut escaped = String::with_capacity(value.len());
    for character in value.chars() {
        if matches!(character, ',' | '\\') {
            escaped.push('\\');
        }
        escaped.push(character);
    }
    escaped
}

/// `code`, `system|code`, `|code` or `system|`: the system and the code, unescaped.
///
/// **Source:** FHIR R4, 3.1.1.5.7, token.
pub(super) fn token(value: &str) -> (Option<String>, Option<String>) {
    let parts = split(value, '|');
    let (system, code) = match parts.as_slice() {
        [system, code @ ..] if !code.is_empty() => (Some(unescape(system)), code.join("|")),
        _ => (None, value.to_owned()),
    };
    let code = unescape(&code);
    (system, Some(code).filter(|code| !code.is_empty()))
}

/// The prefix of a value, `eq` when it has none, and what follows.
pub(super) fn prefix(value: &str) -> (&'static str, &str) {
    PREFIXES
        .into_iter()
        .find_map(|prefix| Some((prefix, value.strip_prefix(prefix)?)))
        .unwrap_or(("eq", value))
}

/// A date or an instant with its prefix, compared as FHIR says. `ap` widens the period by a tenth of
/// what lies between it and `now`.
///
/// **Source:** FHIR R4, 3.1.1.5.5, date.
pub(super) fn date(value: &str, now: OffsetDateTime) -> Option<DateTest> {
    let (prefix, text) = prefix(value);
    let (mut from, mut before) = period_of(text)?;
    let comparator = match prefix {
        "ne" => DateComparator::NotWithin,
        "gt" => DateComparator::ReachesAfter,
        "lt" => DateComparator::ReachesBefore,
        "ge" => DateComparator::WithinOrAfter,
        "le" => DateComparator::WithinOrBefore,
        "sa" => DateComparator::StartsAfter,
        "eb" => DateComparator::EndsBefore,
        "ap" => {
            let away = if now < from {
                from - now
            } else if now >= before {
                now - before
            } else {
                Duration::ZERO
            };
            from = from.checked_sub(away / 10)?;
            before = before.checked_add(away / 10)?;
            DateComparator::Overlaps
        }
        _ => DateComparator::Within,
    };
    Some(DateTest {
        comparator,
        from: instant_text(from),
        before: instant_text(before),
    })
}

/// The period that a date names, which another must meet.
pub(super) fn overlapping(value: &str) -> Option<DateTest> {
    let (from, before) = period_of(value)?;
    Some(DateTest {
        comparator: DateComparator::Overlaps,
        from: instant_text(from),
        before: instant_text(before),
    })
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

/// The period that a date names, by its precision: first instant, first instant after. Only years
/// 1900 to 9000 are dates of a directory.
pub(super) fn period_of(text: &str) -> Option<(OffsetDateTime, OffsetDateTime)> {
    named_period(text).filter(|(from, _)| YEARS.contains(&from.year()))
}

fn named_period(text: &str) -> Option<(OffsetDateTime, OffsetDateTime)> {
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
    YEARS.contains(&year).then_some(())?;
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

fn in_paris(local: PrimitiveDateTime) -> OffsetDateTime {
    local.assume_offset(offset_of_paris(local))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_and_tokens_are_cut_where_nothing_escapes() {
        assert_eq!(split("a,b\\,c", ','), ["a", "b\\,c"]);
        assert_eq!(unescape("b\\,c\\\\"), "b,c\\");
        let read = |text: &str| token(split(text, ',')[0]);
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
            "9999-12-31T23:59:59-23:00",
            "0001-01-01T00:00:00+23:00",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
