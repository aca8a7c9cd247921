//! The states of one delivery (one report to one recipient), and what moves it between them.

use std::{fmt, str::FromStr};

use super::words::{UnknownWord, Words};
use crate::finding::Bilingual;

/// Where a delivery stands.
///
/// **Source:** ANS, Référentiel socle MSSanté; RFC 3464 (delivery), RFC 8098 (disposition).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum DeliveryState {
    /// Waits for its next attempt.
    Pending,
    /// The operator took the mail over.
    Sent,
    /// The mailbox of the recipient holds the mail.
    Delivered,
    /// The recipient read or integrated the report.
    Acknowledged,
    /// The recipient's software refused the report; its reason is kept.
    Rejected,
    /// The operator refused the mail for good, or every attempt was used up.
    Failed,
    /// There is nowhere to send it; the reason is kept.
    Undeliverable,
    /// It was never sent, and will not be: a later version came first, or its author cancelled it.
    Withdrawn,
}

/// What a delivery tells its recipient.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Purpose {
    /// Here is a report.
    Report,
    /// The report that you hold is cancelled.
    Cancellation,
    /// Here is the report of your own case.
    Patient,
    /// The report of your own case is cancelled.
    PatientCancellation,
}

/// What happens to a delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeliveryEvent {
    /// It was created, with its report.
    Queued,
    /// The operator took the mail over.
    Accepted,
    /// The operator or the network failed; another attempt is due.
    Deferred,
    /// The operator refused the mail for good, or the last attempt failed.
    GivenUp,
    /// A report of the mail system says that the mail could not be delivered.
    Bounced,
    /// A report of the mail system says that the mail was handed on to one that reports nothing.
    Relayed,
    /// A report of the mail system says that the mail waits on its way.
    Delayed,
    /// A report of the mail system says that the mailbox holds the mail.
    Delivered,
    /// A receipt says that a person read the report.
    Read,
    /// A receipt says that software filed the report in the patient's record.
    Integrated,
    /// Nothing came back for so long that the mail counts as lost.
    Expired,
    /// A receipt says that the report was refused.
    Refused,
    /// An address became known for a recipient that had none.
    AddressFound,
    /// An address was looked for, and there is none; why may have changed.
    AddressSought,
    /// The patient objects to its sending.
    Opposed,
    /// A later version of the report came.
    Superseded,
    /// The author of the report cancelled it.
    Cancelled,
    /// A mail speaks of it without proving anything: an absence, a letter, weak evidence.
    Noted,
}

/// An event that a delivery in that state cannot have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a delivery that is {state} cannot be {event}")]
pub struct ForbiddenTransition {
    state: DeliveryState,
    event: DeliveryEvent,
}

const STATES: Words<DeliveryState> = Words(&[
    (DeliveryState::Pending, "pending"),
    (DeliveryState::Sent, "sent"),
    (DeliveryState::Delivered, "delivered"),
    (DeliveryState::Acknowledged, "acknowledged"),
    (DeliveryState::Rejected, "rejected"),
    (DeliveryState::Failed, "failed"),
    (DeliveryState::Undeliverable, "undeliverable"),
    (DeliveryState::Withdrawn, "withdrawn"),
]);

const PURPOSES: Words<Purpose> = Words(&[
    (Purpose::Report, "report"),
    (Purpose::Cancellation, "cancellation"),
    (Purpose::Patient, "patient"),
    (Purpose::PatientCancellation, "patient-cancellation"),
]);

impl DeliveryState {
    /// Every state, in the order of a delivery's life.
    pub fn all() -> impl Iterator<Item = Self> {
        STATES.all()
    }

