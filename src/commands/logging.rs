//! Where log lines go, and in which shape.

use std::io::{IsTerminal, stderr};

use passerelle::config::{Log, LogFormat};
use tracing_subscriber::EnvFilter;

/// Sends log lines to standard error, as the settings ask.
///
/// # Errors
/// When the filter is not one.
pub fn start(log: &Log) -> Result<(), String> {
    let filter = EnvFilter::try_new(&log.filter).map_err(|error| {
        format!("log.filter: {error}; write for instance \"info,passerelle=debug\"")
    })?;
    let lines = tracing_subscriber::fmt()
        .with_env_filter(filter)
        // A file wants no colours.
        .with_ansi(stderr().is_terminal())
        .with_writer(stderr);
    match log.format {
        LogFormat::Text => lines.init(),
        LogFormat::Json => lines.json().init(),
    }
    Ok(())
}
