//! A clinical document as those who show, pack or send it need it.

use std::fmt;

use super::{header::Header, narrative::Section};

/// What any CDA document says: its header, and the text of its sections.
///
/// `Debug` shows only which document it is.
#[derive(Clone, PartialEq, Eq)]
pub struct Document {
    /// Who, whom, when, what.
    pub header: Header,
    /// The text that people read, in the order of the document; empty for a document without
    /// structured body.
    pub sections: Vec<Section>,
}

impl fmt::Debug for Document {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Document")
            .field("id", &self.header.id)
            .field("code", &self.header.code.code)
            .finish_non_exhaustive()
    }
}
