//! What is committed to an SQLite file stands in its log until it is brought into the file itself, which
//! takes two waits for the disk and a write for each page. That is done in a thread beside those who write, and
//! then in a turn for the little that they wrote meanwhile, so that the log begins anew.

use std::path::PathBuf;

use rusqlite::Connection;
use tokio::task::spawn_blocking;
use tracing::warn;

/// Frames of the log, of a page each, after which it is shortened.
const LONG: i64 = 4_000;
/// Frames after which a commit waits for it, should it not have been shortened before.
const FAR_TOO_LONG: i64 = 4 * LONG;

/// How long the log is.
#[derive(Debug, Default)]
pub(super) struct Log {
    frames: i64,
    /// How long it was when it was last shortened; nothing once it began anew.
    shortened_at: i64,
}

impl Log {
    /// Notes how long it is after a commit.
    pub(super) fn has_frames(&mut self, frames: i64) {
        if frames < self.frames {
            self.shortened_at = 0;
        }
        self.frames = frames;
    }

    /// True once for each time that it has become long.
    pub(super) fn is_to_be_shortened(&mut self) -> bool {
        let is_long = self.frames >= self.shortened_at + LONG;
        if is_long {
            self.shortened_at = self.frames;
        }
        is_long
    }
}

/// Has a connection leave the log to [`beside`], as long as that keeps it short.
pub(super) fn prepare(connection: &Connection) -> Result<(), rusqlite::Error> {
    connection.pragma_update(None, "wal_autocheckpoint", FAR_TOO_LONG)
}

/// How many frames the log has; nothing when it does not say.
pub(super) fn frames(connection: &Connection) -> i64 {
    let statement = connection.prepare_cached("pragma wal_checkpoint(noop)");
    let frames = statement.and_then(|mut statement| statement.query_row([], |row| row.get(1)));
    frames.unwrap_or_default()
}

/// Shortens the log of a file while others write to it.
pub(super) async fn beside(file: PathBuf) {
    let shortening = spawn_blocking(move || match Connection::open(file) {
        Ok(connection) => shorten(&connection),
        Err(error) => warn!(%error, "the log of the database could not be shortened"),
    });
    if let Err(error) = shortening.await {
        warn!(%error, "the log of the database could not be shortened");
    }
}

/// Brings what no reader keeps from it out of the log. Should it fail, the log stays as long as it is.
pub(super) fn shorten(connection: &Connection) {
    let shortened = connection.query_row("pragma wal_checkpoint(passive)", [], |_| Ok(()));
    if let Err(error) = shortened {
        warn!(%error, "the log of the database could not be shortened");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_log_is_shortened_once_and_again_when_as_much_was_added() {
        let mut log = Log::default();
        let mut asked = |frames| {
            log.has_frames(frames);
            log.is_to_be_shortened()
        };
        assert!(!asked(LONG - 1));
        assert!(asked(LONG));
        // A reader kept it from beginning anew.
        assert!(!asked(LONG + 1));
        assert!(asked(2 * LONG));
        // It began anew.
        assert!(!asked(10));
        assert!(asked(LONG));
    }
}
