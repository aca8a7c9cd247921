//! Which national codes an offer is published with.

use time::Date;

use super::{
    Terminology,
    assembly::national_map_id,
    concept_map::{Mapping, Target},
    pivot::DEFAULT_ACTIVITY,
};

impl Terminology {
    /// The rows of a pivot code that lead to a national code, the unpublished ones too; none when
    /// nothing national says it.
    pub fn national_codes<'t>(
        &'t self,
        pivot: &str,
    ) -> impl Iterator<Item = (&'t Mapping, &'t Target)> {
        self.national_maps
            .iter()
            .flat_map(|map| map.of_source(pivot).collect::<Vec<_>>())
            .filter_map(|row| Some((row, row.target.as_ref()?)))
    }

    /// True for a national code so broad that it says nothing of a kind of care: list and code.
    #[must_use]
    pub fn is_umbrella(&self, list: &str, code: &str) -> bool {
        let is_named = |(of_list, known): &(String, String)| of_list == list && known == code;
        self.umbrellas.iter().any(is_named)
    }

    /// Why nothing national says a pivot code; empty when no row tells.
    #[must_use]
    pub fn unmatched_reason(&self, pivot: &str) -> &str {
        let rows = self.national_maps.first();
        rows.into_iter()
            .flat_map(|map| map.of_source(pivot))
            .find(|row| row.target.is_none())
            .map_or("", |row| row.reason.as_str())
    }

    /// The one activity (`TRE_R211`) under which an offer of that category or care type is
    /// published; [`DEFAULT_ACTIVITY`] for any other code.
    #[must_use]
    pub fn national_activity(&self, pivot: &str) -> &str {
        let of_care_type = self.care_type(pivot).map(|care| &care.activity);
        let of_category = self.category(pivot).map(|category| &category.activity);
        of_care_type
            .or(of_category)
            .map_or(DEFAULT_ACTIVITY, String::as_str)
    }

    /// The targets of a pivot code in one national list (`R210`, `R213`, `R239`…) that may be
    /// sent on `day`: in force, and saying the same or more broadly.
    pub fn published_codes<'t>(
        &'t self,
        pivot: &str,
        list: &str,
        day: Date,
    ) -> impl Iterator<Item = &'t Target> {
        self.concept_map(&national_map_id(list))
            .into_iter()
            .flat_map(|map| map.of_source(pivot).collect::<Vec<_>>())
            .filter(|row| row.equivalence.is_published() && row.depends_on.is_empty())
            .filter_map(|row| row.target.as_ref())
            .filter(move |target| target.validity.is_in_force(day))
    }

    /// The same, with the targets that the offer may be sent with because it says what their rows
    /// depend on: `said` are its facet values.
    pub fn published_codes_under<'t>(
        &'t self,
        pivot: &str,
        list: &str,
        said: &[&str],
        day: Date,
    ) -> Vec<&'t Target> {
        let is_said = |needed: &String| said.contains(&needed.as_str());
        let rows = self.concept_map(&national_map_id(list)).into_iter();
        rows.flat_map(|map| map.of_source(pivot).collect::<Vec<_>>())
            .filter(|row| match row.depends_on.as_slice() {
                [] => row.equivalence.is_published(),
                needed => row.equivalence.is_match() && needed.iter().all(is_said),
            })
            .filter_map(|row| row.target.as_ref())
            .filter(|target| target.validity.is_in_force(day))
            .collect()
    }

    /// The pivot codes that a national code means the same as: the way back, where it is exact.
    pub fn exact_sources<'t>(&'t self, system: &str, code: &str) -> impl Iterator<Item = &'t str> {
        let (system, code) = (system.to_owned(), code.to_owned());
        self.national_maps
            .iter()
            .filter(move |map| map.target_system() == system)
            .flat_map(move |map| map.of_target(&code).collect::<Vec<_>>())
            .filter(|row| row.equivalence.is_exact())
            .map(|row| row.source.as_str())
    }
}
