//! Clinical documents for people: a page for a browser, and a file for archives and mails.
//!
//! Both show the same thing: who and what the document is about ([`summary`]), then its sections as
//! they are written, what the board decided first ([`reading_order`]), then who took part.

mod flow;
mod fonts;
mod html;
mod leaflet;
mod letter;
mod lines;
mod pdf;
mod pdf_content;
mod pdf_face;
mod pdf_metadata;
mod pdf_outline;
mod pdf_stream;
mod reading_order;
mod spreadsheet;
mod structure;
mod summary;
mod table;

pub use html::html;
pub use leaflet::{Leaflet, LeafletPart, leaflet};
pub use letter::{Letter, letter};
pub use pdf::{RenderError, pdf};
pub use spreadsheet::spreadsheet;
