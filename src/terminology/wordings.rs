//! The labels that documents give to the codes which their model fixes.

use std::collections::HashMap;

use super::{
    Terminology, embedded,
    table::{LoadError, Table},
};

/// The file of the labels, below `mappings/`.
pub(super) const WORDINGS: &str = "documents/wordings.csv";

/// Labels of codes that the volets word otherwise than the national lists, or that no list holds.
#[derive(Default)]
pub(super) struct Wordings {
    by_code: HashMap<String, Vec<Wording>>,
}

struct Wording {
    /// OID of the code system.
    system: String,
    /// Version of the volet; empty for every version.
    edition: String,
    display: String,
}

impl Wordings {
    /// Reads those of the program, and over them those of a folder: what documents need is always
    /// there.
    pub(super) fn read(files: &[(&str, &str)]) -> Result<Self, LoadError> {
        let mut wordings = Self::default();
        for (path, text) in embedded::FILES.iter().chain(files) {
            if *path == WORDINGS {
                wordings.add(text)?;
            }
        }
        Ok(wordings)
    }

    fn add(&mut self, text: &str) -> Result<(), LoadError> {
        for row in Table::read(WORDINGS, text)?.rows() {
            let wording = Wording {
                system: row.filled("system")?,
                edition: row.cell("edition")?.to_owned(),
                display: row.filled("display")?,
            };
            let of_code = self.by_code.entry(row.filled("code")?).or_default();
            of_code.push(wording);
        }
        Ok(())
    }

    fn find(&self, system: &str, code: &str, edition: &str) -> Option<&str> {
        let of_code = self.by_code.get(code)?.iter();
        of_code
            .filter(|wording| wording.system == system)
            .filter(|wording| wording.edition.is_empty() || wording.edition == edition)
            // Of two alike, the last: that of the folder.
            .max_by_key(|wording| wording.edition.len())
            .map(|wording| wording.display.as_str())
    }
}

impl Terminology {
    /// The label that a document of that version of its volet gives to a code which its model fixes,
    /// the system named by its OID: as the volet words it, else as the national lists do.
    #[must_use]
    pub fn document_label(&self, system: &str, code: &str, edition: &str) -> Option<&str> {
        let of_volet = self.wordings.find(system, code, edition);
        of_volet.or_else(|| {
            let concept = self.code_system(system)?.find(code)?;
            Some(&concept.display)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TA: &str = "1.2.250.1.213.1.1.4.322";
    const LOINC: &str = "2.16.840.1.113883.6.1";

    #[test]
    fn a_label_is_that_of_the_volet_else_that_of_the_lists() {
        let terminology = Terminology::embedded();
        let label = |system, code, edition| terminology.document_label(system, code, edition);
        assert_eq!(label(TA, "MED-246", "2025.01"), Some("Progression locale"));
        assert_eq!(
            label(LOINC, "LA9627-6", "2022.01"),
            Some("5. Décédé"),
            "that volet numbers the stages"
        );
        assert_eq!(label(LOINC, "LA9627-6", "2025.01"), Some("Décédé"));
        assert_eq!(label(TA, "ORG-126", "2022.01"), Some("Quorum atteint"));
        assert_eq!(label(TA, "nothing", "2022.01"), None);
    }

    #[test]
    fn a_release_that_renames_a_code_renames_it_in_documents() {
        let renamed: Vec<(&str, String)> = Terminology::embedded_files()
            .iter()
            .map(|(path, text)| (*path, text.replace("Quorum atteint", "Quorum réuni")))
            .collect();
        let files: Vec<(&str, &str)> = renamed
            .iter()
            .map(|(path, text)| (*path, text.as_str()))
            .collect();
        let terminology = Terminology::read(&files).expect("tables");
        assert_eq!(
            terminology.document_label(TA, "ORG-126", "2022.01"),
            Some("Quorum réuni")
        );
    }
}
