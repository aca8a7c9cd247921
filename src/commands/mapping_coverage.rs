//! `passerelle mapping coverage`

use passerelle::{
    app::{context, open_storage},
    clock::Clock,
    flows::{CoverageReport, coverage},
};

use super::{
    language::{Words, say},
    logging,
};
use crate::{CommandResult, Ended, SettingsFile};

/// Arguments of `mapping coverage`.
#[derive(clap::Args)]
pub struct Coverage {
    #[command(flatten)]
    settings: SettingsFile,
    /// How it is written
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum Format {
    Text,
    Json,
}

impl Coverage {
    /// Prints the coverage and the queue.
    pub async fn run(self) -> CommandResult {
        let settings = self.settings.load()?;
        logging::start(&settings.log)?;
        let storage = open_storage(&settings).await?;
        let context = context(&settings, storage, Clock::System).await?;
        let report = coverage(&context).await;
        context.storage.close().await;
        let report = report?;
        match self.format {
            Format::Text => print_text(&report, Words::of_environment()),
            Format::Json => println!("{}", serde_json::to_string_pretty(&report)?),
        }
        Ok(Ended::Done)
    }
}

fn print_text(report: &CoverageReport, words: Words) {
    say!(
        words,
        "{:<20} {:>6} {:>12} {:>6} {:>10} {:>14}",
        "{:<20} {:>6} {:>12} {:>6} {:>10} {:>14}",
        words.choose("vocabulaire", "vocabulary"),
        words.choose("exact", "exact"),
        words.choose("approchant", "approximate"),
        words.choose("rien", "none"),
        words.choose("sans ligne", "unmapped"),
        words.choose("sans retour", "not back")
    );
    for one in &report.vocabularies {
        let counts = one.counts;
        println!(
            "{:<20} {:>6} {:>12} {:>6} {:>10} {:>14}",
            one.name,
            counts.exact,
            counts.approximate,
            counts.none,
            counts.unmapped,
            one.not_coming_back.len()
        );
    }
    let offers = report.offers;
    println!(
        "{:<20} {:>6} {:>12} {:>6} {:>10} {:>14}",
        words.choose("offres", "offers"),
        offers.exact,
        offers.approximate,
        offers.none,
        offers.unmapped,
        report.offers_not_coming_back
    );
    say!(
        words,
        "\nEn attente d'une ligne : {}",
        "\nWaiting for a row: {}",
        report.queue_count
    );
    for one in &report.queue {
        println!(
            "  {} {} « {} » {}",
            one.since, one.offer, one.word, one.structure
        );
    }
}
