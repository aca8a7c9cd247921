//! A clinical document as those who show, pack or send it need it.

use std::fmt;

use super::{enclosed::Enclosed, header::Header, narrative::Section};

/// What any CDA document says: its header, and the text of its sections.
///
/// `Debug` shows only which document it is.
#[derive(Clone, PartialEq, Eq)]
pub struct Document {
    /// Who, whom, when, what.
    pub header: Header,
    /// The text that people read, in the order of the document; of a document that encloses a
    /// text, that text; empty for one that encloses a PDF.
    pub sections: Vec<Section>,
    /// The file that a document without structured body encloses.
    pub enclosed: Option<Enclosed>,
}

impl fmt::Debug for Document {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Document")
            .field("id", &self.header.id)
            .field("code", &self.header.code.code)
            .finish_non_exhaustive()
    }
}
