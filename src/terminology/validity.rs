//! From when to when a code is in force.

use time::{Date, Month};

/// The time during which a code may be used.
///
/// **Source:** `dateValid` and `dateFin` of the national lists (ANS, nomenclatures des objets de
/// santé). `dateFin` is the day on which the code stops: that day it is no longer in force.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Validity {
    /// True when the list says that the code is withdrawn.
    pub is_withdrawn: bool,
    /// First day, when it is known.
    pub from: Option<Date>,
    /// Day on which it stops, when it is known.
    pub to: Option<Date>,
}

/// Whether a code may be used on a given day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It may.
    InForce,
    /// Not before that day.
    NotYet(Date),
    /// Not since that day, or since a day that the list does not tell.
    Ended(Option<Date>),
}

impl Validity {
    /// Whether the code may be used on `day`. Before the day on which it stopped, a withdrawn code
    /// was in force; without that day, it counts as withdrawn for ever.
    #[must_use]
    pub fn on(&self, day: Date) -> Standing {
        match (self.from, self.to) {
            (Some(from), _) if day < from => Standing::NotYet(from),
            (_, Some(to)) if day >= to => Standing::Ended(Some(to)),
            (_, None) if self.is_withdrawn => Standing::Ended(None),
            _ => Standing::InForce,
        }
    }

    /// True when the code may be used on `day`.
    #[must_use]
    pub fn is_in_force(&self, day: Date) -> bool {
        self.on(day) == Standing::InForce
    }

    /// True when the list tells the end of the code, past or to come.
    #[must_use]
    pub fn has_end(&self) -> bool {
        self.is_withdrawn || self.to.is_some()
    }
}

/// Reads the day of `2026-06-29`, `20260629`, and of both followed by an hour.
pub(super) fn parse_day(text: &str) -> Option<Date> {
    let digits: Vec<u8> = text
        .bytes()
        .take(10)
        .filter(u8::is_ascii_digit)
        .take(8)
        .map(|digit| digit - b'0')
        .collect();
    let [a, b, c, d, m1, m2, d1, d2] = *digits.as_slice() else {
        return None;
    };
    let year = [a, b, c, d]
        .into_iter()
        .fold(0, |year, digit| year * 10 + i32::from(digit));
    let month = Month::try_from(m1 * 10 + m2).ok()?;
    Date::from_calendar_date(year, month, d1 * 10 + d2).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::date;

    #[test]
    fn a_code_is_in_force_from_its_first_day_to_the_eve_of_its_end() {
        let validity = Validity {
            is_withdrawn: true,
            from: Some(date!(2025 - 03 - 28)),
            to: Some(date!(2026 - 06 - 29)),
        };
        let on = |day| validity.on(day);
        assert_eq!(
            on(date!(2025 - 03 - 27)),
            Standing::NotYet(date!(2025 - 03 - 28))
        );
        assert_eq!(on(date!(2025 - 03 - 28)), Standing::InForce);
        assert_eq!(on(date!(2026 - 06 - 28)), Standing::InForce);
        assert_eq!(
            on(date!(2026 - 06 - 29)),
            Standing::Ended(Some(date!(2026 - 06 - 29)))
        );
    }

    #[test]
    fn a_code_withdrawn_on_an_unknown_day_is_never_in_force() {
        let withdrawn = Validity {
            is_withdrawn: true,
            ..Validity::default()
        };
        assert_eq!(withdrawn.on(date!(2000 - 01 - 01)), Standing::Ended(None));
        assert!(Validity::default().is_in_force(date!(2000 - 01 - 01)));
    }

    #[test]
    fn days_are_read_in_the_forms_of_the_national_lists() {
        for text in [
            "2026-06-29",
            "20260629",
            "20260629120000",
            "2026-06-29T00:00:00+02:00",
        ] {
            assert_eq!(parse_day(text), Some(date!(2026 - 06 - 29)), "{text}");
        }
        for text in ["", "2026", "2026-13-01", "2026-02-30", "en 2026"] {
            assert_eq!(parse_day(text), None, "{text}");
        }
    }
}
