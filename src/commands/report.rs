//! `passerelle report …`

use std::{
    io::Write,
    path::{Path, PathBuf},
};

use passerelle::{
    cda,
    config::Environment,
    finding::accepts,
    flows::{Form, Packing, render},
    rcp,
    terminology::Terminology,
};

use super::{findings::print_findings, language::Words};
use crate::{CommandResult, Ended};

/// Arguments of `report`.
#[derive(clap::Subcommand)]
pub enum Report {
    /// Make a document of a fiche RCP
    Render(Render),
}

/// Arguments of `report render`.
#[derive(clap::Args)]
pub struct Render {
    /// Fiche RCP in JSON, or a finished CDA document
    #[arg(value_name = "FICHE.json")]
    file: PathBuf,
    /// What to make
    #[arg(long = "as", value_name = "FORM")]
    form: AskedForm,
    /// Where to write it; standard output when absent
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

/// What can be made of a fiche.
#[derive(Clone, Copy, clap::ValueEnum)]
enum AskedForm {
    /// CDA R2 level 3, newest volet that this release writes (2022.01)
    Cda,
    /// CDA R2 level 3, volet CANCER-FRCP 2022.01
    #[value(name = "cda-2022")]
    Cda2022,
    /// PDF/A
    Pdf,
    /// Page
    Html,
    /// Archive `IHE_XDM.zip`
    Xdm,
}

impl From<AskedForm> for Form {
    fn from(asked: AskedForm) -> Self {
        match asked {
            AskedForm::Cda | AskedForm::Cda2022 => Self::Cda,
            AskedForm::Pdf => Self::Pdf,
            AskedForm::Html => Self::Html,
            AskedForm::Xdm => Self::Xdm,
        }
    }
}

impl Report {
    /// Does what was asked for.
    pub fn run(self) -> CommandResult {
        match self {
            Self::Render(command) => command.run(),
        }
    }
}

impl Render {
    fn run(self) -> CommandResult {
        let bytes = std::fs::read(&self.file)
            .map_err(|error| format!("{}: {error}", self.file.display()))?;
        let Some(cda) = document_of(&self.file, bytes)? else {
            return Ok(Ended::Refused);
        };
        // The archive is dated by the document, so that the same fiche gives the same bytes.
        let document = cda::read(&cda)?;
        let dated = document
            .header
            .effective_time
            .as_ref()
            .and_then(cda::Timestamp::instant);
        let submitted_at = dated.ok_or("the document has no date")?;
        let packing = Packing {
            label: "Passerelle".to_owned(),
            phone: String::new(),
            submitted_at,
            is_withdrawal: false,
        };
        let rendered = render(cda, self.form.into(), &packing)?;
        match &self.output {
            Some(path) => std::fs::write(path, rendered)
                .map_err(|error| format!("{}: {error}", path.display()))?,
            None => std::io::stdout().write_all(&rendered)?,
        }
        Ok(Ended::Done)
    }
}

/// The CDA document of a fiche, or the document itself; `None` when it was refused, and said why.
fn document_of(file: &Path, bytes: Vec<u8>) -> Result<Option<Vec<u8>>, Box<dyn std::error::Error>> {
    if bytes.trim_ascii_start().first() == Some(&b'<') {
        return Ok(Some(bytes));
    }
    let terminology = Terminology::embedded();
    let language = Words::of_environment().0;
    let report = match rcp::fiche::read(&bytes) {
        Ok(report) => report,
        Err(findings) => {
            print_findings(file, &findings, language);
            return Ok(None);
        }
    };
    // Without a service there is no environment to hold the identity against: its own is taken.
    let ins = report.patient.ins.as_ref();
    let environment = match ins.map(|ins| ins.environment) {
        Some(rcp::InsEnvironment::Production) => Environment::Production,
        Some(rcp::InsEnvironment::Test | rcp::InsEnvironment::Demonstration) | None => {
            Environment::Test
        }
    };
    let findings = rcp::rules::check(&report, &terminology, environment);
    print_findings(file, &findings, language);
    if !accepts(&findings) {
        return Ok(None);
    }
    Ok(Some(cda::write(&report, &terminology)?))
}
