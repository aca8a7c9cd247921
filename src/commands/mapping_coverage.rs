//! `passerelle mapping coverage`

use std::{collections::BTreeSet, io};

use passerelle::{
    app::{context, open_storage},
    clock::Clock,
    flows::{Context, CoverageReport, OfferCoverage, OfferStanding, coverage, list_offer_coverage},
};

use super::{
    language::{Words, say},
    logging,
};
use crate::{CommandResult, Ended, SettingsFile};

/// Offers read at once.
const PAGE: usize = 200;
/// Columns of the list of offers.
const COLUMNS: [&str; 9] = [
    "offer",
    "name",
    "structure",
    "coverage",
    "cares",
    "lost",
    "gained",
    "waiting",
    "since",
];

/// Arguments of `mapping coverage`.
#[derive(clap::Args)]
pub struct Coverage {
    #[command(flatten)]
    settings: SettingsFile,
    /// How it is written; `json` with `--offers` is one offer a line, `csv` lists the offers
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// List the offers one by one
    #[arg(long)]
    offers: bool,
    /// List those of one standing alone: exact, approximate, none, unmapped, not-back
    #[arg(long, value_name = "STANDING", value_parser = standing)]
    only: Option<OfferStanding>,
}

#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    Text,
    Json,
    Csv,
}

fn standing(text: &str) -> Result<OfferStanding, String> {
    OfferStanding::parse(text).ok_or_else(|| {
        let names = OfferStanding::ALL.map(OfferStanding::as_str);
        format!("write one of {}", names.join(", "))
    })
}

impl Coverage {
    /// Prints the coverage and the queue.
    pub async fn run(self) -> CommandResult {
        let settings = self.settings.load()?;
        logging::start(&settings.log)?;
        let storage = open_storage(&settings).await?;
        let context = context(&settings, storage, Clock::System).await?;
        let words = Words::of_environment();
        if self.offers || self.only.is_some() || self.format == Format::Csv {
            let listed = list_offers(&context, self.only, self.format, words).await;
            context.storage.close().await;
            listed?;
            return Ok(Ended::Done);
        }
        let report = coverage(&context).await;
        context.storage.close().await;
        let report = report?;
        if self.format == Format::Json {
            println!("{}", serde_json::to_string_pretty(&report)?);
        } else {
            print_text(&report, words);
        }
        Ok(Ended::Done)
    }
}

/// Writes the offers one by one, as they are read.
async fn list_offers(
    context: &Context,
    only: Option<OfferStanding>,
    format: Format,
    words: Words,
) -> Result<(), Box<dyn std::error::Error>> {
    let mut after = String::new();
    let mut rows = csv::WriterBuilder::new()
        .delimiter(b';')
        .from_writer(io::stdout());
    if format == Format::Csv {
        rows.write_record(COLUMNS)?;
    }
    loop {
        let page = list_offer_coverage(context, only, &after, PAGE).await?;
        for offer in &page.offers {
            match format {
                Format::Csv => rows.write_record(cells(offer))?,
                Format::Json => println!("{}", serde_json::to_string(offer)?),
                Format::Text => {
                    let [id, name, structure, standing, cares, lost, gained, ..] = cells(offer);
                    println!("{id} « {name} » {structure}: {standing} ({cares})");
                    if !lost.is_empty() || !gained.is_empty() {
                        let (less, more) = (
                            words.choose("perdu", "lost"),
                            words.choose("gagné", "gained"),
                        );
                        println!("    {less}: {lost} ; {more}: {gained}");
                    }
                }
            }
        }
        match page.next {
            Some(next) => after = next,
            None => break,
        }
    }
    rows.flush()?;
    Ok(())
}

fn cells(offer: &OfferCoverage) -> [String; 9] {
    let join = |codes: &BTreeSet<String>| codes.iter().cloned().collect::<Vec<_>>().join(" ");
    let cares = offer.cares.iter();
    let cares = cares.map(|care| format!("{}:{}", care.pivot, care.coverage.as_str()));
    let words = offer.waiting.iter().map(|waiting| waiting.word.as_str());
    let since = offer.waiting.first().map(|waiting| waiting.since.clone());
    [
        offer.id.clone(),
        offer.name.clone(),
        offer.structure.clone(),
        offer.standing().to_owned(),
        cares.collect::<Vec<_>>().join(" "),
        join(&offer.way_back.lost),
        join(&offer.way_back.gained),
        words.collect::<Vec<_>>().join(" | "),
        since.unwrap_or_default(),
    ]
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
