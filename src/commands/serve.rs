//! `passerelle serve`

use std::net::SocketAddr;

use passerelle::app::{App, stop_on_signal};

use super::logging;
use crate::{CommandResult, Ended, SettingsFile};

/// Arguments of `serve`.
#[derive(clap::Args)]
pub struct Serve {
    #[command(flatten)]
    settings: SettingsFile,
    /// Address and port, in place of server.listen
    #[arg(long, value_name = "ADDR")]
    listen: Option<SocketAddr>,
}

impl Serve {
    /// Serves until it is asked to stop.
    pub async fn run(self) -> CommandResult {
        let mut settings = self.settings.load()?;
        if let Some(listen) = self.listen {
            settings.server.listen = listen;
        }
        logging::start(&settings.log)?;
        let stop = stop_on_signal();
        let app = App::prepare(settings).await?;
        let listener = app.listen().await?;
        println!("listening on http://{}", listener.local_addr()?);
        app.run(listener, stop).await?;
        Ok(Ended::Done)
    }
}
