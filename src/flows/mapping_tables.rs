//! The tables of code lists and maps: those built in or a folder of the network's, with the
//! national releases that were switched to laid over them.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use super::Context;
use crate::{
    storage::{Storage, StorageError},
    terminology::{LoadError, Terminology, lay_over},
};

/// Path below `mappings/` and content of each table.
pub type Tables = Vec<(String, String)>;

/// Where the tables come from, before any release is laid over them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MappingSource {
    /// The program itself.
    BuiltIn,
    /// A folder of the network's.
    Folder(PathBuf),
}

/// The tables in use, and the name of their state.
#[derive(Clone, Debug)]
pub struct TablesInUse {
    /// The tables.
    pub tables: Tables,
    /// Those that the releases in force replaced, each with another version than the one in its place.
    pub earlier: Tables,
    /// Changes with each switch and each undoing; empty when no release is in force.
    pub edition: String,
}

/// Why the tables in use cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum TablesError {
    /// The folder of the network's cannot be read.
    #[error("the folder of code lists and maps cannot be read")]
    Folder(#[from] io::Error),
    /// A table has a mistake.
    #[error(transparent)]
    Load(#[from] LoadError),
    /// The database failed.
    #[error("the database failed while the national lists were read")]
    Storage(#[from] StorageError),
}

impl TablesInUse {
    /// These tables, with no release over them.
    #[must_use]
    pub fn without_release(tables: Tables) -> Self {
        Self {
            tables,
            earlier: Tables::new(),
            edition: String::new(),
        }
    }

    /// The code lists and maps that they say.
    ///
    /// # Errors
    /// [`LoadError`] on the first mistake.
    pub fn read(&self) -> Result<Terminology, LoadError> {
        Terminology::read_with_earlier(&borrowed(&self.tables), &borrowed(&self.earlier))
    }
}

impl MappingSource {
    /// Reads the tables.
    ///
    /// # Errors
    /// What the system says, with the name of the file.
    pub fn tables(&self) -> io::Result<Tables> {
        match self {
            Self::BuiltIn => Ok(Terminology::embedded_files()
                .iter()
                .map(|(path, text)| ((*path).to_owned(), (*text).to_owned()))
                .collect()),
            Self::Folder(root) => read_folder(root),
        }
    }
}

/// The tables of a folder of code lists and maps.
///
/// # Errors
/// What the system says, with the name of the file.
pub fn read_folder(root: &Path) -> io::Result<Tables> {
    let mut files = Vec::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder)? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|end| end == "csv") {
                let below = path.strip_prefix(root).unwrap_or(&path);
                let name = below.to_string_lossy().replace('\\', "/");
                let text = fs::read_to_string(&path)
                    .map_err(|error| io::Error::new(error.kind(), format!("{name}: {error}")))?;
                files.push((name, text));
            }
        }
    }
    files.sort();
    Ok(files)
}

/// The same tables, borrowed.
#[must_use]
pub fn borrowed(tables: &Tables) -> Vec<(&str, &str)> {
    tables
        .iter()
        .map(|(path, text)| (path.as_str(), text.as_str()))
        .collect()
}

/// The tables of `source` with the releases in force laid over them.
///
/// # Errors
/// [`TablesError`].
pub async fn tables_in_use(
    storage: &Storage,
    source: &MappingSource,
) -> Result<TablesInUse, TablesError> {
    let mut tables = source.tables()?;
    let mut earlier = Tables::new();
    let mut edition: Vec<String> = Vec::new();
    for (release, path, bytes) in storage.list_national_tables().await? {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some(former) = lay_over(&mut tables, &path, text) {
            earlier.push((path, former));
        }
        if edition.last() != Some(&release) {
            edition.push(release);
        }
    }
    Ok(TablesInUse {
        tables,
        earlier,
        edition: edition.join(" "),
    })
}

/// Takes over what was switched to, or undone, since the lists in use were read; true when
/// something was. When it cannot be, the lists in use stay.
///
/// # Errors
/// [`TablesError`].
pub async fn follow_releases(ctx: &Context) -> Result<bool, TablesError> {
    if ctx.storage.national_edition().await? == *ctx.terminology.edition() {
        return Ok(false);
    }
    let in_use = tables_in_use(&ctx.storage, &ctx.mappings).await?;
    let terminology = in_use.read()?;
    ctx.terminology.replace(terminology, in_use.edition);
    Ok(true)
}
