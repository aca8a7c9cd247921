//! The narrative, as those who read entries need it: named texts, rows, dates.
//!
//! **Source:** HL7 CDA R2, section narrative block (`StrucDoc`).

use std::collections::HashMap;

use time::{Date, Month, PrimitiveDateTime, Time, UtcOffset};

use crate::{
    clock::offset_of_paris,
    rcp::{Moment, PartialDate, When},
};

use super::tree::{Child, Element};

/// Texts of the narrative, by the name that entries point at.
pub(super) struct Texts<'t> {
    by_name: HashMap<&'t str, Element<'t>>,
}

impl<'t> Texts<'t> {
    pub(super) fn of(root: Element<'t>) -> Self {
        let mut by_name = HashMap::new();
        for element in root.descendants() {
            if let Some(name) = element.attribute("ID") {
                by_name.entry(name).or_insert(element);
            }
        }
        Self { by_name }
    }

    /// The element of that name.
    pub(super) fn element(&self, name: &str) -> Option<Element<'t>> {
        self.by_name.get(name).copied()
    }

    /// The words of that name, none when blank or not there. Some documents name an empty element
    /// at the start of the cell that holds the words.
    pub(super) fn named(&self, name: &str) -> Option<String> {
        let element = self.element(name)?;
        words(element).or_else(|| {
            element
                .parent()
                .filter(|cell| cell.is("td"))
                .and_then(words)
        })
    }

    /// Name of the text that `reference` of `text` or `originalText` points at.
    pub(super) fn target(pointer: Element<'t>) -> Option<&'t str> {
        pointer
            .first("reference")?
            .attribute("value")?
            .trim()
            .strip_prefix('#')
    }

    /// Words that `text` or `originalText` points at, or holds.
    pub(super) fn pointed(&self, pointer: Element<'t>) -> Option<String> {
        match Self::target(pointer) {
            Some(name) => self.named(name),
            None => words(pointer),
        }
    }
}

