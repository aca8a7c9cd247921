//! A person decides where the reports of a physician go, or how one of them was brought.

use super::{Context, recipient_update::settle_address};
use crate::{
    finding::Bilingual,
    identifiers::{MssanteAddress, Rpps},
    outbox::ClosingWay,
    storage::{Closing, Decision, DecisionKind, StorageError},
};

/// Longest name of whoever decides.
const MAX_AUTHOR: usize = 100;

/// Longest reason.
const MAX_NOTE: usize = 500;

/// Who decides, and why.
#[derive(Clone, Copy, Debug)]
pub struct Decider<'a> {
    /// Name of the person.
    pub author: &'a str,
    /// In that person's words.
    pub note: &'a str,
}

/// What is decided.
#[derive(Clone, Copy, Debug)]
pub enum Decided<'a> {
    /// Reports go to that address.
    Address(&'a str),
    /// The physician does not want reports by mail.
    Opposition,
    /// The directory decides again.
    Lifted,
}

/// Why a decision is not kept.
#[derive(Debug, thiserror::Error)]
pub enum DecisionError {
    /// Nobody says who decides.
    #[error("the name of who decides is missing, or too long")]
    Author,
    /// No reason is given where one is needed.
    #[error("a reason is needed")]
    Reason,
    /// The reason is too long.
    #[error("the reason is longer than {MAX_NOTE} characters")]
    Note,
    /// The address is not one.
    #[error("the address is not one of a secure mailbox")]
    Address,
    /// The address lies outside the trusted domains.
    #[error("the address lies outside the trusted domains")]
    Untrusted,
    /// The report or the physician is not known.
    #[error("there is no such report or physician")]
    NotFound,
    /// The database failed.
    #[error("the database failed")]
    Storage(#[from] StorageError),
}

impl DecisionError {
    /// What is wrong and how to mend it, for people.
    #[must_use]
    pub fn message(&self) -> Bilingual {
        match self {
            Self::Author => Bilingual::new(
                "Indiquez votre nom (100 caractères au plus).",
                "Give your name (100 characters at the most).",
            ),
            Self::Reason => Bilingual::new("Donnez un motif.", "Give a reason."),
            Self::Note => Bilingual::new(
                "Le motif est trop long (500 caractères au plus).",
                "The reason is too long (500 characters at the most).",
            ),
            Self::Address => Bilingual::new(
                "Cette adresse n'en est pas une : nom@domaine, sans espace ni accent.",
                "This is not an address: name@domain, without spaces or accents.",
            ),
            Self::Untrusted => Bilingual::new(
                "Cette adresse est hors de l'espace de confiance : seule une boîte MSSanté peut recevoir un compte rendu.",
                "This address lies outside the trusted space: only an MSSanté mailbox may receive a report.",
            ),
            Self::NotFound => Bilingual::new(
                "Ce compte rendu ou ce médecin n'est pas connu.",
                "This report or physician is not known.",
            ),
            Self::Storage(_) => Bilingual::new("Erreur interne.", "Internal error."),
        }
    }
}

impl Decider<'_> {
    /// What is wrong with the name or the reason.
    pub(super) fn check(&self) -> Result<(), DecisionError> {
        let author = self.author.trim();
        if author.is_empty() || author.chars().count() > MAX_AUTHOR {
            return Err(DecisionError::Author);
        }
        if self.note.chars().count() > MAX_NOTE {
            return Err(DecisionError::Note);
        }
        Ok(())
    }
}

/// Keeps what a person decided of a physician's address. The reports that wait for it leave; how many
/// those are is returned.
///
/// # Errors
/// [`DecisionError`]; nothing is changed then.
pub async fn decide(
    context: &Context,
    rpps: &Rpps,
    decided: Decided<'_>,
    decider: Decider<'_>,
) -> Result<usize, DecisionError> {
    decider.check()?;
    let (kind, address) = match decided {
        Decided::Address(text) => {
            let address: MssanteAddress =
                text.trim().parse().map_err(|_| DecisionError::Address)?;
            let is_trusted = context
                .sender
                .as_ref()
                .is_none_or(|sender| sender.trusted.trusts(&address));
            if !is_trusted {
                return Err(DecisionError::Untrusted);
            }
            (DecisionKind::Address, Some(address))
        }
        Decided::Opposition => (DecisionKind::Opposition, None),
        Decided::Lifted => (DecisionKind::Lifted, None),
    };
    let now = context.now_text();
    let mut writing = context.storage.begin_write().await?;
    if writing.find_recipient(rpps).await?.is_none() {
        // A number that only reports know: the directory is asked when there is one.
        writing.ask_for_recipient(rpps, &now).await?;
    }
    writing
        .insert_decision(&Decision {
            id: context.ids.next(),
            rpps: rpps.clone(),
            kind,
            address,
            author: decider.author.trim().to_owned(),
            note: decider.note.trim().to_owned(),
            at: now,
        })
        .await?;
    let source = format!("{} ({})", decider.author.trim(), kind.as_str());
    let released = settle_address(context, &mut writing, rpps, &source).await?;
    writing.commit().await?;
    tracing::info!(
        rpps = rpps.as_str(),
        kind = kind.as_str(),
        released,
        "address decided"
    );
    Ok(released)
}

/// Keeps how a report reached its physician otherwise than by mail, or that it is open again.
///
/// # Errors
/// [`DecisionError`]; nothing is changed then.
pub async fn close(
    context: &Context,
    report_id: &str,
    way: ClosingWay,
    decider: Decider<'_>,
) -> Result<(), DecisionError> {
    decider.check()?;
    if context.storage.find_followed(report_id).await?.is_none() {
        return Err(DecisionError::NotFound);
    }
    let mut writing = context.storage.begin_write().await?;
    writing
        .insert_closing(&Closing {
            id: context.ids.next(),
            report_id: report_id.to_owned(),
            way,
            author: decider.author.trim().to_owned(),
            note: decider.note.trim().to_owned(),
            at: context.now_text(),
        })
        .await?;
    writing.commit().await?;
    tracing::info!(
        report.id = report_id,
        way = way.as_str(),
        "report closed by hand"
    );
    Ok(())
}
