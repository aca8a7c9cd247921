//! `passerelle demo-data`

use std::path::PathBuf;

use passerelle::demo;

use super::plan_arguments::PlanArguments;
use crate::{CommandResult, Ended};

/// Arguments of `demo-data`.
#[derive(clap::Args)]
pub struct DemoData {
    /// Folder to write to; made if it is missing
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    #[command(flatten)]
    sizes: PlanArguments,
}

impl DemoData {
    /// Writes the region.
    pub fn run(self) -> CommandResult {
        let summary = demo::write(self.sizes.plan(), &self.out)
            .map_err(|error| format!("{}: {error}", self.out.display()))?;
        println!(
            "{} offers, {} physicians and {} fiches RCP written to {}",
            summary.offers,
            summary.physicians,
            summary.fiches,
            self.out.display()
        );
        Ok(Ended::Done)
    }
}
