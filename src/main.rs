//! The `passerelle` command line: subcommands only.

mod commands;

use std::{error::Error, path::PathBuf, process::ExitCode};

use clap::{Parser, Subcommand};

/// Threads do not wait for each other to allocate, and what is free goes back to the system.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

/// Open interoperability gateway of the French regional cancer networks.
///
/// Exit codes: 0 done, 1 done but something was refused (each with its reason), 2 wrong usage or
/// cannot run.
#[derive(Parser)]
#[command(version, max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run everything on this machine: a demonstration region, an embedded mail operator, the pages
    Demo(commands::demo::Demo),
    /// Run the service
    Serve(commands::serve::Serve),
    /// Let invented reports flow through the operator of this machine, and measure
    Soak(commands::soak::Soak),
    /// Import the supportive-care offer: CSV, NDJSON of FHIR resources, FHIR Bundles
    Import(commands::import::Import),
    /// Write the directory out: NDJSON or a Bundle, as it is or as the national register takes it
    Export(commands::export::Export),
    /// Work on an RCP report without a server or a database
    #[command(subcommand)]
    Report(commands::report::Report),
    /// Check files: fiche RCP, CDA document, XDM archive, mail, FHIR resources, offers in CSV
    Validate(commands::validate::Validate),
    /// Write the FHIR profiles with their snapshots, search parameters, operations and value sets
    Profiles(commands::profiles::Profiles),
    /// Say what a code becomes in another vocabulary, with every loss
    Translate(commands::translate::Translate),
    /// Look after the code lists and maps
    #[command(subcommand)]
    Mapping(commands::mapping::Mapping),
    /// Look after the ledger of deliveries
    #[command(subcommand)]
    Ledger(commands::ledger::Ledger),
    /// Look after the governance of the directory: what is ahead, what was, who decides
    #[command(subcommand)]
    Governance(commands::governance::Governance),
    /// Write the demonstration region as files
    DemoData(commands::demo_data::DemoData),
    /// Look at the settings
    #[command(subcommand)]
    Config(commands::config::Config),
    /// Bring the database up to this release
    Migrate(commands::migrate::Migrate),
}

/// Settings that every command with a database takes.
#[derive(clap::Args)]
struct SettingsFile {
    /// Settings; without it `passerelle.toml` in this folder if there is one, else the defaults
    #[arg(long, value_name = "FILE", env = "PASSERELLE_CONFIG")]
    config: Option<PathBuf>,
}

impl SettingsFile {
    fn load(&self) -> Result<passerelle::config::Settings, passerelle::config::ConfigError> {
        let usual = PathBuf::from("passerelle.toml");
        let file = self
            .config
            .clone()
            .or_else(|| usual.exists().then_some(usual));
        passerelle::config::load(file.as_deref())
    }
}

/// How a command that could run ended.
enum Ended {
    /// Everything was done.
    Done,
    /// Something was refused, and said.
    Refused,
}

type CommandResult = Result<Ended, Box<dyn Error>>;

fn main() -> ExitCode {
    let cli = Cli::parse();
    let runtime = match tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => return cannot_run(&error),
    };
    let result = runtime.block_on(async {
        match cli.command {
            Command::Demo(command) => command.run().await,
            Command::Serve(command) => command.run().await,
            Command::Soak(command) => command.run().await,
            Command::Import(command) => command.run().await,
            Command::Export(command) => command.run().await,
            Command::Report(command) => command.run(),
            Command::Validate(command) => command.run(),
            Command::Profiles(command) => command.run(),
            Command::Translate(command) => command.run().await,
            Command::Ledger(command) => command.run().await,
            Command::Mapping(command) => command.run().await,
            Command::Governance(command) => command.run().await,
            Command::DemoData(command) => command.run(),
            Command::Config(command) => command.run(),
            Command::Migrate(command) => command.run().await,
        }
    });
    match result {
        Ok(Ended::Done) => ExitCode::SUCCESS,
        Ok(Ended::Refused) => ExitCode::from(1),
        Err(error) => cannot_run(error.as_ref()),
    }
}

/// Says why, with every cause, on standard error.
fn cannot_run(error: &dyn Error) -> ExitCode {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(&format!("\n  because: {error}"));
        cause = error.source();
    }
    eprintln!("passerelle: {text}");
    ExitCode::from(2)
}
