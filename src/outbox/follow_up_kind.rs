//! What the follow-up says of a report that does not arrive.

use std::str::FromStr;

use super::UnknownWord;

/// Of what people are told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FollowUpKind {
    /// The report left and was not read for days: the secretariat is told.
    Reminder,
    /// Nobody dealt with it for longer: somebody else is told.
    Escalation,
}

const KINDS: [(FollowUpKind, &str); 2] = [
    (FollowUpKind::Reminder, "reminder"),
    (FollowUpKind::Escalation, "escalation"),
];

impl FollowUpKind {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Reminder, Self::Escalation];

    /// The word that is stored.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        KINDS
            .iter()
            .find(|(kind, _)| *kind == self)
            .map_or("", |(_, word)| word)
    }
}

impl FromStr for FollowUpKind {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        KINDS
            .iter()
            .find(|(_, word)| *word == text)
            .map(|(kind, _)| *kind)
            .ok_or(UnknownWord)
    }
}
