//! The lists and maps in use, which a new national release may replace while the service runs.

use std::sync::Arc;

use arc_swap::ArcSwap;

use super::Terminology;

/// Hands out the lists in use. Whoever asked keeps what was handed out: a question is answered by
/// one state of the lists, before a switch or after it.
pub struct CurrentTerminology(ArcSwap<Terminology>);

impl CurrentTerminology {
    /// Starts with these lists.
    #[must_use]
    pub fn new(terminology: Terminology) -> Self {
        Self(ArcSwap::from_pointee(terminology))
    }

    /// The lists in use.
    #[must_use]
    pub fn load(&self) -> Arc<Terminology> {
        self.0.load_full()
    }

    /// Replaces them, all at once.
    pub fn replace(&self, terminology: Terminology) {
        self.0.store(Arc::new(terminology));
    }
}
