//! What a past day was like: whether the public saw the structure, and who had verified it.

use time::Date;

use super::{Event, Listing, Standing};

/// What the public saw of a structure on a day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Visibility {
    /// Whether it was seen when the day began.
    pub at_first: bool,
    /// Whether it was seen when the day ended.
    pub at_last: bool,
    /// When a person had last verified it, by the end of that day.
    pub verified_on: Option<Date>,
    /// Who that was; empty when nobody had.
    pub verified_by: String,
    /// How it stood at the end of that day.
    pub listing: Listing,
}

/// What the public saw on `day` in Paris, by the events of the structure, in order.
#[must_use]
pub fn visibility_on(structure: &str, events: &[Event], day: Date) -> Visibility {
    let before = Listing::of_events(structure, events.iter().take_while(|event| event.day < day));
    let after = Listing::of_events(
        structure,
        events.iter().take_while(|event| event.day <= day),
    );
    Visibility {
        at_first: before.standing == Standing::Published,
        at_last: after.standing == Standing::Published,
        verified_on: after.verified_on,
        verified_by: after.verified_by.clone(),
        listing: after,
    }
}
