//! The search that the public sees: every published offer in memory, in one immutable index.
//!
//! Index bitmaps answer filters, counts and words; nothing here reads a database or a clock. An index
//! is changed by cloning it, which shares what does not change, and by replacing the rows that did.

mod answer;
mod commune;
mod english_words;
mod filter;
mod filter_words;
mod geography;
mod holders;
mod index;
mod open_data;
mod order;
mod page;
mod position;
mod published;
mod reading;
mod row_ids;
mod rows;
mod text;
mod words;

pub use answer::{Answer, Found, Question, Relaxation, answer};
pub use commune::{Commune, Communes};
pub use english_words::english;
pub use filter::{Filter, FilterValue, department_code};
pub use filter_words::label;
pub use geography::{Geography, Outline};
pub use index::OfferIndex;
pub use open_data::{OPEN_DATA_COLUMNS, OpenDataColumn, open_data_line};
pub use position::{Near, Position};
pub use published::PublishedOffer;
pub use reading::{Address, Place, ReadOffer, Structure};
pub use text::{Correction, WordGroup};
