//! A new release of national lists, read from what the Agence du Numérique en Santé publishes.

use std::collections::HashMap;

use time::Date;

use super::{
    FileFinding, Terminology, ValueSet, release_fhir, release_findings as findings, release_svs,
    release_table, validity::parse_day,
};
use crate::finding::{Finding, Severity};

/// A list as a release gives it, before it is fitted to the list in use.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct ReleasedList {
    /// The file that it stands in.
    pub(super) file: String,
    pub(super) url: Option<String>,
    /// Bare OID.
    pub(super) oid: Option<String>,
    pub(super) name: String,
    pub(super) title: String,
    /// As the release writes it; it starts with a day when the release tells one.
    pub(super) version: String,
    pub(super) codes: Vec<ReleasedCode>,
}

/// A code as a release gives it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ReleasedCode {
    pub(super) code: String,
    /// URL or OID.
    pub(super) system: String,
    pub(super) display: String,
    pub(super) is_withdrawn: bool,
    pub(super) from: Option<Date>,
    pub(super) to: Option<Date>,
}

/// A release of national lists: what of it is in use here.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Release {
    /// The lists that it brings, as tables of `mappings/`: path, content.
    pub tables: Vec<(String, String)>,
    /// Names of its lists that are older than those in use: these are kept.
    pub older: Vec<String>,
    /// Names of its lists that nothing here uses.
    pub unused: Vec<String>,
}

impl Release {
    /// Reads the files of a release, given as (name, bytes): FHIR `CodeSystem`, `ValueSet` or
    /// `Bundle` in JSON, SVS in XML, told apart by content. `tables` are the files that
    /// `terminology` was read from.
    ///
    /// # Errors
    /// Everything that is wrong, with file, place and cure: a release is taken whole or not at all.
    pub fn read(
        files: &[(String, Vec<u8>)],
        terminology: &Terminology,
        tables: &[(&str, &str)],
    ) -> Result<Self, Vec<FileFinding>> {
        let mut faults = Vec::new();
        let mut release = Self::default();
        let mut taken: HashMap<&str, ReleasedList> = HashMap::new();
        for (name, bytes) in files {
            let lists = read_file(name, bytes).unwrap_or_else(|finding| {
                faults.push(findings::at(name, *finding));
                Vec::new()
            });
            for list in lists {
                let Some(known) = terminology.list_released(&list) else {
                    release.unused.push(list.name);
                    continue;
                };
                if parse_day(&list.version) < parse_day(known.version()) {
                    release.older.push(list.name);
                    continue;
                }
                faults.extend(findings::of_list(&list, known));
                match taken.get(known.name()) {
                    Some(first) if first.codes != list.codes => {
                        faults.push(findings::given_twice(&list, first));
                    }
                    Some(_) => {}
                    None => {
                        taken.insert(known.name(), list);
                    }
                }
            }
        }
        if faults.is_empty() && taken.is_empty() {
            faults.push(findings::nothing_newer(files, &release));
        }
        let is_error = |fault: &FileFinding| fault.finding.severity == Severity::Error;
        if faults.iter().any(is_error) {
            return Err(faults);
        }
        for (name, list) in &taken {
            let path = format!("national/{name}.csv");
            let known = terminology.value_set(name);
            let before = tables.iter().find(|(of_list, _)| *of_list == path);
            if let (Some(known), Some((_, before))) = (known, before) {
                let table = release_table::write(list, known, before, terminology);
                release.tables.push((path, table));
            }
        }
        release.tables.sort();
        Ok(release)
    }
}

impl Terminology {
    /// The list in use that a released one replaces, by URL, OID or name.
    fn list_released(&self, list: &ReleasedList) -> Option<&ValueSet> {
        let names = [&list.url, &list.oid].into_iter().flatten();
        names
            .filter_map(|name| self.value_set_named(name))
            .next()
            .or_else(|| self.value_set(&list.name))
    }
}

/// The lists of a file.
fn read_file(name: &str, bytes: &[u8]) -> Result<Vec<ReleasedList>, Box<Finding>> {
    let text = std::str::from_utf8(bytes).map_err(|error| findings::not_text(bytes, error))?;
    let text = text.trim_start_matches('\u{feff}');
    let mut lists = match text.trim_start().chars().next() {
        Some('{') => release_fhir::read(text)?,
        Some('<') => release_svs::read(text)?,
        _ => return Err(findings::unknown_format()),
    };
    for list in &mut lists {
        name.clone_into(&mut list.file);
    }
    Ok(lists)
}

#[cfg(test)]
#[path = "release_tests.rs"]
mod tests;
