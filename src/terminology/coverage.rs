//! How well the national lists say a code of the pivot.

use serde::Serialize;
use time::Date;

use super::{Terminology, concept_map::Target};

/// The lists that say what an offer is: acts, activities, kinds of offer. A profession, a mode of
/// care or a type of document says something else.
const LISTS_OF_CARE: [&str; 3] = ["R210", "R211", "R244"];

/// How well the national lists say a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Coverage {
    /// A code in force means the same.
    Exact,
    /// The closest code in force is wider, narrower, or overlaps.
    Approximate,
    /// Nothing, or an umbrella that says nothing of the kind of care.
    None,
}

impl Coverage {
    /// Its name in reports: `exact`, `approximate`, `none`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Exact => "exact",
            Self::Approximate => "approximate",
            Self::None => "none",
        }
    }
}

impl Terminology {
    /// The categories and care types that come back from the national codes that mean the same as a
    /// code and are in force on `day`, in the order of their codes: the code alone when the way there and back changes nothing.
    #[must_use]
    pub fn way_back(&self, pivot: &str, day: Date) -> Vec<&str> {
        let mut back: Vec<&str> = self
            .national_codes(pivot)
            .filter(|(row, target)| row.equivalence.is_exact() && target.validity.is_in_force(day))
            .filter(|(_, target)| !self.is_umbrella(&target.list, &target.code))
            .flat_map(|(_, target)| self.exact_sources(&target.system, &target.code))
            .collect();
        back.sort_unstable();
        back.dedup();
        back
    }

    /// How well the acts, activities and kinds of offer in force on `day` say a category or care
    /// type.
    #[must_use]
    pub fn coverage(&self, pivot: &str, day: Date) -> Coverage {
        let says_care = |target: &Target| {
            LISTS_OF_CARE.contains(&target.list.as_str())
                && target.validity.is_in_force(day)
                && !self.is_umbrella(&target.list, &target.code)
        };
        self.national_codes(pivot)
            .filter(|(row, target)| row.equivalence.is_match() && says_care(target))
            .map(|(row, _)| {
                if row.equivalence.is_exact() {
                    Coverage::Exact
                } else {
                    Coverage::Approximate
                }
            })
            .min()
            .unwrap_or(Coverage::None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::date;

    #[test]
    fn a_withdrawn_code_and_an_umbrella_cover_nothing() {
        let terminology = Terminology::embedded();
        let today = |code| terminology.coverage(code, date!(2026 - 11 - 23));
        assert_eq!(today("DOUL-03"), Coverage::Exact);
        // Its only equivalent is withdrawn: what remains is wider.
        assert_eq!(today("DOUL-13"), Coverage::Approximate);
        let on_its_last_day = terminology.coverage("DOUL-13", date!(2026 - 06 - 28));
        assert_eq!(on_its_last_day, Coverage::Exact);
        // Nothing but the umbrella of well-being.
        assert_eq!(today("BIEN-03"), Coverage::None);
        assert_eq!(today("SOC-11"), Coverage::None);
    }
}
