//! The code lists and maps that the settings name: those built in, or a folder of the network's,
//! under the national releases that were switched to.

use super::StartError;
use crate::{
    clock::Clock,
    config::Settings,
    finding::{Language, Severity},
    flows::{MappingSource, TablesError, TablesInUse, borrowed, tables_in_use},
    storage::{NationalRelease, Storage},
    terminology::{CurrentTerminology, Terminology, check},
};

/// Where the tables come from, by the settings.
#[must_use]
pub fn mapping_source(settings: &Settings) -> MappingSource {
    let folder = &settings.terminology.mappings_folder;
    if folder.as_os_str().is_empty() {
        MappingSource::BuiltIn
    } else {
        MappingSource::Folder(folder.clone())
    }
}

/// The lists and maps of the settings alone, without any release: for what is done without a
/// database. The folder of `terminology.mappings_folder` must have no error.
///
/// # Errors
/// [`StartError::Mappings`] with every fault, its file and its line.
pub fn terminology(settings: &Settings, clock: &Clock) -> Result<Terminology, StartError> {
    let source = mapping_source(settings);
    check_source(&source, clock)?;
    let terminology = match &source {
        MappingSource::BuiltIn => Terminology::embedded(),
        MappingSource::Folder(_) => {
            let tables = source.tables().map_err(|error| unreadable(&error.into()))?;
            Terminology::read(&borrowed(&tables)).map_err(|error| unreadable(&error.into()))?
        }
    };
    check_region(settings, &terminology)?;
    Ok(terminology)
}

/// The tables of the settings, under the releases in force of their database when that is there.
pub struct ListsInUse {
    /// The tables.
    pub tables: TablesInUse,
    /// The releases in force, the latest first; nothing when there is no database.
    pub releases: Option<Vec<NationalRelease>>,
}

/// The lists that answer with these settings, database included: for a command that needs nothing
/// else of it. A database that is not there is not made.
///
/// # Errors
/// [`StartError::Storage`], or [`StartError::Mappings`] when the folder has faults.
pub async fn lists_in_use(settings: &Settings, clock: &Clock) -> Result<ListsInUse, StartError> {
    let source = mapping_source(settings);
    check_source(&source, clock)?;
    let database = &settings.database;
    let failed = |source| StartError::Storage {
        url: database.url_without_password(),
        source,
    };
    let opened = Storage::open_existing(&database.url, 1).await;
    let Some(storage) = opened.map_err(failed)? else {
        let tables = source.tables().map_err(|error| unreadable(&error.into()))?;
        return Ok(ListsInUse {
            tables: TablesInUse::without_release(tables),
            releases: None,
        });
    };
    let tables = tables_in_use(&storage, &source).await;
    let releases = storage.list_national_releases().await;
    storage.close().await;
    let mut releases = releases.map_err(failed)?;
    releases.retain(|release| release.undone_at.is_none());
    Ok(ListsInUse {
        tables: tables.map_err(|error| unreadable(&error))?,
        releases: Some(releases),
    })
}

/// The lists and maps in use: those of the settings, under the releases in force.
pub(super) async fn current_terminology(
    settings: &Settings,
    storage: &Storage,
    clock: &Clock,
) -> Result<CurrentTerminology, StartError> {
    let source = mapping_source(settings);
    check_source(&source, clock)?;
    let in_use = tables_in_use(storage, &source).await;
    let in_use = in_use.map_err(|error| unreadable(&error))?;
    let terminology = in_use.read().map_err(|error| unreadable(&error.into()))?;
    check_region(settings, &terminology)?;
    Ok(CurrentTerminology::of_edition(terminology, in_use.edition))
}

fn unreadable(error: &TablesError) -> StartError {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        text.push_str(&format!(": {error}"));
        cause = error.source();
    }
    StartError::Mappings(vec![text])
}

fn check_region(settings: &Settings, terminology: &Terminology) -> Result<(), StartError> {
    let vocabulary = &settings.region.vocabulary;
    if terminology.regions().contains(&vocabulary.as_str()) {
        return Ok(());
    }
    Err(StartError::Mappings(vec![format!(
        "region.vocabulary: no folder `regions/{vocabulary}`; there are: {}",
        terminology.regions().join(", ")
    )]))
}

/// A folder of the network's is checked before anything starts; what is built in, by our tests.
fn check_source(source: &MappingSource, clock: &Clock) -> Result<(), StartError> {
    let MappingSource::Folder(folder) = source else {
        return Ok(());
    };
    let shown = folder.display();
    let tables = source
        .tables()
        .map_err(|error| StartError::Mappings(vec![format!("{shown}: {error}")]))?;
    let faults: Vec<String> = check(&borrowed(&tables), clock.now().date())
        .iter()
        .filter(|found| found.finding.severity == Severity::Error)
        .map(|found| {
            let line = found.finding.line.unwrap_or_default();
            let message = found.finding.message.get(Language::English);
            let cure = found.finding.cure.get(Language::English);
            format!("{shown}/{}:{line}: {message} {cure}", found.file)
        })
        .collect();
    if faults.is_empty() {
        Ok(())
    } else {
        Err(StartError::Mappings(faults))
    }
}
