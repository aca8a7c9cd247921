//! The pages: server-rendered, whole without JavaScript, French first and English when asked for.

mod assets;
mod coverage;
mod follow_up;
mod follow_up_csv;
mod follow_up_query;
mod forms;
mod funnel;
mod layout;
mod offers;
mod operations;
mod page;
mod quarantine;
mod releases;
mod report_page;
mod work_item;

pub use assets::assets_router;
pub use coverage::coverage_router;
pub use follow_up::follow_up_router;
pub use follow_up_csv::{follow_up_csv_router, nominative_router};
pub use offers::offers_router;
pub use operations::operations_router;
pub use quarantine::quarantine_router;
pub use releases::releases_router;
pub use report_page::report_page_router;
pub use work_item::work_item_router;
