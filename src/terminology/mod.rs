//! Code lists and maps of `mappings/`: the national value sets, the pivot vocabulary of the
//! supportive-care offer, the words of each region, and the way from one to the other.
//!
//! A region's word becomes a pivot code ([`Terminology::pivot_of`]), a pivot code becomes what is
//! published nationally ([`Terminology::national_activity`], [`Terminology::published_codes`]).
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

mod assembly;
mod canonical;
mod catalogue;
mod check;
mod check_meaning;
mod check_rows;
mod code_system;
mod concept_details;
mod concept_map;
mod coverage;
mod current;
mod earlier;
mod embedded;
mod equivalence;
mod fold;
mod impact;
mod impact_rows;
mod overlay;
mod pivot;
mod publishing;
mod question;
mod region;
mod release;
mod release_fhir;
mod release_findings;
mod release_svs;
mod release_table;
mod table;
mod translation;
mod validity;
mod value_set;
mod wordings;

pub(crate) use canonical::sos;
pub use canonical::{FACET_PROPERTY, REGIONAL_VOCABULARY, SOS_BASE, SOS_PIVOT};
pub use catalogue::Terminology;
pub use check::{FileFinding, check};
pub use code_system::{CodeSystem, SuppliedConcept, SuppliedHead};
pub use concept_details::{ConceptDetails, Designation, Property};
pub use concept_map::{ConceptMap, Mapping, Product, ReviewStatus, Target};
pub use coverage::Coverage;
pub use current::CurrentTerminology;
pub use equivalence::Equivalence;
pub use fold::fold;
pub use impact::{Change, CodeChange, ListChange, list_changes};
pub use impact_rows::{TouchedRow, touched_rows};
pub use overlay::lay_over;
pub use pivot::{CareType, Category, DEFAULT_ACTIVITY, Facet};
pub use question::{Direction, Gap, Match, Question, QuestionError, Translation};
pub use region::RegionalWord;
pub use release::Release;
pub use table::LoadError;
pub use validity::{Standing, Validity};
pub use value_set::{Concept, ListKind, SystemNames, ValueSet};
