//! The lists as they were before a release replaced them, held beside those in use.
//!
//! **Source:** FHIR R4, 4.8.5 and 4.9.5: a question may name the version that it is about.

use super::{
    CodeSystem, ListKind, Terminology, ValueSet, code_system::CodeSystems, table::LoadError,
};

/// Lists that a release replaced; each is named by its file and its version.
#[derive(Default)]
pub(super) struct Earlier {
    sets: Vec<ValueSet>,
    systems: Vec<CodeSystem>,
}

impl Earlier {
    /// Reads the tables that were replaced: (path below `mappings/`, content).
    pub(super) fn read(files: &[(&str, &str)]) -> Result<Self, LoadError> {
        let mut earlier = Self::default();
        for (path, content) in files {
            let file = path.trim_start_matches("national/");
            let mut list = ValueSet::read(file.trim_end_matches(".csv"), path, content)?;
            list.name_by_version();
            match list.kind() {
                ListKind::ValueSet => earlier.sets.push(list),
                ListKind::CodeSystem => {
                    let systems = CodeSystems::gather(std::iter::once(&list));
                    earlier.systems.extend(systems.into_all());
                }
            }
        }
        Ok(earlier)
    }
}

impl Terminology {
    /// The code systems as they were before a release replaced them.
    #[must_use]
    pub fn earlier_code_systems(&self) -> &[CodeSystem] {
        &self.earlier.systems
    }

    /// The value sets as they were before a release replaced them.
    #[must_use]
    pub fn earlier_value_sets(&self) -> &[ValueSet] {
        &self.earlier.sets
    }

    /// The present label of a code, when `display` is one that an earlier list gave it and that no
    /// list in use gives it any more.
    #[must_use]
    pub fn renamed(&self, system: &str, code: &str, display: &str) -> Option<&str> {
        let known = self.code_system(system)?;
        let is_named = |systems: &[CodeSystem]| {
            let mut of_code = systems.iter().filter(|other| other.url() == known.url());
            of_code.any(|other| other.find(code).is_some_and(|one| one.display == display))
        };
        let is_listed = |list: &ValueSet| {
            let found = list.find_in(system, code);
            found.is_some_and(|one| one.display == display)
        };
        let was_its_label =
            is_named(&self.earlier.systems) || self.earlier.sets.iter().any(is_listed);
        let concept = known.find(code)?;
        let is_its_label = concept.display == display || self.value_sets().any(is_listed);
        (was_its_label && !is_its_label).then_some(&concept.display)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const R244: &str = "national/TRE_R244-CategorieOrganisation.csv";
    const URL: &str = "https://mos.esante.gouv.fr/NOS/TRE_R244-CategorieOrganisation/FHIR/TRE-R244-CategorieOrganisation";

    #[test]
    fn a_list_that_was_replaced_is_held_with_its_labels() {
        let files = Terminology::embedded_files();
        let (_, table) = files
            .iter()
            .find(|(path, _)| *path == R244)
            .expect("a national list");
        let former = table.replace("# version: 20260629120000", "# version: 20250101120000");
        let label = |terminology: &Terminology| {
            let system = terminology.code_system(URL).expect("known");
            let found = system.find("126").expect("known");
            found.display.clone()
        };
        let now = label(&Terminology::embedded());
        let former = former.replace(&now, "Ancien libellé");
        let terminology =
            Terminology::read_with_earlier(files, &[(R244, &former)]).expect("it can be read");
        let [earlier] = terminology.earlier_code_systems() else {
            panic!("one was replaced");
        };
        assert_eq!(earlier.version(), "20250101120000");
        assert_eq!(earlier.url(), URL);
        assert_eq!(label(&terminology), now, "the list in use is the newer one");
        assert_eq!(
            terminology.renamed(URL, "126", "Ancien libellé"),
            Some(now.as_str())
        );
        assert_eq!(terminology.renamed(URL, "126", &now), None);
        assert_eq!(
            terminology.renamed(URL, "126", "Un libellé du réseau"),
            None,
            "what no list ever said is the author's"
        );
    }
}
