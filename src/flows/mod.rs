//! The journeys: the only code that knows both a rule and the store.

mod context;

pub use context::{Context, Sender};
