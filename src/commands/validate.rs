//! `passerelle validate`

use std::path::PathBuf;

use passerelle::{
    clock::Clock,
    finding::{Finding, accepts},
    flows::{FileKind, ValidationRules, validate},
    terminology::Terminology,
};
use serde::Serialize;

use super::{findings::print_findings, language::Words};
use crate::{CommandResult, Ended, SettingsFile};

/// Arguments of `validate`.
#[derive(clap::Args)]
pub struct Validate {
    /// Files; what each one is, is found out from its content
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// How the findings are written
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
    #[command(flatten)]
    settings: SettingsFile,
}

/// How findings are written.
#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// For people, on standard error
    Text,
    /// For programs, one object a file, on standard output
    Json,
}

/// The result of one file, for programs.
#[derive(Serialize)]
struct FileResult<'a> {
    file: &'a str,
    kind: FileKind,
    valid: bool,
    findings: &'a [Finding],
}

impl Validate {
    /// Checks every file: done when all are valid, refused when one is not, an error when one cannot
    /// be read or recognised.
    pub fn run(self) -> CommandResult {
        let settings = self.settings.load()?;
        let terminology = Terminology::embedded();
        let rules = ValidationRules {
            terminology: &terminology,
            region: &settings.region,
            archives: &settings.archives,
            today: Clock::System.now().date(),
        };
        let words = Words::of_environment();
        let mut all_valid = true;
        for file in &self.files {
            let name = file.display().to_string();
            let bytes = std::fs::read(file).map_err(|error| format!("{name}: {error}"))?;
            let validated = validate(&bytes, rules).map_err(|error| format!("{name}: {error}"))?;
            let is_valid = accepts(&validated.findings);
            all_valid &= is_valid;
            if self.format == Format::Json {
                let result = FileResult {
                    file: &name,
                    kind: validated.kind,
                    valid: is_valid,
                    findings: &validated.findings,
                };
                println!("{}", serde_json::to_string(&result)?);
            } else {
                print_findings(file, &validated.findings, words.0);
                let verdict = if is_valid {
                    words.choose("valide", "valid")
                } else {
                    words.choose("refusé", "refused")
                };
                println!("{name}: {} : {verdict}", validated.kind);
            }
        }
        Ok(if all_valid {
            Ended::Done
        } else {
            Ended::Refused
        })
    }
}
