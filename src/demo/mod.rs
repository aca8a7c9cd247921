//! The demonstration region: an invented Bretagne, generated from a seed, the same everywhere.
//!
//! Communes are real; structures, offers, professionals and patients are invented and cannot be
//! mistaken for real ones (`docs/demonstration-data.md` says how). It feeds `passerelle demo`,
//! load tests and screenshots.
//!
//! ```
//! use passerelle::{demo::{Plan, Region}, terminology::Terminology};
//!
//! let plan = Plan { offers: 20, structures: 10, ..Plan::default() };
//! let terminology = Terminology::embedded();
//! let region = Region::generate(plan, &terminology);
//! assert_eq!(region.offers().count(), 20);
//! ```

mod annuaire;
mod boards;
mod cases;
mod communes;
mod dice;
mod files;
mod names;
mod offers;
mod patients;
mod physicians;
mod plan;
mod practitioner;
mod professionals;
mod region;
mod report_clinical;
mod report_text;
mod reports;
mod story;
mod structures;
mod tables;
mod timeline;

pub use files::{Summary, write};
pub use physicians::SECURE_MAIL_DOMAIN;
pub use plan::Plan;
pub use region::Region;