    /// The word that is stored and shown by the interfaces.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        STATES.of(self)
    }

    /// What it means, for people.
    #[must_use]
    pub fn meaning(self) -> Bilingual {
        match self {
            Self::Pending => Bilingual::new("en attente d'envoi", "waiting to be sent"),
            Self::Sent => Bilingual::new(
                "envoyé, accusé de réception attendu",
                "sent, receipt awaited",
            ),
            Self::Delivered => Bilingual::new(
                "remis dans la boîte, lecture attendue",
                "in the mailbox, reading awaited",
            ),
            Self::Acknowledged => Bilingual::new("accusé de réception reçu", "acknowledged"),
            Self::Rejected => {
                Bilingual::new("refusé par le destinataire", "refused by the recipient")
            }
            Self::Failed => Bilingual::new("envoi en échec", "sending failed"),
            Self::Undeliverable => {
                Bilingual::new("sans adresse sécurisée", "without a secure address")
            }
            Self::Withdrawn => Bilingual::new("retiré avant l'envoi", "withdrawn before sending"),
        }
    }

    /// True when the recipient may hold the report: the mail left, and did not come back.
    #[must_use]
    pub fn has_left(self) -> bool {
        match self {
            Self::Sent | Self::Delivered | Self::Acknowledged | Self::Rejected => true,
            Self::Pending | Self::Failed | Self::Undeliverable | Self::Withdrawn => false,
        }
    }

    /// The state after `event`.
    ///
    /// A receipt implies that the mail left, whatever was known before: the operator's answer may
    /// have been lost. What was acknowledged stays so.
    ///
    /// # Errors
    /// [`ForbiddenTransition`] when the event makes no sense in this state.
    pub fn after(self, event: DeliveryEvent) -> Result<Self, ForbiddenTransition> {
        use DeliveryEvent as E;
        match (self, event) {
            (state, E::Noted) => Ok(state),
            (Self::Pending, E::Accepted) => Ok(Self::Sent),
            (Self::Pending, E::Deferred) => Ok(Self::Pending),
            (Self::Pending, E::GivenUp) => Ok(Self::Failed),
            // What its mailbox refused goes to another one.
            (Self::Undeliverable | Self::Failed, E::AddressFound) => Ok(Self::Pending),
            (Self::Undeliverable, E::AddressSought | E::Opposed | E::Deferred | E::GivenUp)
            | (Self::Pending, E::Opposed) => Ok(Self::Undeliverable),
            (Self::Pending | Self::Sent | Self::Delivered, E::Bounced) => Ok(Self::Failed),
            (Self::Sent, E::Expired) => Ok(Self::Failed),
            (Self::Pending | Self::Sent, E::Relayed | E::Delayed) => Ok(Self::Sent),
            (Self::Pending | Self::Sent, E::Delivered) => Ok(Self::Delivered),
            (
                Self::Pending | Self::Sent | Self::Delivered | Self::Failed | Self::Rejected,
                E::Read | E::Integrated,
            ) => Ok(Self::Acknowledged),
            (Self::Pending | Self::Sent | Self::Delivered | Self::Failed, E::Refused) => {
                Ok(Self::Rejected)
            }
            // A worker may have been sending it while it was withdrawn or withheld: what left, left.
            (Self::Withdrawn | Self::Undeliverable, E::Accepted | E::Relayed | E::Delayed) => {
                Ok(Self::Sent)
            }
            (Self::Withdrawn | Self::Undeliverable, E::Delivered) => Ok(Self::Delivered),
            (Self::Withdrawn | Self::Undeliverable, E::Read | E::Integrated) => {
                Ok(Self::Acknowledged)
            }
            (Self::Withdrawn | Self::Undeliverable, E::Refused) => Ok(Self::Rejected),
            (Self::Withdrawn | Self::Undeliverable, E::Bounced) => Ok(Self::Failed),
            (Self::Pending | Self::Undeliverable, E::Superseded | E::Cancelled)
            | (
                Self::Withdrawn,
                E::Deferred | E::GivenUp | E::Superseded | E::Cancelled | E::Opposed,
            ) => Ok(Self::Withdrawn),
            // Late or repeated news changes nothing of what is known better: a receipt can come
            // before the operator's answer was written down.
            (
                Self::Acknowledged | Self::Rejected | Self::Failed | Self::Sent | Self::Delivered,
                E::Accepted | E::Deferred | E::GivenUp | E::Superseded | E::Cancelled | E::Opposed,
            )
            | (Self::Delivered, E::Delivered)
            | (
                Self::Acknowledged | Self::Rejected | Self::Failed | Self::Delivered,
                E::Relayed | E::Delayed | E::Expired,
            )
            | (
                Self::Acknowledged,
                E::Read | E::Integrated | E::Delivered | E::Bounced | E::Refused,
            )
            | (Self::Rejected, E::Refused | E::Delivered | E::Bounced)
            | (Self::Failed, E::Bounced | E::Delivered) => Ok(self),
            (state, event) => Err(ForbiddenTransition { state, event }),
        }
    }
}

impl DeliveryEvent {
    /// The word that the ledger keeps.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Accepted => "accepted",
            Self::Deferred => "deferred",
            Self::GivenUp => "given-up",
            Self::Bounced => "bounced",
            Self::Relayed => "relayed",
            Self::Delayed => "delayed",
            Self::Delivered => "delivered",
            Self::Read => "read",
            Self::Integrated => "integrated",
            Self::Expired => "expired",
            Self::Refused => "refused",
            Self::AddressFound => "address-found",
            Self::AddressSought => "address-sought",
            Self::Opposed => "opposed",
            Self::Superseded => "superseded",
            Self::Cancelled => "cancelled",
            Self::Noted => "noted",
        }
    }
}

