//! `passerelle ledger verify`

use clap::Subcommand;
use passerelle::{app::open_storage, flows::verify_ledger, outbox::Head};

use crate::{CommandResult, Ended, SettingsFile};

/// Subcommands of `ledger`.
#[derive(Subcommand)]
pub enum Ledger {
    /// Prove that the delivery ledger is whole: no line changed, taken out or moved
    ///
    /// Prints its head, NUMBER:HASH. Note it where nobody who can write the database can: given back
    /// with --head, it proves that nothing up to it was cut off or written anew since.
    Verify(Verify),
}

/// Arguments of `ledger verify`.
#[derive(clap::Args)]
pub struct Verify {
    #[command(flatten)]
    settings: SettingsFile,
    /// A head that an earlier verification printed
    #[arg(long, value_name = "NUMBER:HASH")]
    head: Option<Head>,
}

impl Ledger {
    /// Runs the subcommand.
    pub async fn run(self) -> CommandResult {
        let Self::Verify(verify) = self;
        verify.run().await
    }
}

impl Verify {
    async fn run(self) -> CommandResult {
        let settings = self.settings.load()?;
        let storage = open_storage(&settings).await?;
        let state = verify_ledger(&storage, self.head).await?;
        storage.close().await;
        for fault in &state.faults {
            println!("{fault}");
        }
        if state.faults.is_empty() {
            println!("the ledger is whole: {} lines", state.head.sequence);
            println!("{} mails and documents are as they came", state.contents);
            println!("head {}", state.head);
            Ok(Ended::Done)
        } else {
            Ok(Ended::Refused)
        }
    }
}
