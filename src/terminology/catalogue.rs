//! Everything that `mappings/` holds, loaded once and asked by name.

use std::collections::HashMap;

use super::{
    assembly::{TO_NATIONAL, national_maps, own_sets, regional_map, umbrellas, value_set_names},
    canonical,
    code_system::{CodeSystem, CodeSystems},
    concept_map::ConceptMap,
    earlier::Earlier,
    embedded,
    fold::fold,
    pivot::{CareType, Category, Facet, Pivot},
    region::{Region, RegionalWord},
    table::LoadError,
    value_set::{ValueSet, bare_oid},
    wordings::Wordings,
};

/// Likeness from which a label is worth proposing instead of a text that nobody knows.
const LIKENESS_WORTH_PROPOSING: f64 = 0.8;

/// The code lists and maps, in memory. Made once at start, then shared.
pub struct Terminology {
    value_sets: HashMap<String, ValueSet>,
    /// URLs and OIDs of the value sets, to their key.
    value_set_names: HashMap<String, String>,
    systems: CodeSystems,
    pivot: Pivot,
    regions: HashMap<String, Region>,
    pub(super) national_maps: Vec<ConceptMap>,
    pub(super) umbrellas: Vec<(String, String)>,
    regional_maps: Vec<ConceptMap>,
    pub(super) earlier: Earlier,
    pub(super) wordings: Wordings,
}

impl Terminology {
    /// The lists and maps that the program was built with.
    #[must_use]
    pub fn embedded() -> Self {
        Self::read(embedded::FILES).expect("a test reads every embedded file")
    }

