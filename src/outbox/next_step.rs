//! What a person can do about a report that mail does not bring to its physician.

use std::str::FromStr;

use super::{
    DeliveryState, NoAddress,
    words::{UnknownWord, Words},
};
use crate::finding::Bilingual;

/// The next best thing to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NextStep {
    /// The directory is asked again by itself.
    Wait,
    /// Ask the board's secretary who the physician is.
    AskSecretary,
    /// Choose one of the physician's mailboxes.
    ChooseMailbox,
    /// Send it to the mailbox of the physician's place of work.
    OrganizationMailbox,
    /// Print a letter.
    Letter,
    /// Ring the practice: the report is there, unread or refused.
    Telephone,
    /// Mend what the operator or the network says.
    MendSettings,
}

/// What is known that can help.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Resources {
    /// The place of work has a mailbox.
    pub has_organization_mailbox: bool,
    /// There is a postal address.
    pub has_postal_address: bool,
}

/// How a report reached its physician otherwise than by mail, or why it need not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClosingWay {
    /// By letter.
    Letter,
    /// By telephone, the report being sent another way.
    Telephone,
    /// From hand to hand, or through the patient.
    HandedOver,
    /// The patient does not want the physician to have it.
    PatientOpposition,
    /// It was closed by mistake: it is open again.
    Reopened,
}

const WAYS: Words<ClosingWay> = Words(&[
    (ClosingWay::Letter, "letter"),
    (ClosingWay::Telephone, "telephone"),
    (ClosingWay::HandedOver, "handed-over"),
    (ClosingWay::PatientOpposition, "patient-opposition"),
    (ClosingWay::Reopened, "reopened"),
]);

impl NextStep {
    /// The next best thing to do about a delivery that stands so, for that reason.
    #[must_use]
    pub fn of(state: DeliveryState, reason: Option<&str>, known: Resources) -> Self {
        if let Some(reason) = reason.and_then(|reason| reason.parse().ok()) {
            return Self::without_address(reason, known);
        }
        let is_address = reason.is_some_and(|reason| {
            reason.starts_with("dsn-5") || reason.starts_with("smtp-5") || reason == "bad-address"
        });
        match state {
            DeliveryState::Failed if is_address => Self::another_way(known),
            DeliveryState::Failed => Self::MendSettings,
            DeliveryState::Undeliverable => Self::AskSecretary,
            DeliveryState::Pending
            | DeliveryState::Sent
            | DeliveryState::Delivered
            | DeliveryState::Acknowledged
            | DeliveryState::Rejected
            | DeliveryState::Withdrawn => Self::Telephone,
        }
    }

    fn without_address(reason: NoAddress, known: Resources) -> Self {
        match reason {
            NoAddress::DirectoryAwaited => Self::Wait,
            NoAddress::NoPhysician
            | NoAddress::PhysicianUnknown
            | NoAddress::NoRpps
            | NoAddress::NotInDirectory
            | NoAddress::NoLongerPractising
            | NoAddress::NameDiffers => Self::AskSecretary,
            NoAddress::SeveralMailboxes => Self::ChooseMailbox,
            NoAddress::NoMailbox | NoAddress::MailboxRefused | NoAddress::UntrustedDomain => {
                Self::another_way(known)
            }
            NoAddress::Opposition | NoAddress::PatientOpposition if known.has_postal_address => {
                Self::Letter
            }
            NoAddress::Opposition | NoAddress::PatientOpposition => Self::AskSecretary,
        }
    }

    fn another_way(known: Resources) -> Self {
        if known.has_organization_mailbox {
            Self::OrganizationMailbox
        } else if known.has_postal_address {
            Self::Letter
        } else {
            Self::AskSecretary
        }
    }

    /// What it means, for people.
    #[must_use]
    pub fn meaning(self) -> Bilingual {
        match self {
            Self::Wait => Bilingual::new(
                "attendre : l'annuaire est interrogé de nouveau",
                "wait: the directory is asked again",
            ),
            Self::AskSecretary => Bilingual::new(
                "demander au secrétariat de la RCP",
                "ask the board's secretary",
            ),
            Self::ChooseMailbox => Bilingual::new("choisir une boîte", "choose a mailbox"),
            Self::OrganizationMailbox => Bilingual::new(
                "envoyer à la boîte de la structure",
                "send to the organisation's mailbox",
            ),
            Self::Letter => Bilingual::new("imprimer un courrier", "print a letter"),
            Self::Telephone => Bilingual::new("appeler le cabinet", "ring the practice"),
            Self::MendSettings => Bilingual::new(
                "corriger les réglages ou le compte rendu",
                "mend the settings or the report",
            ),
        }
    }
}

impl ClosingWay {
    /// Every way, undoing last.
    pub fn all() -> impl Iterator<Item = Self> {
        WAYS.all()
    }

    /// The word that is stored.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        WAYS.of(self)
    }

    /// What it means, for people.
    #[must_use]
    pub fn meaning(self) -> Bilingual {
        match self {
            Self::Letter => Bilingual::new("envoyé par courrier", "sent by letter"),
            Self::Telephone => Bilingual::new("transmis après appel", "passed on after a call"),
            Self::HandedOver => Bilingual::new("remis en main propre", "handed over"),
            Self::PatientOpposition => Bilingual::new(
                "le patient s'oppose à l'envoi",
                "the patient objects to the sending",
            ),
            Self::Reopened => Bilingual::new("rouvert", "opened again"),
        }
    }
}

impl FromStr for ClosingWay {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        WAYS.read(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOTHING: Resources = Resources {
        has_organization_mailbox: false,
        has_postal_address: false,
    };
    const ADDRESS: Resources = Resources {
        has_postal_address: true,
        ..NOTHING
    };
    const BOTH: Resources = Resources {
        has_organization_mailbox: true,
        ..ADDRESS
    };

    #[test]
    fn each_hindrance_leads_to_what_can_be_done() {
        use DeliveryState::{Delivered, Failed, Rejected, Undeliverable};
        for (state, reason, known, step) in [
            (Undeliverable, "no-physician", BOTH, NextStep::AskSecretary),
            (
                Undeliverable,
                "no-mailbox",
                BOTH,
                NextStep::OrganizationMailbox,
            ),
            (Undeliverable, "no-mailbox", ADDRESS, NextStep::Letter),
            (Undeliverable, "no-mailbox", NOTHING, NextStep::AskSecretary),
            (
                Undeliverable,
                "several-mailboxes",
                BOTH,
                NextStep::ChooseMailbox,
            ),
            (Undeliverable, "opposition", BOTH, NextStep::Letter),
            (Undeliverable, "directory-awaited", BOTH, NextStep::Wait),
            (Failed, "dsn-5.1.1", ADDRESS, NextStep::Letter),
            (Failed, "smtp-550", BOTH, NextStep::OrganizationMailbox),
            (Failed, "too-large", BOTH, NextStep::MendSettings),
            (Rejected, "mdn-902", BOTH, NextStep::Telephone),
        ] {
            assert_eq!(NextStep::of(state, Some(reason), known), step, "{reason}");
        }
        assert_eq!(NextStep::of(Delivered, None, BOTH), NextStep::Telephone);
    }

    #[test]
    fn every_way_is_read_back() {
        for way in ClosingWay::all() {
            assert_eq!(way.as_str().parse(), Ok(way));
        }
    }
}
