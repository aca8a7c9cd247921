//! The national directory of health professionals (Annuaire Santé): what it says of a physician, and
//! which of their secure mailboxes a report goes to.
//!
//! A report that names its attending physician by RPPS number is the cause of a question
//! ([`http`]); the answer is read ([`read_answer`]) and one mailbox is chosen ([`choose`]), or
//! nobody is written to and somebody is told why. [`StandIn`] gives the same answers from invented
//! data, since the directory has no test environment.

mod answer;
mod changes;
mod choice;
pub mod http;
mod mailbox;
mod name;
mod pace;
mod physician;
mod stand_in;
mod stand_in_query;

pub use answer::{Answer, read_answer};
pub use changes::Changes;
pub use choice::{Candidate, Choice, choose};
pub use mailbox::{Holder, Mailbox, MailboxKind};
pub use name::is_same_family;
pub use pace::Pace;
pub use physician::{Physician, read_physician};
pub use stand_in::{Reply, StandIn};
