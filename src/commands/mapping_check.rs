//! `passerelle mapping check`

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use passerelle::{
    clock::Clock,
    finding::{Finding, Severity},
    flows::{borrowed, read_folder},
    terminology::{FileFinding, Terminology, check},
};
use time::{Date, format_description::well_known::Iso8601};

use super::{
    findings::print_findings,
    language::{Words, say},
};
use crate::{CommandResult, Ended};

/// Folder that is checked when none is named and it is there.
const USUAL_FOLDER: &str = "mappings";

/// Arguments of `mapping check`.
#[derive(clap::Args)]
pub struct Check {
    /// Folder of code lists and maps; without it `mappings` in this folder if there is one, else
    /// what the program was built with
    folder: Option<PathBuf>,
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

fn day(text: &str) -> Result<Date, String> {
    Date::parse(text, &Iso8601::DATE).map_err(|_| "write the day as 2026-11-24".to_owned())
}

impl Check {
    /// Prints every finding with its file and line.
    pub fn run(self) -> CommandResult {
        let usual = PathBuf::from(USUAL_FOLDER);
        let folder = self.folder.or_else(|| usual.is_dir().then_some(usual));
        let day = self.on.unwrap_or_else(|| Clock::System.now().date());
        let found = match &folder {
            Some(folder) => {
                let files = read_folder(folder)
                    .map_err(|error| format!("{}: {error}", folder.display()))?;
                check(&borrowed(&files), day)
            }
            None => check(Terminology::embedded_files(), day),
        };
        let has_error = |found: &FileFinding| found.finding.severity == Severity::Error;
        let errors = found.iter().filter(|found| has_error(found)).count();
        match self.format {
            Format::Text => print_text(folder.as_deref(), &found, errors),
            Format::Json => println!("{}", serde_json::to_string_pretty(&found)?),
        }
        Ok(if errors == 0 {
            Ended::Done
        } else {
            Ended::Refused
        })
    }
}

fn print_text(folder: Option<&Path>, found: &[FileFinding], errors: usize) {
    let words = Words::of_environment();
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
