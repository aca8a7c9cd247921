//! The answer to a mail that brought documents: which form it may take, and its bytes.

use std::str::FromStr;

use super::mdn::{self, Answer, NoAnswer};
use super::refusal_letter;
use crate::identifiers::MssanteAddress;

/// Form of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AnswerKind {
    /// A disposition notification, for whoever asked for one.
    Notification,
    /// An ordinary mail (*courriel standard*), for a refusal that no notification may carry.
    Letter,
}

impl AnswerKind {
    /// The word that is stored.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Notification => "notification",
            Self::Letter => "letter",
        }
    }
}

/// A word that names no form of answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a form of answer")]
pub struct UnknownAnswerKind;

impl FromStr for AnswerKind {
    type Err = UnknownAnswerKind;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        [Self::Notification, Self::Letter]
            .into_iter()
            .find(|kind| kind.as_str() == text)
            .ok_or(UnknownAnswerKind)
    }
}

/// How, and to whom, a mail that came to `recipient` is answered. A success goes only to whoever asked
/// to be notified; a refusal that no notification may carry goes as a letter.
///
/// # Errors
/// When nobody may be answered.
pub fn plan(
    mail: &[u8],
    recipient: &MssanteAddress,
    is_refused: bool,
) -> Result<(AnswerKind, MssanteAddress), NoAnswer> {
    match mdn::notified(mail, recipient) {
        Ok(address) => Ok((AnswerKind::Notification, address)),
        Err(NoAnswer::NotAsked | NoAnswer::AnotherAddress) if is_refused => {
            let address = refusal_letter::addressee(mail, recipient)?;
            Ok((AnswerKind::Letter, address))
        }
        Err(none) => Err(none),
    }
}

/// The bytes of an answer.
///
/// # Errors
/// When nobody may be answered.
pub fn write(kind: AnswerKind, answer: &Answer<'_>) -> Result<Vec<u8>, NoAnswer> {
    match kind {
        AnswerKind::Notification => mdn::write(answer),
        AnswerKind::Letter => refusal_letter::write(answer),
    }
}
