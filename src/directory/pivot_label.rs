//! The words of a pivot code.

use crate::terminology::Terminology;

/// French label of a category, care type or facet value; empty when the code is unknown.
#[must_use]
pub fn pivot_label<'t>(terminology: &'t Terminology, code: &str) -> &'t str {
    let category = terminology.category(code).map(|found| &found.label);
    category
        .or_else(|| terminology.care_type(code).map(|found| &found.label))
        .or_else(|| terminology.facet(code).map(|found| &found.label))
        .map_or("", String::as_str)
}
