//! A new release of national lists: what it would change, the switch to it, and the way back.

use std::{
    fs,
    io::{self, Read},
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};

use super::{
    Context, TablesError, TablesInUse, follow_releases,
    mapping_tables::{borrowed, tables_in_use},
    release_effects::{Effects, effects},
};
use crate::{
    finding::{Bilingual, Finding, Severity},
    storage::{Arrival, JournalOutcome, NationalRelease, StorageError},
    terminology::{
        Change, FileFinding, ListChange, Release, Terminology, TouchedRow, check, lay_over,
        list_changes, touched_rows,
    },
};

/// Where the journal says that the files of a release came from.
const SOURCE: &str = "national-release";
/// What a retired code is to its rows: the reason of the release, not a fault of it.
const EXPECTED: &str = "MAP-DATE";

/// A file of a release: its name, its bytes.
pub type ReleaseFile = (String, Vec<u8>);

/// What a release would change.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ReleaseImpact {
    /// The lists that it changes.
    pub lists: Vec<ListChange>,
    /// The rows of the maps that name a changed code.
    pub rows: Vec<TouchedRow>,
    /// What is kept that holds a changed code.
    #[serde(flatten)]
    pub effects: Effects,
    /// Why it cannot be switched to, when it cannot: what the maps would no longer say rightly.
    #[serde(skip_deserializing)]
    pub faults: Vec<FileFinding>,
    /// Lists of the release that are older than those in use, which stay.
    pub older: Vec<String>,
    /// Lists of the release that nothing here uses.
    pub unused: Vec<String>,
}

/// A release that was read and weighed, not switched to.
pub struct PreparedRelease {
    /// What it would change.
    pub impact: ReleaseImpact,
    files: Vec<ReleaseFile>,
    release: Release,
    edition: String,
}

