//! The calendar, ahead: who will be asked, reminded and delisted, and when.

use time::{Date, Duration};

use super::{Act, Author, Calendar, Event, Listing, Standing, Step};

/// How referents answer, in a simulation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answering {
    /// Nobody answers.
    Never,
    /// Everybody verifies that many days after they are asked.
    AfterDays(i64),
}

/// What will happen to a structure on a day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Foreseen {
    /// When.
    pub day: Date,
    /// Rank of the listing among those that were given.
    pub rank: usize,
    /// What the calendar does; none when the referent verifies.
    pub step: Option<Step>,
}

/// What the calendar does from `from` to `to`, both included, when nothing else happens; in order of days.
#[must_use]
pub fn simulate(
    listings: &[Listing],
    calendar: &Calendar,
    from: Date,
    to: Date,
    answering: Answering,
) -> Vec<Foreseen> {
    let mut foreseen = Vec::new();
    for (rank, listing) in listings.iter().enumerate() {
        let mut listing = listing.clone();
        let mut today = from;
        while let Some((day, step)) = next(&listing, calendar, today, answering) {
            if day > to {
                break;
            }
            today = day;
            foreseen.push(Foreseen { day, rank, step });
            take(&mut listing, step, day);
        }
    }
    foreseen.sort_by_key(|one| (one.day, one.rank));
    foreseen
}

/// The next thing that happens, on `today` or later.
fn next(
    listing: &Listing,
    calendar: &Calendar,
    today: Date,
    answering: Answering,
) -> Option<(Date, Option<Step>)> {
    let step = calendar.next_step(listing).map(|(on, _)| {
        let on = on.max(today);
        (on, calendar.step_on(listing, on))
    });
    let answer = match (answering, listing.asked_on, listing.standing) {
        (Answering::AfterDays(days), Some(asked_on), Standing::Published | Standing::Lapsed) => {
            let on = asked_on.saturating_add(Duration::days(days));
            Some((on.max(today), None))
        }
        _ => None,
    };
    match (step, answer) {
        // Whoever answers on the day of a step has not been in time for its mail.
        (Some(step), Some(answer)) if answer.0 < step.0 => Some(answer),
        (Some(step), _) => Some(step),
        (None, answer) => answer,
    }
}

fn take(listing: &mut Listing, step: Option<Step>, day: Date) {
    let act = match step {
        None => Act::Confirm {
            note: String::new(),
        },
        Some(Step::Ask) => Act::Ask,
        Some(Step::Remind(number)) => Act::Remind { number },
        Some(Step::Lapse) => Act::Lapse,
    };
    listing.apply(&Event {
        number: listing.version + 1,
        at: String::new(),
        day,
        author: Author::system("simulation"),
        act,
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::governance::Rules;
    use time::macros::date;

    fn published(verified_on: Date) -> Listing {
        Listing {
            standing: Standing::Published,
            listed_on: Some(verified_on),
            verified_on: Some(verified_on),
            ..Listing::new("eg-1")
        }
    }

    fn days(found: &[Foreseen]) -> Vec<(Date, Option<Step>)> {
        found.iter().map(|one| (one.day, one.step)).collect()
    }

    #[test]
    fn a_structure_that_never_answers_is_asked_reminded_and_delisted() {
        let calendar = Rules::of_region("bretagne", None)
            .expect("readable")
            .calendar;
        let found = simulate(
            &[published(date!(2027 - 12 - 31))],
            &calendar,
            date!(2028 - 01 - 01),
            date!(2038 - 01 - 01),
            Answering::Never,
        );
        assert_eq!(
            days(&found),
            [
                (date!(2028 - 12 - 31), Some(Step::Ask)),
                (date!(2029 - 01 - 30), Some(Step::Remind(1))),
                (date!(2029 - 02 - 18), Some(Step::Remind(2))),
                (date!(2029 - 02 - 28), Some(Step::Lapse)),
            ]
        );
    }

    #[test]
    fn a_structure_verified_on_29_february_is_asked_on_the_28th_and_goes_on_from_its_answer() {
        let calendar = Rules::of_region("bretagne", None)
            .expect("readable")
            .calendar;
        let found = simulate(
            &[published(date!(2028 - 02 - 29))],
            &calendar,
            date!(2028 - 03 - 01),
            date!(2030 - 12 - 31),
            Answering::AfterDays(40),
        );
        assert_eq!(
            days(&found),
            [
                (date!(2029 - 02 - 28), Some(Step::Ask)),
                (date!(2029 - 03 - 30), Some(Step::Remind(1))),
                (date!(2029 - 04 - 09), None),
                (date!(2030 - 04 - 09), Some(Step::Ask)),
                (date!(2030 - 05 - 09), Some(Step::Remind(1))),
                (date!(2030 - 05 - 19), None),
            ]
        );
    }

    #[test]
    fn what_was_missed_is_caught_up_with_one_mail_and_a_week_before_the_delisting() {
        let calendar = Rules::of_region("bretagne", None)
            .expect("readable")
            .calendar;
        let mut asked = published(date!(2025 - 01 - 10));
        asked.asked_on = Some(date!(2026 - 01 - 10));
        let found = simulate(
            &[asked],
            &calendar,
            date!(2026 - 06 - 01),
            date!(2027 - 01 - 01),
            Answering::Never,
        );
        assert_eq!(
            days(&found),
            [
                (date!(2026 - 06 - 01), Some(Step::Remind(2))),
                (date!(2026 - 06 - 08), Some(Step::Lapse)),
            ]
        );
    }
}
