//! `passerelle report …`

use std::{
    io::Write,
    path::{Path, PathBuf},
};

use passerelle::{
    cda,
    config::{self, Environment, Reports, Volet},
    finding::accepts,
    flows::{Form, Packing, ReportFormat, render, write_document},
    mssante::visibility::Marks,
    rcp,
    terminology::Terminology,
};

use super::{findings::print_findings, language::Words};
use crate::{CommandResult, Ended};

/// Arguments of `report`.
#[derive(clap::Subcommand)]
pub enum Report {
    /// Make a document of a fiche RCP, or a fiche of a document
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
    /// CDA R2 level 3, newest version of the volet CANCER-FRCP (2025.01); a document stays as it is
    Cda,
    /// CDA R2 level 3, volet CANCER-FRCP 2022.01; a document stays as it is
    #[value(name = "cda-2022")]
    Cda2022,
    /// PDF/A
    Pdf,
    /// Page
    Html,
    /// Archive `IHE_XDM.zip`, of the version of the volet that the settings want
    Xdm,
    /// Fiche RCP in JSON, read back from the document
    Json,
    /// FHIR `DocumentReference` and `Binary`, in a bundle
    Fhir,
}

impl AskedForm {
    /// The version of the volet that a fiche is written as; none for that of the settings. People
    /// are shown the newest one, which says the most.
    fn volet(self) -> Option<Volet> {
        match self {
            Self::Cda | Self::Pdf | Self::Html | Self::Json => Some(Volet::Frcp2025),
            Self::Cda2022 => Some(Volet::Frcp2022),
            Self::Xdm | Self::Fhir => None,
        }
    }

    /// The form of a document; none for the fiche itself.
    fn of_document(self) -> Option<Form> {
        match self {
            Self::Cda | Self::Cda2022 => Some(Form::Cda),
            Self::Pdf => Some(Form::Pdf),
            Self::Html => Some(Form::Html),
            Self::Xdm => Some(Form::Xdm),
            Self::Fhir => Some(Form::Fhir),
            Self::Json => None,
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
        let mut settings = config::load(None)?.reports;
        if let Some(volet) = self.form.volet() {
            settings.volet = volet;
        }
        let Some(cda) = document_of(&self.file, bytes, &settings)? else {
            return Ok(Ended::Refused);
        };
        let rendered = match self.form.of_document() {
            Some(form) => rendered(cda, form)?,
            None => fiche_of(&self.file, &cda)?,
        };
        match &self.output {
            Some(path) => std::fs::write(path, rendered)
                .map_err(|error| format!("{}: {error}", path.display()))?,
            None => std::io::stdout().write_all(&rendered)?,
        }
        Ok(Ended::Done)
    }
}

fn rendered(cda: Vec<u8>, form: Form) -> Result<Vec<u8>, Box<dyn std::error::Error>> {
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
        submission_id: None,
        is_withdrawal: false,
        marks: Marks::default(),
        registration: None,
    };
    Ok(render(cda, form, &packing, &Terminology::embedded())?)
}

/// The fiche that a document says, in JSON; what was not understood is told.
fn fiche_of(file: &Path, cda: &[u8]) -> Result<Vec<u8>, Box<dyn std::error::Error>> {
    let reading = cda::read_report(cda, &Terminology::embedded())?;
    print_findings(file, &reading.findings, Words::of_environment().0);
    let mut fiche = serde_json::to_vec_pretty(&reading.fiche())?;
    fiche.push(b'\n');
    Ok(fiche)
}

/// The CDA document of a fiche, or the document itself; `None` when it was refused, and said why.
fn document_of(
    file: &Path,
    bytes: Vec<u8>,
    settings: &Reports,
) -> Result<Option<Vec<u8>>, Box<dyn std::error::Error>> {
    if ReportFormat::of(&bytes) == Some(ReportFormat::Document) {
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
    let mut findings = rcp::rules::check(&report, &terminology, environment);
    findings.extend(cda::losses(&report, settings.volet));
    print_findings(file, &findings, language);
    if !accepts(&findings) {
        return Ok(None);
    }
    let written = write_document(&report, &terminology, settings)?;
    Ok(Some(written.cda))
}
