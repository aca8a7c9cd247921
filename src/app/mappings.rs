//! The code lists and maps that the settings name: those built in, or a folder of the network's.

use std::{fs, io, path::Path};

use super::StartError;
use crate::{
    clock::Clock,
    config::Settings,
    finding::{Language, Severity},
    terminology::{Terminology, check},
};

/// The lists and maps in use: the folder of `terminology.mappings_folder`, once it has no error;
/// without one, those that the program was built with.
///
/// # Errors
/// [`StartError::Mappings`] with every fault, its file and its line.
pub fn terminology(settings: &Settings, clock: &Clock) -> Result<Terminology, StartError> {
    let folder = &settings.terminology.mappings_folder;
    let terminology = if folder.as_os_str().is_empty() {
        Terminology::embedded()
    } else {
        read(folder, clock)?
    };
    let vocabulary = &settings.region.vocabulary;
    if !terminology.regions().contains(&vocabulary.as_str()) {
        return Err(StartError::Mappings(vec![format!(
            "region.vocabulary: no folder `regions/{vocabulary}`; there are: {}",
            terminology.regions().join(", ")
        )]));
    }
    Ok(terminology)
}

fn read(folder: &Path, clock: &Clock) -> Result<Terminology, StartError> {
    let shown = folder.display();
    let files = read_folder(folder)
        .map_err(|error| StartError::Mappings(vec![format!("{shown}: {error}")]))?;
    let files: Vec<(&str, &str)> = files
        .iter()
        .map(|(path, text)| (path.as_str(), text.as_str()))
        .collect();
    let faults: Vec<String> = check(&files, clock.now().date())
        .iter()
        .filter(|found| found.finding.severity == Severity::Error)
        .map(|found| {
            let line = found.finding.line.unwrap_or_default();
            let message = found.finding.message.get(Language::English);
            let cure = found.finding.cure.get(Language::English);
            format!("{shown}/{}:{line}: {message} {cure}", found.file)
        })
        .collect();
    if !faults.is_empty() {
        return Err(StartError::Mappings(faults));
    }
    Terminology::read(&files).map_err(|error| StartError::Mappings(vec![error.to_string()]))
}

/// The tables of a folder of code lists and maps: path below it, content.
///
/// # Errors
/// What the system says, with the name of the file.
pub fn read_folder(root: &Path) -> io::Result<Vec<(String, String)>> {
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
