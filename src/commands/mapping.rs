//! `passerelle mapping …`

use super::{
    mapping_check::Check,
    mapping_coverage::Coverage,
    mapping_release::{Impact, Switch, Undo},
};
use crate::CommandResult;

/// Arguments of `mapping`.
#[derive(clap::Subcommand)]
pub enum Mapping {
    /// Check the code lists and maps: every fault with its file, line and cure
    Check(Check),
    /// Say how well the national lists say each vocabulary and each offer, and what waits for a row
    Coverage(Coverage),
    /// Say what a release of national lists would change: rows, offers, searches, documents
    Impact(Impact),
    /// Switch to a release of national lists, here and in the running service
    Switch(Switch),
    /// Go back to the national lists of before the last switch
    Undo(Undo),
}

impl Mapping {
    /// Does what was asked for.
    pub async fn run(self) -> CommandResult {
        match self {
            Self::Check(command) => command.run().await,
            Self::Coverage(command) => command.run().await,
            Self::Impact(command) => command.run().await,
            Self::Switch(command) => command.run().await,
            Self::Undo(command) => command.run().await,
        }
    }
}
