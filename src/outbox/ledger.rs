//! The chain of the delivery ledger: each line holds the hash of the one before it, so that nothing
//! can be changed, taken out or moved without being found.

use std::fmt;

use sha2::{Digest, Sha256};

/// What a line of the ledger says. Everything here is covered by its hash.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LineContent {
    /// Identifier of the line.
    pub id: String,
    /// The delivery that it speaks of.
    pub delivery_id: String,
    /// When it was written, RFC 3339, UTC.
    pub at: String,
    /// What happened.
    pub kind: String,
    /// Where the delivery stands since; `None` in lines of releases that did not say it.
    pub state: Option<String>,
    /// Why, when it stands badly.
    pub reason: Option<String>,
    /// Evidence in words: an answer of the operator, a disposition.
    pub detail: Option<String>,
    /// The arrival that tells it.
    pub journal_id: Option<String>,
    /// SHA-256 of the mail that proves it, sent or received.
    pub evidence_sha256: Option<String>,
}

/// A line in its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChainedLine {
    /// What it says.
    pub content: LineContent,
    /// Place in the ledger, from 1.
    pub sequence: i64,
    /// Hash of the line before, empty for the first.
    pub previous_hash: String,
    /// Its own hash.
    pub hash: String,
}

/// The last line of a ledger: its place and its hash. Whoever noted a head can tell later that all
/// up to it is still there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Head {
    /// Number of lines.
    pub sequence: i64,
    /// Hash of the last one, empty when there is none.
    pub hash: String,
}

/// What is wrong with a ledger, and at which line.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LedgerFault {
    /// The line does not say what it said when it was written, or stands in another place.
    #[error("line {sequence} (delivery {delivery_id}) was changed: it does not match its hash")]
    Changed {
        /// Place of the line.
        sequence: i64,
        /// Delivery that it names.
        delivery_id: String,
    },
    /// The line does not continue the one before it.
    #[error(
        "line {sequence} (delivery {delivery_id}) does not follow the line before it: one of the two was replaced"
    )]
    Unlinked {
        /// Place of the line.
        sequence: i64,
        /// Delivery that it names.
        delivery_id: String,
    },
    /// Lines are no longer there.
    #[error("lines {first} to {last} are missing")]
    Missing {
        /// First one.
        first: i64,
        /// Last one.
        last: i64,
    },
    /// A line stands outside of the chain.
    #[error("a line of delivery {delivery_id} was added beside the chain")]
    Added {
        /// Delivery that it names.
        delivery_id: String,
    },
    /// The line that somebody noted is not the one that stands there.
    #[error("line {sequence} is not the one that was noted: the ledger was written anew")]
    OtherHead {
        /// Place of the line.
        sequence: i64,
    },
    /// The mail that proves a line is not the one that is kept, or is no longer kept.
    #[error(
        "line {sequence} (delivery {delivery_id}): the mail that proves it is not the one that is kept"
    )]
    OtherEvidence {
        /// Place of the line.
        sequence: i64,
        /// Delivery that it names.
        delivery_id: String,
    },
    /// A mail or a document that is kept does not have the hash that it was kept under.
    #[error("what is kept under {sha256} was changed: it does not have that hash")]
    ContentChanged {
        /// The hash, as the ledger and the reports name it.
        sha256: String,
    },
    /// The state of a delivery is not the one that its last line says.
    #[error("delivery {delivery_id} is {state} in its table and {in_ledger} in the ledger")]
    OtherState {
        /// The delivery.
        delivery_id: String,
        /// State in its own table.
        state: String,
        /// State in its last line.
        in_ledger: String,
    },
}

impl Head {
    /// Puts a line at the end of the ledger.
    #[must_use]
    pub fn chain(&mut self, content: LineContent) -> ChainedLine {
        let sequence = self.sequence + 1;
        let previous_hash = std::mem::take(&mut self.hash);
        let hash = hash(sequence, &previous_hash, &content);
        self.sequence = sequence;
        self.hash.clone_from(&hash);
        ChainedLine {
            content,
            sequence,
            previous_hash,
            hash,
        }
    }
}

