//! What operators watch, in the words of Prometheus.

mod directory;
mod service;

pub use service::{ByLoop, ByOutcome, Metrics, resident_bytes};
