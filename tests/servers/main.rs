//! What needs real servers: PostgreSQL, Postfix and Dovecot, each started here on a loopback port
//! with a folder of its own. Run by `make test`, which installs them.

#[path = "../it/context.rs"]
mod context;
mod database;
#[path = "../it/import.rs"]
mod import;
#[path = "../it/resources.rs"]
mod resources;
#[path = "../it/storage.rs"]
mod storage;
