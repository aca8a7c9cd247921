//! Which rows of the maps name a code that a release changes.

use std::collections::{HashMap, HashSet};

use serde::{Deserialize, Serialize};

use super::{
    Change, CodeSystem, ConceptMap, ListChange, Mapping, Terminology, table::Table,
    value_set::bare_oid,
};

/// The files with a column `activity`, and the list of that column.
const ACTIVITIES: [&str; 2] = ["pivot/categories.csv", "pivot/care-types.csv"];
const ACTIVITY_LIST: &str = "R211";

/// A row that names a changed code.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TouchedRow {
    /// Path below `mappings/`.
    pub file: String,
    /// Line, from 1.
    pub line: u64,
    /// Source code of the row.
    pub source: String,
    /// Short name of the national list.
    pub list: String,
    /// The code.
    pub code: String,
    /// What happens to it.
    #[serde(flatten)]
    pub change: Change,
    /// Other national codes of the same source that stay in force, as `R211:004`.
    pub remaining: Vec<String>,
}

/// The rows of `after` that name a code of these changes, in the order of files and lines. `tables`
/// are those that `after` was read from.
#[must_use]
pub fn touched_rows(
    after: &Terminology,
    tables: &[(&str, &str)],
    changes: &[ListChange],
) -> Vec<TouchedRow> {
    let changed = by_code(after, changes);
    let find = |system: &str, code: &str| {
        let key = (canonical(after, system), code.to_owned());
        changed.get(&key).copied()
    };
    let mut rows = Vec::new();
    let mut seen = HashSet::new();
    for map in after.concept_maps() {
        for row in map.rows() {
            let target = row
                .target
                .as_ref()
                .map(|target| (&target.list, &target.system, &target.code));
            let products = row
                .products
                .iter()
                .map(|one| (&one.list, &one.system, &one.code));
            for (list, system, code) in target.into_iter().chain(products) {
                if let Some(change) = find(system, code)
                    && seen.insert((map.file(), row.line, code.as_str()))
                {
                    rows.push(touched(after, map, row, (list, code), change));
                }
            }
        }
    }
    rows.extend(touched_activities(after, tables, &find));
    rows.sort_by(|a, b| (&a.file, a.line).cmp(&(&b.file, b.line)));
    rows
}

/// The change that matters most of those told of each code, by URL of its system.
fn by_code<'c>(
    after: &Terminology,
    changes: &'c [ListChange],
) -> HashMap<(String, String), &'c Change> {
    let mut found: HashMap<_, &Change> = HashMap::new();
    for one in changes.iter().flat_map(|list| &list.codes) {
        let key = (canonical(after, &one.system), one.code.clone());
        let known = found.entry(key).or_insert(&one.change);
        if one.change.weight() > known.weight() {
            *known = &one.change;
        }
    }
    found
}

fn canonical(terminology: &Terminology, system: &str) -> String {
    let known = terminology.code_system(system).map(CodeSystem::url);
    known.unwrap_or(bare_oid(system)).to_owned()
}

fn touched(
    after: &Terminology,
    map: &ConceptMap,
    row: &Mapping,
    (list, code): (&str, &str),
    change: &Change,
) -> TouchedRow {
    let remaining = after
        .national_codes(&row.source)
        .filter(|(other, target)| {
            other.equivalence.is_match() && !target.validity.has_end() && target.code != code
        })
        .map(|(_, target)| format!("{}:{}", target.list, target.code))
        .collect();
    TouchedRow {
        file: map.file().to_owned(),
        line: row.line,
        source: row.source.clone(),
        list: list.to_owned(),
        code: code.to_owned(),
        change: change.clone(),
        remaining,
    }
}

/// The categories and care types that are published under a changed activity.
fn touched_activities<'c>(
    after: &Terminology,
    tables: &[(&str, &str)],
    find: &impl Fn(&str, &str) -> Option<&'c Change>,
) -> Vec<TouchedRow> {
    let Some(system) = after.code_system_called(ACTIVITY_LIST) else {
        return Vec::new();
    };
    let files = tables.iter().filter(|(path, _)| ACTIVITIES.contains(path));
    let mut rows = Vec::new();
    for (path, text) in files {
        let Ok(table) = Table::read(path, text) else {
            continue;
        };
        for row in table.rows() {
            let code = row.optional("activity");
            if let Some(change) = find(system.url(), code) {
                rows.push(TouchedRow {
                    file: (*path).to_owned(),
                    line: row.line(),
                    source: row.optional("code").to_owned(),
                    list: ACTIVITY_LIST.to_owned(),
                    code: code.to_owned(),
                    change: change.clone(),
                    remaining: Vec::new(),
                });
            }
        }
    }
    rows
}