    /// The files of `mappings/` that the program was built with: (path below it, content).
    #[must_use]
    pub fn embedded_files() -> &'static [(&'static str, &'static str)] {
        embedded::FILES
    }

    /// Reads the files of a `mappings/` folder: (path below it, content).
    ///
    /// # Errors
    /// [`LoadError`] names the file, the line and the column of the first mistake.
    pub fn read(files: &[(&str, &str)]) -> Result<Self, LoadError> {
        let mut value_sets = HashMap::new();
        for (path, content) in files {
            if let Some(file) = path.strip_prefix("national/") {
                let name = file.trim_end_matches(".csv");
                value_sets.insert(key(name), ValueSet::read(name, path, content)?);
            }
        }
        Self::assemble(value_sets, files)
    }

    /// The same, with the national lists that releases replaced beside them: they answer when their
    /// version is asked for.
    ///
    /// # Errors
    /// As [`Terminology::read`].
    pub fn read_with_earlier(
        files: &[(&str, &str)],
        earlier: &[(&str, &str)],
    ) -> Result<Self, LoadError> {
        Ok(Self {
            earlier: Earlier::read(earlier)?,
            ..Self::read(files)?
        })
    }

    /// Puts the pivot, the maps and the regions of `files` above these lists.
    fn assemble(
        mut value_sets: HashMap<String, ValueSet>,
        files: &[(&str, &str)],
    ) -> Result<Self, LoadError> {
        let text = |path: &str| {
            let found = files.iter().find(|(known, _)| *known == path);
            found.map(|(_, text)| *text)
        };
        let pivot = Pivot::read(|path| text(path).ok_or(LoadError::File(path)))?;
        let mut systems = CodeSystems::gather(value_sets.values());
        systems.add_pivot(&pivot, &pivot.version);
        let national = text(TO_NATIONAL).ok_or(LoadError::File(TO_NATIONAL))?;
        let national_maps = national_maps(national, &systems)?;
        let mut regions = HashMap::new();
        let mut regional_maps = Vec::new();
        for (path, content) in files {
            let mut parts = path.split('/');
            if let (Some("regions"), Some(name), Some("vocabulary.csv")) =
                (parts.next(), parts.next(), parts.next())
            {
                let map_path = format!("regions/{name}/to-pivot.csv");
                let map = text(&map_path).ok_or(LoadError::File("to-pivot.csv of a region"))?;
                let map = regional_map(name, &map_path, map, &systems)?;
                let region = Region::read(path, content, &map)?;
                systems.add_region(name, &region);
                regions.insert(name.to_owned(), region);
                regional_maps.push(map);
            }
        }
        for set in own_sets(&pivot, &regions, &systems) {
            value_sets.insert(key(set.name()), set);
        }
        Ok(Self {
            value_set_names: value_set_names(&value_sets),
            value_sets,
            systems,
            pivot,
            regions,
            umbrellas: umbrellas(national)?,
            national_maps,
            regional_maps,
            earlier: Earlier::default(),
            wordings: Wordings::read(files)?,
        })
    }

    /// A national list by the name of its file, `-` and `_` alike: `JDV_J47-FunctionCode-CISIS`.
    #[must_use]
    pub fn value_set(&self, name: &str) -> Option<&ValueSet> {
        self.value_sets.get(&key(name))
    }

    /// A national list by its URL, its OID, or `urn:oid:` and its OID.
    #[must_use]
    pub fn value_set_named(&self, name: &str) -> Option<&ValueSet> {
        let key = self.value_set_names.get(bare_oid(name))?;
        self.value_sets.get(key)
    }

    /// A code system by its URL, its OID, or `urn:oid:` and its OID: national, pivot or regional.
    #[must_use]
    pub fn code_system(&self, name: &str) -> Option<&CodeSystem> {
        self.systems.find(name)
    }

    /// A code system as people name it: the name of a region, `pivot`, the number of a national
    /// list (`R211`), the name of its file, its URL or its OID.
    #[must_use]
    pub fn code_system_called(&self, name: &str) -> Option<&CodeSystem> {
        let region = || self.code_system(&canonical::regional_vocabulary(name));
        let national = || {
            let short = |system: &&CodeSystem| {
                let own = system.name();
                let own = own
                    .strip_prefix("TRE_")
                    .or_else(|| own.strip_prefix("TRE-"));
                own.and_then(|own| own.split('-').next())
                    .is_some_and(|number| number.eq_ignore_ascii_case(name))
                    || system.name() == name
            };
            self.code_systems().iter().find(short)
        };
        match name {
            "pivot" => self.code_system(canonical::SOS_PIVOT),
            _ => self.code_system(name).or_else(region).or_else(national),
        }
    }

    /// Every code system.
    #[must_use]
    pub fn code_systems(&self) -> &[CodeSystem] {
        self.systems.all()
    }

    /// A map by its name or canonical URL.
    #[must_use]
    pub fn concept_map(&self, name: &str) -> Option<&ConceptMap> {
        let id = name.strip_prefix(canonical::CONCEPT_MAP).unwrap_or(name);
        self.concept_maps().find(|map| map.id() == id)
    }

    /// Every map: the pivot to each national list, then each region to the pivot.
    pub fn concept_maps(&self) -> impl Iterator<Item = &ConceptMap> {
        self.national_maps.iter().chain(&self.regional_maps)
    }

    /// Names of the regions that have a vocabulary, in the order of the alphabet.
    #[must_use]
    pub fn regions(&self) -> Vec<&str> {
        let mut names: Vec<&str> = self.regions.keys().map(String::as_str).collect();
        names.sort_unstable();
        names
    }

    /// The words of a region, in the order of their file.
    #[must_use]
    pub fn regional_words(&self, region: &str) -> &[RegionalWord] {
        self.regions.get(region).map_or(&[], Region::words)
    }

    /// The word of a region that a text names by code or label, case, accents and punctuation
    /// aside.
    #[must_use]
    pub fn regional_word(&self, region: &str, text: &str) -> Option<&RegionalWord> {
        self.regions.get(region)?.word(&fold(text))
    }

    /// Every national list, in no particular order.
    pub fn value_sets(&self) -> impl Iterator<Item = &ValueSet> {
        self.value_sets.values()
    }

    /// The 13 categories, in the order of their file.
    #[must_use]
    pub fn categories(&self) -> &[Category] {
        &self.pivot.categories
    }

    /// A category by its pivot code.
    #[must_use]
    pub fn category(&self, code: &str) -> Option<&Category> {
        self.pivot
            .categories
            .iter()
            .find(|found| found.code == code)
    }

    /// The care types, in the order of their file.
    #[must_use]
    pub fn care_types(&self) -> &[CareType] {
        &self.pivot.care_types
    }

    /// A care type by its pivot code.
    #[must_use]
    pub fn care_type(&self, code: &str) -> Option<&CareType> {
        self.pivot
            .care_types
            .iter()
            .find(|found| found.code == code)
    }

    /// A facet value by its pivot code.
    #[must_use]
    pub fn facet(&self, code: &str) -> Option<&Facet> {
        self.pivot.facets.iter().find(|found| found.code == code)
    }

    /// The values of one facet (`PUB`, `AGE`, `LIEU`, `PHA`, `ACC`, `PAR`, `STR`, `INT`), in the
    /// order of their file.
    pub fn facets<'t>(&'t self, facet: &str) -> impl Iterator<Item = &'t Facet> {
        self.pivot
            .facets
            .iter()
            .filter(move |found| found.facet == facet)
    }

    /// The value of a facet that `text` names by code or label, case and accents aside.
    #[must_use]
    pub fn facet_of(&self, facet: &str, text: &str) -> Option<&str> {
        self.pivot
            .facet_named(facet, fold(text))
            .map(|found| found.code.as_str())
    }

    /// The pivot code of a regional word, of a pivot code or of a pivot label, case, accents and
    /// punctuation aside. The region's own meaning of a word wins over the pivot's; a regional
    /// word with several pivots gives the first, see [`Terminology::pivots_of`].
    #[must_use]
    pub fn pivot_of(&self, region: &str, text: &str) -> Option<&str> {
        let folded = fold(text);
        let regional = self.regional(region, &folded).first().map(String::as_str);
        regional.or_else(|| self.pivot.named(&folded))
    }

    /// Every pivot code of a regional word; empty when the region does not know it.
    #[must_use]
    pub fn pivots_of(&self, region: &str, text: &str) -> &[String] {
        self.regional(region, &fold(text))
    }

    fn regional(&self, region: &str, folded: &str) -> &[String] {
        self.regions
            .get(region)
            .map_or(&[], |words| words.named(folded))
    }

    /// The labels of a region's own words, in the order of their file.
    #[must_use]
    pub fn regional_labels(&self, region: &str) -> &[String] {
        self.regions.get(region).map_or(&[], Region::labels)
    }

    /// The label of the category or care type most like `text`, for an error message; nothing
    /// when none is near.
    #[must_use]
    pub fn suggest(&self, text: &str) -> Option<&str> {
        let categories = self.pivot.categories.iter().map(|found| &found.label);
        let care_types = self.pivot.care_types.iter().map(|found| &found.label);
        nearest(text, categories.chain(care_types))
    }

    /// The label of that facet most like `text`, for an error message.
    #[must_use]
    pub fn suggest_facet(&self, facet: &str, text: &str) -> Option<&str> {
        let of_facet = self
            .pivot
            .facets
            .iter()
            .filter(|found| found.facet == facet);
        nearest(text, of_facet.map(|found| &found.label))
    }
}

/// Name of a national list as a key: `-` and `_` are the same.
fn key(name: &str) -> String {
    name.replace('-', "_")
}

fn nearest<'t>(text: &str, labels: impl Iterator<Item = &'t String>) -> Option<&'t str> {
    let folded = fold(text);
    labels
        .map(|label| (strsim::jaro_winkler(&folded, &fold(label)), label))
        .filter(|(likeness, _)| *likeness >= LIKENESS_WORTH_PROPOSING)
        .max_by(|(one, _), (other, _)| one.total_cmp(other))
        .map(|(_, label)| label.as_str())
}

#[cfg(test)]
#[path = "catalogue_tests.rs"]
mod tests;
