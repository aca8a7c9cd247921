//! The outbox: what is to be sent, in which state it is, and when to try again.
//!
//! A delivery is born in the transaction of its cause. Workers claim it by lease, talk to the
//! network with no transaction open, and write the result only if the lease is still theirs.

mod delivery;
mod follow_up_kind;
mod ledger;
mod next_step;
mod no_address;
mod retry;
mod words;
pub mod worker;
mod worker_gate;
mod worker_reading;
mod worker_sending;
mod worker_side_mails;
mod worker_supervision;
mod worker_windows;

pub use delivery::{DeliveryEvent, DeliveryState, ForbiddenTransition, Purpose};
pub use follow_up_kind::FollowUpKind;
pub use ledger::{ChainedLine, Head, InvalidHead, LedgerFault, LineContent, Verification};
pub use next_step::{ClosingWay, NextStep, Resources};
pub use no_address::NoAddress;
pub use retry::{Hindrance, Retry, destination_wait, next_attempt, patience_ends};
pub use words::UnknownWord;
pub(crate) use words::Words;
pub(crate) use worker_supervision::supervise;
