//! `passerelle mapping impact`, `switch` and `undo`

use std::path::{Path, PathBuf};

use passerelle::{
    app::{context, open_storage},
    clock::Clock,
    config::Settings,
    flows::{
        Context, PreparedRelease, ReleaseError, prepare_release, read_release_files,
        realign_offers, switch_release, undo_release,
    },
    terminology::FileFinding,
};

use super::{
    findings::print_findings,
    language::{Words, say},
    logging,
    mapping_impact_text::print_impact,
};
use crate::{CommandResult, Ended, SettingsFile};

/// A release, and the database whose offers and documents it may touch.
#[derive(clap::Args)]
struct ReleaseArguments {
    /// The release: a file, or a folder of files (FHIR CodeSystem, ValueSet or Bundle in JSON, SVS
    /// in XML of the CI-SIS kit)
    #[arg(long = "release", value_name = "FILE|FOLDER")]
    path: PathBuf,
    #[command(flatten)]
    settings: SettingsFile,
}

/// Arguments of `mapping impact`.
#[derive(clap::Args)]
pub struct Impact {
    #[command(flatten)]
    release: ReleaseArguments,
    /// How it is written
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

/// Arguments of `mapping switch`.
#[derive(clap::Args)]
pub struct Switch {
    #[command(flatten)]
    release: ReleaseArguments,
}

/// Arguments of `mapping undo`.
#[derive(clap::Args)]
pub struct Undo {
    #[command(flatten)]
    settings: SettingsFile,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum Format {
    Text,
    Json,
}

impl Impact {
    /// Prints what the release would change; nothing is switched.
    pub async fn run(self) -> CommandResult {
        let words = Words::of_environment();
        let (context, settings) = open(&self.release.settings).await?;
        let prepared = prepare(&context, &settings, &self.release.path).await;
        context.storage.close().await;
        let Some(prepared) = told(prepared, words)? else {
            return Ok(Ended::Refused);
        };
        match self.format {
            Format::Text => print_impact(&prepared.impact, words),
            Format::Json => println!("{}", serde_json::to_string_pretty(&prepared.impact)?),
        }
        Ok(if prepared.impact.faults.is_empty() {
            Ended::Done
        } else {
            Ended::Refused
        })
    }
}

impl Switch {
    /// Switches, unless the release is faulty; then the lists in use stay.
    pub async fn run(self) -> CommandResult {
        let words = Words::of_environment();
        let (context, settings) = open(&self.release.settings).await?;
        let prepared = prepare(&context, &settings, &self.release.path).await;
        let Some(prepared) = told(prepared, words)? else {
            return Ok(Ended::Refused);
        };
        print_impact(&prepared.impact, words);
        let name = self.release.path.file_name().unwrap_or_default();
        let switched = switch_release(&context, prepared, &name.to_string_lossy()).await;
        let Some(release) = told(switched, words)? else {
            context.storage.close().await;
            return Ok(Ended::Refused);
        };
        say!(
            words,
            "Bascule faite ({}) ; `passerelle mapping undo` revient en arrière.",
            "Switched ({}); `passerelle mapping undo` goes back.",
            release.id
        );
        realign(&context, words).await
    }
}

impl Undo {
    /// Goes back by one switch.
    pub async fn run(self) -> CommandResult {
        let words = Words::of_environment();
        let (context, _) = open(&self.settings).await?;
        let undone = undo_release(&context).await?;
        match undone {
            Some(release) => say!(
                words,
                "Annulé : « {} », en service depuis le {}.",
                "Undone: \"{}\", in use since {}.",
                release.label,
                release.switched_at
            ),
            None => {
                say!(
                    words,
                    "Rien à annuler : aucune version n'est venue remplacer les listes.",
                    "Nothing to undo: no release has replaced the lists."
                );
                context.storage.close().await;
                return Ok(Ended::Refused);
            }
        }
        realign(&context, words).await
    }
}

/// Brings the offers to the lists in force and says how many changed; what is left when that fails,
/// the running service does.
async fn realign(context: &Context, words: Words) -> CommandResult {
    let realigned = realign_offers(context).await;
    context.storage.close().await;
    match realigned {
        Ok(done) => {
            say!(
                words,
                "Offres remises en accord avec les listes : {} sur {}, dont {} dans leur état d'avant.",
                "Offers brought to the lists: {} of {}, of which {} back to their state of before.",
                done.changed,
                done.looked_at,
                done.restored
            );
            Ok(Ended::Done)
        }
        Err(error) => {
            eprintln!(
                "{} {error}",
                words.choose(
                    "Les offres ne sont pas toutes en accord avec les listes ; le service reprendra :",
                    "Not all offers were brought to the lists; the service will go on:"
                )
            );
            Ok(Ended::Refused)
        }
    }
}

async fn open(settings: &SettingsFile) -> Result<(Context, Settings), Box<dyn std::error::Error>> {
    let settings = settings.load()?;
    logging::start(&settings.log)?;
    let storage = open_storage(&settings).await?;
    Ok((context(&settings, storage, Clock::System).await?, settings))
}

async fn prepare(
    context: &Context,
    settings: &Settings,
    path: &Path,
) -> Result<PreparedRelease, ReleaseError> {
    let files = read_release_files(path, settings.terminology.max_release_bytes)?;
    prepare_release(context, files).await
}

/// The result; nothing when the release was refused, and its faults were printed.
fn told<T>(
    result: Result<T, ReleaseError>,
    words: Words,
) -> Result<Option<T>, Box<dyn std::error::Error>> {
    match result {
        Ok(done) => Ok(Some(done)),
        Err(ReleaseError::Refused(faults)) => {
            for FileFinding { file, finding } in faults {
                print_findings(Path::new(&file), &[finding], words.0);
            }
            say!(
                words,
                "Version refusée : les listes en service restent.",
                "Release refused: the lists in use stay."
            );
            Ok(None)
        }
        Err(error) => Err(error.into()),
    }
}
