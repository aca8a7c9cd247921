//! The outbox: what is to be sent, in which state it is, and when to try again.
//!
//! A delivery is born in the transaction of its cause. Workers claim it by lease, talk to the
//! network with no transaction open, and write the result only if the lease is still theirs.

mod delivery;
mod retry;
pub mod worker;

pub use delivery::{DeliveryEvent, DeliveryState, ForbiddenTransition, NoAddress, Purpose};
pub use retry::{Retry, next_attempt};
