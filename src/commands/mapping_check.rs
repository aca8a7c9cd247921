//! `passerelle mapping check`

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use passerelle::{
    app::{ListsInUse, lists_in_use},
    clock::Clock,
    config::Settings,
    finding::{Finding, Severity},
    flows::{borrowed, read_folder},
    storage::NationalRelease,
    terminology::{FileFinding, check},
};
use time::{Date, format_description::well_known::Iso8601};

use super::{
    findings::print_findings,
    language::{Words, say},
};
use crate::{CommandResult, Ended, SettingsFile};

/// Folder that is checked when none is named and it is there.
const USUAL_FOLDER: &str = "mappings";

/// Arguments of `mapping check`.
#[derive(clap::Args)]
pub struct Check {
    /// Folder of code lists and maps; without it `mappings` in this folder if there is one, else
    /// the lists in use: those of the settings, with the releases of their database
    folder: Option<PathBuf>,
    #[command(flatten)]
    settings: SettingsFile,
    /// Day on which the codes must be in force, as 2026-11-24; today without it
    #[arg(long, value_name = "DAY", value_parser = day)]
    on: Option<Date>,
    /// How the findings are written
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum Format {
    Text,
    Json,
}

/// Reads a day of the command line.
pub fn day(text: &str) -> Result<Date, String> {
    Date::parse(text, &Iso8601::DATE).map_err(|_| "write the day as 2026-11-24".to_owned())
}

impl Check {
    /// Prints every finding with its file and line.
    pub async fn run(self) -> CommandResult {
        let words = Words::of_environment();
        let usual = PathBuf::from(USUAL_FOLDER);
        let folder = self.folder.or_else(|| usual.is_dir().then_some(usual));
        let day = self.on.unwrap_or_else(|| Clock::System.now().date());
        let found = match &folder {
            Some(folder) => {
                let files = read_folder(folder)
                    .map_err(|error| format!("{}: {error}", folder.display()))?;
                check(&borrowed(&files), day)
            }
            None => {
                let settings = self.settings.load()?;
                let lists = lists_in_use(&settings, &Clock::System).await?;
                tell_lists(&settings, &lists, words);
                check(&borrowed(&lists.tables.tables), day)
            }
        };
        let has_error = |found: &FileFinding| found.finding.severity == Severity::Error;
        let errors = found.iter().filter(|found| has_error(found)).count();
        match self.format {
            Format::Text => print_text(folder.as_deref(), &found, errors, words),
            Format::Json => println!("{}", serde_json::to_string_pretty(&found)?),
        }
        Ok(if errors == 0 {
            Ended::Done
        } else {
            Ended::Refused
        })
    }
}

/// Says on standard error which lists answer.
pub fn tell_lists(settings: &Settings, lists: &ListsInUse, words: Words) {
    let folder = &settings.terminology.mappings_folder;
    let source = if folder.as_os_str().is_empty() {
        words
            .choose("celles du programme", "those of the program")
            .to_owned()
    } else {
        folder.display().to_string()
    };
    let releases = match &lists.releases {
        None => words.choose("sans base", "no database").to_owned(),
        Some(releases) if releases.is_empty() => words
            .choose(
                "aucune version n'a été basculée",
                "no release was switched to",
            )
            .to_owned(),
        Some(releases) => {
            let shown = |release: &NationalRelease| {
                format!("« {} » ({})", release.label, release.switched_at)
            };
            let shown: Vec<String> = releases.iter().map(shown).collect();
            let over = words.choose("sous", "under");
            format!("{over} {}", shown.join(", "))
        }
    };
    eprintln!(
        "{} {source} ; {releases}",
        words.choose("Listes :", "Lists:")
    );
}

fn print_text(folder: Option<&Path>, found: &[FileFinding], errors: usize, words: Words) {
    let mut by_file: BTreeMap<&str, Vec<Finding>> = BTreeMap::new();
    for FileFinding { file, finding } in found {
        by_file.entry(file).or_default().push(finding.clone());
    }
    let root = folder.unwrap_or(Path::new(USUAL_FOLDER));
    for (file, findings) in by_file {
        print_findings(&root.join(file), &findings, words.0);
    }
    let warnings = found.len() - errors;
    say!(
        words,
        "{} erreur(s), {} avertissement(s)",
        "{} error(s), {} warning(s)",
        errors,
        warnings
    );
}
