//! The journeys: the only code that knows both a rule and the store.

mod context;
mod directory_search;
mod import_batch;
mod import_findings;
mod import_options;
mod import_refusals;
mod import_report;
mod import_source;
mod offer_publication;
mod operations_overview;
mod rcp_acknowledgement;
mod rcp_reception;
mod rcp_rendering;
mod rcp_sending;
mod recipient_update;
mod validation;

pub use context::{Context, Sender};
pub use directory_search::{Counts, SearchError, count_offers, offer_cards, search};
pub use import_options::{ImportError, ImportOptions, ImportProgress};
pub use import_report::{ImportCount, ImportRemark, ImportReport};
pub use import_source::ImportLimits;
pub use offer_publication::import;
pub use operations_overview::{Overview, overview};
pub use rcp_acknowledgement::{Acknowledged, take_mail};
pub use rcp_reception::{AcceptError, Accepted, Prepared, accept, prepare};
pub use rcp_rendering::{Form, Packing, RenderingError, render};
pub use rcp_sending::{Sent, send};
pub use recipient_update::keep_recipient;
pub use validation::{FileKind, NotRecognised, Validated, ValidationRules, validate};
