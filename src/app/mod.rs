//! Putting the parts together: settings → storage → workers → routes, and stopping them in order.

mod router;
mod start;

pub use router::router;
pub use start::{App, StartError, context, open_storage, stop_on_signal};
