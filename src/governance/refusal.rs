//! Why something may not be done to a listing.

use crate::finding::Bilingual;

/// Why an act is refused. Nothing changes then.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Not in this role, or not for this structure or territory.
    #[error("this role may not do that here")]
    NotAllowed,
    /// The validator is the applicant or the referent.
    #[error("nobody validates an application of their own")]
    OwnApplication,
    /// The two validations need two people.
    #[error("the same person cannot give both validations")]
    SamePerson,
    /// Somebody else answers for the structure, or applies for it.
    #[error("somebody else answers for this structure already")]
    HasReferent,
    /// The listing stands where that act makes no sense.
    #[error("that cannot be done where the application stands now")]
    NotNow,
    /// A criterion is not met, or was not looked at.
    #[error("validation needs each of the eight criteria met")]
    CriteriaNotMet,
    /// Nothing says why.
    #[error("a reason is needed")]
    NoReason,
}

impl Refusal {
    /// What is wrong and how to mend it, for people.
    #[must_use]
    pub fn message(self) -> Bilingual {
        let (fr, en) = match self {
            Self::NotAllowed => (
                "Votre rôle ne permet pas cela pour cette structure.",
                "Your role does not allow this for this structure.",
            ),
            Self::OwnApplication => (
                "On ne valide pas sa propre candidature : demandez à un autre validateur de votre territoire.",
                "Nobody validates an application of their own: ask another validator of your territory.",
            ),
            Self::SamePerson => (
                "Les deux validations sont données par deux personnes différentes.",
                "The two validations are given by two different people.",
            ),
            Self::HasReferent => (
                "Quelqu'un répond déjà de cette structure ou a commencé sa candidature : adressez-vous au validateur de votre territoire.",
                "Somebody answers for this structure already, or began its application: ask the validator of your territory.",
            ),
            Self::NotNow => (
                "Cela ne peut pas être fait là où en est le dossier : rechargez la page.",
                "That cannot be done where the application stands now: load the page again.",
            ),
            Self::CriteriaNotMet => (
                "Chacun des huit critères doit être valide pour valider le dossier.",
                "Each of the eight criteria must be valid to validate the application.",
            ),
            Self::NoReason => (
                "Dites pourquoi : le demandeur doit pouvoir corriger.",
                "Say why: the applicant must be able to correct.",
            ),
        };
        Bilingual::new(fr, en)
    }
}