impl Purpose {
    /// What it takes back, when it takes something back.
    #[must_use]
    pub fn withdrawn(self) -> Option<Self> {
        match self {
            Self::Report | Self::Patient => None,
            Self::Cancellation => Some(Self::Report),
            Self::PatientCancellation => Some(Self::Patient),
        }
    }

    /// The word that is stored and shown by the interfaces.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        PURPOSES.of(self)
    }
}

impl FromStr for DeliveryState {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        STATES.read(text)
    }
}

impl FromStr for Purpose {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        PURPOSES.read(text)
    }
}

impl fmt::Display for DeliveryState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Display for DeliveryEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const EVENTS: [DeliveryEvent; 17] = [
        DeliveryEvent::Accepted,
        DeliveryEvent::Deferred,
        DeliveryEvent::GivenUp,
        DeliveryEvent::Bounced,
        DeliveryEvent::Relayed,
        DeliveryEvent::Delayed,
        DeliveryEvent::Delivered,
        DeliveryEvent::Read,
        DeliveryEvent::Integrated,
        DeliveryEvent::Expired,
        DeliveryEvent::Refused,
        DeliveryEvent::AddressFound,
        DeliveryEvent::AddressSought,
        DeliveryEvent::Opposed,
        DeliveryEvent::Superseded,
        DeliveryEvent::Cancelled,
        DeliveryEvent::Noted,
    ];

    #[test]
    fn every_word_is_read_back() {
        for state in DeliveryState::all() {
            assert_eq!(state.as_str().parse(), Ok(state));
        }
        assert_eq!("lost".parse::<DeliveryState>(), Err(UnknownWord));
    }

    #[test]
    fn what_a_patient_objects_to_is_withheld_unless_it_has_left() {
        let opposed = DeliveryEvent::Opposed;
        let withheld = DeliveryState::Pending.after(opposed);
        assert_eq!(withheld, Ok(DeliveryState::Undeliverable));
        assert_eq!(
            DeliveryState::Undeliverable.after(DeliveryEvent::Accepted),
            Ok(DeliveryState::Sent),
            "a worker was sending it meanwhile"
        );
        for state in [DeliveryState::Sent, DeliveryState::Acknowledged] {
            assert_eq!(state.after(opposed), Ok(state));
        }
    }

    #[test]
    fn what_left_while_it_was_withdrawn_has_left() {
        let withdrawn = DeliveryState::Pending.after(DeliveryEvent::Superseded);
        assert_eq!(withdrawn, Ok(DeliveryState::Withdrawn));
        assert!(!DeliveryState::Withdrawn.has_left());
        let state = DeliveryState::Withdrawn.after(DeliveryEvent::Accepted);
        assert_eq!(state, Ok(DeliveryState::Sent));
        assert_eq!(
            DeliveryState::Sent.after(DeliveryEvent::Cancelled),
            Ok(DeliveryState::Sent)
        );
    }

    #[test]
    fn a_refusal_is_never_a_success() {
        assert_eq!(
            DeliveryState::Sent.after(DeliveryEvent::Refused),
            Ok(DeliveryState::Rejected)
        );
    }

    #[test]
    fn the_order_of_delivery_report_and_receipt_does_not_matter() {
        let fold = |events: [DeliveryEvent; 2]| {
            events
                .into_iter()
                .try_fold(DeliveryState::Sent, DeliveryState::after)
        };
        let (delivered, read) = (DeliveryEvent::Delivered, DeliveryEvent::Read);
        assert_eq!(fold([delivered, read]), fold([read, delivered]));
    }

    proptest! {
        #[test]
        fn what_was_acknowledged_stays_acknowledged(picks in prop::collection::vec(0..EVENTS.len(), 0..20)) {
            let mut state = DeliveryState::Acknowledged;
            for pick in picks {
                state = state.after(EVENTS[pick]).unwrap_or(state);
            }
            prop_assert_eq!(state, DeliveryState::Acknowledged);
        }

        #[test]
        fn only_an_acceptance_or_a_report_of_the_mail_system_leaves_pending_for_sent(pick in 0..EVENTS.len()) {
            let event = EVENTS[pick];
            if DeliveryState::Pending.after(event) == Ok(DeliveryState::Sent) {
                prop_assert!(matches!(event, DeliveryEvent::Accepted | DeliveryEvent::Relayed | DeliveryEvent::Delayed));
            }
        }
    }
}
