//! Why a report has nowhere to go.

use std::str::FromStr;

use super::words::{UnknownWord, Words};
use crate::finding::Bilingual;

/// Why a report has nowhere to go.
///
/// **Source:** ANS, Annuaire Santé guide (a box of the *liste rouge* is not published, so a
/// physician whom the directory gives no box may have one all the same).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum NoAddress {
    /// The report says that the patient has no attending physician.
    NoPhysician,
    /// The report says that the attending physician is not known.
    PhysicianUnknown,
    /// The report names the physician without a valid RPPS number.
    NoRpps,
    /// The directory has not answered yet.
    DirectoryAwaited,
    /// The directory does not know that RPPS number.
    NotInDirectory,
    /// The directory knows the physician, who no longer practises.
    NoLongerPractising,
    /// The directory knows the physician, without a secure mailbox.
    NoMailbox,
    /// The physician has several mailboxes, and nothing tells which one to use.
    SeveralMailboxes,
    /// The report and the directory give that RPPS number to people of different names.
    NameDiffers,
    /// The only mailbox refused a mail: it no longer exists, or takes nothing.
    MailboxRefused,
    /// The mailbox lies outside the trusted domains.
    UntrustedDomain,
    /// The physician does not want reports by secure mail.
    Opposition,
    /// The patient objects to reports by secure mail.
    PatientOpposition,
}

const NO_ADDRESSES: Words<NoAddress> = Words(&[
    (NoAddress::NoPhysician, "no-physician"),
    (NoAddress::PhysicianUnknown, "physician-unknown"),
    (NoAddress::NoRpps, "no-rpps"),
    (NoAddress::DirectoryAwaited, "directory-awaited"),
    (NoAddress::NotInDirectory, "not-in-directory"),
    (NoAddress::NoLongerPractising, "no-longer-practising"),
    (NoAddress::NoMailbox, "no-mailbox"),
    (NoAddress::SeveralMailboxes, "several-mailboxes"),
    (NoAddress::NameDiffers, "name-differs"),
    (NoAddress::MailboxRefused, "mailbox-refused"),
    (NoAddress::UntrustedDomain, "untrusted-domain"),
    (NoAddress::Opposition, "opposition"),
    (NoAddress::PatientOpposition, "patient-opposition"),
]);

impl NoAddress {
    /// Every reason.
    pub fn all() -> impl Iterator<Item = Self> {
        NO_ADDRESSES.all()
    }

    /// The word that is stored and shown by the interfaces.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        NO_ADDRESSES.of(self)
    }

    /// What it means, for people.
    #[must_use]
    pub fn meaning(self) -> Bilingual {
        match self {
            Self::NoPhysician => Bilingual::new(
                "le patient n'a pas de médecin traitant",
                "the patient has no attending physician",
            ),
            Self::PhysicianUnknown => Bilingual::new(
                "le médecin traitant n'est pas connu",
                "the attending physician is not known",
            ),
            Self::NoRpps => Bilingual::new(
                "le médecin traitant est nommé sans numéro RPPS valide",
                "the attending physician is named without a valid RPPS number",
            ),
            Self::DirectoryAwaited => Bilingual::new(
                "la réponse de l'annuaire est attendue",
                "the directory's answer is awaited",
            ),
            Self::NotInDirectory => Bilingual::new(
                "le médecin traitant est absent de l'annuaire",
                "the attending physician is not in the directory",
            ),
            Self::NoLongerPractising => Bilingual::new(
                "le médecin traitant n'exerce plus, selon l'annuaire",
                "the attending physician no longer practises, says the directory",
            ),
            Self::NoMailbox => Bilingual::new(
                "l'annuaire ne publie pas de messagerie sécurisée pour le médecin traitant",
                "the directory publishes no secure mailbox for the attending physician",
            ),
            Self::SeveralMailboxes => Bilingual::new(
                "le médecin traitant a plusieurs boîtes, et rien ne dit laquelle choisir",
                "the attending physician has several mailboxes, and nothing tells which one to use",
            ),
            Self::NameDiffers => Bilingual::new(
                "le compte rendu et l'annuaire donnent ce numéro RPPS à des noms différents",
                "the report and the directory give that RPPS number to different names",
            ),
            Self::MailboxRefused => Bilingual::new(
                "la boîte du médecin traitant a refusé un message",
                "the attending physician's mailbox refused a mail",
            ),
            Self::UntrustedDomain => Bilingual::new(
                "l'adresse est hors de l'espace de confiance",
                "the address lies outside the trusted space",
            ),
            Self::Opposition => Bilingual::new(
                "le médecin traitant ne veut pas de compte rendu par messagerie",
                "the attending physician does not want reports by mail",
            ),
            Self::PatientOpposition => Bilingual::new(
                "le patient s'oppose à l'envoi par messagerie",
                "the patient objects to sending by secure mail",
            ),
        }
    }
}

impl FromStr for NoAddress {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        NO_ADDRESSES.read(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_is_read_back() {
        for reason in NoAddress::all() {
            assert_eq!(reason.as_str().parse(), Ok(reason));
        }
        assert_eq!("lost".parse::<NoAddress>(), Err(UnknownWord));
    }
}