/// Cells of a row.
pub(super) fn cells(row: Element<'_>) -> Vec<Element<'_>> {
    row.elements()
        .filter(|cell| matches!(cell.name(), "td" | "th"))
        .collect()
}

/// Text of a narrative element: breaks of line kept, the lay-out of the XML not.
pub(super) fn words(element: Element<'_>) -> Option<String> {
    let mut out = String::new();
    collect(element, &mut out);
    let lines: Vec<&str> = out.split('\n').map(|line| line.trim_matches(' ')).collect();
    let text = lines.join("\n");
    let text = text.trim_matches('\n');
    (!text.is_empty()).then(|| text.to_owned())
}

fn collect(element: Element<'_>, out: &mut String) {
    for child in element.children() {
        match child {
            Child::Text(text) => fold_layout(text, out),
            Child::Element(child) => {
                let is_block = matches!(child.name(), "paragraph" | "item" | "tr" | "caption");
                if child.is("br") || (is_block && !out.is_empty() && !out.ends_with('\n')) {
                    out.push('\n');
                } else if matches!(child.name(), "td" | "th") && !out.ends_with('\n') {
                    out.push(' ');
                }
                collect(child, out);
            }
        }
    }
}

/// Appends text; blanks that hold an end of line are lay-out, and count as one space.
fn fold_layout(text: &str, out: &mut String) {
    let mut blanks = String::new();
    for char in text.chars() {
        if matches!(char, ' ' | '\t' | '\n' | '\r') {
            blanks.push(char);
            continue;
        }
        push_blanks(&blanks, out);
        blanks.clear();
        out.push(char);
    }
    push_blanks(&blanks, out);
}

fn push_blanks(blanks: &str, out: &mut String) {
    if blanks.bytes().all(|byte| byte == b' ') {
        out.push_str(blanks);
    } else {
        out.push(' ');
    }
}

/// Reads a date as people write it: `28/03/1979`, `03/1979`, `1979`, with the hour
/// (`28/03/1979 14:30`, `… 14:30:05`) and the offset (`… +04:00`) when they are said. An hour
/// without offset is one of metropolitan France.
pub(super) fn parse_french(text: &str) -> Option<When> {
    let mut words = text.split_ascii_whitespace();
    let date = words.next()?;
    let mut parts: Vec<&str> = date.split('/').collect();
    parts.reverse();
    let date: PartialDate = parts.join("-").parse().ok()?;
    let Some(hour) = words.next() else {
        return Some(When::Date(date));
    };
    let local = PrimitiveDateTime::new(whole(date)?, hours(hour)?);
    let offset = match words.next() {
        Some(offset) => parse_offset(offset)?,
        None => offset_of_paris(local),
    };
    words
        .next()
        .is_none()
        .then(|| When::Moment(Moment(local.assume_offset(offset))))
}

fn whole(date: PartialDate) -> Option<Date> {
    (date.earliest() == date.latest()).then(|| date.earliest())
}

fn hours(text: &str) -> Option<Time> {
    let mut parts = text.split(':');
    let mut number = || parts.next().map(str::parse::<u8>);
    let (hour, minute) = (number()?.ok()?, number()?.ok()?);
    let second = match number() {
        Some(second) => second.ok()?,
        None => 0,
    };
    Time::from_hms(hour, minute, second).ok()
}

/// `+04:00` or `-04:00`.
fn parse_offset(text: &str) -> Option<UtcOffset> {
    let sign = match text.get(..1)? {
        "+" => 1,
        "-" => -1,
        _ => return None,
    };
    let (hours, minutes) = text.get(1..)?.split_once(':')?;
    let (hours, minutes): (i8, i8) = (hours.parse().ok()?, minutes.parse().ok()?);
    UtcOffset::from_hms(sign * hours, sign * minutes, 0).ok()
}

/// Reads a `TS`: a date as precise as it is, or an instant. The second value is true when the
/// offset was not said, and that of metropolitan France was taken.
pub(super) fn parse_ts(text: &str) -> Option<(When, bool)> {
    let text = text.trim();
    let (instant, offset) = match text.find(['+', '-']) {
        Some(at) => (text.get(..at)?, Some(ts_offset(text.get(at..)?)?)),
        None => match text.strip_suffix('Z') {
            Some(instant) => (instant, Some(UtcOffset::UTC)),
            None => (text, None),
        },
    };
    let (digits, fraction) = instant.split_once('.').unwrap_or((instant, ""));
    if !digits
        .bytes()
        .chain(fraction.bytes())
        .all(|byte| byte.is_ascii_digit())
    {
        return None;
    }
    let number = |from: usize, to: usize| digits.get(from..to).map(str::parse::<u8>);
    let year = digits.get(..4)?;
    let date = match digits.len() {
        4 => return Some((When::Date(year.parse().ok()?), false)),
        6 => format!("{year}-{}", digits.get(4..6)?),
        _ => format!("{year}-{}-{}", digits.get(4..6)?, digits.get(6..8)?),
    };
    let date: PartialDate = date.parse().ok()?;
    if digits.len() <= 8 {
        return Some((When::Date(date), false));
    }
    let or_zero = |from, to| {
        number(from, to)
            .transpose()
            .ok()
            .map(Option::unwrap_or_default)
    };
    let time = Time::from_hms_nano(
        or_zero(8, 10)?,
        or_zero(10, 12)?,
        or_zero(12, 14)?,
        nanoseconds(fraction)?,
    );
    let day = Date::from_calendar_date(
        date.year(),
        date.month().unwrap_or(Month::January),
        date.earliest().day(),
    );
    let local = PrimitiveDateTime::new(day.ok()?, time.ok()?);
    let assumed = offset.unwrap_or_else(|| offset_of_paris(local));
    let moment = Moment(local.assume_offset(assumed));
    matches!(digits.len(), 10 | 12 | 14).then_some((When::Moment(moment), offset.is_none()))
}

fn nanoseconds(fraction: &str) -> Option<u32> {
    let digits: String = fraction
        .chars()
        .chain("000000000".chars())
        .take(9)
        .collect();
    digits.parse().ok()
}

fn ts_offset(text: &str) -> Option<UtcOffset> {
    let (hours, minutes) = (text.get(1..3)?, text.get(3..5)?);
    (text.len() == 5).then_some(())?;
    parse_offset(&format!("{}{hours}:{minutes}", text.get(..1)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_read_as_people_write_them() {
        for (written, read) in [
            ("28/03/1979", Some("1979-03-28")),
            ("03/1979", Some("1979-03")),
            ("1979", Some("1979")),
            ("28/03/2026 14:30", Some("2026-03-28T14:30:00+01:00")),
            ("29/03/2026 14:30:05", Some("2026-03-29T14:30:05+02:00")),
            ("28/03/2026 14:30 -04:00", Some("2026-03-28T14:30:00-04:00")),
            ("28/13/1979", None),
            ("03/2026 14:30", None),
            ("Inconnue", None),
            ("", None),
        ] {
            let found = parse_french(written).map(|when| when.to_string());
            assert_eq!(found.as_deref(), read, "{written}");
        }
    }

    #[test]
    fn instants_are_read_with_or_without_offset() {
        for (written, read) in [
            ("1979", Some(("1979", false))),
            ("197903", Some(("1979-03", false))),
            ("19790328", Some(("1979-03-28", false))),
            (
                "20260328143005+0100",
                Some(("2026-03-28T14:30:05+01:00", false)),
            ),
            ("202603281430", Some(("2026-03-28T14:30:00+01:00", true))),
            (
                "20260328143005.120Z",
                Some(("2026-03-28T14:30:05.12Z", false)),
            ),
            (
                "20260328143005-0330",
                Some(("2026-03-28T14:30:05-03:30", false)),
            ),
            ("20261328", None),
            ("2026032", None),
            ("2026-03-28", None),
            ("", None),
        ] {
            let found = parse_ts(written).map(|(when, assumed)| (when.to_string(), assumed));
            let read = read.map(|(text, assumed)| (text.to_owned(), assumed));
            assert_eq!(found, read, "{written}");
        }
    }
}
