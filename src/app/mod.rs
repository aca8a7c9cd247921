//! Putting the parts together: settings → storage → workers → routes, and stopping them in order.

mod mappings;
mod router;
mod start;

pub use mappings::{read_folder, terminology};
pub use router::router;
pub use start::{App, StartError, context, open_storage, stop_on_signal};
