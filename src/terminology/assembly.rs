//! Making the maps and our own value sets out of what was read.

use std::collections::HashMap;

use super::{
    SOS_PIVOT, canonical,
    code_system::{CodeSystem, CodeSystems},
    concept_map::{ConceptMap, Mapping, MappingTable, Target, read_mappings},
    pivot::Pivot,
    region::Region,
    table::{LoadError, Row, Table},
    validity::Validity,
    value_set::ValueSet,
};

/// The file of the national targets.
pub(super) const TO_NATIONAL: &str = "pivot/to-national.csv";
/// The facets, and what each says.
pub(super) const FACET_TITLES: [(&str, &str); 8] = [
    ("PUB", "SOS : publics"),
    ("AGE", "SOS : âges"),
    ("LIEU", "SOS : lieux"),
    ("PHA", "SOS : phases du parcours"),
    ("ACC", "SOS : modalités d'accès"),
    ("PAR", "SOS : parcours spécifiques"),
    ("STR", "SOS : types de structure"),
    ("INT", "SOS : intervenants"),
];

pub(super) fn national_map_id(list: &str) -> String {
    format!("pivot-to-{}", list.to_lowercase())
}

/// The maps from the pivot, one for each national list. What nothing national says stands in each.
pub(super) fn national_maps(
    text: &str,
    systems: &CodeSystems,
) -> Result<Vec<ConceptMap>, LoadError> {
    let table = read_mappings(TO_NATIONAL, text, national_target)?;
    let MappingTable {
        title,
        version,
        mut rows,
    } = table;
    let mut lists: Vec<(String, String)> = Vec::new();
    for target in rows.iter().filter_map(|row| row.target.as_ref()) {
        if lists.iter().all(|(list, _)| *list != target.list) {
            lists.push((target.list.clone(), target.system.clone()));
        }
    }
    for row in &mut rows {
        if let Some(target) = &mut row.target {
            let system = systems.find(&target.system);
            target.validity = system
                .and_then(|system| system.find(&target.code))
                .map_or_else(Validity::default, |concept| concept.validity);
        }
        for product in &mut row.products {
            let known = lists.iter().find(|(list, _)| *list == product.list);
            let Some(system) = known.and_then(|(_, system)| systems.find(system)) else {
                continue;
            };
            system.url().clone_into(&mut product.system);
            if let Some(concept) = system.find(&product.code) {
                product.display.clone_from(&concept.display);
            }
        }
    }
    let maps = lists.into_iter().map(|(list, system)| {
        let is_here = |row: &&Mapping| row.target.as_ref().is_none_or(|target| target.list == list);
        let of_list = rows.iter().filter(is_here).cloned().collect();
        let system = systems
            .find(&system)
            .map_or(system.as_str(), CodeSystem::url);
        let heads = (format!("{title}: {list}"), version.as_str());
        ConceptMap::new(
            national_map_id(&list),
            TO_NATIONAL,
            (SOS_PIVOT, system),
            (&heads.0, heads.1),
            of_list,
        )
    });
    Ok(maps.collect())
}

/// Reads the target of a row of `pivot/to-national.csv`.
///
/// # Errors
/// [`LoadError::Value`] names the cell.
pub(super) fn national_target(row: &Row<'_>) -> Result<Target, LoadError> {
    Ok(Target {
        list: row.filled("target_list")?,
        system: row.filled("target_system")?,
        code: row.filled("target_code")?,
        display: row.filled("target_display")?,
        validity: Validity::default(),
    })
}

/// Reads the target of a row of a region's map; the label is not in it.
///
/// # Errors
/// [`LoadError::Value`] names the cell.
pub(super) fn pivot_target(row: &Row<'_>) -> Result<Target, LoadError> {
    Ok(Target {
        list: "pivot".to_owned(),
        system: SOS_PIVOT.to_owned(),
        code: row.filled("target")?,
        display: String::new(),
        validity: Validity::default(),
    })
}

/// The codes of the head line `umbrella`: list and code.
///
/// # Errors
/// [`LoadError`] on a malformed table.
pub(super) fn umbrellas(text: &str) -> Result<Vec<(String, String)>, LoadError> {
    let table = Table::read(TO_NATIONAL, text)?;
    let words = table.head("umbrella").flat_map(str::split_whitespace);
    Ok(words
        .filter_map(|word| word.split_once(':'))
        .map(|(list, code)| (list.to_owned(), code.to_owned()))
        .collect())
}

/// The map of a region to the pivot.
pub(super) fn regional_map(
    region: &str,
    file: &str,
    text: &str,
    systems: &CodeSystems,
) -> Result<ConceptMap, LoadError> {
    let pivot = systems.find(SOS_PIVOT);
    let table = read_mappings(file, text, |row| {
        let mut target = pivot_target(row)?;
        if let Some(concept) = pivot.and_then(|pivot| pivot.find(&target.code)) {
            target.display.clone_from(&concept.display);
        }
        Ok(target)
    })?;
    Ok(ConceptMap::new(
        format!("{region}-to-pivot"),
        file,
        (&canonical::regional_vocabulary(region), SOS_PIVOT),
        (&table.title, &table.version),
        table.rows,
    ))
}

/// The sets of our own vocabularies: categories, care types, each facet, the words of each region.
pub(super) fn own_sets(
    pivot: &Pivot,
    regions: &HashMap<String, Region>,
    systems: &CodeSystems,
) -> Vec<ValueSet> {
    let mut sets = Vec::new();
    if let Some(system) = systems.find(SOS_PIVOT) {
        let version = pivot.version.as_str();
        let categories = pivot.categories.iter().map(|found| found.code.as_str());
        let heads = ("sos-category", "SOS : catégories", version);
        sets.push(ValueSet::own(heads, system, categories));
        let care_types = pivot.care_types.iter().map(|found| found.code.as_str());
        let heads = ("sos-care-type", "SOS : types de soin", version);
        sets.push(ValueSet::own(heads, system, care_types));
        for (facet, title) in FACET_TITLES {
            let name = format!("sos-{}", facet.to_lowercase());
            let values = pivot.facets.iter().filter(|found| found.facet == facet);
            let codes = values.map(|found| found.code.as_str());
            sets.push(ValueSet::own((&name, title, version), system, codes));
        }
    }
    for (name, region) in regions {
        if let Some(system) = systems.find(&canonical::regional_vocabulary(name)) {
            let heads = (&*format!("region-{name}"), region.title(), region.version());
            let codes = region.words().iter().map(|word| word.code.as_str());
            sets.push(ValueSet::own(heads, system, codes));
        }
    }
    sets
}

pub(super) fn value_set_names(value_sets: &HashMap<String, ValueSet>) -> HashMap<String, String> {
    let mut names = HashMap::new();
    for (key, set) in value_sets {
        for name in [set.url(), set.oid()].into_iter().flatten() {
            names.insert(name.to_owned(), key.clone());
        }
    }
    names
}
