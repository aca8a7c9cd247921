//! A rule that mails and archives are checked against, and how its breach is told.

use crate::finding::{Bilingual, Finding, Severity};

/// A rule: its identifier, how much it matters, and the words of its breach.
pub(super) struct CheckRule {
    /// Stable identifier, as `XDM-TIME`.
    pub id: &'static str,
    /// How much a breach matters on reception. Before sending, a warning refuses too.
    pub severity: Severity,
    /// What is wrong, in French and in English.
    pub message: (&'static str, &'static str),
    /// How to mend it, in French and in English.
    pub cure: (&'static str, &'static str),
}

impl CheckRule {
    /// The breach, at that place.
    pub fn at(&self, place: impl Into<String>) -> Finding {
        Finding {
            severity: self.severity,
            ..Finding::error(
                self.id,
                place,
                Bilingual::new(self.message.0, self.message.1),
                Bilingual::new(self.cure.0, self.cure.1),
            )
        }
    }
}

/// A rule, written on one line.
pub(super) const fn rule(
    id: &'static str,
    severity: Severity,
    message: (&'static str, &'static str),
    cure: (&'static str, &'static str),
) -> CheckRule {
    CheckRule {
        id,
        severity,
        message,
        cure,
    }
}
