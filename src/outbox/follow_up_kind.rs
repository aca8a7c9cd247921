//! What the follow-up says of a report that does not arrive.

use std::str::FromStr;

use super::words::{UnknownWord, Words};

/// Of what people are told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FollowUpKind {
    /// The report left and was not read for days: the secretariat is told.
    Reminder,
    /// Nobody dealt with it for longer: somebody else is told.
    Escalation,
}

const KINDS: Words<FollowUpKind> = Words(&[
    (FollowUpKind::Reminder, "reminder"),
    (FollowUpKind::Escalation, "escalation"),
]);

impl FollowUpKind {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Reminder, Self::Escalation];

    /// The word that is stored.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        KINDS.of(self)
    }
}

impl FromStr for FollowUpKind {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        KINDS.read(text)
    }
}
