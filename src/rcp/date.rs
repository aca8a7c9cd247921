//! Dates as precise as they are known, and instants with their offset.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use time::{Date, Month, OffsetDateTime, format_description::well_known::Rfc3339};

/// A text that is not a date, or not an instant, of a report.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidDate {
    /// Not `YYYY`, `YYYY-MM` or `YYYY-MM-DD`, or no such day.
    #[error("a date is written YYYY, YYYY-MM or YYYY-MM-DD and exists in the calendar")]
    Date,
    /// Not RFC 3339 with seconds and offset.
    #[error("an instant is written YYYY-MM-DDThh:mm:ss+hh:mm, with its offset")]
    Moment,
}

/// A calendar date known to the year, to the month or to the day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct PartialDate {
    year: i32,
    month: Option<Month>,
    day: Option<u8>,
}

impl PartialDate {
    /// A whole date.
    #[must_use]
    pub fn day(date: Date) -> Self {
        Self {
            year: date.year(),
            month: Some(date.month()),
            day: Some(date.day()),
        }
    }

    /// The year.
    #[must_use]
    pub fn year(self) -> i32 {
        self.year
    }

    /// The month, when known.
    #[must_use]
    pub fn month(self) -> Option<Month> {
        self.month
    }

    /// First day that this date can mean.
    #[must_use]
    pub fn earliest(self) -> Date {
        let month = self.month.unwrap_or(Month::January);
        Date::from_calendar_date(self.year, month, self.day.unwrap_or(1))
            .expect("checked when the date was read")
    }

    /// Last day that this date can mean.
    #[must_use]
    pub fn latest(self) -> Date {
        let month = self.month.unwrap_or(Month::December);
        let day = self.day.unwrap_or_else(|| month.length(self.year));
        Date::from_calendar_date(self.year, month, day).expect("checked when the date was read")
    }

    /// True when this date surely lies before the other: compared at the lower precision.
    #[must_use]
    pub fn is_surely_before(self, other: Self) -> bool {
        self.latest() < other.earliest()
    }
}

impl fmt::Display for PartialDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}", self.year)?;
        if let Some(month) = self.month {
            write!(f, "-{:02}", u8::from(month))?;
        }
        if let Some(day) = self.day {
            write!(f, "-{day:02}")?;
        }
        Ok(())
    }
}

impl FromStr for PartialDate {
    type Err = InvalidDate;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut parts = text.split('-');
        let year = digits::<i32>(parts.next(), 4)?.ok_or(InvalidDate::Date)?;
        let month = digits::<u8>(parts.next(), 2)?
            .map(|number| Month::try_from(number).map_err(|_| InvalidDate::Date))
            .transpose()?;
        let day = digits::<u8>(parts.next(), 2)?;
        if parts.next().is_some() || year == 0 {
            return Err(InvalidDate::Date);
        }
        if let (Some(month), Some(day)) = (month, day) {
            Date::from_calendar_date(year, month, day).map_err(|_| InvalidDate::Date)?;
        }
        Ok(Self { year, month, day })
    }
}

/// The number written with exactly `width` digits; `None` when the part is absent.
fn digits<N: FromStr>(part: Option<&str>, width: usize) -> Result<Option<N>, InvalidDate> {
    let Some(part) = part else { return Ok(None) };
    if part.len() != width || !part.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(InvalidDate::Date);
    }
    part.parse().map(Some).map_err(|_| InvalidDate::Date)
}

/// An instant with the offset it was written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Moment(pub OffsetDateTime);

impl Moment {
    /// The day on the calendar of those who wrote it.
    #[must_use]
    pub fn date(self) -> PartialDate {
        PartialDate::day(self.0.date())
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = self.0.format(&Rfc3339).map_err(|_| fmt::Error)?;
        f.write_str(&text)
    }
}

impl FromStr for Moment {
    type Err = InvalidDate;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let instant = OffsetDateTime::parse(text, &Rfc3339).map_err(|_| InvalidDate::Moment)?;
        if instant.year() == 0 {
            return Err(InvalidDate::Moment);
        }
        Ok(Self(instant))
    }
}

/// A date or an instant, as the source knew it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum When {
    /// Known to the day at best.
    Date(PartialDate),
    /// Known to the second.
    Moment(Moment),
}

impl When {
    /// The date, whatever the precision.
    #[must_use]
    pub fn date(self) -> PartialDate {
        match self {
            Self::Date(date) => date,
            Self::Moment(moment) => moment.date(),
        }
    }
}

impl When {
    /// True when this surely lies before the other: to the second when both are instants.
    #[must_use]
    pub fn is_before(self, other: Self) -> bool {
        match (self, other) {
            (Self::Moment(this), Self::Moment(other)) => this.0 < other.0,
            (this, other) => this.date().is_surely_before(other.date()),
        }
    }
}

impl fmt::Display for When {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Date(date) => date.fmt(f),
            Self::Moment(moment) => moment.fmt(f),
        }
    }
}

impl FromStr for When {
    type Err = InvalidDate;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.contains('T') {
            text.parse().map(Self::Moment)
        } else {
            text.parse().map(Self::Date)
        }
    }
}

/// A span of time; either end may be open.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Period {
    /// Start, included.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start: Option<When>,
    /// End, included.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end: Option<When>,
}

/// Serialises as text, and reads it back with `FromStr`.
macro_rules! as_text {
    ($($name:ty),*) => {$(
        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                String::deserialize(deserializer)?
                    .parse()
                    .map_err(de::Error::custom)
            }
        }
    )*};
}

as_text!(PartialDate, Moment, When);

#[cfg(test)]
mod tests {
    use super::*;

    fn date(text: &str) -> PartialDate {
        text.parse().expect("a date")
    }

    #[test]
    fn a_date_keeps_the_precision_it_was_written_with() {
        for text in ["1979", "1979-03", "1979-03-28", "2024-02-29"] {
            assert_eq!(date(text).to_string(), text);
        }
    }

    #[test]
    fn what_is_not_in_the_calendar_is_refused() {
        for text in [
            "",
            "79",
            "1979-3",
            "1979-13",
            "2023-02-29",
            "1979-00",
            "1979-01-00",
            "0000",
            "1979-01-01-01",
            "-1979",
            "+979",
            "1979-01-01T10:00:00Z",
        ] {
            assert_eq!(
                text.parse::<PartialDate>(),
                Err(InvalidDate::Date),
                "{text}"
            );
        }
    }

    #[test]
    fn dates_are_compared_at_the_lower_precision() {
        assert!(date("2023").is_surely_before(date("2024-01-01")));
        assert!(!date("2024").is_surely_before(date("2024-05")));
        assert!(!date("2024-05").is_surely_before(date("2024-05-02")));
        assert!(date("2024-05-01").is_surely_before(date("2024-05-02")));
    }

    #[test]
    fn an_instant_keeps_its_offset_and_needs_one() {
        let text = "2026-05-20T15:51:51+02:00";
        assert_eq!(text.parse::<Moment>().expect("instant").to_string(), text);
        assert_eq!(
            "2026-05-20T15:51:51".parse::<Moment>(),
            Err(InvalidDate::Moment)
        );
        assert_eq!("2026-05-20".parse::<Moment>(), Err(InvalidDate::Moment));
    }
}
