//! Clinical documents for people: a page for a browser, and a file for archives and mails.
//!
//! Both show the same thing: who and what the document is about ([`summary`]), then its sections as
//! they are written, in their order.

mod flow;
mod fonts;
mod html;
mod lines;
mod pdf;
mod summary;
mod table;

pub use html::html;
pub use pdf::{RenderError, pdf};
