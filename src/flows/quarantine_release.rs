//! A person looks at a mail that is held, and lets its documents in: under a name, with a reason, once.

use super::{
    Context, Decider, DecisionError,
    inbound_documents::{Released, let_in},
};
use crate::{
    finding::{Finding, accepts},
    mssante::mail_check,
    storage::{HeldMail, QuarantineRelease, Refusal, StorageError},
};

/// What is known of an arrival in quarantine.
#[derive(Clone, Debug)]
pub struct Quarantined {
    /// Why it is there.
    pub refusal: Refusal,
    /// True when a person may let it in: a mail that is held, and was not let in.
    pub is_held: bool,
    /// Who let it in.
    pub release: Option<QuarantineRelease>,
}

/// Why a held mail is not let in.
#[derive(Debug, thiserror::Error)]
pub enum QuarantineError {
    /// The name or the reason is missing, or there is no such mail.
    #[error("the decision cannot be kept")]
    Decision(#[from] DecisionError),
    /// Its documents are against the rules: nobody can let them in.
    #[error("the documents of the mail are refused")]
    Refused(Vec<Finding>),
    /// The database failed.
    #[error("the database failed")]
    Storage(#[from] StorageError),
}

/// An arrival in quarantine; `None` when there is none of that identifier.
///
/// # Errors
/// [`StorageError`].
pub async fn quarantined(
    context: &Context,
    journal_id: &str,
) -> Result<Option<Quarantined>, StorageError> {
    let storage = &context.storage;
    let Some(refusal) = storage.find_refusal(journal_id).await? else {
        return Ok(None);
    };
    Ok(Some(Quarantined {
        refusal,
        is_held: storage.find_held_mail(journal_id).await?.is_some(),
        release: storage.find_quarantine_release(journal_id).await?,
    }))
}

/// Lets a held mail in: its documents go the way of every report, whoever sent them and whatever its
/// subject says. What the rules of the documents refuse stays refused. Hands back the report.
///
/// # Errors
/// [`QuarantineError`]; nothing but a report that the mail brought is kept then.
pub async fn release_held_mail(
    context: &Context,
    journal_id: &str,
    decider: Decider<'_>,
) -> Result<String, QuarantineError> {
    decider.check()?;
    if decider.note.trim().is_empty() {
        return Err(DecisionError::Reason.into());
    }
    let held = context.storage.find_held_mail(journal_id).await?;
    let held = held.ok_or(DecisionError::NotFound)?;
    let HeldMail {
        message_key,
        sha256,
    } = held;
    let mail = context.storage.find_content(&sha256).await?;
    let mail = mail.ok_or(DecisionError::NotFound)?;
    let (bytes, limits) = (mail.clone(), context.archives);
    let checked = tokio::task::spawn_blocking(move || mail_check::check(&bytes, &limits))
        .await
        .map_err(|_| StorageError::Lost("mail"))?;
    let Some(archive) = checked.archive else {
        let findings = checked.unopened.into_iter().collect();
        return Err(QuarantineError::Refused(findings));
    };
    if !accepts(&archive.findings) {
        return Err(QuarantineError::Refused(archive.findings));
    }
    let released = Released {
        mail: &mail,
        message_key: &message_key,
        journal_id,
        author: decider.author.trim(),
        note: decider.note.trim(),
    };
    let report_id = let_in(context, &released, archive.documents, checked.archive_bytes).await?;
    report_id.map_err(QuarantineError::Refused)
}
