//! `passerelle import`

use std::path::PathBuf;

use indicatif::{ProgressBar, ProgressStyle};
use passerelle::{
    app::{context, open_storage},
    clock::Clock,
    flows::{
        Context, ImportError, ImportOptions, ImportRemark, ImportReport, NotComingBack, Told,
        import,
    },
};

use super::{
    findings::print_findings,
    language::{Words, say},
    logging,
};
use crate::{CommandResult, Ended, SettingsFile};

/// Arguments of `import`.
#[derive(clap::Args)]
pub struct Import {
    /// Files, or folders of files: offers as CSV, FHIR resources as NDJSON or Bundles
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// Folder for the refused lines; beside each file when absent
    #[arg(long, value_name = "DIR")]
    refused: Option<PathBuf>,
    #[command(flatten)]
    settings: SettingsFile,
}

impl Import {
    /// Imports every file; what is refused is written to files that can be corrected and sent again.
    pub async fn run(self) -> CommandResult {
        let settings = self.settings.load()?;
        logging::start(&settings.log)?;
        let words = Words::of_environment();
        let storage = open_storage(&settings).await?;
        let context = context(&settings, storage, Clock::System).await?;
        let options = ImportOptions {
            refusals_folder: self.refused,
            ..ImportOptions::default()
        };
        let report = import_with_progress(&context, &self.paths, &options, words).await?;
        context.storage.close().await;
        print_report(&report, words);
        if report.is_empty() && !report.unreadable.is_empty() {
            return Err(words
                .choose("rien n'a pu être lu", "nothing could be read")
                .into());
        }
        Ok(if report.is_complete() {
            Ended::Done
        } else {
            Ended::Refused
        })
    }
}

/// Imports, with a bar that shows how far it is.
pub async fn import_with_progress(
    context: &Context,
    paths: &[PathBuf],
    options: &ImportOptions,
    words: Words,
) -> Result<ImportReport, ImportError> {
    let style = ProgressStyle::with_template("  {msg:<24} {bar:40} {bytes}/{total_bytes}")
        .expect("a constant of this file");
    let bar = ProgressBar::new(0)
        .with_style(style)
        .with_message(words.choose("importation", "import").to_owned());
    let report = import(context, paths, options, &mut |progress| {
        bar.set_length(progress.total_bytes);
        bar.set_position(progress.bytes);
    })
    .await;
    bar.finish_and_clear();
    report
}

fn print_report(report: &ImportReport, words: Words) {
    print_remarks(&report.unreadable, words);
    print_remarks(&report.refused, words);
    print_remarks(&report.warned, words);
    for (name, count) in [
        (words.choose("structures", "structures"), report.structures),
        (words.choose("lieux", "places"), report.places),
        (words.choose("offres", "offers"), report.offers),
    ] {
        say!(
            words,
            "{:>6} {name} : {} nouveaux, {} modifiés, {} inchangés",
            "{:>6} {name}: {} new, {} changed, {} unchanged",
            count.total(),
            count.created,
            count.updated,
            count.unchanged
        );
    }
    say!(
        words,
        "{:>6} médecins dans l'annuaire local",
        "{:>6} physicians in the local directory",
        report.practitioners
    );
    for (loss, count) in &report.losses {
        say!(
            words,
            "{count:>6} offres : « {} » ({}) devient, dans les nomenclatures nationales, {}",
            "{count:>6} offers: \"{}\" ({}) becomes, in the national lists, {}",
            loss.label,
            loss.pivot,
            loss.meaning().get(words.0)
        );
    }
    if report.not_coming_back.count > 0 {
        say!(
            words,
            "{:>6} offres : leurs seuls codes nationaux ne rendraient pas la catégorie de la région",
            "{:>6} offers: their national codes alone would not give the region's category back",
            report.not_coming_back.count
        );
        print_not_coming_back(&report.not_coming_back, words);
    }
    if report.returned > 0 {
        say!(
            words,
            "{:>6} offres revenues du répertoire : leurs codes de la région sont gardés",
            "{:>6} offers came back from the register: their codes of the region are kept",
            report.returned
        );
    }
    if report.diverging.count > 0 {
        say!(
            words,
            "{:>6} d'entre elles diffèrent de ce qui serait envoyé :",
            "{:>6} of them differ from what would be sent:",
            report.diverging.count
        );
        for offer in &report.diverging.first {
            for one in &offer.divergences {
                say!(
                    words,
                    "       {} {} : ici {} ; répertoire {}",
                    "       {} {}: here {}; register {}",
                    offer.offer,
                    one.field,
                    one.ours,
                    one.theirs
                );
            }
        }
    }
    if report.refused_count > 0 {
        say!(
            words,
            "{:>6} lignes refusées",
            "{:>6} records refused",
            report.refused_count
        );
        for file in &report.refused_files {
            say!(
                words,
                "       à corriger et à renvoyer : {}",
                "       to be corrected and sent again: {}",
                file.display()
            );
        }
    }
}

/// Offers whose way back is told one by one.
const SHOWN: usize = 20;

/// Names the offers that would not come back, and what would be lost or gained.
pub fn print_not_coming_back(told: &Told<NotComingBack>, words: Words) {
    for one in told.first.iter().take(SHOWN) {
        let lists = [
            (words.choose("perdu", "lost"), &one.way_back.lost),
            (words.choose("gagné", "gained"), &one.way_back.gained),
        ];
        let texts: Vec<String> = lists
            .into_iter()
            .filter(|(_, codes)| !codes.is_empty())
            .map(|(name, codes)| {
                let codes: Vec<&str> = codes.iter().map(String::as_str).collect();
                format!("{name} {}", codes.join(", "))
            })
            .collect();
        eprintln!("       {} : {}", one.offer, texts.join(" ; "));
    }
    if told.count > SHOWN as u64 {
        eprintln!(
            "       … {}",
            words.choose(
                "toutes par `passerelle mapping coverage --offers --only not-back`",
                "all of them by `passerelle mapping coverage --offers --only not-back`"
            )
        );
    }
}

fn print_remarks(remarks: &[ImportRemark], words: Words) {
    for remark in remarks {
        print_findings(&remark.file, &remark.findings, words.0);
    }
}
