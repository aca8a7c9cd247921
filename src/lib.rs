//! Passerelle: the open interoperability gateway of the French regional cancer networks.

pub mod clock;
pub mod finding;
pub mod flows;
pub mod identifiers;
pub mod ids;
pub mod outbox;
pub mod storage;