/// Why a release is not switched to.
#[derive(Debug, thiserror::Error)]
pub enum ReleaseError {
    /// Its files cannot be read.
    #[error("{path} cannot be read")]
    Unreadable {
        /// The file or folder.
        path: PathBuf,
        /// What the system says.
        #[source]
        cause: io::Error,
    },
    /// It is larger than a release may be.
    #[error("the release is larger than {limit} bytes (terminology.max_release_bytes)")]
    TooLarge {
        /// Bytes allowed.
        limit: u64,
    },
    /// It is faulty.
    #[error("the release has faults; the lists in use stay")]
    Refused(Vec<FileFinding>),
    /// Another release was switched to, or undone, since this one was weighed.
    #[error("the lists in use changed in the meantime; weigh the release again")]
    Overtaken,
    /// The tables in use cannot be read.
    #[error(transparent)]
    Tables(#[from] TablesError),
    /// The database failed.
    #[error("the database failed; the lists in use stay")]
    Storage(#[from] StorageError),
}

/// Reads the file, or every file of the folder, that holds a release; `limit` bytes in all.
///
/// # Errors
/// [`ReleaseError::Unreadable`] or [`ReleaseError::TooLarge`].
pub fn read_release_files(path: &Path, limit: u64) -> Result<Vec<ReleaseFile>, ReleaseError> {
    let failed = |path: &Path, cause| ReleaseError::Unreadable {
        path: path.to_owned(),
        cause,
    };
    let mut paths = vec![path.to_owned()];
    let mut files = Vec::new();
    let mut left = limit;
    while let Some(path) = paths.pop() {
        if path.is_dir() {
            for entry in fs::read_dir(&path).map_err(|cause| failed(&path, cause))? {
                let inside = entry.map_err(|cause| failed(&path, cause))?.path();
                let is_list = |end: &std::ffi::OsStr| end == "json" || end == "xml";
                if inside.is_dir() || inside.extension().is_some_and(is_list) {
                    paths.push(inside);
                }
            }
            continue;
        }
        let file = fs::File::open(&path).map_err(|cause| failed(&path, cause))?;
        let mut bytes = Vec::new();
        let read = file.take(left + 1).read_to_end(&mut bytes);
        read.map_err(|cause| failed(&path, cause))?;
        left = left
            .checked_sub(bytes.len() as u64)
            .ok_or(ReleaseError::TooLarge { limit })?;
        files.push((path.display().to_string(), bytes));
    }
    files.sort();
    Ok(files)
}

/// Reads a release and says what it would change; nothing is switched.
///
/// # Errors
/// [`ReleaseError::Refused`] with every fault of its files, or another [`ReleaseError`].
pub async fn prepare_release(
    ctx: &Context,
    files: Vec<ReleaseFile>,
) -> Result<PreparedRelease, ReleaseError> {
    let TablesInUse {
        tables: before_tables,
        edition,
        ..
    } = tables_in_use(&ctx.storage, &ctx.mappings).await?;
    let before_files = borrowed(&before_tables);
    let before = Terminology::read(&before_files).map_err(TablesError::Load)?;
    let release = Release::read(&files, &before, &before_files).map_err(ReleaseError::Refused)?;
    let mut after_tables = before_tables.clone();
    for (path, table) in &release.tables {
        lay_over(&mut after_tables, path, table.clone());
    }
    let after_files = borrowed(&after_tables);
    let after = Terminology::read(&after_files).map_err(TablesError::Load)?;
    let names = release.tables.iter().map(|(path, _)| list_name(path));
    let lists = list_changes(&before, &after, names);
    let rows = touched_rows(&after, &after_files, &lists);
    let mut faults = new_errors(ctx, &before_files, &after_files);
    faults.extend(
        rows.iter()
            .filter(|row| row.change == Change::Removed)
            .map(gone),
    );
    let impact = ReleaseImpact {
        rows,
        effects: effects(ctx, &after, &lists).await?,
        faults,
        older: release.older.clone(),
        unused: release.unused.clone(),
        lists,
    };
    Ok(PreparedRelease {
        impact,
        files,
        release,
        edition,
    })
}

fn list_name(path: &str) -> &str {
    path.trim_start_matches("national/")
        .trim_end_matches(".csv")
}

/// What `mapping check` refuses after the release and did not before; a code that ends is no fault.
fn new_errors(ctx: &Context, before: &[(&str, &str)], after: &[(&str, &str)]) -> Vec<FileFinding> {
    let today = ctx.clock.now().date();
    let known = check(before, today);
    check(after, today)
        .into_iter()
        .filter(|found| found.finding.severity == Severity::Error)
        .filter(|found| found.finding.rule != EXPECTED && !known.contains(found))
        .collect()
}

/// A row that leads to a code which the release no longer has.
fn gone(row: &TouchedRow) -> FileFinding {
    let named = format!("{} {}", row.list, row.code);
    let finding = Finding::error(
        "MAP-GONE",
        "target_code",
        Bilingual::new(
            format!("Le code {named} a disparu de sa liste, sans date de fin."),
            format!("The code {named} is gone from its list, without a day on which it ends."),
        ),
        Bilingual::new(
            "Vérifiez la version auprès de son éditeur, ou donnez d'abord une autre cible à cette ligne.",
            "Check the release with its publisher, or give that row another target first.",
        ),
    );
    FileFinding {
        file: row.file.clone(),
        finding: Finding {
            line: Some(row.line),
            ..finding
        },
    }
}

/// Switches to a release that was weighed: in the database for all at once, and in this process.
///
/// # Errors
/// [`ReleaseError`]; the lists in use stay then.
pub async fn switch_release(
    ctx: &Context,
    prepared: PreparedRelease,
    label: &str,
) -> Result<NationalRelease, ReleaseError> {
    if !prepared.impact.faults.is_empty() {
        return Err(ReleaseError::Refused(prepared.impact.faults));
    }
    let at = ctx.now_text();
    let release = NationalRelease {
        id: ctx.ids.next(),
        label: label.to_owned(),
        switched_at: at.clone(),
        undone_at: None,
    };
    let mut writing = ctx.storage.begin_write().await?;
    if writing.lock_national_edition().await? != prepared.edition {
        return Err(ReleaseError::Overtaken);
    }
    for (name, bytes) in &prepared.files {
        let is_xml = name.ends_with(".xml");
        let arrival = Arrival {
            id: &ctx.ids.next(),
            bytes,
            source: SOURCE,
            media_type: if is_xml {
                "application/xml"
            } else {
                "application/fhir+json"
            },
            received_at: &at,
        };
        writing
            .insert_arrival(arrival, JournalOutcome::Accepted)
            .await?;
    }
    let impact = serde_json::to_string(&prepared.impact).expect("it is made of texts and numbers");
    writing.insert_national_release(&release, &impact).await?;
    for (path, table) in &prepared.release.tables {
        writing
            .insert_national_table(&release.id, path, table)
            .await?;
    }
    writing.commit().await?;
    follow_releases(ctx).await?;
    Ok(release)
}

/// What a release that was switched to was weighed to change; nothing when there is no such release,
/// or when it was switched to before that was kept.
///
/// # Errors
/// [`StorageError::Database`].
pub async fn switched_impact(
    ctx: &Context,
    id: &str,
) -> Result<Option<ReleaseImpact>, StorageError> {
    let kept = ctx.storage.find_release_impact(id).await?;
    Ok(kept.and_then(|json| serde_json::from_str(&json).ok()))
}

/// Goes back to the lists of before the last release in force; nothing when none is.
///
/// # Errors
/// [`ReleaseError`].
pub async fn undo_release(ctx: &Context) -> Result<Option<NationalRelease>, ReleaseError> {
    let mut writing = ctx.storage.begin_write().await?;
    writing.lock_national_edition().await?;
    let undone = writing.undo_national_release(&ctx.now_text()).await?;
    writing.commit().await?;
    follow_releases(ctx).await?;
    Ok(undone)
}
