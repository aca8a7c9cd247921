//! Which mailbox a report goes to.

use std::cmp::Reverse;

use super::mailbox::{Holder, Mailbox, MailboxKind};

/// A mailbox that may be chosen, and what happened to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// The mailbox.
    pub mailbox: Mailbox,
    /// True when its domain is one that may be written to.
    pub is_trusted: bool,
    /// True when it refused a mail.
    pub has_refused: bool,
}

/// What the choice ends with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Choice<'c> {
    /// That one.
    One(&'c Mailbox),
    /// None stands before the others: a person chooses.
    Several,
    /// There is none.
    None,
    /// There are some, and each of them refused a mail.
    Refused,
    /// There are some, and all lie outside the trusted domains.
    Untrusted,
}

/// Chooses among the mailboxes of one physician: the preferred one (`rank` 1 first), else the
/// personal one, else that of the practice, else the one changed last. Boxes that equal each other
/// in all of this are never all written to, nor is one picked by chance. A box of an organisation is
/// read by others: only a person may choose it.
///
/// **Source:** ANS, Annuaire Santé guide, `ContactPoint.rank` (1: *BAL préférentielle*).
#[must_use]
pub fn choose(candidates: &[Candidate]) -> Choice<'_> {
    let own: Vec<&Candidate> = candidates
        .iter()
        .filter(|candidate| candidate.mailbox.holder != Holder::Organization)
        .collect();
    if own.is_empty() {
        return Choice::None;
    }
    if own.iter().all(|candidate| !candidate.is_trusted) {
        return Choice::Untrusted;
    }
    let mut usable: Vec<&Mailbox> = own
        .iter()
        .filter(|candidate| candidate.is_trusted && !candidate.has_refused)
        .map(|candidate| &candidate.mailbox)
        .collect();
    usable.sort_by_key(|mailbox| preference(mailbox));
    match usable.as_slice() {
        [] => Choice::Refused,
        [first, second, ..] if preference(first) == preference(second) => Choice::Several,
        [first, ..] => Choice::One(first),
    }
}

/// The smaller, the more preferred.
fn preference(mailbox: &Mailbox) -> (i64, u8, Holder, Reverse<&str>) {
    let kind = match mailbox.kind {
        Some(MailboxKind::Personal) => 0,
        None => 1,
        Some(MailboxKind::Practice) => 2,
        Some(MailboxKind::Organization) => 3,
        Some(MailboxKind::Application) => 4,
    };
    (
        mailbox.rank.unwrap_or(i64::MAX),
        kind,
        mailbox.holder,
        Reverse(mailbox.updated_at.as_deref().unwrap_or_default()),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use MailboxKind::{Organization, Personal, Practice};

    fn candidate(address: &str, kind: MailboxKind, rank: Option<i64>) -> Candidate {
        Candidate {
            mailbox: Mailbox {
                address: format!("{address}@medecin.mssante.invalid")
                    .parse()
                    .expect("well formed"),
                kind: Some(kind),
                rank,
                holder: match kind {
                    Personal => Holder::Physician,
                    Practice => Holder::Situation,
                    _ => Holder::Organization,
                },
                label: None,
                updated_at: Some("2026-01-01T00:00:00Z".to_owned()),
            },
            is_trusted: true,
            has_refused: false,
        }
    }

    fn chosen(candidates: &[Candidate]) -> Option<&str> {
        match choose(candidates) {
            Choice::One(mailbox) => mailbox.address.as_str().split('@').next(),
            _ => None,
        }
    }

    #[test]
    fn the_preferred_box_wins_then_the_personal_one() {
        let practice = candidate("practice", Practice, Some(1));
        let personal = candidate("personal", Personal, None);
        assert_eq!(
            chosen(&[personal.clone(), practice.clone()]),
            Some("practice")
        );
        let unranked = candidate("practice", Practice, None);
        assert_eq!(chosen(&[unranked, personal]), Some("personal"));
        let second = candidate("second", Practice, Some(2));
        assert_eq!(chosen(&[second, practice]), Some("practice"));
    }

    #[test]
    fn boxes_that_equal_each_other_are_left_to_a_person() {
        let (one, other) = (
            candidate("a", Personal, None),
            candidate("b", Personal, None),
        );
        assert_eq!(choose(&[one.clone(), other.clone()]), Choice::Several);
        let mut newer = other;
        newer.mailbox.updated_at = Some("2026-02-01T00:00:00Z".to_owned());
        assert_eq!(chosen(&[one, newer]), Some("b"));
    }

    #[test]
    fn the_box_of_an_organisation_is_never_chosen_by_itself() {
        let shared = candidate("shared", Organization, Some(1));
        assert_eq!(choose(&[shared]), Choice::None);
    }

    #[test]
    fn a_box_that_refused_or_is_not_trusted_is_passed_over() {
        let mut first = candidate("first", Personal, Some(1));
        let second = candidate("second", Personal, Some(2));
        first.has_refused = true;
        assert_eq!(chosen(&[first.clone(), second]), Some("second"));
        assert_eq!(choose(&[first.clone()]), Choice::Refused);
        first.is_trusted = false;
        assert_eq!(choose(&[first]), Choice::Untrusted);
        assert_eq!(choose(&[]), Choice::None);
    }
}
