//! When a person verifies a structure, is reminded, and when it is delisted. Days are those of Paris.

use serde::Deserialize;
use time::{Date, Duration, Month, util::days_in_month};

use super::{Listing, Standing};

/// Days after which an application that waits for a validator is late.
pub const LATE_DAYS: i64 = 30;

/// How often a person verifies, and what happens when nobody does.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Calendar {
    /// Months after the last verification at which the next one is asked for.
    pub review_months: u32,
    /// Days after the asking at which its reminders leave, in order.
    pub remind_after_days: Vec<i64>,
    /// Months after the asking at which the structure is delisted.
    pub lapse_months: u32,
    /// Days that pass between the last reminder and the delisting at the least.
    pub grace_days: i64,
    /// Months that an extract of the statutes is good for.
    pub statutes_months: u32,
}

/// What the calendar does of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    /// The referent is asked to verify.
    Ask,
    /// The referent is reminded: which reminder, from 1.
    Remind(u32),
    /// The structure is delisted for want of an answer.
    Lapse,
}

impl Step {
    /// Word for files and logs.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ask => "ask",
            Self::Remind(_) => "remind",
            Self::Lapse => "lapse",
        }
    }
}

impl Calendar {
    /// The day on which the next verification is due, and its step: none for what is not listed.
    #[must_use]
    pub fn next_step(&self, listing: &Listing) -> Option<(Date, Step)> {
        if listing.standing != Standing::Published {
            return None;
        }
        let Some(asked_on) = listing.asked_on else {
            let due_on = self.due_on(listing)?;
            let listed_on = listing.listed_on.unwrap_or(due_on);
            return Some((due_on.max(listed_on), Step::Ask));
        };
        let sent = usize::try_from(listing.reminders).unwrap_or(usize::MAX);
        if let Some(days) = self.remind_after_days.get(sent) {
            let on = asked_on.saturating_add(Duration::days(*days));
            return Some((on, Step::Remind(listing.reminders + 1)));
        }
        let told_on = listing.reminded_on.unwrap_or(asked_on);
        let patience = told_on.saturating_add(Duration::days(self.grace_days));
        let lapse_on = add_months(asked_on, self.lapse_months).max(patience);
        Some((lapse_on, Step::Lapse))
    }

    /// The step to take on `today`, if any. When several reminders were missed the last one stands for
    /// all: nobody gets two mails in a day.
    #[must_use]
    pub fn step_on(&self, listing: &Listing, today: Date) -> Option<Step> {
        let (on, step) = self.next_step(listing)?;
        if on > today {
            return None;
        }
        let Step::Remind(next) = step else {
            return Some(step);
        };
        let asked_on = listing.asked_on?;
        let due = self
            .remind_after_days
            .iter()
            .filter(|days| asked_on.saturating_add(Duration::days(**days)) <= today)
            .count();
        Some(Step::Remind(u32::try_from(due).unwrap_or(next).max(next)))
    }

    /// The day on which the next verification is due.
    #[must_use]
    pub fn due_on(&self, listing: &Listing) -> Option<Date> {
        match listing.verified_on {
            Some(verified_on) => Some(add_months(verified_on, self.review_months)),
            None => listing.listed_on,
        }
    }
}

/// The same day of the month, that many months later; the last day of the month where it has no such
/// day: 29 February a year later is 28 February.
#[must_use]
pub fn add_months(day: Date, months: u32) -> Date {
    let whole = i64::from(day.year()) * 12 + i64::from(u8::from(day.month())) - 1;
    let whole = whole + i64::from(months);
    let Ok(year) = i32::try_from(whole.div_euclid(12)) else {
        return Date::MAX;
    };
    let number = u8::try_from(whole.rem_euclid(12) + 1).unwrap_or(12);
    let month = Month::try_from(number).unwrap_or(Month::December);
    let last = days_in_month(month, year);
    Date::from_calendar_date(year, month, day.day().min(last)).unwrap_or(Date::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::date;

    #[test]
    fn months_are_added_as_people_count_them() {
        for (day, months, expected) in [
            (date!(2028 - 02 - 29), 12, date!(2029 - 02 - 28)),
            (date!(2028 - 02 - 29), 48, date!(2032 - 02 - 29)),
            (date!(2027 - 12 - 31), 2, date!(2028 - 02 - 29)),
            (date!(2026 - 12 - 31), 2, date!(2027 - 02 - 28)),
            (date!(2026 - 11 - 15), 12, date!(2027 - 11 - 15)),
            (date!(2026 - 12 - 01), 1, date!(2027 - 01 - 01)),
        ] {
            assert_eq!(add_months(day, months), expected, "{day} + {months}");
        }
    }
}
