//! Attending physicians, and whether the national directory knows a secure mailbox of theirs.

use super::{
    communes::{self, Commune},
    dice::{Dice, Topic},
    names::{self, FullName},
    plan::Plan,
};
use crate::identifiers::{Rpps, luhn_check_digit};

/// Domain of the invented secure mailboxes of physicians. It can never exist (RFC 2606).
pub const SECURE_MAIL_DOMAIN: &str = "medecin.mssante.invalid";

/// Physicians who have a secure mailbox, out of 100.
const WITH_A_MAILBOX_PERCENT: usize = 68;

/// One invented attending physician.
#[derive(Clone, Debug)]
pub(super) struct Physician {
    pub rpps: Rpps,
    pub name: FullName,
    /// Rank of the commune of practice.
    pub commune: usize,
    pub house_number: String,
    pub street: &'static str,
    pub phone: String,
    pub listing: Listing,
}

/// What the national directory says of a physician.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Listing {
    /// A secure mailbox.
    Mailbox(String),
    /// Known, without a secure mailbox.
    NoMailbox,
    /// Not in the directory.
    Absent,
}

/// The physicians of the plan: 68 % with a mailbox, to the nearest whole number, then those
/// without one, then (one third of the rest) those whom the directory does not know.
pub(super) fn generate(plan: Plan, communes: &[Commune]) -> Vec<Physician> {
    let total = plan.physicians;
    let with_mailbox = (total * WITH_A_MAILBOX_PERCENT + 50) / 100;
    let absent = (total - with_mailbox) / 3;
    (0..total)
        .map(|rank| {
            let mut dice = Dice::new(plan.seed, Topic::Physician, rank);
            let name = FullName::throw(&mut dice);
            let listing = if rank < with_mailbox {
                Listing::Mailbox(address(&name, rank))
            } else if rank < total - absent {
                Listing::NoMailbox
            } else {
                Listing::Absent
            };
            let ranks: Vec<usize> = (0..communes.len()).collect();
            let (house_number, street) = communes::street(&mut dice);
            Physician {
                rpps: rpps(9_990, rank),
                name,
                commune: *dice.weighted(&ranks, |rank| communes[*rank].weight()),
                house_number,
                street,
                phone: names::phone(&mut dice),
                listing,
            }
        })
        .collect()
}

/// An invented RPPS number: real ones begin with `10`, these with `99`.
pub(super) fn rpps(series: u32, rank: usize) -> Rpps {
    let payload = format!("{series:04}{:06}", rank % 1_000_000);
    let key = luhn_check_digit(&payload).expect("digits only");
    format!("{payload}{key}")
        .parse()
        .expect("its key was just made")
}

fn address(name: &FullName, rank: usize) -> String {
    let given = names::host_label(name.given);
    let family = names::host_label(name.family);
    format!("{given}.{family}.{:04}@{SECURE_MAIL_DOMAIN}", rank + 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identifiers::MssanteAddress;
    use std::collections::HashSet;

    fn generated(physicians: usize) -> Vec<Physician> {
        let plan = Plan {
            physicians,
            ..Plan::default()
        };
        generate(plan, &Commune::all())
    }

    #[test]
    fn sixty_eight_percent_have_a_secure_mailbox() {
        let count = |physicians: &[Physician], wanted: fn(&Listing) -> bool| {
            physicians.iter().filter(|p| wanted(&p.listing)).count()
        };
        let physicians = generated(120);
        let with = |listing: &Listing| matches!(listing, Listing::Mailbox(_));
        assert_eq!(count(&physicians, with), 82);
        assert_eq!(count(&physicians, |l| *l == Listing::NoMailbox), 26);
        assert_eq!(count(&physicians, |l| *l == Listing::Absent), 12);
        assert_eq!(count(&generated(7_000), with), 4_760);
    }

    #[test]
    fn mailboxes_and_numbers_are_well_formed_and_used_once() {
        let physicians = generated(500);
        let numbers: HashSet<_> = physicians.iter().map(|p| p.rpps.as_str()).collect();
        assert_eq!(numbers.len(), 500);
        let mut seen = HashSet::new();
        for physician in &physicians {
            assert!(physician.rpps.as_str().starts_with("999"));
            if let Listing::Mailbox(address) = &physician.listing {
                let address: MssanteAddress = address.parse().expect("well formed");
                assert_eq!(address.domain(), SECURE_MAIL_DOMAIN);
                assert!(seen.insert(address));
            }
        }
    }
}
