//! The directory of supportive-care offers: the form that a network fills in, and what it becomes.

mod offer_form;
mod offer_form_csv;

pub use offer_form::{Column, OfferForm};
pub use offer_form_csv::{OfferFormReader, OfferFormRow, write_header, write_offer_form};
