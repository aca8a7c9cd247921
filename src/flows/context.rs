//! What every journey is handed: the store, the words, the instant, the identifiers.

use time::OffsetDateTime;
use uuid::Uuid;

use super::{Freshness, MappingSource, Packing, PublishedOffers, SearchTally};
use crate::{
    clock::{Clock, instant_text},
    config::{Archives, Export, FollowUp, Patients, Region, Reports},
    governance::Rules,
    identifiers::{MssanteAddress, TrustedDomains},
    ids::Ids,
    metrics::Metrics,
    mssante::visibility::Marks,
    offer_search::Geography,
    storage::Storage,
    terminology::CurrentTerminology,
};

/// Everything that a journey needs and does not decide itself.
pub struct Context {
    /// The database of the region.
    pub storage: Storage,
    /// Code lists, vocabularies and maps.
    pub terminology: CurrentTerminology,
    /// Where the tables of `terminology` come from.
    pub mappings: MappingSource,
    /// The present instant.
    pub clock: Clock,
    /// New identifiers.
    pub ids: Ids,
    /// What operators watch.
    pub metrics: Metrics,
    /// The region served.
    pub region: Region,
    /// Address under which people reach this service; empty when the settings give none.
    pub public_url: String,
    /// How reports are written.
    pub reports: Reports,
    /// Largest body taken, in bytes.
    pub max_body_bytes: usize,
    /// Largest release of national lists taken, in bytes.
    pub max_release_bytes: u64,
    /// What an archive that somebody sends may cost.
    pub archives: Archives,
    /// How long and how many exports of the directory are kept.
    pub exports: Export,
    /// When reports that are not read are reminded of.
    pub follow_up: FollowUp,
    /// How long what the national directory says may be used, when one is asked.
    pub directory: Option<Freshness>,
    /// Who may be listed in the directory, who validates, how fresh it stays.
    pub governance: Rules,
    /// The published offers, in memory.
    pub offers: PublishedOffers,
    /// What the directory is searched for, not yet written down.
    pub searches: SearchTally,
    /// Communes that people may say they live in, and outlines of departments.
    pub geography: Geography,
    /// What may go to patients.
    pub patients: Patients,
    /// Who sends the reports, when mail is configured.
    pub sender: Option<Sender>,
    /// Who writes to people of the directory that have no secure mailbox, when that is configured.
    pub relay: Option<Relay>,
}

/// An ordinary mailbox. Reports never leave by it.
#[derive(Clone, Debug)]
pub struct Relay {
    /// The mailbox that sends, and that mails come back to.
    pub address: MssanteAddress,
    /// Words shown before it.
    pub label: String,
    /// Domains that are written to from the secure mailbox instead.
    pub trusted: TrustedDomains,
}

/// Which way a mail to a person of the directory leaves, and comes back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MailWay {
    /// From the secure mailbox; every one when there is no relay.
    Secure,
    /// Through the relay.
    Ordinary,
}

/// Who sends the reports, and to whom they may be sent.
#[derive(Clone, Debug)]
pub struct Sender {
    /// The mailbox that sends, and that receives the receipts.
    pub address: MssanteAddress,
    /// Words shown before it.
    pub label: String,
    /// Mailbox that answers of people go to.
    pub reply_to: Option<MssanteAddress>,
    /// Telephone given in the mail; empty: none.
    pub contact_phone: String,
    /// Product reference number.
    pub nil: String,
    /// Domains that may be written to.
    pub trusted: TrustedDomains,
    /// Largest mail, encoded, in bytes.
    pub max_mail_bytes: usize,
}

/// What a mail and its archive are known by, fixed before the first attempt.
pub(super) struct MailIds {
    /// Of the delivery, and of the envelope.
    pub id: String,
    /// `Message-ID`, without its brackets.
    pub message_id: String,
    /// OID of the archive's submission.
    pub submission_id: String,
}

impl Context {
    /// The present instant, as the tables keep it.
    #[must_use]
    pub fn now_text(&self) -> String {
        instant_text(self.clock.now())
    }

    /// What an archive says beside its document, submitted at that instant.
    #[must_use]
    pub fn packing(&self, submitted_at: OffsetDateTime) -> Packing {
        let (label, phone) = match &self.sender {
            Some(sender) => (sender.label.clone(), sender.contact_phone.clone()),
            None => ("Passerelle".to_owned(), String::new()),
        };
        Packing {
            label,
            phone,
            submitted_at,
            submission_id: None,
            is_withdrawal: false,
            marks: Marks::default(),
            registration: None,
        }
    }

    /// New identifiers of a delivery and its mail.
    pub(super) fn mail_ids(&self) -> MailIds {
        let id = self.ids.next();
        let name = Uuid::new_v5(&Uuid::NAMESPACE_OID, format!("submission {id}").as_bytes());
        MailIds {
            message_id: format!("{id}@{}", self.message_domain()),
            submission_id: format!("2.25.{}", name.as_u128()),
            id,
        }
    }

    /// Domain on the right of the `Message-ID`s that we make.
    #[must_use]
    pub fn message_domain(&self) -> &str {
        self.sender
            .as_ref()
            .map_or("passerelle.invalid", |sender| sender.address.domain())
    }
}
