//! A mailbox that is a folder: one file for each mail, `new/` until it is handled, then `cur/`.
//!
//! **Source:** the Maildir format as Dovecot and Postfix write it.

use std::{
    fs, io,
    io::Read,
    path::{Path, PathBuf},
};

use super::inbox::{InboxMail, MailKey};
use crate::identifiers::MssanteAddress;

/// A mailbox in a folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Maildir {
    folder: PathBuf,
}

impl Maildir {
    /// The mailbox in `folder`, which may not exist yet.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self {
            folder: folder.into(),
        }
    }

    /// The mailbox of that address below `root`: `<root>/<domain>/<local part>`.
    #[must_use]
    pub fn of_address(root: &Path, address: &MssanteAddress) -> Self {
        let local = address
            .as_str()
            .split_once('@')
            .map_or(address.as_str(), |(local, _)| local);
        Self::new(root.join(address.domain()).join(folder_name(local)))
    }

    /// The folder that holds `new/` and `cur/`.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Puts a mail in, visible only once it is whole.
    ///
    /// `name` must be new for this mailbox.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub async fn deliver(&self, name: &str, mail: Vec<u8>) -> io::Result<()> {
        let folder = self.folder.clone();
        let name = name.to_owned();
        blocking(move || {
            for part in ["tmp", "new", "cur"] {
                fs::create_dir_all(folder.join(part))?;
            }
            let unfinished = folder.join("tmp").join(&name);
            fs::write(&unfinished, mail)?;
            fs::rename(unfinished, folder.join("new").join(&name))
        })
        .await
    }

    /// The oldest mails not handled yet, at most `limit`, each cut after `max_bytes`.
    ///
    /// # Errors
    /// When the folder cannot be read; a folder that does not exist is empty.
    pub async fn fetch_unseen(&self, limit: usize, max_bytes: u32) -> io::Result<Vec<InboxMail>> {
        let new = self.folder.join("new");
        blocking(move || {
            let mut names = match fs::read_dir(&new) {
                Ok(entries) => entries
                    .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
                    .collect::<Vec<_>>(),
                Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
                Err(error) => return Err(error),
            };
            names.sort_unstable();
            names.truncate(limit);
            let mut mails = Vec::with_capacity(names.len());
            for name in names {
                let mut bytes = Vec::new();
                fs::File::open(new.join(&name))?
                    .take(u64::from(max_bytes) + 1)
                    .read_to_end(&mut bytes)?;
                mails.push(InboxMail::new(MailKey(name), bytes, max_bytes));
            }
            Ok(mails)
        })
        .await
    }

    /// Moves a mail to those that are handled. Doing it again changes nothing.
    ///
    /// # Errors
    /// When the file cannot be moved.
    pub async fn mark_processed(&self, key: &MailKey) -> io::Result<()> {
        let from = self.folder.join("new").join(&key.0);
        let to = self.folder.join("cur").join(format!("{}:2,S", key.0));
        blocking(move || {
            if to.exists() {
                return Ok(());
            }
            if let Some(folder) = to.parent() {
                fs::create_dir_all(folder)?;
            }
            fs::rename(from, to)
        })
        .await
    }
}

/// A local part as the name of a folder: whatever could leave the folder is escaped.
fn folder_name(local: &str) -> String {
    let mut name = String::with_capacity(local.len());
    for (index, c) in local.char_indices() {
        if c.is_ascii_alphanumeric() || "-_+=".contains(c) || (c == '.' && index > 0) {
            name.push(c);
        } else {
            name.push_str(&format!("%{:02x}", u32::from(c)));
        }
    }
    name
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> io::Result<T> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(io::Error::other)?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_mail_is_new_until_it_is_marked() {
        let root = tempfile::tempdir().expect("a folder");
        let mailbox = Maildir::new(root.path().join("box"));
        assert_eq!(mailbox.fetch_unseen(9, 99).await.expect("empty").len(), 0);
        mailbox.deliver("b", b"two".to_vec()).await.expect("stored");
        mailbox.deliver("a", b"one".to_vec()).await.expect("stored");

        let mails = mailbox.fetch_unseen(9, 99).await.expect("readable");
        let texts: Vec<_> = mails.iter().map(|mail| mail.bytes.as_slice()).collect();
        assert_eq!(texts, [b"one", b"two"]);
        let first = mails.first().expect("two mails");
        mailbox.mark_processed(&first.key).await.expect("marked");
        mailbox.mark_processed(&first.key).await.expect("again");

        let left = mailbox.fetch_unseen(9, 99).await.expect("readable");
        assert_eq!(left.len(), 1);
        assert_eq!(mailbox.fetch_unseen(0, 99).await.expect("none").len(), 0);
    }

    #[tokio::test]
    async fn a_mail_that_is_too_large_is_cut_and_says_so() {
        let root = tempfile::tempdir().expect("a folder");
        let mailbox = Maildir::new(root.path());
        mailbox
            .deliver("a", b"12345".to_vec())
            .await
            .expect("stored");
        let mails = mailbox.fetch_unseen(1, 4).await.expect("readable");
        let mail = mails.first().expect("one mail");
        assert_eq!((mail.bytes.as_slice(), mail.is_cut), (&b"1234"[..], true));
    }

    #[test]
    fn no_address_leaves_the_root() {
        for (address, folder) in [
            (
                "../../etc@a.mssante.fr",
                "root/a.mssante.fr/%2e.%2f..%2fetc",
            ),
            ("..@a.mssante.fr", "root/a.mssante.fr/%2e."),
            ("jean.dupont@a.mssante.fr", "root/a.mssante.fr/jean.dupont"),
        ] {
            assert_eq!(
                Maildir::of_address(Path::new("root"), &address.parse().expect("well formed")),
                Maildir::new(folder)
            );
        }
    }
}
