//! How the objects of a file are written: without padding, their content compressed.

use std::cell::RefCell;

use flate2::{Compress, Compression, FlushCompress, Status};
use pdf_writer::Settings;

/// Objects without padding.
pub(super) const COMPACT: Settings = Settings { pretty: false };

/// Beyond this level a report takes a third longer for a file that is a fiftieth smaller.
const LEVEL: u32 = 3;

/// The bytes as a stream of `FlateDecode`.
pub(super) fn deflate(bytes: &[u8]) -> Vec<u8> {
    // A compressor is 300 kB: made once a thread.
    thread_local! {
        static COMPRESSOR: RefCell<Compress> =
            RefCell::new(Compress::new(Compression::new(LEVEL), true));
    }
    COMPRESSOR.with_borrow_mut(|compressor| {
        compressor.reset();
        // What cannot be made smaller grows by a few bytes for each block.
        let mut deflated = Vec::with_capacity(bytes.len() + bytes.len() / 1_000 + 64);
        loop {
            let rest = &bytes[usize::try_from(compressor.total_in()).unwrap_or(bytes.len())..];
            let status = compressor.compress_vec(rest, &mut deflated, FlushCompress::Finish);
            if status.expect("a compressor takes any bytes") == Status::StreamEnd {
                return deflated;
            }
            deflated.reserve(deflated.len());
        }
    })
}