impl fmt::Display for Head {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.sequence, self.hash)
    }
}

/// A text that is not `NUMBER:HASH`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a head of the ledger is written NUMBER:HASH, as `passerelle ledger verify` prints it")]
pub struct InvalidHead;

impl std::str::FromStr for Head {
    type Err = InvalidHead;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (sequence, hash) = text.trim().split_once(':').ok_or(InvalidHead)?;
        let sequence = sequence.parse().map_err(|_| InvalidHead)?;
        let is_hash = hash.len() == 64 && hash.bytes().all(|byte| byte.is_ascii_hexdigit());
        if sequence < 1 || !is_hash {
            return Err(InvalidHead);
        }
        Ok(Self {
            sequence,
            hash: hash.to_ascii_lowercase(),
        })
    }
}

/// SHA-256 of a line: its place, the hash before it, then every field with its length, so that no
/// two lines are written alike.
fn hash(sequence: i64, previous_hash: &str, content: &LineContent) -> String {
    let mut digest = Sha256::new();
    let mut field = |text: Option<&str>| match text {
        Some(text) => {
            digest.update((text.len() as u64 + 1).to_be_bytes());
            digest.update(text.as_bytes());
        }
        None => digest.update(0_u64.to_be_bytes()),
    };
    field(Some(&sequence.to_string()));
    field(Some(previous_hash));
    for text in [
        &content.id,
        &content.delivery_id,
        &content.at,
        &content.kind,
    ] {
        field(Some(text));
    }
    for text in [
        &content.state,
        &content.reason,
        &content.detail,
        &content.journal_id,
        &content.evidence_sha256,
    ] {
        field(text.as_deref());
    }
    hex::encode(digest.finalize())
}

/// Reads a ledger from its first line to its last, in bounded memory, and finds what is wrong.
#[derive(Debug, Default)]
pub struct Verification {
    head: Head,
    noted: Option<Head>,
}

impl Verification {
    /// A verification from the first line on; `noted` is a head that was written down earlier.
    #[must_use]
    pub fn new(noted: Option<Head>) -> Self {
        Self {
            head: Head::default(),
            noted,
        }
    }

    /// Checks the next line.
    pub fn check(&mut self, line: &ChainedLine, faults: &mut Vec<LedgerFault>) {
        let (sequence, delivery_id) = (line.sequence, &line.content.delivery_id);
        let expected = self.head.sequence + 1;
        if sequence > expected {
            faults.push(LedgerFault::Missing {
                first: expected,
                last: sequence - 1,
            });
        } else if line.previous_hash != self.head.hash {
            faults.push(LedgerFault::Unlinked {
                sequence,
                delivery_id: delivery_id.clone(),
            });
        }
        if hash(sequence, &line.previous_hash, &line.content) != line.hash {
            faults.push(LedgerFault::Changed {
                sequence,
                delivery_id: delivery_id.clone(),
            });
        }
        if let Some(noted) = &self.noted
            && noted.sequence == sequence
            && noted.hash != line.hash
        {
            faults.push(LedgerFault::OtherHead { sequence });
        }
        self.head = Head {
            sequence,
            hash: line.hash.clone(),
        };
    }

    /// Ends with the head that the ledger itself says it has; hands back the last line that is there.
    pub fn finish(self, stored: &Head, faults: &mut Vec<LedgerFault>) -> Head {
        let noted = self.noted.map_or(0, |noted| noted.sequence);
        let last = stored.sequence.max(noted);
        if last > self.head.sequence {
            faults.push(LedgerFault::Missing {
                first: self.head.sequence + 1,
                last,
            });
        } else if stored.hash != self.head.hash {
            faults.push(LedgerFault::OtherHead {
                sequence: self.head.sequence,
            });
        }
        self.head
    }
}

#[cfg(test)]
#[path = "ledger_tests.rs"]
mod tests;
