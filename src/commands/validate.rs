//! `passerelle validate`

use std::path::PathBuf;

use passerelle::{
    clock::Clock,
    finding::{Finding, accepts},
    flows::{FileKind, ValidationRules, validate},
    terminology::Terminology,
};
use serde::Serialize;

use super::{findings::print_findings, language::Words, official_kit::OfficialKit};
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
    /// Folder of an unpacked official test kit, run beside Passerelle's own rules on CDA documents
    #[arg(long, value_name = "DIR")]
    kit: Option<PathBuf>,
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
    /// What the official kit says; none when it was not run.
    #[serde(skip_serializing_if = "Option::is_none")]
    kit: Option<KitResult>,
}

/// The verdict of the official kit.
#[derive(Serialize)]
struct KitResult {
    valid: bool,
    findings: Vec<Finding>,
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
        let folder = self.kit.as_ref().unwrap_or(&settings.checker.kit_dir);
        let kit =
            (!folder.as_os_str().is_empty()).then(|| OfficialKit::new(folder, &settings.checker));
        let mut all_valid = true;
        for file in &self.files {
            let name = file.display().to_string();
            let bytes = std::fs::read(file).map_err(|error| format!("{name}: {error}"))?;
            let validated = validate(&bytes, rules).map_err(|error| format!("{name}: {error}"))?;
            let is_valid = accepts(&validated.findings);
            all_valid &= is_valid;
            let kit = match &kit {
                Some(kit) if validated.kind == FileKind::Cda => {
                    let findings = kit
                        .judge(file)
                        .map_err(|error| format!("{name}: {error}"))?;
                    let valid = accepts(&findings);
                    all_valid &= valid;
                    Some(KitResult { valid, findings })
                }
                _ => None,
            };
            if self.format == Format::Json {
                let result = FileResult {
                    file: &name,
                    kind: validated.kind,
                    valid: is_valid,
                    findings: &validated.findings,
                    kit,
                };
                println!("{}", serde_json::to_string(&result)?);
            } else {
                print_findings(file, &validated.findings, words.0);
                let verdict = |is_valid| {
                    if is_valid {
                        words.choose("valide", "valid")
                    } else {
                        words.choose("refusé", "refused")
                    }
                };
                println!("{name}: {} : {}", validated.kind, verdict(is_valid));
                if let Some(kit) = kit {
                    print_findings(file, &kit.findings, words.0);
                    let title = words.choose("kit officiel", "official kit");
                    println!("{name}: {title} : {}", verdict(kit.valid));
                }
            }
        }
        Ok(if all_valid {
            Ended::Done
        } else {
            Ended::Refused
        })
    }
}
