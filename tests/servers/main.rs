//! What needs real servers: PostgreSQL, Postfix and Dovecot, each started here on a loopback port
//! with a folder of its own. Run by `make test`, which installs them.

mod database;
#[path = "../it/resources.rs"]
mod resources;
#[path = "../it/storage.rs"]
mod storage;
