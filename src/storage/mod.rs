//! The only SQL of Passerelle: one text per statement, held to what SQLite and PostgreSQL do alike.
//!
//! A reading goes through [`Storage`], a writing through a [`WriteTransaction`], in which the
//! journal keeps what arrived beside what is made of it.

mod database;
mod error;
mod journal;

pub use database::{Engine, Storage, WriteTransaction};
pub use error::StorageError;
pub use journal::{Arrival, JournalOutcome};
