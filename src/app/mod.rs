//! Putting the parts together: settings → storage → workers → routes, and stopping them in order.

mod directory;
mod exports;
mod follow_up;
mod governance;
mod mappings;
mod router;
mod start;

pub use directory::serve_stand_in;
pub use mappings::{ListsInUse, lists_in_use, mapping_source, terminology};
pub use router::router;
pub use start::{App, StartError, context, open_storage, stop_on_signal};
