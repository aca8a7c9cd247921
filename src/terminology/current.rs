//! The lists and maps in use, which a new national release may replace while the service runs.

use std::sync::Arc;

use arc_swap::ArcSwap;

use super::Terminology;

/// Hands out the lists in use. Whoever asked keeps what was handed out: a question is answered by
/// one state of the lists, before a switch or after it.
pub struct CurrentTerminology {
    lists: ArcSwap<Terminology>,
    edition: ArcSwap<String>,
}

impl CurrentTerminology {
    /// Starts with these lists.
    #[must_use]
    pub fn new(terminology: Terminology) -> Self {
        Self::of_edition(terminology, String::new())
    }

    /// Starts with the lists of that edition.
    #[must_use]
    pub fn of_edition(terminology: Terminology, edition: String) -> Self {
        Self {
            lists: ArcSwap::from_pointee(terminology),
            edition: ArcSwap::from_pointee(edition),
        }
    }

    /// The lists in use.
    #[must_use]
    pub fn load(&self) -> Arc<Terminology> {
        self.lists.load_full()
    }

    /// Name of the state of the lists in use; empty when no release was switched to.
    #[must_use]
    pub fn edition(&self) -> Arc<String> {
        self.edition.load_full()
    }

    /// Replaces them, all at once, by those of that edition.
    pub fn replace(&self, terminology: Terminology, edition: String) {
        self.lists.store(Arc::new(terminology));
        self.edition.store(Arc::new(edition));
    }
}
