//! `passerelle config …`

use passerelle::{
    clock::Clock,
    config::{DEFAULTS, check, summary},
};

use crate::{CommandResult, Ended, SettingsFile};

/// Arguments of `config`.
#[derive(clap::Subcommand)]
pub enum Config {
    /// Say what is wrong with the settings, where, and how to mend it
    Check(SettingsFile),
    /// Print every setting with its meaning and its default
    Defaults,
}

impl Config {
    /// Prints what was asked for.
    pub fn run(self) -> CommandResult {
        match self {
            Self::Defaults => print!("{DEFAULTS}"),
            Self::Check(file) => {
                let settings = file.load()?;
                let faults = check(&settings);
                if !faults.is_empty() {
                    for fault in &faults {
                        eprintln!("{fault}");
                    }
                    return Err(format!("{} fault(s) in the settings", faults.len()).into());
                }
                passerelle::app::terminology(&settings, &Clock::System)?;
                print!("{}", summary(&settings));
                println!("the settings have no fault");
            }
        }
        Ok(Ended::Done)
    }
}
