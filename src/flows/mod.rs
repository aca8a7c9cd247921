//! The journeys: the only code that knows both a rule and the store.

mod context;
mod rcp_acknowledgement;

pub use context::{Context, Sender};
pub use rcp_acknowledgement::{Acknowledged, take_mail};
