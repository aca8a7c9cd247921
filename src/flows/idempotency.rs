//! The name that a sender gives to its request, so that a repeat does nothing twice.

use std::{fmt, str::FromStr};

use sha2::{Digest, Sha256};

use super::{AcceptError, Accepted, Context, prepare};
use crate::{
    finding::{Bilingual, Finding},
    storage::{KeyedAnswer, StorageError, WriteTransaction},
};

/// Longest name, in characters.
const MAX_LENGTH: usize = 255;

/// Name of a request: 1 to 255 visible ASCII characters.
///
/// **Source:** IETF, draft-ietf-httpapi-idempotency-key-header, 2.1.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct IdempotencyKey(String);

/// A text that cannot be the name of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an idempotency key has 1 to 255 visible ASCII characters")]
pub struct InvalidIdempotencyKey;

/// `Debug` hides the name: a sender may have put anything in it.
impl fmt::Debug for IdempotencyKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("IdempotencyKey(hidden)")
    }
}

impl FromStr for IdempotencyKey {
    type Err = InvalidIdempotencyKey;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let is_visible = text.bytes().all(|byte| matches!(byte, 0x20..=0x7E));
        if text.trim().is_empty() || text.len() > MAX_LENGTH || !is_visible {
            return Err(InvalidIdempotencyKey);
        }
        Ok(Self(text.trim().to_owned()))
    }
}

/// A named request: hashes of its name and of its body.
#[derive(Clone, Debug)]
pub(super) struct NamedRequest {
    key_sha256: String,
    body_sha256: String,
}

impl NamedRequest {
    pub(super) fn new(key: &IdempotencyKey, body: &[u8]) -> Self {
        Self {
            key_sha256: hex::encode(Sha256::digest(key.0.as_bytes())),
            body_sha256: hex::encode(Sha256::digest(body)),
        }
    }

    /// The answer that was given before under that name.
    pub(super) async fn earlier_answer(
        &self,
        context: &Context,
        body: &[u8],
    ) -> Result<Option<Accepted>, AcceptError> {
        let Some(answer) = context.storage.find_keyed_answer(&self.key_sha256).await? else {
            return Ok(None);
        };
        if answer.body_sha256 != self.body_sha256 {
            return Err(AcceptError::Invalid(vec![other_body()]));
        }
        // The same body is worth the same warnings: they are found again rather than kept.
        let warnings = match prepare(context, body) {
            Ok(prepared) if !answer.is_repeated => prepared.warnings,
            Ok(_) | Err(_) => Vec::new(),
        };
        Ok(Some(Accepted {
            report_id: answer.report_id,
            is_repeated: answer.is_repeated,
            warnings,
        }))
    }

    /// Keeps the answer under the name, in the transaction that makes it true: false when another
    /// request took the name meanwhile.
    pub(super) async fn keep(
        &self,
        writing: &mut WriteTransaction,
        accepted: &Accepted,
        at: &str,
    ) -> Result<bool, StorageError> {
        let answer = KeyedAnswer {
            key_sha256: self.key_sha256.clone(),
            body_sha256: self.body_sha256.clone(),
            report_id: accepted.report_id.clone(),
            is_repeated: accepted.is_repeated,
        };
        writing.insert_keyed_answer(&answer, at).await
    }
}

fn other_body() -> Finding {
    Finding::error(
        "P-KEY-1",
        "Idempotency-Key",
        Bilingual::new(
            "Cette clé a déjà servi pour un autre contenu.",
            "This key was used for another content before.",
        ),
        Bilingual::new(
            "Prenez une clé nouvelle pour chaque compte rendu, et gardez-la pour ses seules répétitions.",
            "Take a new key for each report, and keep it for its repeats only.",
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_visible_ascii_and_not_too_long() {
        assert!("3f1c-42".parse::<IdempotencyKey>().is_ok());
        for text in ["", "  ", "é", "a\tb", &"x".repeat(256)] {
            assert_eq!(text.parse::<IdempotencyKey>(), Err(InvalidIdempotencyKey));
        }
        let key: IdempotencyKey = "DUPONT".parse().expect("visible");
        assert!(!format!("{key:?}").contains("DUPONT"));
    }
}
