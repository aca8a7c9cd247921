//! Checking the folder that the experts edit: everything that is wrong, each with its file and line.

use time::Date;

use super::{
    Terminology,
    assembly::{TO_NATIONAL, national_target, pivot_target},
    check_meaning, check_rows,
    concept_map::{Target, read_mapping},
    table::{LoadError, Row, Table},
    value_set::ValueSet,
    wordings::WORDINGS,
};
use crate::finding::{Bilingual, Finding};

/// A finding, and the file it stands in.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct FileFinding {
    /// Path below `mappings/`.
    pub file: String,
    /// What is wrong; its line counts from 1.
    pub finding: Finding,
}

/// Checks the files of a `mappings/` folder, given as (path below it, content), as on `day`: every
/// code exists and is in force, no row is an orphan or stands twice, none contradicts another, and
/// every word has a row. The findings come in the order of files and lines.
///
/// What cannot be read hides what depends on it: mend that first, then check again.
#[must_use]
pub fn check(files: &[(&str, &str)], day: Date) -> Vec<FileFinding> {
    let mut findings: Vec<FileFinding> = files
        .iter()
        .flat_map(|(path, text)| unreadable(path, text))
        .map(|error| finding_of(&error))
        .collect();
    if findings.is_empty() {
        match Terminology::read(files) {
            Ok(terminology) => {
                let vocabularies = check_rows::Vocabularies::read(files);
                findings.extend(check_rows::check(&terminology, &vocabularies, day));
                findings.extend(check_meaning::check(&terminology));
            }
            Err(error) => findings.push(finding_of(&error)),
        }
    }
    findings.sort_by(|a, b| (&a.file, a.finding.line).cmp(&(&b.file, b.finding.line)));
    findings
}

type ReadTarget = fn(&Row<'_>) -> Result<Target, LoadError>;

/// What cannot be read of a file, row by row.
fn unreadable(path: &str, text: &str) -> Vec<LoadError> {
    let columns: &[&'static str] = if path.starts_with("national/") {
        return ValueSet::read(path, path, text).err().into_iter().collect();
    } else if path.ends_with("/vocabulary.csv") {
        &["code", "label"]
    } else {
        match path {
            "pivot/categories.csv" => &["code", "label", "activity"],
            "pivot/care-types.csv" => &["code", "label", "category", "activity"],
            "pivot/facets.csv" => &["code", "label", "facet"],
            WORDINGS => &["code", "system", "display"],
            _ => &[],
        }
    };
    let table = match Table::read(path, text) {
        Ok(table) => table,
        Err(error) => return vec![error],
    };
    let target: Option<ReadTarget> = if path == TO_NATIONAL {
        Some(national_target)
    } else if path.ends_with("/to-pivot.csv") {
        Some(pivot_target)
    } else {
        None
    };
    let mut errors = Vec::new();
    for row in table.rows() {
        let empty = columns.iter().filter_map(|column| row.filled(column).err());
        errors.extend(empty);
        errors.extend(target.and_then(|target| read_mapping(&row, target).err()));
    }
    errors
}

fn finding_of(error: &LoadError) -> FileFinding {
    let place = match error {
        LoadError::Value { column, .. } | LoadError::Column { column, .. } => *column,
        LoadError::Csv { .. } | LoadError::File(_) => "",
    };
    let cure = match error {
        LoadError::Csv { .. } => Bilingual::new(
            "Donnez à chaque ligne autant de cellules que de colonnes, et fermez les guillemets.",
            "Give each row as many cells as there are columns, and close the quotes.",
        ),
        LoadError::Column { .. } => Bilingual::new(
            "Ajoutez la colonne : mappings/README.md dit lesquelles il faut.",
            "Add the column: mappings/README.md says which are needed.",
        ),
        LoadError::Value { .. } => Bilingual::new(
            "Remplissez la cellule avec une valeur que mappings/README.md permet.",
            "Fill the cell with a value that mappings/README.md allows.",
        ),
        LoadError::File(_) => Bilingual::new("Ajoutez ce fichier.", "Add that file."),
    };
    FileFinding {
        file: error.file().to_owned(),
        finding: Finding {
            line: error.line(),
            ..Finding::error(
                "MAP-READ",
                place,
                Bilingual::new(
                    format!("Illisible : {error}."),
                    format!("Unreadable: {error}."),
                ),
                cure,
            )
        },
    }
}

#[cfg(test)]
#[path = "check_tests.rs"]
mod tests;
