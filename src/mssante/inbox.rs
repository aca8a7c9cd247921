//! The mailbox where acknowledgements arrive, wherever it is.

use std::time::Duration;

use super::imap::{ImapError, ImapMailbox};
use super::maildir::Maildir;

/// Our mailbox: at the operator's, or a folder that a local mail server fills.
pub enum Inbox {
    /// At the operator's.
    Imap(Box<ImapMailbox>),
    /// A folder of this machine.
    Maildir(Maildir),
}

/// A mail of the mailbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InboxMail {
    /// What the mailbox knows it by.
    pub key: MailKey,
    /// The mail as it came, or its beginning.
    pub bytes: Vec<u8>,
    /// True when the mail was larger than the limit, and only its beginning is here.
    pub is_cut: bool,
}

/// What a mailbox knows one of its mails by. It means nothing to another mailbox.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct MailKey(pub(super) String);

/// Why the mailbox cannot be read. Trying again later always makes sense.
#[derive(Debug, thiserror::Error)]
pub enum InboxError {
    /// The operator's server.
    #[error("the mailbox at the operator's cannot be read")]
    Imap(#[from] ImapError),
    /// The folder.
    #[error("the mailbox folder cannot be read")]
    Folder(#[from] std::io::Error),
}

impl InboxMail {
    /// A mail, cut when it has more than `max_bytes`.
    pub(super) fn new(key: MailKey, mut bytes: Vec<u8>, max_bytes: u32) -> Self {
        let max_bytes = usize::try_from(max_bytes).unwrap_or(usize::MAX);
        let is_cut = bytes.len() > max_bytes;
        bytes.truncate(max_bytes);
        Self { key, bytes, is_cut }
    }
}

impl Inbox {
    /// The oldest mails not taken yet, at most `limit`, each cut after `max_bytes`.
    ///
    /// # Errors
    /// When the mailbox cannot be read.
    pub async fn fetch_unseen(
        &mut self,
        limit: usize,
        max_bytes: u32,
    ) -> Result<Vec<InboxMail>, InboxError> {
        Ok(match self {
            Self::Imap(mailbox) => mailbox.fetch_unseen(limit, max_bytes).await?,
            Self::Maildir(mailbox) => mailbox.fetch_unseen(limit, max_bytes).await?,
        })
    }

    /// Marks mails as taken. Only for mails whose effect is durably stored.
    ///
    /// # Errors
    /// When the mark cannot be written: the mails will come again, and must be recognised.
    pub async fn mark_processed(&mut self, keys: &[MailKey]) -> Result<(), InboxError> {
        match self {
            Self::Imap(mailbox) => mailbox.mark_processed(keys).await?,
            Self::Maildir(mailbox) => {
                for key in keys {
                    mailbox.mark_processed(key).await?;
                }
            }
        }
        Ok(())
    }

    /// Waits for something new, and no longer than `limit`: at the operator's it tells, a folder is
    /// looked at again.
    ///
    /// # Errors
    /// When the mailbox cannot be read.
    pub async fn wait(&mut self, limit: Duration) -> Result<(), InboxError> {
        match self {
            Self::Imap(mailbox) => mailbox.wait(limit).await?,
            Self::Maildir(_) => tokio::time::sleep(limit).await,
        }
        Ok(())
    }
}
