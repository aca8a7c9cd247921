//! The journeys: the only code that knows both a rule and the store.

mod context;
mod directory_search;
mod import_batch;
mod import_findings;
mod import_refusals;
mod import_report;
mod import_source;
mod offer_publication;
mod operations_overview;
mod rcp_acknowledgement;
mod recipient_update;

pub use context::{Context, Sender};
pub use directory_search::{Counts, SearchError, count_offers, search};
pub use import_report::{ImportCount, ImportRemark, ImportReport};
pub use import_source::ImportLimits;
pub use offer_publication::{ImportError, ImportOptions, ImportProgress, import};
pub use operations_overview::{Overview, overview};
pub use rcp_acknowledgement::{Acknowledged, take_mail};
pub use recipient_update::keep_recipient;
