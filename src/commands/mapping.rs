//! `passerelle mapping …`

use super::mapping_check::Check;
use crate::CommandResult;

/// Arguments of `mapping`.
#[derive(clap::Subcommand)]
pub enum Mapping {
    /// Check the code lists and maps: every fault with its file, line and cure
    Check(Check),
}

impl Mapping {
    /// Does what was asked for.
    pub fn run(self) -> CommandResult {
        match self {
            Self::Check(command) => command.run(),
        }
    }
}
