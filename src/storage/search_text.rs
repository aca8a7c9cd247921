//! Where the two engines differ on texts: the order of characters.

use super::Engine;

/// The order of texts by their bytes, whatever the order of the database: pages are cut by it.
pub(super) fn by_bytes(engine: Engine) -> &'static str {
    match engine {
        Engine::Sqlite => "",
        Engine::Postgres => " collate \"C\"",
    }
}
