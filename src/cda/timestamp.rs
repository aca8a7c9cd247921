//! Reading the instants that documents write.

use time::{Date, Duration, Month, OffsetDateTime, PrimitiveDateTime, Time, UtcOffset};

use super::header::Timestamp;
use crate::clock::offset_of_paris;

/// A `TS`, cut into what it says.
struct Parts {
    date: Date,
    /// Hour, minute, second, when said.
    time: Option<Time>,
    /// Offset from UTC, when said.
    offset: Option<UtcOffset>,
}

impl Timestamp {
    /// The calendar day, as people where it was written had it; none when the month or the day is
    /// not said, or makes no sense.
    #[must_use]
    pub fn date(&self) -> Option<Date> {
        Some(self.parts()?.date)
    }

    /// The hour and the minute, as people where it was written had them, when said.
    #[must_use]
    pub fn time(&self) -> Option<Time> {
        self.parts()?.time
    }

    /// The instant in UTC as fourteen digits without offset; a date alone stays a date. A time
    /// without offset is one of metropolitan France.
    ///
    /// **Source:** IHE ITI TF-3, 4.2.3.1 (DTM); ANS, CI-SIS, *Service de partage*, metadata.
    #[must_use]
    pub fn utc_digits(&self) -> Option<String> {
        let Some(instant) = self.instant() else {
            return self.truncated_digits();
        };
        Some(format!(
            "{:04}{:02}{:02}{:02}{:02}{:02}",
            instant.year(),
            u8::from(instant.month()),
            instant.day(),
            instant.hour(),
            instant.minute(),
            instant.second()
        ))
    }

    /// The instant in UTC, when at least the hour is said. A time without offset is one of
    /// metropolitan France.
    #[must_use]
    pub fn instant(&self) -> Option<OffsetDateTime> {
        let parts = self.parts()?;
        let local = PrimitiveDateTime::new(parts.date, parts.time?);
        let offset = parts.offset.unwrap_or_else(|| offset_of_paris(local));
        let seconds = i64::from(offset.whole_seconds());
        Some(local.checked_sub(Duration::seconds(seconds))?.assume_utc())
    }

    /// A year, a month or a day, without time.
    fn truncated_digits(&self) -> Option<String> {
        let text = self.0.trim();
        (matches!(text.len(), 4 | 6 | 8) && text.bytes().all(|byte| byte.is_ascii_digit()))
            .then(|| text.to_owned())
    }

    fn parts(&self) -> Option<Parts> {
        let text = self.0.trim();
        let (instant, offset) = match text.find(['+', '-']) {
            Some(at) => (text.get(..at)?, Some(offset(text.get(at..)?)?)),
            None => (text.strip_suffix('Z').unwrap_or(text), None),
        };
        let offset = offset.or_else(|| text.ends_with('Z').then_some(UtcOffset::UTC));
        let digits = instant.split_once('.').map_or(instant, |(whole, _)| whole);
        let number = |from: usize, to: usize| -> Option<u8> {
            let piece = digits.get(from..to)?;
            piece
                .bytes()
                .all(|byte| byte.is_ascii_digit())
                .then(|| piece.parse().ok())?
        };
        let year: i32 = digits
            .get(..4)
            .filter(|year| year.bytes().all(|byte| byte.is_ascii_digit()))?
            .parse()
            .ok()?;
        let month = Month::try_from(number(4, 6)?).ok()?;
        let date = Date::from_calendar_date(year, month, number(6, 8)?).ok()?;
        let time = match digits.len() {
            8 => None,
            10 => Some(Time::from_hms(number(8, 10)?, 0, 0).ok()?),
            12 => Some(Time::from_hms(number(8, 10)?, number(10, 12)?, 0).ok()?),
            14 => Some(Time::from_hms(number(8, 10)?, number(10, 12)?, number(12, 14)?).ok()?),
            _ => return None,
        };
        Some(Parts { date, time, offset })
    }
}

/// `+HHMM` or `-HHMM`.
fn offset(text: &str) -> Option<UtcOffset> {
    let digits = text
        .get(1..)
        .filter(|digits| digits.len() == 4 && digits.bytes().all(|byte| byte.is_ascii_digit()))?;
    let hours: i8 = digits.get(..2)?.parse().ok()?;
    let minutes: i8 = digits.get(2..)?.parse().ok()?;
    let sign = if text.starts_with('-') { -1 } else { 1 };
    UtcOffset::from_hms(sign * hours, sign * minutes, 0).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use time::macros::{date, time};

    use super::*;

    fn utc(text: &str) -> Option<String> {
        Timestamp(text.to_owned()).utc_digits()
    }

    #[test]
    fn instants_become_utc_across_days_months_and_years() {
        for (written, expected) in [
            ("20190218094914+0100", "20190218084914"),
            ("20240101003000+0100", "20231231233000"),
            ("20231231233000-0400", "20240101033000"),
            ("20240301013000+0200", "20240229233000"),
            ("202405201000+0200", "20240520080000"),
            ("20240520100000.123+0200", "20240520080000"),
            ("20240520100000Z", "20240520100000"),
            ("20240520100000", "20240520080000"),
            ("20241120100000", "20241120090000"),
            ("20240331015959", "20240331005959"),
            ("20240331030000", "20240331010000"),
            ("20240520", "20240520"),
            ("202405", "202405"),
        ] {
            assert_eq!(utc(written).as_deref(), Some(expected), "{written}");
        }
    }

    #[test]
    fn nonsense_is_no_instant() {
        for written in [
            "",
            "2024-05-20",
            "20241320",
            "20240520250000+0100",
            "20240520+01",
        ] {
            assert_eq!(
                utc(written).filter(|text| text.len() == 14),
                None,
                "{written}"
            );
        }
    }

    #[test]
    fn people_are_shown_the_local_day_and_hour() {
        let timestamp = Timestamp("20240101003000+0100".to_owned());
        assert_eq!(timestamp.date(), Some(date!(2024 - 01 - 01)));
        assert_eq!(timestamp.time(), Some(time!(00:30)));
    }

    proptest! {
        #[test]
        fn no_text_makes_it_fail(text in "\\PC{0,24}") {
            let timestamp = Timestamp(text);
            let _ = (timestamp.date(), timestamp.utc_digits());
        }

        #[test]
        fn no_digits_make_it_fail(text in "[0-9.+Z-]{0,20}") {
            let timestamp = Timestamp(text);
            let _ = (timestamp.date(), timestamp.utc_digits());
        }
    }
}
