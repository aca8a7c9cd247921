//! Code lists and maps of `mappings/`: the national value sets, the pivot vocabulary of the
//! supportive-care offer, the words of each region, and the way from one to the other.
//!
//! A region's word becomes a pivot code ([`Terminology::pivot_of`]), a pivot code becomes what is
//! published nationally ([`Terminology::national_activity`], [`Terminology::published_acts`]).
//! A region is never mapped to the national lists directly.
//!
//! ```
//! use passerelle::terminology::Terminology;
//!
//! let terminology = Terminology::embedded();
//! let pivot = terminology.pivot_of("hauts-de-france", "Socio-esthetique").expect("known word");
//! assert_eq!(pivot, "BIEN-01");
//! assert_eq!(terminology.national_activity(pivot), "315");
//! assert!(terminology.value_set("JDV_RCP_Organe_CISIS").is_some());
//! ```

mod catalogue;
mod embedded;
mod fold;
mod pivot;
mod region;
mod table;
mod value_set;

pub use catalogue::Terminology;
pub use fold::fold;
pub use pivot::{CareType, Category, DEFAULT_ACTIVITY, Equivalence, Facet, NationalCode};
pub use table::LoadError;
pub use value_set::{CodeSystem, Concept, ValueSet};
