//! `passerelle migrate`

use passerelle::{app::open_storage, storage::Storage};

use crate::{CommandResult, Ended, SettingsFile};

/// Arguments of `migrate`.
#[derive(clap::Args)]
pub struct Migrate {
    #[command(flatten)]
    settings: SettingsFile,
}

impl Migrate {
    /// Migrates the database that the settings name; `serve` does the same when it starts.
    pub async fn run(self) -> CommandResult {
        let settings = self.settings.load()?;
        let storage = open_storage(&settings).await?;
        storage.close().await;
        let url = settings.database.url_without_password();
        println!("{url} is at migration {}", Storage::latest_migration());
        Ok(Ended::Done)
    }
}
