//! The pages: server-rendered, whole without JavaScript, French first and English when asked for.

mod assets;
mod layout;
mod offers;
mod operations;
mod page;
mod quarantine;
mod report_page;

pub use assets::assets_router;
pub use offers::offers_router;
pub use operations::operations_router;
pub use quarantine::quarantine_router;
pub use report_page::report_page_router;
