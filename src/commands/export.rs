//! `passerelle export`

use std::{
    fs::File,
    io::{self, BufWriter, Write},
    path::PathBuf,
};

use passerelle::{
    app::{context, open_storage},
    clock::Clock,
    flows::{ExportForm, ExportReport, export},
};

use super::{import::print_not_coming_back, language::Words, logging};
use crate::{CommandResult, Ended, SettingsFile};

/// Arguments of `export`.
#[derive(clap::Args)]
pub struct Export {
    /// How it is written
    #[arg(long = "as", value_enum, default_value_t = Shape::Ndjson)]
    shape: Shape,
    /// `network`: as it is; `register`: as the national register takes it, each loss declared
    #[arg(long, value_enum, default_value_t = Form::Network)]
    form: Form,
    /// The file; without it, standard output
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    #[command(flatten)]
    settings: SettingsFile,
}

#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Shape {
    /// One resource a line
    Ndjson,
    /// One FHIR Bundle of type collection
    Bundle,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum Form {
    Network,
    Register,
}

impl Export {
    /// Writes every structure, place and offer, then says on standard error what was lost.
    pub async fn run(self) -> CommandResult {
        let settings = self.settings.load()?;
        logging::start(&settings.log)?;
        let storage = open_storage(&settings).await?;
        let context = context(&settings, storage, Clock::System).await?;
        let output: Box<dyn Write + Send> = match &self.output {
            Some(path) => Box::new(File::create(path)?),
            None => Box::new(io::stdout()),
        };
        let mut output = BufWriter::new(output);
        let form = match self.form {
            Form::Network => ExportForm::Network,
            Form::Register => ExportForm::Register,
        };
        let is_bundle = self.shape == Shape::Bundle;
        if is_bundle {
            output
                .write_all(b"{\"resourceType\":\"Bundle\",\"type\":\"collection\",\"entry\":[")?;
        }
        let mut is_first = true;
        let report = export(&context, form, &mut |resource| {
            if is_bundle {
                let head = if is_first { "" } else { "," };
                is_first = false;
                return write!(output, "{head}{{\"resource\":{resource}}}");
            }
            writeln!(output, "{resource}")
        })
        .await;
        context.storage.close().await;
        let report = report?;
        if is_bundle {
            output.write_all(b"]}\n")?;
        }
        output.flush()?;
        print_report(&report, Words::of_environment());
        Ok(Ended::Done)
    }
}

fn print_report(report: &ExportReport, words: Words) {
    for (kind, count) in &report.written {
        eprintln!("{count:>6} {kind}");
    }
    for (loss, count) in &report.losses {
        eprintln!(
            "{count:>6} {} : {} ({}) → {}",
            words.choose("offres", "offers"),
            loss.label,
            loss.pivot,
            loss.meaning().get(words.0)
        );
    }
    if report.not_coming_back.count > 0 {
        eprintln!(
            "{:>6} {}",
            report.not_coming_back.count,
            words.choose(
                "offres ne reviendraient pas telles quelles de leurs seuls codes nationaux",
                "offers would not come back as they are from their national codes alone"
            )
        );
        print_not_coming_back(&report.not_coming_back, words);
    }
}
